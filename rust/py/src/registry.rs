//! `bailiwick.models.Registry` to the core's.

use bailiwick_core::profile::{Registry, ServiceProfile, TrustMode};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(FromPyObject)]
struct Profile {
    trust_mode: String,
    implicit_resource: bool,
    canonical_user: bool,
    rcp: bool,
    anonymous_allowed: bool,
    policy_depth: u8,
}

/// Reads a trust mode (E-05).
pub(crate) fn trust_mode(name: &str) -> PyResult<TrustMode> {
    match name {
        "default" => Ok(TrustMode::Default),
        "resource_required" => Ok(TrustMode::ResourceRequired),
        other => {
            let message = format!("trust mode `{other}`: expected `default` or `resource_required`");
            Err(PyValueError::new_err(message))
        }
    }
}

/// Reads what the host registered; `None` is nothing.
pub(crate) fn registry(given: Option<&Bound<'_, PyAny>>) -> PyResult<Registry> {
    let mut registry = Registry::default();
    let Some(given) = given else {
        return Ok(registry);
    };
    for partition in given.getattr("partitions")?.extract::<BTreeSet<String>>()? {
        registry.partitions.insert(partition);
    }
    let services = given.getattr("services")?;
    let services: BTreeMap<String, Profile> =
        services.call_method0("items")?.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?;
    for (name, profile) in services {
        registry.services.insert(
            name,
            ServiceProfile {
                trust_mode: trust_mode(&profile.trust_mode)?,
                implicit_resource: profile.implicit_resource,
                canonical_user: profile.canonical_user,
                rcp: profile.rcp,
                anonymous_allowed: profile.anonymous_allowed,
                policy_depth: profile.policy_depth,
            },
        );
    }
    Ok(registry)
}
