//! A table as bytes, for worker processes: a versioned head, a checksum, and the parts.
//!
//! Indexes are not part of it; they are built again. The bytes are as trusted as the snapshot they were made of: the
//! checksum finds damage, not malice.

use super::account::{Account, IdentityKind, Tags, Target};
use super::build::with_hashes;
use super::{Identity, Resource, Table};
use crate::compiled::{Compiled, Search};
use crate::hash;
use crate::persistent::{HashParts, Slots};
use crate::policies::{Policy, PolicyList};
use crate::pool::Pool;
use crate::profile::Registry;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

const MAGIC: &[u8; 9] = b"bailiwick";
/// Goes up whenever the parts below or anything they hold change their form.
const VERSION: u16 = 6;
const CHECKSUM: usize = 32;

/// Why bytes are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// They do not start as a serialized engine does.
    Foreign,
    /// They are of another version of the format.
    Version(u16),
    /// They are cut off or changed.
    Damaged,
}

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign => f.write_str("these bytes are not a serialized engine"),
            Self::Version(found) => write!(
                f,
                "serialized engine of format {found}, expected {VERSION}; make the bytes with the same version of bailiwick"
            ),
            Self::Damaged => f.write_str("serialized engine is damaged: its checksum does not fit"),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Parts {
    revision: u64,
    search: Search,
    registry: Registry,
    compiled: Vec<Compiled>,
    policies: Vec<Option<(Arc<str>, u32)>>,
    attachments: Vec<u32>,
    numbers: Vec<(Arc<str>, u32)>,
    identities: Vec<IdentityPart>,
    accounts: Vec<Account>,
    targets: Vec<(Vec<u32>, Vec<u32>)>,
    resources: Vec<ResourcePart>,
}

#[derive(Serialize, Deserialize)]
struct IdentityPart {
    arn: Box<str>,
    kind: IdentityKind,
    account: Box<str>,
    id: Option<Box<str>>,
    policies: Vec<u32>,
    groups: Vec<Box<str>>,
    boundary: Option<u32>,
    trust: Option<(Arc<str>, u32)>,
    alias: Option<Box<str>>,
    tags: Tags,
    service_linked: bool,
}

#[derive(Serialize, Deserialize)]
struct ResourcePart {
    arn: Box<str>,
    account: Box<str>,
    policy: Option<(Arc<str>, u32)>,
    tags: Tags,
}

/// Compiled documents by number; one that is shared is written once.
#[derive(Default)]
struct Shared {
    compiled: Vec<Compiled>,
    known: HashMap<*const Compiled, u32>,
}

impl Shared {
    fn number(&mut self, policy: &Policy) -> (Arc<str>, u32) {
        let number = *self.known.entry(Arc::as_ptr(&policy.compiled)).or_insert_with(|| {
            self.compiled.push(policy.compiled.without_index());
            self.compiled.len() as u32 - 1
        });
        (Arc::clone(&policy.id), number)
    }
}

