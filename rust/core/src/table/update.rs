//! The next table: a copy that shares what did not change.

use super::account::{Identity, IdentityKind};
use super::build::{BuildError, Compiler, IdentityInput, inline_id};
use super::organization::OrganizationInput;
use super::{BadPolicy, Holders, Table};
use crate::document::PolicyKind;
use crate::hash;
use crate::persistent::HashParts;
use crate::policies::Policy;
use crate::profile::ServiceProfile;
use smallvec::SmallVec;
use std::sync::Arc;

/// One change of a snapshot.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Change<'c> {
    PutAccount {
        id: &'c str,
        partition: &'c str,
        canonical_id: Option<&'c str>,
    },
    /// Creates a managed policy or replaces its text.
    PutPolicy {
        account: &'c str,
        id: &'c str,
        document: &'c str,
    },
    DeletePolicy {
        account: &'c str,
        id: &'c str,
    },
    Attach {
        identity: &'c str,
        policy: &'c str,
    },
    Detach {
        identity: &'c str,
        policy: &'c str,
    },
    PutInline {
        identity: &'c str,
        name: &'c str,
        document: &'c str,
    },
    DeleteInline {
        identity: &'c str,
        name: &'c str,
    },
    SetBoundary {
        identity: &'c str,
        policy: Option<&'c str>,
    },
    /// Creates a user, role or group or replaces it whole.
    PutIdentity(IdentityInput<'c>),
    DeleteIdentity {
        arn: &'c str,
    },
    PutResource {
        arn: &'c str,
        account: &'c str,
        policy: Option<&'c str>,
        tags: Vec<(&'c str, &'c str)>,
    },
    DeleteResource {
        arn: &'c str,
    },
    SetOrganization(Option<OrganizationInput<'c>>),
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateError {
    /// A document that does not parse.
    Policy(BadPolicy),
    /// Something that is not there.
    Unknown(String),
    /// Anything else.
    Invalid(String),
}

impl From<BuildError> for UpdateError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Policy(bad) => Self::Policy(bad),
            BuildError::Invalid(words) => Self::Invalid(words),
        }
    }
}

