//! Principals: names, and `bailiwick.models.Principal` objects.

use crate::errors;
use crate::snapshot::Tags;
use bailiwick_core::principal::{Principal, PrincipalKind};
use bailiwick_core::table::{Caller, CallerInput, Table};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyString;

/// A principal read from Python.
pub(crate) enum Given {
    /// An ARN, a service name or `anonymous`.
    Name(PyBackedStr),
    /// A `Principal` object.
    Fields(Box<Fields>),
}

/// The attributes of a `Principal` object.
#[derive(FromPyObject)]
pub(crate) struct Fields {
    kind: PyBackedStr,
    account: Option<PyBackedStr>,
    arn: Option<PyBackedStr>,
    id: Option<PyBackedStr>,
    role_arn: Option<PyBackedStr>,
    issuer_arn: Option<PyBackedStr>,
    issuer_id: Option<PyBackedStr>,
    name: Option<PyBackedStr>,
    slr: bool,
    canonical_id: Option<PyBackedStr>,
    session_tags: Tags,
}

impl Given {
    /// Reads a principal.
    pub(crate) fn read(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(name) = object.cast::<PyString>() {
            return match name.clone().try_into() {
                Ok(name) => Ok(Self::Name(name)),
                Err(_) => Err(errors::validation(object.py(), "principal: text with a lone surrogate")),
            };
        }
        if !object.hasattr("kind")? {
            let found = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!("principal: expected str or Principal, found {found}")));
        }
        Ok(Self::Fields(Box::new(object.extract()?)))
    }

    /// The principal as people know it.
    pub(crate) fn label(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Fields(fields) => {
                let named = [&fields.arn, &fields.role_arn, &fields.name].into_iter().flatten().next();
                named.map_or(&*fields.kind, |name| name)
            }
        }
    }

    /// Looks the principal up and hands it on; `None` if the table does not know it.
    pub(crate) fn with_caller<R>(&self, table: &Table, ask: impl FnOnce(&Caller<'_>) -> R) -> Option<R> {
        match self {
            Self::Name(name) => table.caller(name).as_ref().map(ask),
            Self::Fields(fields) => {
                let tags = fields.session_tags.pairs();
                let input = CallerInput { principal: fields.principal()?, session_tags: &tags };
                table.caller_from(input).as_ref().map(ask)
            }
        }
    }
}

impl Fields {
    fn principal(&self) -> Option<Principal<'_>> {
        let kind = match &*self.kind {
            "root" => PrincipalKind::Root,
            "user" => PrincipalKind::User,
            "role_session" => PrincipalKind::RoleSession,
            "federated_user" => PrincipalKind::FederatedUser,
            "service" => PrincipalKind::Service,
            "federated_caller" => PrincipalKind::FederatedCaller,
            "anonymous" => PrincipalKind::Anonymous,
            _ => return None,
        };
        Some(Principal {
            kind,
            account: self.account.as_deref(),
            arn: self.arn.as_deref(),
            id: self.id.as_deref(),
            role_arn: self.role_arn.as_deref(),
            issuer_arn: self.issuer_arn.as_deref(),
            issuer_id: self.issuer_id.as_deref(),
            name: self.name.as_deref(),
            service_linked: self.slr,
            canonical_id: self.canonical_id.as_deref(),
        })
    }
}
