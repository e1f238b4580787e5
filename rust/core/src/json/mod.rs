//! JSON text to a tree with positions, nothing lost: repeated members, number lexemes, offsets (G-02…05).

mod reader;
mod repeated;
mod string;

pub(crate) use repeated::repeated;
pub use string::decode;

use crate::error::{Fault, PolicyError};
use std::borrow::Cow;
use std::ops::Range;

/// What a text may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Levels of objects and arrays; the root is level 1. The tree is dropped by recursion: keep it in the hundreds.
    pub max_depth: usize,
    /// Which scalars are legal.
    pub characters: Characters,
}

impl Limits {
    /// G-02, G-03.
    pub const POLICY: Self = Self { max_depth: 16, characters: Characters::Policy };
}

/// Which scalars are legal, and what counts as a fault beside that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// Policy documents: tab, LF, CR and U+0020 to U+00FF, escaped or not; no number with an exponent (G-02, G-05).
    Policy,
    /// Files around them: whatever RFC 8259 allows. Surrogate pairs are joined; a lone surrogate is a fault.
    Any,
}

impl Characters {
    fn allow(self, c: char) -> bool {
        self == Self::Any || matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}')
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'t> {
    /// Byte offsets in the text, from the first scalar of the value to after its last.
    pub span: Range<usize>,
    /// The value.
    pub value: Value<'t>,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'t> {
    /// Members in document order, repeated names included.
    Object(Vec<Member<'t>>),
    /// Elements in order.
    Array(Vec<Node<'t>>),
    /// Decoded; an escaped lone surrogate is U+FFFD (and a fault).
    String(Cow<'t, str>),
    /// The lexeme: numbers are never converted (G-05).
    Number(&'t str),
    /// `true`, `false`.
    Bool(bool),
    /// `null`.
    Null,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'t> {
    /// Decoded name.
    pub name: Cow<'t, str>,
    /// Byte offset of the opening quote of the name.
    pub name_start: usize,
    /// The value.
    pub value: Node<'t>,
}

/// Reads one JSON value that is all of the text.
///
/// The faults are those errors after which reading goes on (B-01), not in order of their offsets:
/// `INVALID_CHARACTER`, `DUPLICATE_KEY` and, in policy documents, `INVALID_NUMBER_LEXEME`.
///
/// # Errors
///
/// The text is no JSON or too deep; or the earliest fault before that point.
pub fn parse<'t>(text: &'t str, limits: &Limits) -> Result<(Node<'t>, Vec<Fault>), PolicyError> {
    reader::read(text, *limits)
}
