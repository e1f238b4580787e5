//! From the parts of a snapshot to a table; where every error is found.

use super::account::{Account, Identity, IdentityKind, Resource};
use super::organization::OrganizationInput;
use super::{BadPolicy, Table};
use crate::arn::{self, Arn};
use crate::compiled::{Compiled, Search};
use crate::document::{self, PolicyKind};
use crate::hash;
use crate::persistent::{HashParts, Slots};
use crate::policies::{Policy, PolicyList};
use crate::pool::Pool;
use crate::profile::{Registry, ServiceProfile};
use std::collections::HashMap;
use std::sync::Arc;

/// Why a part of a snapshot is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// A document that does not parse.
    Policy(BadPolicy),
    /// Anything else: what is wrong and what would have worked.
    Invalid(String),
}

/// Makes a table of a snapshot's parts: registry, organization, accounts, managed policies, groups, users and roles,
/// resources, in this order.
pub struct Builder {
    pub(super) table: Table,
    compiler: Compiler,
}

/// A user, role or group as the snapshot has it.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct IdentityInput<'i> {
    pub kind: IdentityKind,
    pub arn: &'i str,
    pub id: Option<&'i str>,
    /// Names and texts.
    pub inline: Vec<(&'i str, &'i str)>,
    /// Ids of managed policies of the same account.
    pub managed: Vec<&'i str>,
    /// Names of groups of the same account.
    pub groups: Vec<&'i str>,
    pub boundary: Option<&'i str>,
    pub trust: Option<&'i str>,
    pub tags: Vec<(&'i str, &'i str)>,
    pub service_linked: bool,
}

/// Parses and compiles; equal texts of one kind are compiled once.
pub(super) struct Compiler {
    pool: Pool,
    known: HashMap<(PolicyKind, [u8; 32]), Arc<Compiled>>,
}

impl Compiler {
    pub(super) fn new() -> Self {
        Self { pool: Pool::default(), known: HashMap::new() }
    }

    pub(super) fn compile(
        &mut self,
        id: &str,
        text: &str,
        kind: PolicyKind,
        profile: &ServiceProfile,
        registry: &Registry,
    ) -> Result<Policy, BuildError> {
        let key = (kind, *blake3::hash(text.as_bytes()).as_bytes());
        let policy = |compiled| Policy { id: id.into(), compiled };
        // What is legal in a resource policy depends on the profile as well.
        let shared = kind != PolicyKind::Resource;
        if let Some(known) = self.known.get(&key).filter(|_| shared) {
            return Ok(policy(Arc::clone(known)));
        }
        let document = document::parse(text.as_bytes(), kind, profile, registry)
            .map_err(|error| BuildError::Policy(BadPolicy { policy: id.to_owned(), error }))?;
        let compiled = Arc::new(Compiled::new(&document, &mut self.pool));
        if shared {
            self.known.insert(key, Arc::clone(&compiled));
        }
        Ok(policy(compiled))
    }
}

impl Builder {
    /// Starts a table; `identities` is about how many there will be.
    #[must_use]
    pub fn new(registry: Registry, identities: usize) -> Self {
        let table = Table {
            revision: 1,
            registry: Arc::new(registry),
            policies: Slots::default(),
            attachments: Slots::default(),
            numbers: HashParts::with_expected(identities),
            holders: HashParts::with_expected(1),
            identities: HashParts::with_expected(identities),
            accounts: HashParts::with_expected(16),
            targets: Slots::default(),
            resources: HashParts::with_expected(1024),
            has_organization: false,
            has_canonical_ids: false,
            search: Search::Indexed,
        };
        Self { table, compiler: Compiler::new() }
    }

    /// How candidates are found; for tests.
    #[must_use]
    pub fn with_search(mut self, search: Search) -> Self {
        self.table.search = search;
        self
    }

