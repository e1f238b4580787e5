//! Tables over Arrow's C interface.

use crate::errors;
use crate::observe::Observer;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::{ArrowError, Field, FieldRef, Schema, SchemaRef};
use bailiwick_columns::{BadTable, Layout, Options, Reader, decide, schema};
use bailiwick_core::table::Table;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a stream that are decided together.
const BLOCK: usize = 1 << 20;

type Input = Box<dyn RecordBatchReader + Send>;

/// Decided batches; each is given away once when they come from a stream, and as often as wanted otherwise.
#[pyclass(frozen, module = "bailiwick._core")]
pub(crate) struct DecisionTable {
    schema: SchemaRef,
    content: Content,
}

enum Content {
    Whole(Vec<RecordBatch>),
    Stream(Mutex<Option<Box<Decided>>>),
}

/// A stream of requests as a stream of decisions.
struct Decided {
    table: Arc<Table>,
    reader: Reader,
    input: Input,
    schema: SchemaRef,
    options: Options,
    observer: Observer,
    ready: VecDeque<RecordBatch>,
    done: usize,
    ended: bool,
}

/// What is asked of a run, as Python says it.
pub(crate) fn options(threads: Option<usize>, matched: bool, missing_keys: bool) -> PyResult<Options> {
    let threads = match threads {
        None => std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        Some(threads) => {
            NonZeroUsize::new(threads).ok_or_else(|| PyValueError::new_err("threads: expected 1 or more, found 0"))?
        }
    };
    Ok(Options { threads, matched, missing_keys })
}

impl DecisionTable {
    /// A table that is there.
    pub(crate) fn whole(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, content: Content::Whole(batches) }
    }

    /// Decides a table: all of it, or as the result is read.
    pub(crate) fn decide(
        py: Python<'_>,
        table: Arc<Table>,
        requests: AnyRecordBatch,
        options: Options,
        progress: Option<Py<PyAny>>,
        stream: bool,
    ) -> PyResult<Self> {
        let input = requests.into_reader()?;
        let layout = Layout::new(&input.schema()).map_err(|error| PyTypeError::new_err(error.to_string()))?;
        let schema = schema(options.matched, options.missing_keys);
        let mut decided = Box::new(Decided {
            table,
            reader: Reader::new(layout),
            input,
            schema: Arc::clone(&schema),
            options,
            observer: Observer::new(progress),
            ready: VecDeque::new(),
            done: 0,
            ended: false,
        });
        if stream {
            return Ok(Self { schema, content: Content::Stream(Mutex::new(Some(decided))) });
        }
        match py.detach(|| decided.block(usize::MAX)) {
            Ok(()) => Ok(Self::whole(schema, decided.ready.into())),
            Err(Failure::Stopped) => Err(decided.observer.error(py)),
            Err(Failure::Table(error)) => Err(errors::validation(py, &error.to_string())),
            Err(Failure::Arrow(error)) => Err(errors::validation(py, &format!("requests: {error}"))),
        }
    }
}

enum Failure {
    Stopped,
    Table(BadTable),
    Arrow(ArrowError),
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        Self::Arrow(error)
    }
}

impl Decided {
    /// Reads and decides about `rows` rows.
    fn block(&mut self, rows: usize) -> Result<(), Failure> {
        let (mut parts, mut read) = (Vec::new(), 0);
        while read < rows {
            let Some(batch) = self.input.next() else {
                self.ended = true;
                break;
            };
            let part = self.reader.read(&batch?).map_err(Failure::Table)?;
            read += part.rows();
            parts.push(part);
        }
        let (observer, done) = (&mut self.observer, self.done);
        let mut observe = |rows: usize| observer.tell(done + rows);
        let (answers, details) = decide(&self.table, self.reader.layout(), &parts, &self.options, &mut observe)
            .map_err(|_| Failure::Stopped)?;
        self.done += read;
        drop(parts);
        for answers in answers {
            self.ready.push_back(answers.into_batch(&self.schema, &details)?);
        }
        Ok(())
    }
}

impl Iterator for Decided {
    type Item = Result<ArrayRef, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.ended {
            if let Err(failure) = self.block(BLOCK) {
                self.ended = true;
                return Some(Err(match failure {
                    Failure::Arrow(error) => error,
                    Failure::Table(error) => ArrowError::InvalidArgumentError(error.to_string()),
                    Failure::Stopped => {
                        ArrowError::ExternalError(Python::attach(|py| self.observer.stopped(py)).into())
                    }
                }));
            }
        }
        self.ready.pop_front().map(|batch| Ok(rows_of(batch)))
    }
}

fn rows_of(batch: RecordBatch) -> ArrayRef {
    Arc::new(StructArray::from(batch))
}

fn row_field(schema: &Schema) -> FieldRef {
    Arc::new(Field::new_struct("", schema.fields().clone(), false))
}

#[pymethods]
impl DecisionTable {
    /// Number of rows, or `None` of a stream.
    #[getter]
    fn num_rows(&self) -> Option<usize> {
        match &self.content {
            Content::Whole(batches) => Some(batches.iter().map(RecordBatch::num_rows).sum()),
            Content::Stream(_) => None,
        }
    }

    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The schema over Arrow's C interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.schema.as_ref())?)
    }

    /// The batches over Arrow's C interface.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let field = row_field(&self.schema);
        let reader: Box<dyn pyo3_arrow::ffi::ArrayReader + Send> = match &self.content {
            Content::Whole(batches) => {
                let batches: Vec<_> = batches.iter().map(|batch| Ok(rows_of(batch.clone()))).collect();
                Box::new(ArrayIterator::new(batches, field))
            }
            Content::Stream(decided) => {
                let decided = decided.lock().unwrap_or_else(PoisonError::into_inner).take();
                let decided = decided.ok_or_else(|| PyValueError::new_err("the stream was read before"))?;
                Box::new(ArrayIterator::new(*decided, field))
            }
        };
        Ok(to_stream_pycapsule(py, reader, requested_schema)?)
    }
}
