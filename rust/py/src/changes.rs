//! The change classes of `bailiwick.changes` to the core's.

use crate::snapshot::{Identity, Organization, Resource};
use bailiwick_core::table::{Change, IdentityKind};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

/// Changes read while Python is held.
pub(crate) struct Changes(Vec<Owned>);

enum Owned {
    PutAccount(Account),
    PutPolicy(PutPolicy),
    DeletePolicy(PolicyName),
    Attach(Attachment),
    Detach(Attachment),
    PutInline(Inline),
    DeleteInline(InlineName),
    SetBoundary(Boundary),
    PutIdentity(Identity),
    DeleteIdentity(Named),
    PutResource(Resource),
    DeleteResource(Named),
    SetOrganization(Option<Organization>),
}

#[derive(FromPyObject)]
struct Account {
    id: PyBackedStr,
    partition: PyBackedStr,
    canonical_id: Option<PyBackedStr>,
}

#[derive(FromPyObject)]
struct PutPolicy {
    account: PyBackedStr,
    id: PyBackedStr,
    document: PyBackedStr,
}

#[derive(FromPyObject)]
struct PolicyName {
    account: PyBackedStr,
    id: PyBackedStr,
}

#[derive(FromPyObject)]
struct Attachment {
    identity: PyBackedStr,
    policy: PyBackedStr,
}

#[derive(FromPyObject)]
struct Inline {
    identity: PyBackedStr,
    name: PyBackedStr,
    document: PyBackedStr,
}

#[derive(FromPyObject)]
struct InlineName {
    identity: PyBackedStr,
    name: PyBackedStr,
}

#[derive(FromPyObject)]
struct Boundary {
    identity: PyBackedStr,
    policy: Option<PyBackedStr>,
}

#[derive(FromPyObject)]
struct Named {
    arn: PyBackedStr,
}

impl Changes {
    /// Reads a sequence of changes by their class names.
    pub(crate) fn read(changes: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(changes.try_iter()?.map(|change| read(&change?)).collect::<PyResult<_>>()?))
    }

    /// The changes as the core takes them.
    pub(crate) fn all(&self) -> Vec<Change<'_>> {
        self.0.iter().map(Owned::change).collect()
    }
}

fn read(change: &Bound<'_, PyAny>) -> PyResult<Owned> {
    let class = change.get_type().name()?.to_string();
    Ok(match class.as_str() {
        "PutAccount" => Owned::PutAccount(change.extract()?),
        "PutPolicy" => Owned::PutPolicy(change.extract()?),
        "DeletePolicy" => Owned::DeletePolicy(change.extract()?),
        "AttachPolicy" => Owned::Attach(change.extract()?),
        "DetachPolicy" => Owned::Detach(change.extract()?),
        "PutInlinePolicy" => Owned::PutInline(change.extract()?),
        "DeleteInlinePolicy" => Owned::DeleteInline(change.extract()?),
        "SetBoundary" => Owned::SetBoundary(change.extract()?),
        "PutUser" => Owned::PutIdentity(Identity::read(&change.getattr("user")?, IdentityKind::User)?),
        "PutRole" => Owned::PutIdentity(Identity::read(&change.getattr("role")?, IdentityKind::Role)?),
        "PutGroup" => Owned::PutIdentity(Identity::read(&change.getattr("group")?, IdentityKind::Group)?),
        "DeleteIdentity" => Owned::DeleteIdentity(change.extract()?),
        "PutResource" => Owned::PutResource(change.getattr("resource")?.extract()?),
        "DeleteResource" => Owned::DeleteResource(change.extract()?),
        "SetOrganization" => Owned::SetOrganization(change.getattr("organization")?.extract()?),
        other => return Err(PyTypeError::new_err(format!("`{other}` is not a change of `bailiwick.changes`"))),
    })
}

impl Owned {
    fn change(&self) -> Change<'_> {
        match self {
            Self::PutAccount(new) => {
                Change::PutAccount { id: &new.id, partition: &new.partition, canonical_id: new.canonical_id.as_deref() }
            }
            Self::PutPolicy(new) => Change::PutPolicy { account: &new.account, id: &new.id, document: &new.document },
            Self::DeletePolicy(old) => Change::DeletePolicy { account: &old.account, id: &old.id },
            Self::Attach(Attachment { identity, policy }) => Change::Attach { identity, policy },
            Self::Detach(Attachment { identity, policy }) => Change::Detach { identity, policy },
            Self::PutInline(Inline { identity, name, document }) => Change::PutInline { identity, name, document },
            Self::DeleteInline(InlineName { identity, name }) => Change::DeleteInline { identity, name },
            Self::SetBoundary(new) => Change::SetBoundary { identity: &new.identity, policy: new.policy.as_deref() },
            Self::PutIdentity(new) => Change::PutIdentity(new.input()),
            Self::DeleteIdentity(Named { arn }) => Change::DeleteIdentity { arn },
            Self::PutResource(new) => Change::PutResource {
                arn: &new.arn,
                account: &new.account,
                policy: new.policy.as_deref(),
                tags: new.tags.pairs(),
            },
            Self::DeleteResource(Named { arn }) => Change::DeleteResource { arn },
            Self::SetOrganization(new) => Change::SetOrganization(new.as_ref().map(Organization::input)),
        }
    }
}
