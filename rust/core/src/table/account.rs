//! What a table holds of accounts, their identities and their resources.

use crate::policies::{Number, Policy, PolicyList};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Tags of an identity or a resource, as spelled.
pub(crate) type Tags = Box<[(Box<str>, Box<str>)]>;

/// An account, of the snapshot or of the organization alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// 12 digits.
    pub id: Arc<str>,
    /// N-10; empty for an account of which only the place in the organization is known.
    pub partition: Box<str>,
    /// M-41.
    pub canonical_id: Option<Box<str>>,
    /// The account itself is part of the snapshot, so that its root can sign in.
    pub is_held: bool,
    /// `o-…`.
    pub organization: Option<Box<str>>,
    /// Path from the organization to the unit that holds the account.
    pub organization_path: Option<Box<str>>,
    /// E-10, E-11.
    pub manages_organization: bool,
    /// Numbers of the targets from the root to the account; absent if the policy type is disabled.
    pub scps: Option<Box<[u32]>>,
    /// The same for resource control policies.
    pub rcps: Option<Box<[u32]>>,
}

/// A root, organizational unit or account, with the policies attached to it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Service control policies.
    pub scps: PolicyList,
    /// Resource control policies.
    pub rcps: PolicyList,
}

/// Kinds of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum IdentityKind {
    User,
    Role,
    Group,
}

/// A user, role or group.
#[derive(Debug, Clone)]
pub struct Identity {
    /// With the path.
    pub arn: Arc<str>,
    /// What it is.
    pub kind: IdentityKind,
    /// Account it belongs to.
    pub account: Arc<str>,
    /// `AIDA…`, `AROA…`.
    pub id: Option<Box<str>>,
    /// Inline and managed policies.
    pub policies: PolicyList,
    /// ARNs of the groups of a user, with their hashes.
    pub groups: Box<[(u64, Box<str>)]>,
    /// Permissions boundary.
    pub boundary: Option<Number>,
    /// Trust policy of a role.
    pub trust: Option<Policy>,
    /// Of a role the start of its sessions' ARNs, `arn:P:sts::A:assumed-role/NAME`; of a group its name without the path.
    pub alias: Option<Box<str>>,
    /// In file order.
    pub tags: Tags,
    /// E-25.
    pub service_linked: bool,
}

impl Identity {
    /// Names under which a table finds it: the ARN; for a role also the start of its sessions' ARNs, for a group also
    /// its name without the path.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.arn.as_ref()).chain(self.alias.as_deref())
    }

    /// Whether this is one of its names.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// Whether an ARN is that of a session of this role.
    pub(super) fn has_session(&self, arn: &str) -> bool {
        let name = self.alias.as_deref().and_then(|alias| arn.strip_prefix(alias)?.strip_prefix('/'));
        self.kind == IdentityKind::Role && name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
    }

    /// The name, without the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

/// A resource whose owner, policy or tags are known.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The exact ARN.
    pub arn: Box<str>,
    /// Owner.
    pub account: Box<str>,
    /// Its policy, if it has one.
    pub policy: Option<Policy>,
    /// In file order.
    pub tags: Tags,
}
