//! A whole document: its encoding, its top level, its statements (G-01, G-07…09, B-01).

use super::{Document, PolicyKind, Statement, hint};
use crate::error::{Code, Fault, Place, PolicyError, position, quoted};
use crate::json::{self, Limits, Member, Node, Value, repeated};
use crate::profile::{Registry, ServiceProfile};
use crate::template::Variables;

/// Reads a policy document.
///
/// `profile` is that of the service whose resource holds the policy (B-25); it matters in `resource` policies alone.
///
/// # Errors
///
/// The one error that B-01 selects: the smallest offset, then the smallest rule number.
pub fn parse(
    text: &[u8],
    kind: PolicyKind,
    profile: &ServiceProfile,
    registry: &Registry,
) -> Result<Document, PolicyError> {
    let text = decode(text)?;
    let (root, faults) = json::parse(text, &Limits::POLICY)?;
    let mut reader = Reader {
        kind,
        profile,
        registry,
        variables: Variables::No,
        grants_full_access: false,
        repeated: repeated_names(&faults),
        earliest: faults.into_iter().min_by_key(Fault::rank),
    };
    let statements = reader.document(text, &root).unwrap_or_default();
    match reader.earliest {
        Some(fault) => Err(fault.locate(text)),
        None => Ok(Document { statements }),
    }
}

/// G-01.
fn decode(text: &[u8]) -> Result<&str, PolicyError> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let error = |before: &[u8], message: &str| {
        let (line, column) = position(std::str::from_utf8(before).unwrap_or_default(), before.len());
        let code = Code::INVALID_ENCODING.name();
        PolicyError { code, path: String::new(), line, column, message: message.to_owned() }
    };
    if u32::try_from(text.len()).is_err() {
        return Err(error(b"", "expected a document of less than 4 GiB")); // places are counted in 32 bits
    }
    if text.starts_with(MARK) {
        return Err(error(b"", "the text starts with a byte-order mark: leave it out"));
    }
    std::str::from_utf8(text).map_err(|bad| {
        let before = text.get(..bad.valid_up_to()).unwrap_or_default();
        error(before, "the text is not UTF-8 from here on")
    })
}

/// Offsets of the names of repeated members, ascending.
fn repeated_names(faults: &[Fault]) -> Vec<usize> {
    let repeated = faults.iter().filter(|fault| fault.code == Code::DUPLICATE_KEY);
    let mut offsets: Vec<usize> = repeated.map(|fault| fault.offset).collect();
    offsets.sort_unstable();
    offsets
}

/// Proof that an error was reported: what could not be read is never left out silently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported(());

pub(super) type Checked<T> = Result<T, Reported>;

/// What the checks of one document need and find.
pub(super) struct Reader<'r> {
    pub(super) kind: PolicyKind,
    pub(super) profile: &'r ServiceProfile,
    pub(super) registry: &'r Registry,
    pub(super) variables: Variables,
    /// The document equals `RCPFullAWSAccess` (B-12).
    pub(super) grants_full_access: bool,
    repeated: Vec<usize>,
    earliest: Option<Fault>,
}

