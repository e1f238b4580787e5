//! One document at a time.

use crate::errors;
use crate::registry::registry;
use bailiwick_core::document::{self, PolicyKind};
use bailiwick_core::profile::{Registry, ServiceProfile};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// Reads a policy kind (N-08).
pub(crate) fn kind(name: &str) -> PyResult<PolicyKind> {
    Ok(match name {
        "identity" => PolicyKind::Identity,
        "boundary" => PolicyKind::Boundary,
        "session" => PolicyKind::Session,
        "scp" => PolicyKind::Scp,
        "rcp" => PolicyKind::Rcp,
        "trust" => PolicyKind::Trust,
        "resource" => PolicyKind::Resource,
        "endpoint" => PolicyKind::Endpoint,
        other => return Err(PyValueError::new_err(format!("unknown policy kind `{other}`"))),
    })
}

/// Parses a document and forgets it; raises `MalformedPolicyDocument`.
#[pyfunction]
#[pyo3(signature = (text, kind, service = None, registry = None))]
pub(crate) fn parse_policy(
    text: &Bound<'_, PyAny>,
    kind: &str,
    service: Option<&str>,
    registry: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let py = text.py();
    let kind = self::kind(kind)?;
    let registry: Registry = self::registry(registry)?;
    let profile: ServiceProfile = service.map_or_else(ServiceProfile::default, |name| registry.profile(name).clone());
    let bytes = bytes_of(text)?;
    let parsed = py.detach(|| document::parse(&bytes, kind, &profile, &registry).map(|_| ()));
    parsed.map_err(|error| errors::malformed(py, &error, None))
}

/// The bytes of `bytes`, or of a `str` in UTF-8; lone surrogates become the bytes that are not UTF-8 (G-01).
fn bytes_of(text: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = text.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    let text = text.cast::<PyString>()?;
    match text.to_str() {
        Ok(text) => Ok(text.as_bytes().to_vec()),
        Err(_) => text.call_method1("encode", ("utf-8", "surrogatepass"))?.extract(),
    }
}
