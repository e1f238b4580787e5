//! Many rows at once: read while Python is held, decided while it is not.

use crate::context::Items;
use crate::engine::members;
use crate::principal::Given;
use bailiwick_core::context::Context;
use bailiwick_core::decision::{Decision, Outcome};
use bailiwick_core::table::{Query, Table};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

/// A row in owned texts.
struct Row {
    principal: Given,
    action: String,
    resource: String,
    resource_account: Option<String>,
    context: Vec<(String, Vec<String>)>,
}

/// Why a row was not decided.
const INVALID: &str = "invalid_request";
const UNKNOWN: &str = "unknown_principal";

/// Rows per turn with Python held.
const TURN: usize = 4096;

/// Decides rows of (principal, action, resource, context, resource account), in order.
pub(crate) fn decide<'py>(
    py: Python<'py>,
    table: &Table,
    rows: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyTuple>>> {
    let mut answers = Vec::new();
    let mut rows = rows.try_iter()?;
    loop {
        let turn: Vec<Option<Row>> = rows.by_ref().take(TURN).map(|row| read(&row?)).collect::<PyResult<_>>()?;
        if turn.is_empty() {
            return Ok(answers);
        }
        py.check_signals()?;
        let decided: Vec<Result<Decision, &str>> = py
            .detach(|| turn.iter().map(|row| row.as_ref().ok_or(INVALID).and_then(|row| row.decide(table))).collect());
        for (row, decision) in turn.iter().zip(decided) {
            let label = row.as_ref().map_or("", |row| row.principal.label());
            answers.push(match decision {
                Ok(decision) => members(py, &decision, label, table.revision())?,
                Err(reason) => refused(py, reason, label, table.revision())?,
            });
        }
    }
}

/// Reads a row; `None` if a value in it cannot be understood.
fn read(row: &Bound<'_, PyAny>) -> PyResult<Option<Row>> {
    let row = row.cast::<PyTuple>().map_err(|_| PyTypeError::new_err("a row: expected a tuple"))?;
    let get = |at| row.get_item(at);
    let text =
        |value: Bound<'_, PyAny>| -> Option<String> { value.cast::<PyString>().ok()?.to_str().ok().map(str::to_owned) };
    let (Ok(principal), Some(action), Some(resource)) = (Given::read(&get(0)?), text(get(1)?), text(get(2)?)) else {
        return Ok(None);
    };
    let context = get(3)?;
    let mut items = Items::new();
    if !context.is_none() && items.hold(&context).is_err() {
        return Ok(None);
    }
    let Ok(context) = items.owned() else {
        return Ok(None);
    };
    let account = get(4)?;
    let resource_account = if account.is_none() { None } else { text(account.clone()) };
    if resource_account.is_none() && !account.is_none() {
        return Ok(None);
    }
    Ok(Some(Row { principal, action, resource, resource_account, context }))
}

impl Row {
    fn decide(&self, table: &Table) -> Result<Decision, &'static str> {
        let mut context = Context::new();
        for (key, values) in &self.context {
            context.add_all(key.as_str(), values.iter().map(|value| value.as_str().into()));
        }
        context.finish();
        let decided = self.principal.with_caller(table, |caller| {
            table.decide(&Query {
                caller,
                action: &self.action,
                resource: &self.resource,
                resource_account: self.resource_account.as_deref(),
                context: &context,
                session: None,
                endpoint: None,
                trust_mode: None,
                anonymous_allowed: None,
            })
        });
        decided.ok_or(UNKNOWN)?.map_err(|_| INVALID)
    }
}

/// The members of the denial that stands for a row that could not be decided.
fn refused<'py>(py: Python<'py>, reason: &str, label: &str, revision: u64) -> PyResult<Bound<'py, PyTuple>> {
    let (matched, missing): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    (Outcome::ImplicitDeny.as_str(), reason, None::<&str>, matched, missing, false, label, revision).into_pyobject(py)
}
