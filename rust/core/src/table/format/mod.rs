//! A table as bytes, for worker processes: a versioned head, a checksum, the parts, the documents, the indexes.
//!
//! The bytes are as trusted as the snapshot they were made of: the checksum finds damage, not malice.

mod documents;

use super::account::{Account, IdentityKind, Tags, Target};
use super::build::{number_hash, with_hashes};
use super::{Identity, Resource, Table};
use crate::compiled::{Compiled, Search};
use crate::hash;
use crate::index::Index;
use crate::persistent::{HashParts, Slots};
use crate::policies::{Policy, PolicyList};
use crate::profile::Registry;
use documents::{Documents, Shared};
use serde::{Deserialize, Serialize};
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
    documents: Documents,
    policies: Vec<Option<(Arc<str>, u32)>>,
    attachments: Vec<u32>,
    numbers: Vec<(Arc<str>, Vec<u32>)>,
    identities: Vec<IdentityPart>,
    accounts: Vec<Account>,
    /// Service and resource control policies of each.
    targets: Vec<(ListPart, ListPart)>,
    resources: Vec<ResourcePart>,
}

#[derive(Serialize, Deserialize)]
struct IdentityPart {
    arn: Arc<str>,
    kind: IdentityKind,
    /// Number among the accounts.
    account: usize,
    id: Option<Box<str>>,
    policies: ListPart,
    groups: Vec<Box<str>>,
    boundary: Option<u32>,
    trust: Option<(Arc<str>, u32)>,
    alias: Option<Box<str>>,
    tags: Tags,
    service_linked: bool,
}

/// Numbers of policies, and whether an index over them stands among the indexes.
#[derive(Serialize, Deserialize)]
struct ListPart(Vec<u32>, bool);

#[derive(Serialize, Deserialize)]
struct ResourcePart {
    arn: Box<str>,
    account: Box<str>,
    policy: Option<(Arc<str>, u32)>,
    tags: Tags,
}

/// Indexes in the order in which they are written and read: those of documents, targets, identities.
struct Indexes<'b>(&'b [u8]);