impl Table {
    /// The table as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut shared = Shared::default();
        let policies = self.policies.iter().map(|slot| slot.as_ref().map(|policy| shared.number(policy))).collect();
        let mut identities: Vec<&Arc<Identity>> = self.identities.iter().collect();
        identities.sort_by(|a, b| a.arn.cmp(&b.arn));
        identities.dedup_by(|a, b| a.arn == b.arn); // an identity stands under each of its names
        let mut resources: Vec<&Arc<Resource>> = self.resources.iter().collect();
        resources.sort_by(|a, b| a.arn.cmp(&b.arn));
        let mut accounts: Vec<Account> = self.accounts.iter().map(|account| account.as_ref().clone()).collect();
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        let mut numbers: Vec<(Arc<str>, u32)> = self.numbers.iter().cloned().collect();
        numbers.sort();
        let list = |list: &PolicyList| list.numbers().to_vec();
        let identities = identities.into_iter().map(|identity| identity_part(identity, &mut shared)).collect();
        let resources = resources.into_iter().map(|resource| ResourcePart {
            arn: resource.arn.clone(),
            account: resource.account.clone(),
            policy: resource.policy.as_ref().map(|policy| shared.number(policy)),
            tags: resource.tags.clone(),
        });
        let parts = Parts {
            revision: self.revision,
            search: self.search,
            registry: self.registry.as_ref().clone(),
            policies,
            attachments: self.attachments.iter().copied().collect(),
            numbers,
            identities,
            accounts,
            targets: self.targets.iter().map(|target| (list(&target.scps), list(&target.rcps))).collect(),
            resources: resources.collect(),
            compiled: shared.compiled,
        };
        // Writing into memory cannot fail; if it did, `from_bytes` would refuse what came of it.
        let body = postcard::to_stdvec(&parts).unwrap_or_default();
        let mut bytes = Vec::with_capacity(MAGIC.len() + 2 + CHECKSUM + body.len());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(blake3::hash(&body).as_bytes());
        bytes.extend(body);
        bytes
    }

    /// Reads what `to_bytes` wrote.
    ///
    /// # Errors
    /// Anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(FormatError::Foreign)?;
        let (version, rest) = rest.split_first_chunk().ok_or(FormatError::Damaged)?;
        let version = u16::from_le_bytes(*version);
        if version != VERSION {
            return Err(FormatError::Version(version));
        }
        let (checksum, body) = rest.split_first_chunk::<CHECKSUM>().ok_or(FormatError::Damaged)?;
        if blake3::hash(body).as_bytes() != checksum {
            return Err(FormatError::Damaged);
        }
        let (parts, rest) = postcard::take_from_bytes(body).map_err(|_| FormatError::Damaged)?;
        if !rest.is_empty() {
            return Err(FormatError::Damaged);
        }
        Self::of_parts(parts).ok_or(FormatError::Damaged)
    }

    /// `None` if the parts do not fit together.
    fn of_parts(parts: Parts) -> Option<Self> {
        let mut pool = Pool::default();
        let mut compiled: Vec<Arc<Compiled>> = Vec::with_capacity(parts.compiled.len());
        for mut document in parts.compiled {
            if !document.is_whole() {
                return None;
            }
            document.restore(&mut pool);
            compiled.push(Arc::new(document));
        }
        let policy =
            |(id, number): (Arc<str>, u32)| Some(Policy { id, compiled: Arc::clone(compiled.get(number as usize)?) });
        let mut policies = Slots::default();
        for slot in parts.policies {
            policies.push(match slot {
                Some(named) => Some(policy(named)?),
                None => None,
            });
        }
        let mut table = Self {
            revision: parts.revision,
            registry: Arc::new(parts.registry),
            policies,
            attachments: Slots::default(),
            numbers: HashParts::with_expected(parts.numbers.len()),
            holders: HashParts::with_expected(1),
            identities: HashParts::with_expected(parts.identities.len()),
            accounts: HashParts::with_expected(parts.accounts.len()),
            targets: Slots::default(),
            resources: HashParts::with_expected(parts.resources.len()),
            has_organization: parts.accounts.iter().any(|account| account.organization.is_some()),
            has_canonical_ids: parts.accounts.iter().any(|account| account.canonical_id.is_some()),
            search: parts.search,
        };
        for count in parts.attachments {
            table.attachments.push(count);
        }
        for (name, number) in parts.numbers {
            table.numbers.insert(hash::text(name.as_bytes()), (name, number));
        }
        for account in parts.accounts {
            table.accounts.insert(hash::text(account.id.as_bytes()), Arc::new(account));
        }
        for (scps, rcps) in parts.targets {
            let list = |numbers| PolicyList::new(numbers, &table.policies);
            let target = Target { scps: list(scps), rcps: list(rcps) };
            table.targets.push(target);
        }
        for part in parts.identities {
            let trust = match part.trust {
                Some(named) => Some(policy(named)?),
                None => None,
            };
            table.add_identity(Identity {
                arn: part.arn,
                kind: part.kind,
                account: part.account,
                id: part.id,
                policies: PolicyList::new(part.policies, &table.policies),
                groups: with_hashes(part.groups),
                boundary: part.boundary,
                trust,
                alias: part.alias,
                tags: part.tags,
                service_linked: part.service_linked,
            });
        }
        for ResourcePart { arn, account, policy: named, tags } in parts.resources {
            let policy = match named {
                Some(named) => Some(policy(named)?),
                None => None,
            };
            let resource = Resource { arn, account, policy, tags };
            table.resources.insert(hash::text(resource.arn.as_bytes()), Arc::new(resource));
        }
        Some(table)
    }
}

fn identity_part(identity: &Identity, shared: &mut Shared) -> IdentityPart {
    IdentityPart {
        arn: identity.arn.clone(),
        kind: identity.kind,
        account: identity.account.clone(),
        id: identity.id.clone(),
        policies: identity.policies.numbers().to_vec(),
        groups: identity.groups.iter().map(|(_, group)| group.clone()).collect(),
        boundary: identity.boundary,
        trust: identity.trust.as_ref().map(|policy| shared.number(policy)),
        alias: identity.alias.clone(),
        tags: identity.tags.clone(),
        service_linked: identity.service_linked,
    }
}
