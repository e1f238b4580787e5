//! Policies that come with a request: session and endpoint policies.

use crate::errors;
use bailiwick_core::compiled::Compiled;
use bailiwick_core::document::{self, PolicyKind};
use bailiwick_core::policies::Policy;
use bailiwick_core::pool::Pool;
use bailiwick_core::profile::{Registry, ServiceProfile};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::sync::Arc;

/// Compiles a list of documents: texts, or whatever `bailiwick.documents.text_of` turns into one.
///
/// Ids are `KIND/0`, `KIND/1`… (B-44).
pub(crate) fn policies(
    given: &Bound<'_, PyAny>,
    kind: PolicyKind,
    name: &str,
    registry: &Registry,
) -> PyResult<Vec<Policy>> {
    let py = given.py();
    // One document may stand without a list.
    let alone = given.is_instance_of::<PyString>() || given.is_instance_of::<PyDict>() || given.hasattr("to_json")?;
    let documents: Vec<Bound<'_, PyAny>> =
        if alone { vec![given.clone()] } else { given.try_iter()?.collect::<PyResult<_>>()? };
    let mut pool = Pool::default();
    let compile = |(at, document): (usize, &Bound<'_, PyAny>)| {
        let text: String = py.import("bailiwick.documents")?.call_method1("text_of", (document,))?.extract()?;
        let id = format!("{name}/{at}");
        let document = document::parse(text.as_bytes(), kind, &ServiceProfile::default(), registry)
            .map_err(|error| errors::malformed(py, &error, Some(&id)))?;
        Ok(Policy { id: id.into(), compiled: Arc::new(Compiled::new(&document, &mut pool)) })
    };
    documents.iter().enumerate().map(compile).collect()
}