impl Indexes<'_> {
    fn next(&mut self) -> Option<Index> {
        let (index, rest) = Index::read(self.0)?;
        self.0 = rest;
        Some(index)
    }

    fn list(&mut self, ListPart(numbers, is_indexed): ListPart) -> Option<PolicyList> {
        let index = if is_indexed { Some(self.next()?) } else { None };
        Some(PolicyList::of_parts(numbers, index))
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
        let account =
            |id: &str| accounts.binary_search_by(|account| account.id.as_ref().cmp(id)).unwrap_or(accounts.len());
        let identity_parts = identities.iter().map(|identity| IdentityPart {
            arn: Arc::clone(&identity.arn),
            kind: identity.kind,
            account: account(&identity.account),
            id: identity.id.clone(),
            policies: list_part(&identity.policies),
            groups: identity.groups.iter().map(|(_, group)| group.clone()).collect(),
            boundary: identity.boundary,
            trust: identity.trust.as_ref().map(|policy| shared.number(policy)),
            alias: identity.alias.clone(),
            tags: identity.tags.clone(),
            service_linked: identity.service_linked,
        });
        let identity_parts = identity_parts.collect();
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
            numbers: self.numbers_by_account(),
            identities: identity_parts,
            accounts,
            targets: self.targets.iter().map(|target| (list_part(&target.scps), list_part(&target.rcps))).collect(),
            resources: resources.collect(),
            documents: shared.documents(),
        };
        // Writing into memory cannot fail; if it did, `from_bytes` would refuse what came of it.
        let mut body = postcard::to_stdvec(&parts).unwrap_or_default();
        shared.write(&mut body);
        let of_targets = self.targets.iter().flat_map(|target| [&target.scps, &target.rcps]);
        let of_identities = identities.iter().map(|identity| &identity.policies);
        for index in shared.indexes().chain(of_targets.chain(of_identities).filter_map(PolicyList::index)) {
            index.write(&mut body);
        }
        let mut bytes = Vec::with_capacity(MAGIC.len() + 2 + CHECKSUM + body.len());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(blake3::hash(&body).as_bytes());
        bytes.extend(body);
        bytes
    }

    /// Numbers of the managed policies of each account, ascending.
    fn numbers_by_account(&self) -> Vec<(Arc<str>, Vec<u32>)> {
        let mut all: Vec<&(Arc<str>, u32)> = self.numbers.iter().collect();
        all.sort_unstable();
        let accounts = all.chunk_by(|(one, _), (other, _)| one == other);
        let of_account = |entries: &[&(Arc<str>, u32)]| {
            let (account, _) = entries.first()?;
            Some((Arc::clone(account), entries.iter().map(|(_, number)| *number).collect()))
        };
        accounts.filter_map(of_account).collect()
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
        Self::of_body(body).ok_or(FormatError::Damaged)
    }

    /// `None` if the parts do not fit together.
    fn of_body(body: &[u8]) -> Option<Self> {
        let (parts, rest): (Parts, _) = postcard::take_from_bytes(body).ok()?;
        let (mut documents, rest) = parts.documents.read(rest)?;
        let mut indexes = Indexes(rest);
        for document in documents.iter_mut().filter(|document| document.is_long()) {
            document.set_index(indexes.next()?);
        }
        let compiled: Vec<Arc<Compiled>> = documents.into_iter().map(Arc::new).collect();
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
            numbers: HashParts::with_expected(parts.numbers.iter().map(|(_, numbers)| numbers.len()).sum()),
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
        for (account, numbers) in parts.numbers {
            for number in numbers {
                let id = Arc::clone(&table.policies.get(number)?.as_ref()?.id);
                table.numbers.insert(number_hash(&account, &id), (Arc::clone(&account), number));
            }
        }
        let accounts: Vec<Arc<Account>> = parts.accounts.into_iter().map(Arc::new).collect();
        for account in &accounts {
            table.accounts.insert(hash::text(account.id.as_bytes()), Arc::clone(account));
        }
        for (scps, rcps) in parts.targets {
            table.targets.push(Target { scps: indexes.list(scps)?, rcps: indexes.list(rcps)? });
        }
        for part in parts.identities {
            let trust = match part.trust {
                Some(named) => Some(policy(named)?),
                None => None,
            };
            table.add_identity(Identity {
                arn: part.arn,
                kind: part.kind,
                account: Arc::clone(&accounts.get(part.account)?.id),
                id: part.id,
                policies: indexes.list(part.policies)?,
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
        indexes.0.is_empty().then_some(table)
    }
}

fn list_part(list: &PolicyList) -> ListPart {
    ListPart(list.numbers().to_vec(), list.is_indexed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Builder, IdentityInput};

    fn table() -> Table {
        let mut builder = Builder::new(Registry::default(), 1);
        builder.account("111122223333", "aws", None).unwrap();
        let statement = |number: usize| {
            format!(
                r#"{{"Effect":"Allow","Action":["s3:Get*","s3:Put"],"Resource":"arn:aws:s3:::b{number}/${{aws:username}}/*"}}"#
            )
        };
        // Long enough for an index of its own.
        let statements: Vec<String> = (0..100).map(statement).collect();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let ids: Vec<String> = (0..20).map(|number| format!("arn:aws:iam::111122223333:policy/p{number}")).collect();
        for id in &ids {
            builder.managed_policy("111122223333", id, &text).unwrap();
        }
        let user = IdentityInput {
            kind: IdentityKind::User,
            arn: "arn:aws:iam::111122223333:user/ann",
            id: None,
            inline: vec![("own", &text)],
            managed: ids.iter().map(String::as_str).collect(),
            groups: Vec::new(),
            boundary: None,
            trust: None,
            tags: Vec::new(),
            service_linked: false,
        };
        builder.identity(&user).unwrap();
        builder.finish()
    }

    #[test]
    fn what_is_read_is_written_again_byte_for_byte() {
        let bytes = table().to_bytes();
        assert_eq!(Table::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    }

    #[test]
    fn damage_behind_a_checksum_that_fits_is_no_panic() {
        let bytes = table().to_bytes();
        let body_at = MAGIC.len() + 2 + CHECKSUM;
        let (mut refused, mut read) = (0, 0);
        for at in (body_at..bytes.len()).step_by(7) {
            for flip in [1, 0x80] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                assert_eq!(Table::from_bytes(&damaged).unwrap_err(), FormatError::Damaged);
                let checksum = *blake3::hash(&damaged[body_at..]).as_bytes();
                damaged[body_at - CHECKSUM..body_at].copy_from_slice(&checksum);
                match Table::from_bytes(&damaged) {
                    Ok(table) => {
                        read += 1;
                        let _ = table.caller("arn:aws:iam::111122223333:user/ann");
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused > 0 && read > 0, "{refused} {read}");
    }
}
