//! Many rows at once: read while Python is held, decided while it is not.

use crate::context::Items;
use crate::engine::members;
use crate::observe::Observer;
use crate::principal::Given;
use bailiwick_columns::{Codes, Contexts, Options, Part, Refusal, RowColumns, RowValues};
use bailiwick_core::decision::{Decision, Outcome};
use bailiwick_core::table::Table;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyString, PyTuple};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// Rows that are read before they are decided, and the distinct context keys they may have together: columns are kept for
/// all keys of all rows.
const MOST_ROWS: usize = 256 * 1024;
const MOST_KEYS: usize = 64;

/// Decided rows. What led to a decision is found when it is asked for.
#[pyclass(frozen, module = "bailiwick._core")]
pub(crate) struct Rows {
    table: Arc<Table>,
    blocks: Vec<Block>,
    codes: Vec<Codes>,
}

/// Rows that were read together.
struct Block {
    /// Number of the first row.
    start: usize,
    rows: Vec<Row>,
    contexts: Contexts,
}

/// What a row asks, apart from its context. `None` is a value that cannot be understood.
struct Row {
    principal: Option<Given>,
    action: Option<PyBackedStr>,
    resource: Option<PyBackedStr>,
    account: Option<PyBackedStr>,
    is_bad: bool,
}

/// Decides rows of (principal, action, resource, context, resource account), in order.
pub(crate) fn decide(
    py: Python<'_>,
    table: Arc<Table>,
    rows: &Bound<'_, PyAny>,
    options: &Options,
    progress: Option<Py<PyAny>>,
) -> PyResult<Rows> {
    let mut observer = Observer::new(progress);
    let (mut blocks, mut codes) = (Vec::new(), Vec::new());
    let mut rows = rows.try_iter()?;
    loop {
        let (read, context) = read_block(&mut rows)?;
        if read.is_empty() {
            return Ok(Rows { table, blocks, codes });
        }
        let start = codes.len();
        let block = py.detach(|| decide_block(&table, read, context, start, options, &mut observer, &mut codes));
        blocks.push(block.ok_or_else(|| observer.error(py))?);
    }
}

type Columns = Vec<(String, Vec<RowValues>)>;

fn read_block(rows: &mut Bound<'_, pyo3::types::PyIterator>) -> PyResult<(Vec<Row>, Columns)> {
    let mut read: Vec<Row> = Vec::new();
    let mut columns: Columns = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    while read.len() < MOST_ROWS && numbers.len() < MOST_KEYS {
        let Some(row) = rows.next() else { break };
        let row = shaped(row?)?;
        let at = read.len();
        let mut row_read = Row::read(&row)?;
        match if row.len() > 3 { context(&row.get_item(3)?) } else { Some(Vec::new()) } {
            None => row_read.is_bad = true,
            Some(items) => {
                for (key, values) in items {
                    let number = *numbers.entry(key).or_insert_with_key(|key| {
                        columns.push((key.clone(), Vec::new()));
                        columns.len() - 1
                    });
                    if let Some((_, column)) = columns.get_mut(number) {
                        column.resize(at, None);
                        column.push(Some(values.into_iter().map(String::into_boxed_str).collect()));
                    }
                }
            }
        }
        read.push(row_read);
    }
    Ok((read, columns))
}

/// A row as a tuple of three to five members. Other shapes are read, or refused, by `bailiwick.batch`.
fn shaped(row: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyTuple>> {
    match row.cast_into_exact::<PyTuple>() {
        Ok(tuple) if (3..=5).contains(&tuple.len()) => Ok(tuple),
        Ok(tuple) => reshaped(tuple.as_any()),
        Err(error) => reshaped(&error.into_inner()),
    }
}

fn reshaped<'py>(row: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    Ok(row.py().import("bailiwick.batch")?.call_method1("row_of", (row,))?.cast_into()?)
}

/// `None` if the context cannot be understood.
fn context(context: &Bound<'_, PyAny>) -> Option<Vec<(String, Vec<String>)>> {
    if context.is_none() {
        return Some(Vec::new());
    }
    let mut items = Items::new();
    items.hold(context).ok()?;
    items.owned().ok()
}

impl Row {
    fn read(row: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let text = |at: usize| -> PyResult<Option<PyBackedStr>> {
            let value = row.get_item(at)?;
            Ok(value.cast_into::<PyString>().ok().and_then(|text| text.try_into().ok()))
        };
        let (is_given, account) = if row.len() > 4 { (!row.get_item(4)?.is_none(), text(4)?) } else { (false, None) };
        Ok(Self {
            principal: Given::read(&row.get_item(0)?).ok(),
            action: text(1)?,
            resource: text(2)?,
            is_bad: is_given && account.is_none(),
            account,
        })
    }