    /// Sets the organization.
    ///
    /// # Errors
    /// A malformed policy, or a tree that is none.
    pub fn organization(&mut self, input: &OrganizationInput<'_>) -> Result<(), BuildError> {
        self.table.put_organization(Some(input), &mut self.compiler)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// An id that is not 12 digits, an unknown partition, or an account that is there already.
    pub fn account(&mut self, id: &str, partition: &str, canonical_id: Option<&str>) -> Result<(), BuildError> {
        self.table.put_account(id, partition, canonical_id)
    }

    /// Adds a managed policy to an account.
    ///
    /// # Errors
    /// A malformed policy, or an id that is taken.
    pub fn managed_policy(&mut self, account: &str, id: &str, text: &str) -> Result<(), BuildError> {
        if self.table.number(account, id).is_some() {
            return Err(invalid(format!("policy `{id}` is in account {account} twice")));
        }
        self.table.put_policy(account, id, text, &mut self.compiler)
    }

    /// Adds a group, user or role; groups before their users.
    ///
    /// # Errors
    /// A malformed policy, an ARN that is none or is taken, or a name that the account does not have.
    pub fn identity(&mut self, input: &IdentityInput<'_>) -> Result<(), BuildError> {
        if self.table.identity(input.arn).is_some() {
            return Err(invalid(format!("`{}` is in the snapshot twice", input.arn)));
        }
        self.table.put_identity(input, &mut self.compiler)
    }

    /// Adds a resource with its owner, and its policy and tags if it has them.
    ///
    /// # Errors
    /// A malformed policy or ARN, or a resource that is there already.
    pub fn resource(
        &mut self,
        arn: &str,
        account: &str,
        policy: Option<&str>,
        tags: &[(&str, &str)],
    ) -> Result<(), BuildError> {
        let known = self.table.resources.get(hash::text(arn.as_bytes()), |known| *known.arn == *arn);
        if known.is_some() {
            return Err(invalid(format!("resource `{arn}` is in the snapshot twice")));
        }
        self.table.put_resource(arn, account, policy, tags, &mut self.compiler)
    }

    /// The table.
    #[must_use]
    pub fn finish(self) -> Table {
        self.table
    }
}

pub(super) fn invalid(words: impl Into<String>) -> BuildError {
    BuildError::Invalid(words.into())
}

pub(super) fn own(tags: &[(&str, &str)]) -> Box<[(Box<str>, Box<str>)]> {
    tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

impl Table {
    pub(super) fn put_account(
        &mut self,
        id: &str,
        partition: &str,
        canonical_id: Option<&str>,
    ) -> Result<(), BuildError> {
        if !arn::is_account(id) {
            return Err(invalid(format!("account `{id}`: expected 12 digits")));
        }
        if !self.registry.knows_partition(partition) {
            return Err(invalid(format!("account {id}: unknown partition `{partition}`; register it first")));
        }
        let known = self.account(id);
        if known.is_some_and(|known| known.is_held) {
            return Err(invalid(format!("account {id} is in the snapshot twice")));
        }
        let account = Account {
            partition: partition.into(),
            canonical_id: canonical_id.map(Into::into),
            is_held: true,
            ..known.cloned().unwrap_or_else(|| Account::outside(id))
        };
        self.replace_account(account);
        Ok(())
    }

    pub(super) fn replace_account(&mut self, account: Account) {
        // Once true they stay so: that only costs look-ups.
        self.has_organization |= account.organization.is_some();
        self.has_canonical_ids |= account.canonical_id.is_some();
        let account = Arc::new(account);
        let hash = hash::text(account.id.as_bytes());
        let id = Arc::clone(&account);
        self.accounts.replace(hash, account, |known| known.id == id.id);
    }

    /// Number of a managed policy.
    pub(super) fn number(&self, account: &str, id: &str) -> Option<u32> {
        let same = |entry: &(Arc<str>, u32)| self.is_managed(entry, account, id);
        self.numbers.get(number_hash(account, id), same).map(|(_, number)| *number)
    }

    /// Whether an entry of `numbers` is that of a policy.
    fn is_managed(&self, (owner, number): &(Arc<str>, u32), account: &str, id: &str) -> bool {
        **owner == *account
            && self.policies.get(*number).is_some_and(|slot| slot.as_ref().is_some_and(|policy| *policy.id == *id))
    }

    /// Takes the number of a managed policy that is still there.
    pub(super) fn forget_number(&mut self, account: &str, id: &str) {
        let Some(number) = self.number(account, id) else {
            return;
        };
        self.numbers.remove(number_hash(account, id), |(_, known)| *known == number);
    }

    pub(super) fn put_policy(
        &mut self,
        account: &str,
        id: &str,
        text: &str,
        compiler: &mut Compiler,
    ) -> Result<(), BuildError> {
        let Some(owner) = self.account(account).filter(|known| known.is_held).map(|known| Arc::clone(&known.id)) else {
            return Err(invalid(format!("account `{account}` is not in the snapshot")));
        };
        let policy = compiler.compile(id, text, PolicyKind::Identity, &ServiceProfile::default(), &self.registry)?;
        match self.number(account, id) {
            Some(number) => self.change_policy(number, policy),
            None => {
                let number = self.add_policy(policy);
                self.numbers.insert(number_hash(&owner, id), (owner, number));
            }
        }
        Ok(())
    }

    /// Gives a policy a number.
    pub(super) fn add_policy(&mut self, policy: Policy) -> u32 {
        self.attachments.push(0);
        self.policies.push(Some(policy))
    }

    /// Puts a new text in place of a policy's; indexes that hold it follow.
    pub(super) fn change_policy(&mut self, number: u32, policy: Policy) {
        let Some(slot) = self.policies.get_mut(number) else {
            return;
        };
        let new = Arc::clone(&policy.compiled);
        let Some(old) = slot.replace(policy) else {
            return;
        };
        for holder in self.holders_of(number) {
            self.change_identity(&holder, |identity| identity.policies.follow(number, &old.compiled, &new));
        }
    }

    pub(super) fn put_identity(
        &mut self,
        input: &IdentityInput<'_>,
        compiler: &mut Compiler,
    ) -> Result<(), BuildError> {
        let arn = Arn::parse(input.arn).filter(|arn| {
            let kind = match input.kind {
                IdentityKind::User => "user/",
                IdentityKind::Role => "role/",
                IdentityKind::Group => "group/",
            };
            arn.service() == "iam" && arn.head().get(3) == Some(&"") && arn.resource().starts_with(kind)
        });
        let Some(arn) = arn else {
            return Err(invalid(format!("`{}`: not the ARN of an IAM {}", input.arn, input.kind.word())));
        };
        let account = self.account(arn.account()).filter(|known| known.is_held);
        let Some(account) = account.map(|account| account.id.clone()) else {
            return Err(invalid(format!("`{}`: account `{}` is not in the snapshot", input.arn, arn.account())));
        };
        let name = arn.resource().rsplit('/').next().unwrap_or_default();
        let alias = match input.kind {
            IdentityKind::User => None,
            IdentityKind::Role => Some(format!("arn:{}:sts::{account}:assumed-role/{name}", arn.partition())),
            IdentityKind::Group => Some(group_key(arn.partition(), &account, name)),
        };
        // Names are unique in an account whatever their paths are, or sessions could not be told apart.
        if let Some(taken) = alias.as_deref().and_then(|alias| self.identity(alias))
            && *taken.arn != *input.arn
        {
            return Err(invalid(format!("`{}`: the account has `{}` of the same name", input.arn, taken.arn)));
        }
        let managed = |id: &&str| {
            self.number(&account, id)
                .ok_or_else(|| invalid(format!("`{}`: policy `{id}` is not in account {account}", input.arn)))
        };
        let mut numbers = input.managed.iter().map(managed).collect::<Result<Vec<u32>, _>>()?;
        let boundary = input.boundary.as_ref().map(managed).transpose()?;
        let groups = input.groups.iter().map(|group| self.group_of(&account, group, input.arn));
        let groups = with_hashes(groups.collect::<Result<Vec<Box<str>>, _>>()?);
        let trust = input.trust.map(|text| {
            let id = format!("{}:trust", input.arn);
            compiler.compile(&id, text, PolicyKind::Trust, &ServiceProfile::default(), &self.registry)
        });
        let trust = trust.transpose()?;
        let mut inline = Vec::new();
        for (name, text) in &input.inline {
            let id = inline_id(input.arn, name);
            if inline.iter().any(|known: &Policy| *known.id == *id) {
                return Err(invalid(format!("`{}` has two inline policies named `{name}`", input.arn)));
            }
            inline.push(compiler.compile(
                &id,
                text,
                PolicyKind::Identity,
                &ServiceProfile::default(),
                &self.registry,
            )?);
        }
        numbers.sort_unstable();
        numbers.dedup(); // L-41: attaching again is a no-op
        // Nothing is written before everything is known to be right.
        self.remove_identity(input.arn);
        for number in numbers.iter().copied().chain(boundary) {
            self.count_attachment(number, 1);
        }
        numbers.extend(inline.into_iter().map(|policy| self.add_policy(policy)));
        let identity = Identity {
            arn: input.arn.into(),
            kind: input.kind,
            account,
            id: input.id.map(Into::into),
            policies: PolicyList::new(numbers, &self.policies),
            groups,
            boundary,
            trust,
            alias: alias.map(Into::into),
            tags: own(&input.tags),
            service_linked: input.service_linked,
        };
        self.add_identity(identity);
        Ok(())
    }

    fn group_of(&self, account: &str, name: &str, user: &str) -> Result<Box<str>, BuildError> {
        let partition = self.account(account).map(|account| account.partition.clone()).unwrap_or_default();
        let key = group_key(&partition, account, name);
        match self.identity(&key) {
            Some(group) => Ok(group.arn.as_ref().into()),
            None => Err(invalid(format!("`{user}`: group `{name}` is not in account {account}"))),
        }
    }

    pub(super) fn add_identity(&mut self, identity: Identity) {
        let identity = Arc::new(identity);
        for name in identity.names() {
            self.identities.insert(hash::text(name.as_bytes()), Arc::clone(&identity));
        }
        if identity.policies.is_indexed() {
            for number in identity.policies.numbers() {
                self.add_holder(*number, &identity.arn);
            }
        }
    }

    /// Takes an identity out with its inline policies; its managed policies lose an attachment each.
    pub(super) fn remove_identity(&mut self, arn: &str) -> bool {
        let Some(identity) = self.identity(arn).cloned() else {
            return false;
        };
        for name in identity.names() {
            self.identities.remove(hash::text(name.as_bytes()), |known| known.arn == identity.arn);
        }
        for number in identity.policies.numbers() {
            self.remove_holder(*number, &identity.arn);
            if self.is_inline(*number, &identity) {
                if let Some(slot) = self.policies.get_mut(*number) {
                    *slot = None;
                }
            } else {
                self.count_attachment(*number, -1);
            }
        }
        if let Some(number) = identity.boundary {
            self.count_attachment(number, -1);
        }
        true
    }

    pub(super) fn is_inline(&self, number: u32, identity: &Identity) -> bool {
        let id = self.policies.get(number).and_then(|slot| slot.as_ref()).map(|policy| Arc::clone(&policy.id));
        id.is_some_and(|id| id.strip_prefix(&*identity.arn).is_some_and(|rest| rest.starts_with(':')))
    }

    pub(super) fn count_attachment(&mut self, number: u32, change: i64) {
        if let Some(count) = self.attachments.get_mut(number) {
            *count = count.saturating_add_signed(change as i32);
        }
    }

    pub(super) fn put_resource(
        &mut self,
        arn: &str,
        account: &str,
        policy: Option<&str>,
        tags: &[(&str, &str)],
        compiler: &mut Compiler,
    ) -> Result<(), BuildError> {
        let Some(parsed) = Arn::parse(arn) else {
            return Err(invalid(format!("resource `{arn}`: expected an ARN of six segments")));
        };
        if !arn::is_account(account) {
            return Err(invalid(format!("resource `{arn}`: account `{account}`: expected 12 digits")));
        }
        if arn::is_account(parsed.account()) && parsed.account() != account {
            return Err(invalid(format!("resource `{arn}`: its account is not `{account}`")));
        }
        if parsed.is_role() && policy.is_some() {
            return Err(invalid(format!("resource `{arn}`: a role's policy is its trust policy")));
        }
        let profile = self.registry.profile(parsed.service()).clone();
        let policy = policy
            .map(|text| compiler.compile(arn, text, PolicyKind::Resource, &profile, &self.registry))
            .transpose()?;
        let resource = Resource { arn: arn.into(), account: account.into(), policy, tags: own(tags) };
        self.resources.replace(hash::text(arn.as_bytes()), Arc::new(resource), |known| *known.arn == *arn);
        Ok(())
    }
}

/// Hash under which the number of a managed policy is found.
pub(super) fn number_hash(account: &str, id: &str) -> u64 {
    hash::mix(hash::text(id.as_bytes()), hash::text(account.as_bytes()))
}

/// ARNs of groups, ready to be looked up.
pub(super) fn with_hashes(arns: Vec<Box<str>>) -> Box<[(u64, Box<str>)]> {
    arns.into_iter().map(|arn| (hash::text(arn.as_bytes()), arn)).collect()
}

/// Id of an inline policy.
pub(super) fn inline_id(owner: &str, name: &str) -> String {
    format!("{owner}:{name}")
}

/// Name under which a group is found by its users: groups are named without their paths.
pub(super) fn group_key(partition: &str, account: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:group:{name}")
}

impl IdentityKind {
    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
        }
    }
}
