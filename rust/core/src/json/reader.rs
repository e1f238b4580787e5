//! The reader: one pass, an explicit stack, no recursion.

use super::{Characters, Limits, Member, Node, Value, repeated};
use crate::error::{Code, Fault, Place, PolicyError, quoted};
use std::borrow::Cow;

/// Reading cannot go on; the reason is among the faults.
pub(super) struct Ended;

/// A container that is not closed yet. Its contents so far are the tail of `members` or `nodes`.
enum Open<'t> {
    Object {
        start: usize,
        first: usize,
        /// The member whose value is being read.
        name: Option<Name<'t>>,
    },
    Array {
        start: usize,
        first: usize,
    },
}

struct Name<'t> {
    text: Cow<'t, str>,
    start: usize,
}

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) characters: Characters,
    max_depth: usize,
    /// Where the string begins that is being read.
    pub(super) string_start: Option<usize>,
    open: Vec<Open<'t>>,
    // Contents of all open containers, outermost first: each closed one then gets a vector of just its size.
    members: Vec<Member<'t>>,
    nodes: Vec<Node<'t>>,
    faults: Vec<Fault>,
}

pub(super) fn read(text: &str, limits: Limits) -> Result<(Node<'_>, Vec<Fault>), PolicyError> {
    let mut reader = Reader::new(text, limits);
    match reader.document() {
        Ok(root) => Ok((root, reader.faults)),
        Err(Ended) => {
            reader.note_repeated_in_open_objects();
            let earliest = reader.faults.into_iter().min_by_key(Fault::rank);
            // INVARIANT: `Ended` is made only by `end`, which adds a fault.
            Err(earliest.map_or_else(|| no_fault(text), |fault| fault.locate(text)))
        }
    }
}

