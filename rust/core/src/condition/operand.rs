//! Operators and the typed values that stand on their right (G-33, G-35, C-04, C-10, C-11).

use crate::template::Template;
use serde::{Deserialize, Serialize};

/// An operator as written: set prefix, base, `IfExists` (G-33).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub prefix: Option<SetPrefix>,
    /// The comparison, always the positive one.
    pub comparison: Comparison,
    /// The base operator is the negated one (`StringNotEquals`).
    pub negated: bool,
    /// The `IfExists` suffix.
    pub if_exists: bool,
}

/// C-16, C-17.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum SetPrefix {
    ForAllValues,
    ForAnyValue,
}

/// Positive base operators (C-04); the negated ones are `Operator::negated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    NumericEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    /// ArnEquals and ArnLike are the same.
    ArnLike,
    Null,
}

/// A policy value of a test, parsed for its operator (C-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operand {
    /// String*: for `StringLike` with wildcards, for the others without (`*` is text there).
    Text(Template),
    /// Numeric*.
    Number(Decimal),
    /// Date*: nanoseconds since 1970-01-01T00:00:00Z.
    Date(i128),
    /// Bool, Null.
    Bool(bool),
    /// BinaryEquals.
    Bytes(Vec<u8>),
    /// IpAddress.
    Network(Network),
    /// Arn*.
    Arn(ArnOperand),
}

/// An exact decimal: sign, integer digits without leading zeros, fraction digits without trailing zeros; zero has no sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decimal {
    /// Below zero.
    pub negative: bool,
    /// ASCII digits, no leading zero; empty for 0.
    pub integer: String,
    /// ASCII digits, no trailing zero.
    pub fraction: String,
}

/// An address range; a mapped IPv6 range is the IPv4 one (C-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Network {
    V4 { address: u32, prefix: u8 },
    V6 { address: u128, prefix: u8 },
}

/// A policy value of an Arn* operator (C-11, M-28).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArnOperand {
    /// Exactly `*`.
    Any,
    /// Exactly one variable: compared with the whole context value.
    Variable {
        /// As written.
        key: String,
        /// M-25.
        default: Option<String>,
    },
    /// Six segments, split before substitution (M-28); wildcards are wild in all of them.
    Segments(Box<[Template; 6]>),
}