impl Table {
    /// The table after all changes, in order; on an error there is none.
    ///
    /// # Errors
    /// The first change that cannot be made.
    pub fn update(&self, changes: &[Change<'_>]) -> Result<Self, UpdateError> {
        let mut next = self.clone();
        let mut compiler = Compiler::new();
        for change in changes {
            next.apply(change, &mut compiler)?;
        }
        next.revision += 1;
        Ok(next)
    }

    fn apply(&mut self, change: &Change<'_>, compiler: &mut Compiler) -> Result<(), UpdateError> {
        match change {
            Change::PutAccount { id, partition, canonical_id } => Ok(self.put_account(id, partition, *canonical_id)?),
            Change::PutPolicy { account, id, document } => Ok(self.put_policy(account, id, document, compiler)?),
            Change::DeletePolicy { account, id } => self.delete_policy(account, id),
            Change::Attach { identity, policy } => self.attach(identity, policy),
            Change::Detach { identity, policy } => self.detach(identity, policy),
            Change::PutInline { identity, name, document } => self.put_inline(identity, name, document, compiler),
            Change::DeleteInline { identity, name } => self.delete_inline(identity, name),
            Change::SetBoundary { identity, policy } => self.set_boundary(identity, *policy),
            Change::PutIdentity(input) => Ok(self.put_identity(input, compiler)?),
            Change::DeleteIdentity { arn } => self.delete_identity(arn),
            Change::PutResource { arn, account, policy, tags } => {
                Ok(self.put_resource(arn, account, *policy, tags, compiler)?)
            }
            Change::DeleteResource { arn } => {
                let gone = self.resources.remove(hash::text(arn.as_bytes()), |known| *known.arn == **arn);
                gone.map(|_| ()).ok_or_else(|| unknown(format!("resource `{arn}` is not in the snapshot")))
            }
            Change::SetOrganization(input) => Ok(self.put_organization(input.as_ref(), compiler)?),
        }
    }

    fn delete_policy(&mut self, account: &str, id: &str) -> Result<(), UpdateError> {
        let number = self.managed(account, id)?;
        if let Some(count @ 1..) = self.attachments.get(number) {
            return Err(UpdateError::Invalid(format!("policy `{id}` is attached {count} times; detach it first")));
        }
        self.forget_number(account, id);
        if let Some(slot) = self.policies.get_mut(number) {
            *slot = None;
        }
        Ok(())
    }

    fn attach(&mut self, arn: &str, id: &str) -> Result<(), UpdateError> {
        let number = self.managed_of(arn, id)?;
        let policies = self.policies.clone();
        let mut added = false;
        let mut was_indexed = false;
        self.change_identity(arn, |identity| {
            was_indexed = identity.policies.is_indexed();
            added = identity.policies.attach(number, &policies);
        });
        if added {
            self.count_attachment(number, 1);
            self.follow_index(arn, was_indexed, number);
        }
        Ok(()) // L-41: attaching again is a no-op
    }

    fn detach(&mut self, arn: &str, id: &str) -> Result<(), UpdateError> {
        let number = self.managed_of(arn, id)?;
        if !self.take_out(arn, number) {
            return Err(unknown(format!("policy `{id}` is not attached to `{arn}`")));
        }
        self.count_attachment(number, -1);
        Ok(())
    }

    fn take_out(&mut self, arn: &str, number: u32) -> bool {
        let policies = self.policies.clone();
        let mut taken = false;
        self.change_identity(arn, |identity| taken = identity.policies.detach(number, &policies));
        if taken {
            self.remove_holder(number, arn);
        }
        taken
    }

    fn put_inline(&mut self, arn: &str, name: &str, text: &str, compiler: &mut Compiler) -> Result<(), UpdateError> {
        self.known(arn)?;
        let id = inline_id(arn, name);
        let profile = ServiceProfile::default();
        let policy = compiler.compile(&id, text, PolicyKind::Identity, &profile, &self.registry)?;
        if let Some(number) = self.inline_number(arn, &id) {
            self.change_policy(number, policy);
            return Ok(());
        }
        let number = self.add_policy(policy);
        let policies = self.policies.clone();
        let mut was_indexed = false;
        self.change_identity(arn, |identity| {
            was_indexed = identity.policies.is_indexed();
            identity.policies.attach(number, &policies);
        });
        self.follow_index(arn, was_indexed, number);
        Ok(())
    }

    fn delete_inline(&mut self, arn: &str, name: &str) -> Result<(), UpdateError> {
        self.known(arn)?;
        let Some(number) = self.inline_number(arn, &inline_id(arn, name)) else {
            return Err(unknown(format!("`{arn}` has no inline policy `{name}`")));
        };
        self.take_out(arn, number);
        if let Some(slot) = self.policies.get_mut(number) {
            *slot = None;
        }
        Ok(())
    }

    fn inline_number(&self, arn: &str, id: &str) -> Option<u32> {
        let named = |policy: &Policy| *policy.id == *id;
        let mut numbers = self.identity(arn)?.policies.numbers().iter().copied();
        numbers.find(|number| self.policies.get(*number).and_then(|slot| slot.as_ref()).is_some_and(named))
    }

    fn set_boundary(&mut self, arn: &str, id: Option<&str>) -> Result<(), UpdateError> {
        if self.known(arn)?.kind == IdentityKind::Group {
            return Err(UpdateError::Invalid(format!("`{arn}`: a group has no permissions boundary")));
        }
        let number = id.map(|id| self.managed_of(arn, id)).transpose()?;
        let mut old = None;
        self.change_identity(arn, |identity| old = std::mem::replace(&mut identity.boundary, number));
        for (number, change) in [(old, -1), (number, 1)] {
            if let Some(number) = number {
                self.count_attachment(number, change);
            }
        }
        Ok(())
    }

    fn delete_identity(&mut self, arn: &str) -> Result<(), UpdateError> {
        if self.known(arn)?.kind == IdentityKind::Group
            && let Some(member) =
                self.identities.iter().find(|identity| identity.groups.iter().any(|(_, group)| **group == *arn))
        {
            // Users find their groups by ARN: a group that came back would have its old members (L-31).
            return Err(UpdateError::Invalid(format!("group `{arn}` has members, such as `{}`", member.arn)));
        }
        self.remove_identity(arn);
        Ok(())
    }

    fn known(&self, arn: &str) -> Result<&Identity, UpdateError> {
        let identity = self.identity(arn).filter(|identity| *identity.arn == *arn);
        identity.ok_or_else(|| unknown(format!("`{arn}` is not in the snapshot")))
    }

    fn managed(&self, account: &str, id: &str) -> Result<u32, UpdateError> {
        self.number(account, id).ok_or_else(|| unknown(format!("policy `{id}` is not in account {account}")))
    }

    fn managed_of(&self, arn: &str, id: &str) -> Result<u32, UpdateError> {
        let account = self.known(arn)?.account.clone();
        self.managed(&account, id)
    }

    /// Writes an identity anew under all its names.
    pub(super) fn change_identity(&mut self, arn: &str, change: impl FnOnce(&mut Identity)) {
        let Some(mut identity) = self.identity(arn).cloned() else {
            return;
        };
        change(&mut identity);
        let identity = Arc::new(identity);
        for name in identity.names() {
            let hash = hash::text(name.as_bytes());
            self.identities.replace(hash, Arc::clone(&identity), |known| known.arn == identity.arn);
        }
    }

    /// Keeps `holders` right after `number` was added to an identity's list.
    fn follow_index(&mut self, arn: &str, was_indexed: bool, number: u32) {
        let Some(identity) = self.identity(arn).filter(|identity| identity.policies.is_indexed()) else {
            return;
        };
        let numbers = if was_indexed { vec![number] } else { identity.policies.numbers().to_vec() };
        let arn = Arc::clone(&identity.arn);
        for number in numbers {
            self.add_holder(number, &arn);
        }
    }

    /// Identities whose indexed lists hold a policy.
    pub(super) fn holders_of(&self, number: u32) -> SmallVec<[Arc<str>; 1]> {
        let found = self.holders.get(holder_hash(number), |(known, _)| *known == number);
        found.map(|(_, holders)| holders.clone()).unwrap_or_default()
    }

    pub(super) fn add_holder(&mut self, number: u32, arn: &Arc<str>) {
        let mut holders = self.holders_of(number);
        if !holders.contains(arn) {
            holders.push(Arc::clone(arn));
            put_holders(&mut self.holders, number, holders);
        }
    }

    pub(super) fn remove_holder(&mut self, number: u32, arn: &str) {
        let mut holders = self.holders_of(number);
        if !holders.is_empty() {
            holders.retain(|known| **known != *arn);
            put_holders(&mut self.holders, number, holders);
        }
    }
}

fn holder_hash(number: u32) -> u64 {
    hash::mix(u64::from(number), 300)
}

fn put_holders(all: &mut HashParts<Holders>, number: u32, holders: SmallVec<[Arc<str>; 1]>) {
    let hash = holder_hash(number);
    if holders.is_empty() {
        all.remove(hash, |(known, _)| *known == number);
    } else {
        all.replace(hash, (number, holders), |(known, _)| *known == number);
    }
}

fn unknown(words: String) -> UpdateError {
    UpdateError::Unknown(words)
}
