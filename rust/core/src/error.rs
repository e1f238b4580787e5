//! What a policy document can be refused for.

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
