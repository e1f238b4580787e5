//! `Engine`: a table that is asked, and replaced when something changes.

use crate::batch::{self, Rows};
use crate::changes::Changes;
use crate::columns::{self, DecisionTable};
use crate::context::Items;
use crate::errors;
use crate::grid::Question;
use crate::memory;
use crate::principal::Given;
use crate::registry::trust_mode;
use crate::session;
use crate::snapshot::Snapshot;
use arc_swap::ArcSwap;
use bailiwick_core::context::Context;
use bailiwick_core::decision::Decision;
use bailiwick_core::document::PolicyKind;
use bailiwick_core::table::{Caller, InvalidRequest, Query, Table};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use pyo3_arrow::input::AnyRecordBatch;
use std::sync::{Arc, Mutex, PoisonError};

/// The compiled engine behind `bailiwick.Engine`, which adds what Python says better.
#[pyclass(subclass, frozen, module = "bailiwick._core")]
pub(crate) struct Engine {
    /// Readers take what is there and never wait.
    table: ArcSwap<Table>,
    /// Held by the one who makes the next table.
    writing: Mutex<()>,
}

/// What a check is asked with, as Python gives it.
struct Arguments<'a, 'py> {
    principal: &'a Bound<'py, PyAny>,
    action: &'a str,
    resource: &'a str,
    context: Option<&'a Bound<'py, PyAny>>,
    resource_account: Option<&'a str>,
    session_policies: Option<&'a Bound<'py, PyAny>>,
    endpoint_policies: Option<&'a Bound<'py, PyAny>>,
    trust_mode: Option<&'a str>,
    anonymous_allowed: Option<bool>,
}

impl Engine {
    fn with_table(table: Table) -> Self {
        Self { table: ArcSwap::from_pointee(table), writing: Mutex::new(()) }
    }
}

#[pymethods]
impl Engine {
    /// Compiles a `Snapshot`, or opens the bytes that `to_bytes` made.
    #[new]
    #[pyo3(signature = (source, *, search = "indexed"))]
    fn new(source: &Bound<'_, PyAny>, search: &str) -> PyResult<Self> {
        let py = source.py();
        let search = crate::simulate::search(search)?;
        if let Ok(bytes) = source.cast::<PyBytes>() {
            let bytes = bytes.as_bytes();
            let table = py.detach(|| memory::tidy_after(|| Table::from_bytes(bytes)));
            return match table {
                Ok(table) => Ok(Self::with_table(table.with_search(search))),
                Err(error) => Err(errors::format(py, &error.to_string())),
            };
        }
        let parts = Snapshot::read(source)?;
        match py.detach(|| memory::tidy_after(|| parts.build(search))) {
            Ok(table) => Ok(Self::with_table(table)),
            Err(error) => Err(errors::build(py, &error)),
        }
    }

    /// Number of the snapshot, from 1; goes up with every update.
    #[getter]
    fn revision(&self) -> u64 {
        self.table.load().revision()
    }

    /// Number of statements of all policies.
    #[getter]
    fn statement_count(&self) -> usize {
        self.table.load().statement_count()
    }

