//! Self-contained cases.

use crate::registry::registry;
use bailiwick_core::case::{self, Answer, CaseError};
use bailiwick_core::compiled::Search;
use bailiwick_core::decision::Decision;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Decides one case, a JSON text; never raises for what the case says.
///
/// Returns the members of an output line; `id` is the case's, as JSON text, or `None`.
#[pyfunction]
#[pyo3(signature = (case, registry = None, search = "indexed"))]
pub(crate) fn simulate<'py>(
    py: Python<'py>,
    case: &str,
    registry: Option<&Bound<'py, PyAny>>,
    search: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let registry = self::registry(registry)?;
    let search = self::search(search)?;
    let Answer { id, result } = py.detach(|| case::simulate(case, &registry, search));
    let line = PyDict::new(py);
    line.set_item("id", id)?;
    match result {
        Ok(decision) => put_decision(&line, &decision)?,
        Err(error) => put_error(&line, &error)?,
    }
    Ok(line)
}

/// Reads the way in which candidates are found.
pub(crate) fn search(name: &str) -> PyResult<Search> {
    match name {
        "indexed" => Ok(Search::Indexed),
        "signatures" => Ok(Search::Signatures),
        "everything" => Ok(Search::Everything),
        other => Err(pyo3::exceptions::PyValueError::new_err(format!("unknown search `{other}`"))),
    }
}

fn put_decision(line: &Bound<'_, PyDict>, decision: &Decision) -> PyResult<()> {
    let py = line.py();
    let matched = PyList::empty(py);
    for statement in &decision.matched {
        let item = PyDict::new(py);
        item.set_item("layer", statement.layer.as_str())?;
        item.set_item("level", statement.level)?;
        item.set_item("policy", &statement.policy)?;
        item.set_item("statement", statement.statement)?;
        item.set_item("sid", &statement.sid)?;
        matched.append(item)?;
    }
    line.set_item("decision", decision.verdict.outcome.as_str())?;
    line.set_item("reason", decision.verdict.reason.as_str())?;
    line.set_item("deciding_layer", decision.verdict.layer.map(|layer| layer.as_str()))?;
    line.set_item("matched", matched)?;
    line.set_item("missing_keys", &decision.missing_keys)?;
    line.set_item("indeterminate", decision.indeterminate)
}

fn put_error(line: &Bound<'_, PyDict>, error: &CaseError) -> PyResult<()> {
    let item = PyDict::new(line.py());
    item.set_item("code", &error.code)?;
    item.set_item("path", &error.path)?;
    item.set_item("line", error.line)?;
    item.set_item("column", error.column)?;
    item.set_item("message", &error.message)?;
    item.set_item("policy", &error.policy)?;
    line.set_item("error", item)
}