impl Reader<'_> {
    /// Keeps an error if it is the earliest so far; words are made only then.
    pub(super) fn report(&mut self, code: Code, offset: usize, message: impl FnOnce() -> String) -> Reported {
        if self.earliest.as_ref().is_none_or(|earliest| (offset, code, offset) < earliest.rank()) {
            self.earliest = Some(Fault { offset, counts_at: offset, code, place: Place::Value, message: message() });
        }
        Reported(())
    }

    /// Reports a value of the wrong JSON type.
    pub(super) fn mismatch(&mut self, node: &Node<'_>, expected: &str) -> Reported {
        self.report(Code::DATA_TYPE_MISMATCH, node.span.start, || {
            format!("expected {expected}, found {}", type_name(&node.value))
        })
    }

    /// Members without those that repeat an earlier name: they are reported, and not looked at (B-04).
    pub(super) fn members<'n, 't>(
        &self,
        members: &'n [Member<'t>],
    ) -> impl Iterator<Item = &'n Member<'t>> + use<'n, 't, '_> {
        members.iter().filter(|member| self.repeated.binary_search(&member.name_start).is_err())
    }

    fn document(&mut self, text: &str, root: &Node<'_>) -> Checked<Vec<Statement>> {
        let Value::Object(members) = &root.value else {
            return Err(self.report(Code::JSON_SYNTAX_ERROR, root.span.start, || {
                format!("expected an object, found {}", type_name(&root.value))
            }));
        };
        self.variables = if is_version_2012(members) { Variables::Yes } else { Variables::No };
        self.grants_full_access = self.kind == PolicyKind::Rcp && self.equals_full_access(members);
        let (mut statement, mut unknown) = (None, None);
        for member in self.members(members).collect::<Vec<_>>() {
            match member.name.as_ref() {
                "Version" => self.version(&member.value),
                "Id" => drop(self.string(&member.value)),
                "Statement" => statement = Some(&member.value),
                name => {
                    unknown = Some(self.unknown_element(name, member.name_start, &["Version", "Id", "Statement"]));
                }
            }
        }
        match (statement, unknown) {
            (Some(node), _) => self.statements(text, node),
            (None, Some(reported)) => Err(reported), // B-14
            (None, None) => {
                Err(self
                    .report(Code::MISSING_STATEMENT, root.span.start, || "the document has no `Statement`".to_owned()))
            }
        }
    }

    fn version(&mut self, node: &Node<'_>) {
        if let Ok(version) = self.string(node)
            && !matches!(version, "2008-10-17" | "2012-10-17")
        {
            self.report(Code::INVALID_VERSION, node.span.start, || {
                format!("version {}: expected `2012-10-17` or `2008-10-17`", quoted(version))
            });
        }
    }

    fn statements(&mut self, text: &str, node: &Node<'_>) -> Checked<Vec<Statement>> {
        let nodes = match &node.value {
            Value::Object(_) => std::slice::from_ref(node),
            Value::Array(nodes) => nodes.as_slice(),
            _ => return Err(self.mismatch(node, "a statement or a list of statements")),
        };
        if nodes.is_empty() {
            return Err(
                self.report(Code::MISSING_STATEMENT, node.span.start, || "the list of statements is empty".to_owned())
            );
        }
        self.check_sids(nodes);
        let mut cursor = Cursor::new(text);
        let statements = nodes.iter().map(|node| {
            let (line, column) = cursor.advance(node.span.start);
            self.statement(node, line, column)
        });
        statements.fold(Ok(Vec::new()), collect)
    }

    /// `DUPLICATE_SID`, exact and at the later one (G-11).
    fn check_sids(&mut self, nodes: &[Node<'_>]) {
        let sids: Vec<(&str, usize)> = nodes.iter().filter_map(sid).collect();
        repeated(
            &sids,
            |(sid, _)| sid,
            |(sid, offset)| {
                self.report(Code::DUPLICATE_SID, *offset, || format!("two statements have the `Sid` {}", quoted(sid)));
            },
        );
    }

    /// The text of a value that must be a string.
    pub(super) fn string<'n>(&mut self, node: &'n Node<'_>) -> Checked<&'n str> {
        match &node.value {
            Value::String(text) => Ok(text),
            _ => Err(self.mismatch(node, "a string")),
        }
    }

    /// One value or a list of at least one (G-13), each handed to `each`.
    pub(super) fn list<'n, 't, T>(
        &mut self,
        node: &'n Node<'t>,
        mut each: impl FnMut(&mut Self, &'n Node<'t>) -> Checked<T>,
    ) -> Checked<Vec<T>> {
        match &node.value {
            Value::Array(nodes) if nodes.is_empty() => Err(self.report(Code::EMPTY_ARRAY, node.span.start, || {
                "the list is empty: name at least one value".to_owned()
            })),
            Value::Array(nodes) => nodes.iter().map(|node| each(self, node)).fold(Ok(Vec::new()), collect),
            _ => each(self, node).map(|value| vec![value]),
        }
    }

    pub(super) fn unknown_element(&mut self, name: &str, offset: usize, known: &[&str]) -> Reported {
        self.report(Code::INVALID_POLICY_ELEMENT, offset, || {
            format!("unknown element {}{}", quoted(name), hint::closest(name, known.iter().copied()))
        })
    }
}

/// Collects all values, or remembers that one of them was refused; every one is looked at.
fn collect<T>(all: Checked<Vec<T>>, next: Checked<T>) -> Checked<Vec<T>> {
    let mut all = all;
    if let Ok(values) = &mut all {
        match next {
            Ok(value) => values.push(value),
            Err(reported) => return Err(reported),
        }
    }
    all
}

pub(super) fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::String(_) => "a string",
        Value::Number(_) => "a number",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
    }
}

/// The first member of a name; a later one is refused elsewhere.
pub(super) fn first<'n, 't>(members: &'n [Member<'t>], name: &str) -> Option<&'n Member<'t>> {
    members.iter().find(|member| member.name == name)
}

/// Where in the object `Version` stands does not matter (G-07).
fn is_version_2012(members: &[Member<'_>]) -> bool {
    let version = first(members, "Version").map(|member| &member.value.value);
    matches!(version, Some(Value::String(version)) if version == "2012-10-17")
}

/// The `Sid` of a statement and its offset; an empty one counts as absent.
fn sid<'n>(node: &'n Node<'_>) -> Option<(&'n str, usize)> {
    let Value::Object(members) = &node.value else {
        return None;
    };
    let member = first(members, "Sid")?;
    match &member.value.value {
        Value::String(sid) if !sid.is_empty() => Some((sid, member.value.span.start)),
        _ => None,
    }
}

/// Line and column of ascending offsets, in one pass over the text.
struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, offset: 0, line: 1, column: 1 }
    }

    fn advance(&mut self, offset: usize) -> (u32, u32) {
        let gap = self.text.get(self.offset..offset).unwrap_or_default();
        self.offset = offset;
        match memchr::memrchr(b'\n', gap.as_bytes()) {
            None => self.column += gap.chars().count(),
            Some(last) => {
                self.line += memchr::memchr_iter(b'\n', gap.as_bytes()).count();
                self.column = 1 + gap.get(last + 1..).unwrap_or_default().chars().count();
            }
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(self.line), number(self.column))
    }
}
