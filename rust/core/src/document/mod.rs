//! Policy documents as written, per kind (G-06…37). Everything that can be refused is refused here.

mod action;
mod conditions;
mod elements;
mod hint;
mod operator;
mod principal;
mod reader;
mod resource;
mod statement;
mod trust;

pub use reader::parse;

use crate::condition::operand::{Operand, Operator};
use crate::template::Template;

/// Where a document is used; decides what is legal in it (N-08, B-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PolicyKind {
    Identity,
    Boundary,
    Session,
    Scp,
    Rcp,
    Trust,
    Resource,
    Endpoint,
}

/// A document that parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// In document order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// `None` also for the empty string (G-11).
    pub sid: Option<String>,
    /// G-12.
    pub effect: Effect,
    /// Absent in kinds without principals.
    pub principal: Option<PrincipalElement>,
    /// `Action` or `NotAction`.
    pub action: ActionElement,
    /// `Resource` or `NotResource`; absent as G-27 allows.
    pub resource: Option<ResourceElement>,
    /// One per (operator, key) in document order (C-01).
    pub tests: Vec<Test>,
    /// Line of the statement's `{`, from 1.
    pub line: u32,
    /// Column of the statement's `{`, from 1.
    pub column: u32,
}

/// G-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum Effect {
    Allow,
    Deny,
}

/// Whether an element lists what it means or what it leaves out (`NotAction`, `NotResource`, `NotPrincipal`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum Sense {
    Listed,
    AllBut,
}

/// `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionElement {
    /// Which of the two.
    pub sense: Sense,
    /// `*` or `PREFIX:NAME`, as written.
    pub values: Vec<String>,
}

/// `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceElement {
    /// Which of the two.
    pub sense: Sense,
    /// At least one.
    pub values: Vec<ResourceValue>,
}

/// One value of `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq)]
pub enum ResourceValue {
    /// Exactly `*`.
    Any,
    /// An ARN pattern of six segments.
    Arn {
        /// The pattern with short forms filled up (G-28); `*` and `?` are wild.
        text: String,
        /// Byte offsets in `text` of the five colons that end segments 1 to 5.
        colons: [u32; 5],
        /// The sixth segment, if it holds a variable or an escape (2012-10-17 only); `text` is then only for display.
        resource: Option<Template>,
    },
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PrincipalElement {
    /// Which of the two.
    pub sense: Sense,
    /// At least one.
    pub values: Vec<PrincipalValue>,
}

/// One value of a principal element (G-14…17).
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum PrincipalValue {
    /// `"*"` or `{"AWS": "*"}`.
    Everyone,
    /// 12 digits, or the account of a `:root` ARN.
    Account(String),
    /// ARN of an IAM user.
    User(String),
    /// ARN of an IAM role.
    Role(String),
    /// ARN of an assumed-role session.
    RoleSession(String),
    /// ARN of a federated-user session.
    FederatedUser(String),
    /// `AIDA…` or `AROA…`.
    UniqueId(String),
    /// `NAME.amazonaws.com` and the like.
    Service(String),
    /// Provider ARN or DNS name.
    Federated(String),
    /// 64 hex digits.
    CanonicalUser(String),
}

/// One (operator, key, values) of a `Condition` (C-01).
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Operator with its set prefix and suffix.
    pub operator: Operator,
    /// As written; compared under fold (C-05).
    pub key: String,
    /// At least one.
    pub values: Vec<Operand>,
}
