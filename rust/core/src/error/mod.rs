//! What a policy document can be refused for, and where.

mod code;
mod place;

pub use code::Code;
pub use place::{Place, position};

use std::fmt;

/// A parse error: which rule, and where in the document (N-09).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// Upper snake case name of the rule that was broken (`INVALID_EFFECT`).
    pub code: &'static str,
    /// JSON pointer (RFC 6901) of the offending value.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in scalar values, from 1.
    pub column: u32,
    /// What is wrong and what would have worked, without the place.
    pub message: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, " at `{}`", self.path)?;
        }
        write!(f, ": {} [{}]", self.message, self.code)
    }
}

impl std::error::Error for PolicyError {}

/// An error whose line, column and pointer are not worked out yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the text.
    pub offset: usize,
    /// Byte offset that decides between errors: a scalar inside a string counts as an error of that string (B-01).
    pub counts_at: usize,
    /// Which rule.
    pub code: Code,
    /// What the pointer names.
    pub place: Place,
    /// What is wrong and what would have worked.
    pub message: String,
}

impl Fault {
    /// What decides between several errors: the smallest wins (B-01).
    pub(crate) fn rank(&self) -> (usize, Code, usize) {
        (self.counts_at, self.code, self.offset)
    }

    /// Works out line, column and pointer. Linear in the text before the error.
    #[must_use]
    pub fn locate(self, text: &str) -> PolicyError {
        let (line, column) = position(text, self.offset);
        let path = place::pointer(text, self.offset, self.place);
        PolicyError { code: self.code.name(), path, line, column, message: self.message }
    }
}

/// What the user wrote, in backticks, on one line and not too long.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 120; // scalars: an ARN fits, a message stays readable
    let mut shown = String::from("`");
    for (number, c) in text.chars().enumerate() {
        if number == LONGEST {
            shown.push('…');
            break;
        }
        match c {
            '\n' => shown.push_str("\\n"),
            c if c.is_control() => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown.push('`');
    shown
}