    /// Whether a request is allowed: the fast path.
    #[pyo3(signature = (principal, action, resource, context = None, *, resource_account = None,
        session_policies = None, endpoint_policies = None, trust_mode = None, anonymous_allowed = None))]
    #[allow(clippy::too_many_arguments, reason = "the parameters of the public function")]
    fn is_allowed<'py>(
        &self,
        principal: &Bound<'py, PyAny>,
        action: &str,
        resource: &str,
        context: Option<&Bound<'py, PyAny>>,
        resource_account: Option<&str>,
        session_policies: Option<&Bound<'py, PyAny>>,
        endpoint_policies: Option<&Bound<'py, PyAny>>,
        trust_mode: Option<&str>,
        anonymous_allowed: Option<bool>,
    ) -> PyResult<bool> {
        let arguments = Arguments {
            principal,
            action,
            resource,
            context,
            resource_account,
            session_policies,
            endpoint_policies,
            trust_mode,
            anonymous_allowed,
        };
        let table = self.table.load();
        arguments.ask(&table, |query| table.is_allowed(query))
    }

    /// The members of a `Decision`, in its order.
    #[pyo3(signature = (principal, action, resource, context = None, *, resource_account = None,
        session_policies = None, endpoint_policies = None, trust_mode = None, anonymous_allowed = None))]
    #[allow(clippy::too_many_arguments, reason = "the parameters of the public function")]
    fn _decide<'py>(
        &self,
        principal: &Bound<'py, PyAny>,
        action: &str,
        resource: &str,
        context: Option<&Bound<'py, PyAny>>,
        resource_account: Option<&str>,
        session_policies: Option<&Bound<'py, PyAny>>,
        endpoint_policies: Option<&Bound<'py, PyAny>>,
        trust_mode: Option<&str>,
        anonymous_allowed: Option<bool>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let arguments = Arguments {
            principal,
            action,
            resource,
            context,
            resource_account,
            session_policies,
            endpoint_policies,
            trust_mode,
            anonymous_allowed,
        };
        let table = self.table.load();
        let ask = |query: &Query<'_>| {
            table.decide(query).map(|decision| (decision, query.caller.principal.label().to_owned()))
        };
        let (decision, label) = arguments.ask(&table, ask)?;
        members(principal.py(), &decision, &label, table.revision())
    }

    /// Decides rows of (principal, action, resource, context, resource account), in order; a bad row is a denied one.
    #[pyo3(signature = (rows, *, threads = None, progress = None))]
    fn _decide_rows(
        &self,
        py: Python<'_>,
        rows: &Bound<'_, PyAny>,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Rows> {
        let options = columns::options(threads, false, false)?;
        batch::decide(py, self.table.load_full(), rows, &options, progress)
    }

    /// Decides a table that speaks Arrow's C interface.
    #[pyo3(signature = (requests, *, matched = false, missing_keys = false, threads = None, progress = None,
        stream = false))]
    #[allow(clippy::too_many_arguments, reason = "the parameters of the public function")]
    fn _decide_table(
        &self,
        py: Python<'_>,
        requests: AnyRecordBatch,
        matched: bool,
        missing_keys: bool,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
        stream: bool,
    ) -> PyResult<DecisionTable> {
        let options = columns::options(threads, matched, missing_keys)?;
        DecisionTable::decide(py, self.table.load_full(), requests, options, progress, stream)
    }

    /// Decides all combinations: a table, or bits in bytes.
    #[pyo3(signature = (principals, actions, resources, context = None, *, bits = false, threads = None,
        progress = None))]
    #[allow(clippy::too_many_arguments, reason = "the parameters of the public function")]
    fn _decide_grid<'py>(
        &self,
        py: Python<'py>,
        principals: Vec<String>,
        actions: Vec<String>,
        resources: Vec<String>,
        context: Option<&Bound<'py, PyAny>>,
        bits: bool,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = columns::options(threads, false, false)?;
        let question = Question { principals, actions, resources, context };
        let table = self.table.load_full();
        if bits {
            return Ok(question.bits(py, &table, &options, progress)?.into_any());
        }
        let decided = question.table(py, &table, &options, progress)?;
        Ok(Bound::new(py, decided)?.into_any())
    }

    /// Makes all changes and the next snapshot, or none; gives its revision.
    fn _update(&self, py: Python<'_>, changes: &Bound<'_, PyAny>) -> PyResult<u64> {
        let changes = Changes::read(changes)?;
        let updated = py.detach(|| {
            // Whoever left the lock in a panic had not stored a table.
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            let next = self.table.load().update(&changes.all())?;
            let revision = next.revision();
            self.table.store(Arc::new(next));
            Ok(revision)
        });
        updated.map_err(|error| errors::update(py, &error))
    }

    /// The engine as bytes that `from_bytes` reads.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let table = self.table.load_full();
        let bytes = py.detach(|| table.to_bytes());
        PyBytes::new(py, &bytes)
    }
}

impl Arguments<'_, '_> {
    #[inline]
    fn ask<R>(&self, table: &Table, ask: impl FnOnce(&Query<'_>) -> Result<R, InvalidRequest>) -> PyResult<R> {
        let py = self.principal.py();
        let (mut items, mut context) = (Items::new(), Context::new());
        if let Some(given) = self.context {
            items.hold(given)?;
            items.fill(&mut context)?;
        }
        let compile = |given: Option<_>, kind, name| {
            given.map(|given| session::policies(given, kind, name, table.registry())).transpose()
        };
        let session = compile(self.session_policies, PolicyKind::Session, "session")?;
        let endpoint = compile(self.endpoint_policies, PolicyKind::Endpoint, "endpoint")?;
        let trust_mode = self.trust_mode.map(trust_mode).transpose()?;
        let given;
        let ask = |caller: &Caller<'_>| {
            ask(&Query {
                caller,
                action: self.action,
                resource: self.resource,
                resource_account: self.resource_account,
                context: &context,
                session: session.as_deref(),
                endpoint: endpoint.as_deref(),
                trust_mode,
                anonymous_allowed: self.anonymous_allowed,
            })
        };
        let (asked, label) = if let Ok(name) = self.principal.extract::<&str>() {
            (table.caller(name).as_ref().map(ask), name)
        } else {
            given = Given::read(self.principal)?;
            (given.with_caller(table, ask), given.label())
        };
        match asked {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(errors::request(py, &error)),
            None => Err(errors::unknown_principal(py, label)),
        }
    }
}

/// The members of `bailiwick.models.Decision`, without the request.
pub(crate) fn members<'py>(
    py: Python<'py>,
    decision: &Decision,
    label: &str,
    revision: u64,
) -> PyResult<Bound<'py, PyTuple>> {
    let statement = |matched: &bailiwick_core::decision::Matched| {
        (matched.layer.as_str(), matched.level, matched.policy.clone(), matched.statement, matched.sid.clone())
    };
    let matched: Vec<_> = decision.matched.iter().map(statement).collect();
    (
        decision.verdict.outcome.as_str(),
        decision.verdict.reason.as_str(),
        decision.verdict.layer.map(|layer| layer.as_str()),
        matched,
        decision.missing_keys.clone(),
        decision.indeterminate,
        label,
        revision,
    )
        .into_pyobject(py)
}