    fn name(&self) -> Option<&str> {
        match &self.principal {
            Some(Given::Name(name)) if !self.is_bad => Some(name),
            _ => None,
        }
    }

    fn label(&self) -> &str {
        self.principal.as_ref().map_or("", Given::label)
    }
}

fn decide_block(
    table: &Table,
    rows: Vec<Row>,
    context: Columns,
    start: usize,
    options: &Options,
    observer: &mut Observer,
    codes: &mut Vec<Codes>,
) -> Option<Block> {
    let columns = RowColumns {
        principals: rows.iter().map(Row::name).collect(),
        actions: rows.iter().map(|row| row.action.as_deref()).collect(),
        resources: rows.iter().map(|row| row.resource.as_deref()).collect(),
        accounts: rows.iter().map(|row| row.account.as_deref()).collect(),
        context,
    };
    let (layout, part) = Part::of_rows(columns);
    let parts = [part];
    let (answers, _) =
        bailiwick_columns::decide(table, &layout, &parts, options, &mut |done| observer.tell(start + done)).ok()?;
    let [part] = parts;
    let contexts = part.into_contexts(layout);
    let found = answers.iter().flat_map(|answers| (0..answers.rows()).filter_map(|row| answers.codes(row)));
    for (at, (row, found)) in rows.iter().zip(found).enumerate() {
        // Principals that are given field by field are no values of a column.
        codes.push(match &row.principal {
            Some(Given::Fields(_)) if !row.is_bad => match decide_row(table, row, at, &contexts) {
                Ok(decision) => decision.verdict.into(),
                Err(refusal) => refusal.into(),
            },
            _ => found,
        });
    }
    Some(Block { start, rows, contexts })
}

fn decide_row(table: &Table, row: &Row, at: usize, contexts: &Contexts) -> Result<Decision, Refusal> {
    let (Some(principal), Some(action), Some(resource)) = (&row.principal, &row.action, &row.resource) else {
        return Err(Refusal::InvalidRequest);
    };
    let given = contexts.given(at);
    let decided = principal.with_caller(table, |caller| {
        bailiwick_columns::decision(table, caller.clone(), action, resource, row.account.as_deref(), &given)
    });
    decided.ok_or(Refusal::UnknownPrincipal)?
}

#[pymethods]
impl Rows {
    fn __len__(&self) -> usize {
        self.codes.len()
    }

    /// Which rows are allowed.
    fn allowed(&self) -> Vec<bool> {
        self.codes.iter().map(|codes| codes.is_allow()).collect()
    }

    /// Decision, reason and deciding layer of each row.
    fn answers<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        // Few answers differ, so that most rows share one.
        let mut known: HashMap<(i8, i8, i8), Bound<'py, PyTuple>> = HashMap::new();
        let answer = |codes: &Codes| match known.entry((codes.decision, codes.reason, codes.layer)) {
            Entry::Occupied(known) => Ok(known.get().clone()),
            Entry::Vacant(new) => {
                let texts = (codes.decision_text(), codes.reason_text(), codes.layer_text());
                Ok(new.insert(texts.into_pyobject(py)?).clone())
            }
        };
        self.codes.iter().map(answer).collect()
    }

    /// The members of `bailiwick.models.Decision` of a row, with action and resource.
    fn members<'py>(&self, py: Python<'py>, row: usize) -> PyResult<(Bound<'py, PyTuple>, &str, &str)> {
        let missing = || PyIndexError::new_err("row out of range");
        let codes = self.codes.get(row).ok_or_else(missing)?;
        let block = self.blocks.partition_point(|block| block.start <= row).checked_sub(1);
        let block = block.and_then(|at| self.blocks.get(at)).ok_or_else(missing)?;
        let at = row - block.start;
        let asked = block.rows.get(at).ok_or_else(missing)?;
        let (label, revision) = (asked.label(), self.table.revision());
        let decided = if asked.is_bad {
            Err(Refusal::InvalidRequest)
        } else {
            decide_row(&self.table, asked, at, &block.contexts)
        };
        let members = match decided {
            Ok(decision) => members(py, &decision, label, revision)?,
            Err(_) => refused(py, *codes, label, revision)?,
        };
        Ok((members, asked.action.as_deref().unwrap_or(""), asked.resource.as_deref().unwrap_or("")))
    }
}

/// The members of the denial that stands for a row that could not be decided.
fn refused<'py>(py: Python<'py>, codes: Codes, label: &str, revision: u64) -> PyResult<Bound<'py, PyTuple>> {
    let reason = codes.reason_text();
    let (matched, missing): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    (Outcome::ImplicitDeny.as_str(), reason, None::<&str>, matched, missing, false, label, revision).into_pyobject(py)
}
