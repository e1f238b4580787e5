//! Answers (E-01, E-40…42).

use serde::Serialize;

/// E-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Outcome {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}

impl Outcome {
    /// All of them, each at its own number.
    pub const ALL: [Self; 3] = [Self::Allow, Self::ExplicitDeny, Self::ImplicitDeny];

    /// As the specification spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::ExplicitDeny => "EXPLICIT_DENY",
            Self::ImplicitDeny => "IMPLICIT_DENY",
        }
    }
}

/// E-02, in the order of step 1 of 5.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Layer {
    Rcp,
    Scp,
    Resource,
    Endpoint,
    Boundary,
    Session,
    Identity,
}

impl Layer {
    /// All of them, each at its own number.
    pub const ALL: [Self; 7] =
        [Self::Rcp, Self::Scp, Self::Resource, Self::Endpoint, Self::Boundary, Self::Session, Self::Identity];

    /// As cases spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rcp => "rcp",
            Self::Scp => "scp",
            Self::Resource => "resource",
            Self::Endpoint => "endpoint",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Identity => "identity",
        }
    }
}

/// E-41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Reason {
    Rcp,
    Scp,
    Endpoint,
    NoResourceAllow,
    Identity,
    Boundary,
    Session,
    Anonymous,
    PartitionMismatch,
    Resource,
    CrossAccount,
    AlwaysAllowed,
}

impl Reason {
    /// All of them, each at its own number.
    pub const ALL: [Self; 12] = [
        Self::Rcp,
        Self::Scp,
        Self::Endpoint,
        Self::NoResourceAllow,
        Self::Identity,
        Self::Boundary,
        Self::Session,
        Self::Anonymous,
        Self::PartitionMismatch,
        Self::Resource,
        Self::CrossAccount,
        Self::AlwaysAllowed,
    ];

    /// The reason of an explicit deny is its layer (B-40).
    #[must_use]
    pub fn of(layer: Layer) -> Self {
        match layer {
            Layer::Rcp => Self::Rcp,
            Layer::Scp => Self::Scp,
            Layer::Resource => Self::Resource,
            Layer::Endpoint => Self::Endpoint,
            Layer::Boundary => Self::Boundary,
            Layer::Session => Self::Session,
            Layer::Identity => Self::Identity,
        }
    }

    /// As the specification spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rcp => "rcp",
            Self::Scp => "scp",
            Self::Endpoint => "endpoint",
            Self::NoResourceAllow => "no_resource_allow",
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Anonymous => "anonymous",
            Self::PartitionMismatch => "partition_mismatch",
            Self::Resource => "resource",
            Self::CrossAccount => "cross_account",
            Self::AlwaysAllowed => "always_allowed",
        }
    }
}

/// A statement that took part (E-40); the order is that of E-40.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Matched {
    /// E-02.
    pub layer: Layer,
    /// Index of the SCP or RCP level, 0 elsewhere.
    pub level: u32,
    /// Policy id.
    pub policy: String,
    /// Position in the document, from 0.
    pub statement: u32,
    /// G-11.
    pub sid: Option<String>,
}

/// What is decided, without the statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// E-01.
    pub outcome: Outcome,
    /// E-41.
    pub reason: Reason,
    /// B-40.
    pub layer: Option<Layer>,
}

impl Verdict {
    /// A Deny of this layer applies.
    #[must_use]
    pub fn explicit_deny(layer: Layer) -> Self {
        Self { outcome: Outcome::ExplicitDeny, reason: Reason::of(layer), layer: Some(layer) }
    }
}

/// The whole answer (E-40).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub verdict: Verdict,
    /// Deciding statements, sorted.
    pub matched: Vec<Matched>,
    /// B-42.
    pub missing_keys: Vec<String>,
    /// B-43.
    pub indeterminate: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_layer_and_reason_stands_at_its_number() {
        assert!(Outcome::ALL.iter().enumerate().all(|(at, one)| *one as usize == at));
        assert!(Layer::ALL.iter().enumerate().all(|(at, one)| *one as usize == at));
        assert!(Reason::ALL.iter().enumerate().all(|(at, one)| *one as usize == at));
    }
}
