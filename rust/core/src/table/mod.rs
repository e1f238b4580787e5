//! The decision table: everything a decision depends on, compiled, at one revision.
//!
//! A table is never changed. The next one is a copy that shares all it can (`persistent`) with one part written anew
//! (`update`).

mod account;
mod ask;
mod build;
mod caller;
mod facts;
mod format;
mod organization;
mod update;

pub use account::{Account, Identity, IdentityKind, Resource, Target};
pub use ask::{Asker, InvalidRequest, Place, Query};
pub use build::{BuildError, Builder, IdentityInput};
pub use caller::{Caller, CallerInput};
pub use format::FormatError;
pub use organization::{OrganizationInput, TargetInput};
pub use update::{Change, UpdateError};

use crate::arn::Arn;
use crate::compiled::Search;
use crate::error::PolicyError;
use crate::hash;
use crate::persistent::{HashParts, Slots};
use crate::policies::{Policy, PolicyStore};
use crate::profile::Registry;
use smallvec::SmallVec;
use std::sync::Arc;

/// A policy's number and the ARNs of identities.
type Holders = (u32, SmallVec<[Arc<str>; 1]>);

/// A compiled snapshot.
#[derive(Debug, Clone)]
pub struct Table {
    revision: u64,
    registry: Arc<Registry>,
    policies: PolicyStore,
    /// How often each policy is attached or is a boundary, by its number.
    attachments: Slots<u32>,
    /// Managed policies: account and number; the id is the policy's own.
    numbers: HashParts<(Arc<str>, u32)>,
    /// Identities whose lists have an index that must follow changes of a policy.
    holders: HashParts<Holders>,
    /// Users, roles and groups under each of `Identity::names`.
    identities: HashParts<Arc<Identity>>,
    accounts: HashParts<Arc<Account>>,
    /// Roots, organizational units and accounts of the organization.
    targets: Slots<Target>,
    resources: HashParts<Arc<Resource>>,
    /// Whether any account stands in an organization, and whether any has a canonical id: else no request has to look.
    has_organization: bool,
    has_canonical_ids: bool,
    search: Search,
}

impl Table {
    /// Number of the snapshot, from 1; goes up with every update.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Profiles and partitions.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// How candidates are found.
    #[must_use]
    pub fn with_search(mut self, search: Search) -> Self {
        self.search = search;
        self
    }

    /// Number of statements of all policies.
    #[must_use]
    pub fn statement_count(&self) -> usize {
        let held = self.policies.iter().flatten().map(|policy| policy.compiled.len());
        let attached = self.resources.iter().filter_map(|resource| resource.policy.as_ref());
        held.sum::<usize>() + attached.map(|policy| policy.compiled.len()).sum::<usize>()
    }

    /// A user, role or group by ARN, or a role by the start of its sessions' ARNs.
    fn identity(&self, arn: &str) -> Option<&Identity> {
        self.identity_of(hash::text(arn.as_bytes()), arn)
    }

    fn identity_of(&self, hash: u64, name: &str) -> Option<&Identity> {
        self.identities.get(hash, |identity| identity.is_called(name)).map(Arc::as_ref)
    }

    fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(hash::text(id.as_bytes()), |account| account.id.as_ref() == id).map(Arc::as_ref)
    }

    /// The known resource that an ARN names or lies below, and the policy that governs it (B-48).
    fn resource_of(&self, arn: &Arn<'_>) -> (Option<&Resource>, Option<&Policy>) {
        if self.resources.len() == 0 {
            return (None, None);
        }
        let known = |text: &str| {
            self.resources.get(hash::text(text.as_bytes()), |resource| resource.arn.as_ref() == text).map(Arc::as_ref)
        };
        let above = || {
            let depth = usize::from(self.registry.profile(arn.service()).policy_depth);
            let (end, _) = arn.resource().match_indices('/').nth(depth.checked_sub(1)?)?;
            let start = arn.text().len() - arn.resource().len();
            known(arn.text().get(..start + end)?)
        };
        let own = known(arn.text());
        match own.and_then(|resource| resource.policy.as_ref()) {
            Some(policy) => (own, Some(policy)),
            None => {
                let above = above();
                (own.or(above), above.and_then(|resource| resource.policy.as_ref()))
            }
        }
    }
}

/// A document that does not parse, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPolicy {
    /// Policy id.
    pub policy: String,
    /// What is wrong.
    pub error: PolicyError,
}
