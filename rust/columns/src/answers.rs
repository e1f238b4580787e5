//! Columns of answers.

use crate::details::Details;
use crate::request::Part;
use crate::worker::Task;
use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, DictionaryArray, Int8Array, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use bailiwick_core::decision::{Layer, Outcome, Reason, Verdict};
use std::sync::Arc;

/// Why a row was not decided. It is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A value cannot be understood (B-20).
    InvalidRequest,
    /// The table does not know the principal.
    UnknownPrincipal,
}

impl Refusal {
    /// All of them; their numbers follow those of `Reason::ALL`.
    pub const ALL: [Self; 2] = [Self::InvalidRequest, Self::UnknownPrincipal];

    /// As results spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnknownPrincipal => "unknown_principal",
        }
    }
}

/// What is answered to a row, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes {
    /// Number in `Outcome::ALL`.
    pub decision: i8,
    /// Number in `reasons`.
    pub reason: i8,
    /// Number in `Layer::ALL`, or −1 where no layer decided.
    pub layer: i8,
}

const NO_LAYER: i8 = -1;

impl From<Verdict> for Codes {
    fn from(verdict: Verdict) -> Self {
        Self {
            decision: verdict.outcome as i8,
            reason: verdict.reason as i8,
            layer: verdict.layer.map_or(NO_LAYER, |layer| layer as i8),
        }
    }
}

impl From<Refusal> for Codes {
    fn from(refusal: Refusal) -> Self {
        let reason = (Reason::ALL.len() + refusal as usize) as i8;
        Self { decision: Outcome::ImplicitDeny as i8, reason, layer: NO_LAYER }
    }
}

impl Codes {
    /// E-01.
    #[must_use]
    pub fn decision_text(self) -> &'static str {
        at(self.decision).and_then(|at| Outcome::ALL.get(at)).map_or("", |outcome| outcome.as_str())
    }

    /// E-41, or that of a `Refusal`.
    #[must_use]
    pub fn reason_text(self) -> &'static str {
        at(self.reason).and_then(|at| reasons().nth(at)).unwrap_or("")
    }

    /// B-40.
    #[must_use]
    pub fn layer_text(self) -> Option<&'static str> {
        at(self.layer).and_then(|at| Layer::ALL.get(at)).map(|layer| layer.as_str())
    }

    /// Whether the row is allowed.
    #[must_use]
    pub fn is_allow(self) -> bool {
        self.decision == Outcome::Allow as i8
    }
}

fn at(code: i8) -> Option<usize> {
    usize::try_from(code).ok()
}

/// All reasons by number (E-41, and those of `Refusal`).
pub fn reasons() -> impl Iterator<Item = &'static str> {
    Reason::ALL.iter().map(|reason| reason.as_str()).chain(Refusal::ALL.iter().map(|refusal| refusal.as_str()))
}

/// What is answered to the rows of a part.
#[derive(Debug)]
pub struct Answers {
    pub(crate) decision: Vec<i8>,
    pub(crate) reason: Vec<i8>,
    pub(crate) layer: Vec<i8>,
    /// Number of each row's details, if any were asked for.
    pub(crate) details: Option<Vec<u32>>,
}

impl Answers {
    pub(crate) fn new(rows: usize, with_details: bool) -> Self {
        Self {
            decision: vec![0; rows],
            reason: vec![0; rows],
            layer: vec![0; rows],
            details: with_details.then(|| vec![0; rows]),
        }
    }

    /// Parts of at most `length` rows that can be answered apart.
    pub(crate) fn tasks<'b>(&'b mut self, part: &'b Part<'b>, length: usize) -> Vec<Task<'b>> {
        let columns =
            self.decision.chunks_mut(length).zip(self.reason.chunks_mut(length)).zip(self.layer.chunks_mut(length));
        let mut details = self.details.as_mut().map(|details| details.chunks_mut(length));
        let task = |(at, ((decision, reason), layer))| Task {
            part,
            start: at * length,
            decision,
            reason,
            layer,
            details: details.as_mut().and_then(Iterator::next),
        };
        columns.enumerate().map(task).collect()
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.decision.len()
    }

    /// What is answered to a row.
    #[must_use]
    pub fn codes(&self, row: usize) -> Option<Codes> {
        Some(Codes { decision: *self.decision.get(row)?, reason: *self.reason.get(row)?, layer: *self.layer.get(row)? })
    }

    /// Number of allowed rows.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.decision.iter().filter(|decision| **decision == Outcome::Allow as i8).count()
    }

    /// The answers as Arrow columns.
    ///
    /// # Errors
    /// Arrow refuses the columns.
    pub fn into_batch(self, schema: &SchemaRef, details: &Details) -> Result<RecordBatch, ArrowError> {
        let rows = self.rows();
        let mut columns = code_columns(self.decision, self.reason, self.layer)?.to_vec();
        if let Some(numbers) = self.details {
            columns.extend(details.columns(numbers)?);
        }
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
    }
}

/// The columns `decision`, `reason` and `deciding_layer`.
pub(crate) fn code_columns(decision: Vec<i8>, reason: Vec<i8>, layer: Vec<i8>) -> Result<[ArrayRef; 3], ArrowError> {
    let nulls = NullBuffer::new(BooleanBuffer::collect_bool(layer.len(), |at| {
        layer.get(at).is_some_and(|layer| *layer != NO_LAYER)
    }));
    let column = |codes: Vec<i8>, nulls: Option<NullBuffer>, values: Vec<&str>| -> Result<ArrayRef, ArrowError> {
        let keys = Int8Array::try_new(codes.into(), nulls)?;
        Ok(Arc::new(DictionaryArray::<Int8Type>::try_new(keys, Arc::new(StringArray::from(values)))?))
    };
    Ok([
        column(decision, None, Outcome::ALL.map(Outcome::as_str).to_vec())?,
        column(reason, None, reasons().collect())?,
        column(layer, Some(nulls), Layer::ALL.map(Layer::as_str).to_vec())?,
    ])
}

/// Fields of the columns of `code_columns`.
pub(crate) fn code_fields() -> [Field; 3] {
    let coded = || DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    [
        Field::new("decision", coded(), false),
        Field::new("reason", coded(), false),
        Field::new("deciding_layer", coded(), true),
    ]
}

/// The columns of the answers.
#[must_use]
pub fn schema(matched: bool, missing_keys: bool) -> SchemaRef {
    let mut fields = code_fields().to_vec();
    fields.extend(crate::details::fields(matched, missing_keys));
    Arc::new(Schema::new(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_stand_at_their_numbers() {
        let texts = |codes: Codes| (codes.decision_text(), codes.reason_text(), codes.layer_text());
        assert_eq!(texts(Refusal::InvalidRequest.into()), ("IMPLICIT_DENY", "invalid_request", None));
        assert_eq!(texts(Refusal::UnknownPrincipal.into()), ("IMPLICIT_DENY", "unknown_principal", None));
        let denied = Verdict::explicit_deny(Layer::Session);
        assert_eq!(texts(denied.into()), ("EXPLICIT_DENY", "session", Some("session")));
        assert!(!Codes::from(Refusal::InvalidRequest).is_allow());
    }
}
