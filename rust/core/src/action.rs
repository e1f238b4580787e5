//! The action element (M-01…04).

use crate::document::{ActionElement, Sense};
use crate::hash;
use crate::pattern;
use crate::pool::Pool;
use crate::text;
use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A request's action, folded (M-01).
#[derive(Debug, Clone)]
pub struct Action {
    folded: Folded,
    colon: usize,
    signature: u64,
}

/// Most actions are short, and a request should not allocate.
#[derive(Debug, Clone)]
enum Folded {
    Short(ArrayString<56>),
    Long(String),
}

impl Action {
    /// Checks and folds `prefix:name` (B-20).
    #[must_use]
    pub fn parse(action: &str) -> Option<Self> {
        let colon = action.bytes().position(|byte| byte == b':')?;
        let (prefix, name) = (action.get(..colon)?, action.get(colon + 1..)?);
        // An underscore may stand in the name alone.
        if classes_of(prefix) != COMMON || name.is_empty() || classes_of(name) & ILLEGAL != 0 {
            return None;
        }
        let folded = match ArrayString::from(action) {
            Ok(mut short) => {
                short.make_ascii_lowercase();
                Folded::Short(short)
            }
            Err(_) => Folded::Long(action.to_ascii_lowercase()),
        };
        // Hashes are equal for texts that are equal under fold.
        Some(Self { folded, colon, signature: exact_signature(action, prefix) })
    }

    /// `prefix:name`, folded.
    #[must_use]
    pub fn folded(&self) -> &str {
        match &self.folded {
            Folded::Short(text) => text,
            Folded::Long(text) => text,
        }
    }

    /// The service prefix, folded.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.folded().get(..self.colon).unwrap_or_default()
    }

    /// The name, folded.
    #[must_use]
    pub fn name(&self) -> &str {
        self.folded().get(self.colon + 1..).unwrap_or_default()
    }

    /// Two bits out of 64 that any statement which matches must have (see `Actions::signature`).
    pub(crate) fn signature(&self) -> u64 {
        self.signature
    }
}

const COMMON: u8 = 1;
const UNDERSCORE: u8 = 2;
const ILLEGAL: u8 = 4;

/// Letters, digits, `.` and `-` may stand in both halves of a request's action, `_` in the name alone.
const CLASSES: [u8; 256] = {
    let mut classes = [ILLEGAL; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            classes[byte as usize] = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => COMMON,
                b'_' => UNDERSCORE,
                _ => ILLEGAL,
            };
        }
        byte += 1;
    }
    classes
};

/// The classes of all bytes of a text together; none for an empty one.
fn classes_of(text: &str) -> u8 {
    let class = |byte: u8| CLASSES.get(usize::from(byte)).copied().unwrap_or(ILLEGAL);
    text.bytes().fold(0, |classes, byte| classes | class(byte))
}

/// One bit of the low half for the prefix, one of the high half for the whole.
fn exact_signature(folded: &str, prefix: &str) -> u64 {
    prefix_bit(prefix) | 1 << (32 + (hash::folded(folded) >> 59))
}

fn prefix_bit(prefix: &str) -> u64 {
    1 << (hash::folded(prefix) >> 59)
}

/// A policy's action value, folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Value {
    text: Box<str>,
    shape: Shape,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Shape {
    /// `*`.
    Any,
    /// No wildcard.
    Exact,
    /// One wildcard: the `*` that ends the name.
    Prefix,
    /// Wildcards elsewhere.
    Glob,
}

impl Shape {
    fn of(text: &str) -> Self {
        let literal = pattern::literal_prefix(text);
        match text.get(literal..) {
            _ if text == "*" => Self::Any,
            Some("") => Self::Exact,
            // The colon is in the literal part, so that the `*` cannot reach over it.
            Some("*") if text.contains(':') => Self::Prefix,
            _ => Self::Glob,
        }
    }
}

impl Value {
    fn new(text: &str) -> Self {
        let text: Box<str> = text::fold(text).as_ref().into();
        let shape = Shape::of(&text);
        Self { text, shape }
    }

    fn is_wild(&self) -> bool {
        self.shape != Shape::Exact
    }

    /// The pattern, folded.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn matches(&self, action: &Action) -> bool {
        match self.shape {
            Shape::Any => true,
            Shape::Exact => *self.text == *action.folded(),
            Shape::Prefix => self.text.strip_suffix('*').is_some_and(|start| action.folded().starts_with(start)),
            Shape::Glob => self.text.split_once(':').is_some_and(|(prefix, name)| {
                pattern::matches(prefix, action.prefix()) && pattern::matches(name, action.name())
            }),
        }
    }

    fn signature(&self) -> u64 {
        let halves = self.text.split_once(':');
        if let (Some((prefix, _)), false) = (halves, self.is_wild()) {
            return exact_signature(&self.text, prefix);
        }
        let names = u64::from(u32::MAX) << 32;
        match halves {
            Some((prefix, _)) if pattern::literal_prefix(prefix) == prefix.len() => names | prefix_bit(prefix),
            _ => u64::MAX,
        }
    }
}