/// Not reached; if it were, the text would still be refused.
fn no_fault(text: &str) -> PolicyError {
    let message = "not readable".to_owned();
    Fault { offset: 0, counts_at: 0, code: Code::JSON_SYNTAX_ERROR, place: Place::Document, message }.locate(text)
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, limits: Limits) -> Self {
        Self {
            text,
            at: 0,
            characters: limits.characters,
            max_depth: limits.max_depth,
            string_start: None,
            open: Vec::new(),
            members: Vec::new(),
            nodes: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn document(&mut self) -> Result<Node<'t>, Ended> {
        loop {
            self.skip_space();
            if let Some(node) = self.value()?
                && let Some(root) = self.settle(node)?
            {
                return Ok(root);
            }
        }
    }

    /// Reads a value; `None` after opening a container in which a value comes next.
    fn value(&mut self) -> Result<Option<Node<'t>>, Ended> {
        let start = self.at;
        let value = match self.byte() {
            Some(b'{') => return self.open_object(),
            Some(b'[') => return self.open_array(),
            Some(b'"') => Value::String(self.string(Place::Value)?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.unexpected("a value", Place::Enclosing)),
        };
        Ok(Some(Node { span: start..self.at, value }))
    }

    /// Puts a value into its container, and closes the containers that end after it. Gives the root when it is complete.
    fn settle(&mut self, mut node: Node<'t>) -> Result<Option<Node<'t>>, Ended> {
        loop {
            self.skip_at_end_of(&node);
            node = match self.open.last_mut() {
                None => {
                    return match self.byte() {
                        None => Ok(Some(node)),
                        Some(_) => Err(self.unexpected("the end of the text after the value", Place::Enclosing)),
                    };
                }
                Some(Open::Object { start, first, name }) => {
                    let (start, first) = (*start, *first);
                    if let Some(name) = name.take() {
                        self.members.push(Member { name: name.text, name_start: name.start, value: node });
                    }
                    match self.byte() {
                        Some(b',') => {
                            self.at += 1;
                            self.skip_space();
                            self.name("a member name in double quotes after the comma")?;
                            return Ok(None);
                        }
                        Some(b'}') => self.close_object(start, first),
                        _ => return Err(self.unexpected("`,` or `}`", Place::Enclosing)),
                    }
                }
                Some(Open::Array { start, first }) => {
                    let (start, first) = (*start, *first);
                    self.nodes.push(node);
                    match self.byte() {
                        Some(b',') => {
                            self.at += 1;
                            return Ok(None);
                        }
                        Some(b']') => self.close_array(start, first),
                        _ => return Err(self.unexpected("`,` or `]`", Place::Enclosing)),
                    }
                }
            };
        }
    }

    fn skip_at_end_of(&mut self, node: &Node<'t>) {
        self.at = node.span.end;
        self.skip_space();
    }

    fn open_object(&mut self) -> Result<Option<Node<'t>>, Ended> {
        let start = self.at;
        self.check_depth()?;
        self.open.push(Open::Object { start, first: self.members.len(), name: None });
        self.at += 1;
        self.skip_space();
        if self.byte() == Some(b'}') {
            return Ok(Some(self.close_object(start, self.members.len())));
        }
        self.name("a member name in double quotes or `}`")?;
        Ok(None)
    }

    fn open_array(&mut self) -> Result<Option<Node<'t>>, Ended> {
        let start = self.at;
        self.check_depth()?;
        self.open.push(Open::Array { start, first: self.nodes.len() });
        self.at += 1;
        self.skip_space();
        Ok((self.byte() == Some(b']')).then(|| self.close_array(start, self.nodes.len())))
    }

    fn check_depth(&mut self) -> Result<(), Ended> {
        if self.open.len() < self.max_depth {
            return Ok(());
        }
        let message = format!("nested deeper than {} levels", self.max_depth);
        Err(self.end(Code::JSON_TOO_DEEP, Place::Value, message))
    }

    fn close_object(&mut self, start: usize, first: usize) -> Node<'t> {
        self.open.pop();
        self.at += 1;
        let members: Vec<Member<'t>> = self.members.drain(first..).collect();
        let faults = &mut self.faults;
        repeated(&members, |member| &member.name, |member| faults.push(repetition(&member.name, member.name_start)));
        Node { span: start..self.at, value: Value::Object(members) }
    }

    fn close_array(&mut self, start: usize, first: usize) -> Node<'t> {
        self.open.pop();
        self.at += 1;
        Node { span: start..self.at, value: Value::Array(self.nodes.drain(first..).collect()) }
    }

    /// Reads the name of a member and the colon after it.
    fn name(&mut self, expected: &str) -> Result<(), Ended> {
        let start = self.at;
        if self.byte() != Some(b'"') {
            return Err(self.unexpected(expected, Place::Enclosing));
        }
        let text = self.string(Place::Enclosing)?;
        if let Some(Open::Object { name, .. }) = self.open.last_mut() {
            *name = Some(Name { text, start });
        }
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.unexpected("`:` after the member name", Place::Enclosing));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, value: Value<'t>) -> Result<Value<'t>, Ended> {
        for wanted in word.bytes() {
            if self.byte() != Some(wanted) {
                return Err(self.unexpected(&format!("`{word}`"), Place::Enclosing));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value<'t>, Ended> {
        let start = self.at;
        self.skip_byte(|byte| byte == b'-');
        if !self.skip_byte(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.skip_byte(|byte| byte == b'.') {
            self.digits()?;
        }
        let exponent = self.skip_byte(|byte| matches!(byte, b'e' | b'E'));
        if exponent {
            self.skip_byte(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        let lexeme = self.text.get(start..self.at).unwrap_or_default();
        if exponent && self.characters == Characters::Policy {
            let message = format!("number {} has an exponent: write it out", quoted(lexeme));
            self.fault(Code::INVALID_NUMBER_LEXEME, start, Place::Value, message);
        }
        Ok(Value::Number(lexeme))
    }

    /// One or more digits.
    fn digits(&mut self) -> Result<(), Ended> {
        if !self.skip_byte(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected("a digit", Place::Enclosing));
        }
        while self.skip_byte(|byte| byte.is_ascii_digit()) {}
        Ok(())
    }

    fn skip_byte(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let found = self.byte().is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while self.skip_byte(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {}
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next scalar.
    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    /// Repeated names in objects that an error has left open count as met (B-01).
    fn note_repeated_in_open_objects(&mut self) {
        let mut end = self.members.len();
        for open in self.open.iter().rev() {
            if let Open::Object { first, name, .. } = open {
                let complete = self.members.get(*first..end).unwrap_or_default();
                let complete = complete.iter().map(|member| (member.name.as_ref(), member.name_start));
                let pending = name.iter().map(|name| (name.text.as_ref(), name.start));
                let names: Vec<(&str, usize)> = complete.chain(pending).collect();
                let faults = &mut self.faults;
                repeated(&names, |(name, _)| name, |(name, start)| faults.push(repetition(name, *start)));
                end = *first;
            }
        }
    }

    pub(super) fn fault(&mut self, code: Code, offset: usize, place: Place, message: String) {
        let counts_at = self.string_start.filter(|_| code == Code::INVALID_CHARACTER).unwrap_or(offset);
        self.faults.push(Fault { offset, counts_at, code, place, message });
    }

    pub(super) fn bad_character(&mut self, c: char, place: Place) {
        let message = format!("character U+{:04X}; a policy holds tab, LF, CR and U+0020 to U+00FF", u32::from(c));
        self.fault(Code::INVALID_CHARACTER, self.at, place, message);
    }

    /// The next scalar cannot stand here; `place` is what an illegal scalar is about.
    pub(super) fn unexpected(&mut self, expected: &str, place: Place) -> Ended {
        match self.peek() {
            None => self.syntax(&format!("the text ends, expected {expected}")),
            // G-02 comes before G-03.
            Some(c) if !self.characters.allow(c) => {
                self.bad_character(c, place);
                Ended
            }
            Some(c) => self.syntax(&format!("found {}, expected {expected}", quoted(c.encode_utf8(&mut [0; 4])))),
        }
    }

    pub(super) fn syntax(&mut self, message: &str) -> Ended {
        self.end(Code::JSON_SYNTAX_ERROR, Place::Document, message.to_owned())
    }

    fn end(&mut self, code: Code, place: Place, message: String) -> Ended {
        self.fault(code, self.at, place, message);
        Ended
    }
}

fn repetition(name: &str, start: usize) -> Fault {
    let message = format!("member {} is given twice in one object", quoted(name));
    Fault { offset: start, counts_at: start, code: Code::DUPLICATE_KEY, place: Place::Value, message }
}
