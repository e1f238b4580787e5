//! `bailiwick.models.Snapshot` to a table.

use bailiwick_core::compiled::Search;
use bailiwick_core::profile::Registry;
use bailiwick_core::table::{BuildError, Builder, IdentityInput, IdentityKind, OrganizationInput, Table, TargetInput};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

/// A mapping of tag keys to values, in its order.
pub(crate) struct Tags(Vec<(PyBackedStr, PyBackedStr)>);

impl<'py> FromPyObject<'_, 'py> for Tags {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let items = object.call_method0("items")?;
        Ok(Self(items.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?))
    }
}

impl Tags {
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value)).collect()
    }
}

#[derive(FromPyObject)]
struct Policy {
    id: PyBackedStr,
    document: PyBackedStr,
}

/// `User`, `Role` or `Group`: what they share, and what only some have.
pub(crate) struct Identity {
    kind: IdentityKind,
    arn: PyBackedStr,
    id: Option<PyBackedStr>,
    inline: Vec<Policy>,
    policies: Vec<PyBackedStr>,
    groups: Vec<PyBackedStr>,
    boundary: Option<PyBackedStr>,
    trust: Option<PyBackedStr>,
    tags: Tags,
    slr: bool,
}

impl Identity {
    pub(crate) fn read(object: &Bound<'_, PyAny>, kind: IdentityKind) -> PyResult<Self> {
        let get = |name| object.getattr(name);
        let is_role = kind == IdentityKind::Role;
        let is_group = kind == IdentityKind::Group;
        Ok(Self {
            kind,
            arn: get("arn")?.extract()?,
            id: if is_group { None } else { get("id")?.extract()? },
            inline: get("inline")?.extract()?,
            policies: get("policies")?.extract()?,
            groups: if kind == IdentityKind::User { get("groups")?.extract()? } else { Vec::new() },
            boundary: if is_group { None } else { get("boundary")?.extract()? },
            trust: if is_role { get("trust")?.extract()? } else { None },
            tags: if is_group { Tags(Vec::new()) } else { get("tags")?.extract()? },
            slr: is_role && get("slr")?.extract()?,
        })
    }

    pub(crate) fn input(&self) -> IdentityInput<'_> {
        IdentityInput {
            kind: self.kind,
            arn: &self.arn,
            id: self.id.as_deref(),
            inline: pairs(&self.inline),
            managed: texts(&self.policies),
            groups: texts(&self.groups),
            boundary: self.boundary.as_deref(),
            trust: self.trust.as_deref(),
            tags: self.tags.pairs(),
            service_linked: self.slr,
        }
    }
}

fn pairs(policies: &[Policy]) -> Vec<(&str, &str)> {
    policies.iter().map(|policy| (&*policy.id, &*policy.document)).collect()
}

fn texts(all: &[PyBackedStr]) -> Vec<&str> {
    all.iter().map(|text| &**text).collect()
}

struct Account {
    id: PyBackedStr,
    partition: PyBackedStr,
    canonical_id: Option<PyBackedStr>,
    policies: Vec<Policy>,
    identities: Vec<Identity>,
}

impl Account {
    fn read(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut identities = Vec::new();
        // Groups first: users name them.
        for (name, kind) in
            [("groups", IdentityKind::Group), ("users", IdentityKind::User), ("roles", IdentityKind::Role)]
        {
            for identity in object.getattr(name)?.try_iter()? {
                identities.push(Identity::read(&identity?, kind)?);
            }
        }
        Ok(Self {
            id: object.getattr("id")?.extract()?,
            partition: object.getattr("partition")?.extract()?,
            canonical_id: object.getattr("canonical_id")?.extract()?,
            policies: object.getattr("policies")?.extract()?,
            identities,
        })
    }
}

#[derive(FromPyObject)]
struct Target {
    id: PyBackedStr,
    parent: Option<PyBackedStr>,
    scps: Vec<PyBackedStr>,
    rcps: Vec<PyBackedStr>,
}

impl Target {
    fn input(&self) -> TargetInput<'_> {
        TargetInput { id: &self.id, parent: self.parent.as_deref(), scps: texts(&self.scps), rcps: texts(&self.rcps) }
    }
}

/// `Organization`.
#[derive(FromPyObject)]
pub(crate) struct Organization {
    id: PyBackedStr,
    management_account: PyBackedStr,
    targets: Vec<Target>,
    scps: Vec<Policy>,
    rcps: Vec<Policy>,
    scp_enabled: bool,
    rcp_enabled: bool,
}

impl Organization {
    pub(crate) fn input(&self) -> OrganizationInput<'_> {
        OrganizationInput {
            id: &self.id,
            management_account: &self.management_account,
            targets: self.targets.iter().map(Target::input).collect(),
            scps: pairs(&self.scps),
            rcps: pairs(&self.rcps),
            scp_enabled: self.scp_enabled,
            rcp_enabled: self.rcp_enabled,
        }
    }
}

/// `Resource`.
#[derive(FromPyObject)]
pub(crate) struct Resource {
    pub(crate) arn: PyBackedStr,
    pub(crate) account: PyBackedStr,
    pub(crate) policy: Option<PyBackedStr>,
    pub(crate) tags: Tags,
}

/// The parts of a snapshot, read while Python is held; texts are shared, not copied.
pub(crate) struct Snapshot {
    registry: Registry,
    organization: Option<Organization>,
    accounts: Vec<Account>,
    resources: Vec<Resource>,
}

impl Snapshot {
    pub(crate) fn read(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let accounts = object.getattr("accounts")?;
        Ok(Self {
            registry: crate::registry::registry(Some(&object.getattr("registry")?))?,
            organization: object.getattr("organization")?.extract()?,
            accounts: accounts.try_iter()?.map(|account| Account::read(&account?)).collect::<PyResult<_>>()?,
            resources: object.getattr("resources")?.extract()?,
        })
    }

    /// Compiles; needs no Python.
    pub(crate) fn build(self, search: Search) -> Result<Table, BuildError> {
        let identities = self.accounts.iter().map(|account| account.identities.len()).sum();
        let mut builder = Builder::new(self.registry, identities).with_search(search);
        if let Some(organization) = &self.organization {
            builder.organization(&organization.input())?;
        }
        for account in &self.accounts {
            builder.account(&account.id, &account.partition, account.canonical_id.as_deref())?;
            for policy in &account.policies {
                builder.managed_policy(&account.id, &policy.id, &policy.document)?;
            }
            for identity in &account.identities {
                builder.identity(&identity.input())?;
            }
        }
        for resource in &self.resources {
            let tags = resource.tags.pairs();
            builder.resource(&resource.arn, &resource.account, resource.policy.as_deref(), &tags)?;
        }
        Ok(builder.finish())
    }
}
