//! What the engine has to know of services and partitions, and what the host adds to it (N-10, X-02).

use crate::text;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a resource's own policy must allow (E-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustMode {
    /// Identity policies of the owning account suffice.
    #[default]
    Default,
    /// The resource's policy must allow or delegate.
    ResourceRequired,
}

/// What the engine has to know of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceProfile {
    /// E-05.
    pub trust_mode: TrustMode,
    /// Resource policies may leave out `Resource` (G-27).
    pub implicit_resource: bool,
    /// Resource policies may name `CanonicalUser` (G-17).
    pub canonical_user: bool,
    /// Resource control policies apply (E-11).
    pub rcp: bool,
    /// Anonymous callers may reach the service.
    pub anonymous_allowed: bool,
    /// Number of `/`-separated parts of the sixth ARN segment that name the resource which holds the policy; 0 when a
    /// policy governs the exact ARN alone.
    pub policy_depth: u8,
}

impl ServiceProfile {
    const DEFAULT: Self = Self {
        trust_mode: TrustMode::Default,
        implicit_resource: false,
        canonical_user: false,
        rcp: true,
        anonymous_allowed: false,
        policy_depth: 0,
    };
}

impl Default for ServiceProfile {
    fn default() -> Self {
        Self::DEFAULT
    }
}

static DEFAULT: ServiceProfile = ServiceProfile::DEFAULT;
static S3: ServiceProfile =
    ServiceProfile { canonical_user: true, anonymous_allowed: true, policy_depth: 1, ..ServiceProfile::DEFAULT };
static KMS: ServiceProfile = ServiceProfile { trust_mode: TrustMode::ResourceRequired, ..ServiceProfile::DEFAULT };
static SNS: ServiceProfile =
    ServiceProfile { implicit_resource: true, anonymous_allowed: true, ..ServiceProfile::DEFAULT };
static ECR: ServiceProfile = ServiceProfile { implicit_resource: true, ..ServiceProfile::DEFAULT };
static DYNAMODB: ServiceProfile = ServiceProfile { policy_depth: 2, ..ServiceProfile::DEFAULT };
static OPEN: ServiceProfile = ServiceProfile { anonymous_allowed: true, ..ServiceProfile::DEFAULT };

fn built_in(service: &str) -> &'static ServiceProfile {
    match service {
        "s3" => &S3,
        "kms" => &KMS,
        "sns" => &SNS,
        "ecr" => &ECR,
        "dynamodb" => &DYNAMODB,
        "sqs" | "lambda" | "execute-api" | "es" => &OPEN,
        _ => &DEFAULT,
    }
}

/// Partitions that need no registration (N-10).
const KNOWN_PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// What the host application adds to the built-in knowledge (N-10, X-02).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registry {
    /// Partitions besides the known ones.
    pub partitions: BTreeSet<String>,
    /// Profiles by action prefix in lower case; they replace built-in ones of the same name.
    pub services: BTreeMap<String, ServiceProfile>,
}

impl Registry {
    /// All known and registered partitions.
    pub fn partitions(&self) -> impl Iterator<Item = &str> {
        KNOWN_PARTITIONS.into_iter().chain(self.partitions.iter().map(String::as_str))
    }

    /// Whether a partition is known or registered.
    #[must_use]
    pub fn knows_partition(&self, name: &str) -> bool {
        KNOWN_PARTITIONS.contains(&name) || self.partitions.contains(name)
    }

    /// The profile of an action prefix, in any case (B-25).
    #[must_use]
    pub fn profile(&self, service: &str) -> &ServiceProfile {
        self.profile_of_folded(&text::fold(service))
    }

    /// The profile of a prefix in lower case.
    #[must_use]
    pub fn profile_of_folded(&self, service: &str) -> &ServiceProfile {
        self.services.get(service).unwrap_or_else(|| built_in(service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_profile_replaces_the_built_in_one() {
        let mut registry = Registry::default();
        assert!(registry.profile("S3").canonical_user);
        assert!(!registry.profile("unheard-of").anonymous_allowed);
        registry.services.insert("s3".to_owned(), ServiceProfile::default());
        assert!(!registry.profile("s3").canonical_user);
    }

    #[test]
    fn registered_partitions_join_the_known_ones() {
        let mut registry = Registry::default();
        assert!(registry.knows_partition("aws-cn") && !registry.knows_partition("lab"));
        registry.partitions.insert("lab".to_owned());
        assert!(registry.knows_partition("lab") && registry.partitions().any(|name| name == "lab"));
    }
}