/// An action element, ready to be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Actions {
    /// `Action` with one value, the usual case.
    One(Arc<Value>),
    /// Several values or `NotAction`.
    Many(Box<Many>),
}

/// `Action` or `NotAction` with its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Many {
    sense: Sense,
    /// Without wildcards, sorted.
    exact: Box<[Arc<Value>]>,
    wild: Box<[Arc<Value>]>,
}

impl Actions {
    /// Prepares the action element of a statement.
    #[must_use]
    pub fn new(element: &ActionElement, pool: &mut Pool) -> Self {
        let mut values: Vec<Arc<Value>> = element.values.iter().map(|text| pool.action(Value::new(text))).collect();
        if let ([value], Sense::Listed) = (values.as_slice(), element.sense) {
            return Self::One(Arc::clone(value));
        }
        values.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        let (wild, exact): (Vec<_>, Vec<_>) = values.into_iter().partition(|value| value.is_wild());
        Self::Many(Box::new(Many { sense: element.sense, exact: exact.into(), wild: wild.into() }))
    }

    /// Stores values that the pool has met before only once.
    pub(crate) fn share(&mut self, pool: &mut Pool) {
        let mut share = |value: &mut Arc<Value>| *value = pool.action(value.as_ref().clone());
        match self {
            Self::One(value) => share(value),
            Self::Many(many) => many.exact.iter_mut().chain(&mut many.wild).for_each(share),
        }
    }

    /// The action part of a statement (M-03).
    #[must_use]
    pub fn matches(&self, action: &Action) -> bool {
        match self {
            Self::One(value) => value.matches(action),
            Self::Many(many) => {
                let exact = many.exact.binary_search_by(|value| value.text.as_ref().cmp(action.folded()));
                let listed = exact.is_ok() || many.wild.iter().any(|value| value.matches(action));
                listed != (many.sense == Sense::AllBut)
            }
        }
    }

    /// Bits of which a request that matches has two: an action without them can be passed over unread.
    #[must_use]
    pub(crate) fn signature(&self) -> u64 {
        match self.listed() {
            None => u64::MAX,
            Some(mut values) => values
                .try_fold(0, |bits, value| {
                    let bits = bits | value.signature();
                    if bits == u64::MAX { Err(bits) } else { Ok(bits) }
                })
                .unwrap_or_else(|full| full),
        }
    }

    /// The listed values; `None` when what is not listed matches instead.
    pub(crate) fn listed(&self) -> Option<impl Iterator<Item = &Value>> {
        let (first, many): (Option<&Arc<Value>>, Option<&Many>) = match self {
            Self::One(value) => (Some(value), None),
            Self::Many(many) if many.sense == Sense::AllBut => return None,
            Self::Many(many) => (None, Some(many)),
        };
        let many = many.into_iter().flat_map(|many| many.exact.iter().chain(many.wild.iter()));
        Some(first.into_iter().chain(many).map(Arc::as_ref))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(sense: Sense, values: &[&str]) -> ActionElement {
        ActionElement { sense, values: values.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn a_star_in_one_half_never_reaches_over_the_colon() {
        let mut pool = Pool::default();
        let action = Action::parse("s3-object-lambda:GetObject").unwrap();
        assert!(!Actions::new(&element(Sense::Listed, &["s3:*"]), &mut pool).matches(&action));
        assert!(Actions::new(&element(Sense::Listed, &["S3*:get*"]), &mut pool).matches(&action));
    }

    #[test]
    fn the_signature_never_loses_a_match() {
        let mut pool = Pool::default();
        let patterns = ["*", "s3:*", "s3:Get*", "s*:GetObject", "s3:GetObject", "?3:*", "S3:GETOBJECT"];
        let action = Action::parse("s3:GetObject").unwrap();
        for pattern in patterns {
            let actions = Actions::new(&element(Sense::Listed, &[pattern, "ec2:Run"]), &mut pool);
            assert!(actions.matches(&action), "{pattern}");
            assert_eq!(actions.signature() & action.signature(), action.signature(), "{pattern}");
        }
        let but = Actions::new(&element(Sense::AllBut, &["ec2:*"]), &mut pool);
        assert_eq!(but.signature(), u64::MAX);
    }
}
