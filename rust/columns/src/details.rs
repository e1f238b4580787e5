//! What led to answers: statements and missing keys.

use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder, UInt32Builder};
use arrow_array::{ArrayRef, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Fields};
use bailiwick_core::decision::Decision;
use std::sync::{Mutex, PoisonError};

/// The details of all decisions of a run; number 0 stands for those of a row that was refused.
#[derive(Debug)]
pub struct Details {
    matched: bool,
    missing_keys: bool,
    all: Mutex<Vec<Detail>>,
}

#[derive(Debug)]
struct Detail {
    matched: Vec<bailiwick_core::decision::Matched>,
    missing_keys: Vec<String>,
}

impl Details {
    pub(crate) fn new(matched: bool, missing_keys: bool) -> Self {
        Self { matched, missing_keys, all: Mutex::new(vec![Detail { matched: Vec::new(), missing_keys: Vec::new() }]) }
    }

    /// Whether any were asked for.
    pub(crate) fn are_wanted(&self) -> bool {
        self.matched || self.missing_keys
    }

    /// Keeps what led to a decision, and gives its number.
    pub(crate) fn keep(&self, decision: Decision) -> u32 {
        let Decision { matched, missing_keys, .. } = decision;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Detail { matched, missing_keys });
        (all.len() - 1) as u32
    }

    /// The columns that were asked for, for rows with these numbers.
    pub(crate) fn columns(&self, numbers: Vec<u32>) -> Result<Vec<ArrayRef>, ArrowError> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = UInt32Array::from(numbers);
        let mut columns = Vec::new();
        if self.matched {
            columns.push(arrow_select::take::take(&matched_column(&all), &numbers, None)?);
        }
        if self.missing_keys {
            columns.push(arrow_select::take::take(&missing_column(&all), &numbers, None)?);
        }
        Ok(columns)
    }
}

/// Fields of the columns that were asked for.
pub(crate) fn fields(matched: bool, missing_keys: bool) -> Vec<Field> {
    let mut fields = Vec::new();
    if matched {
        let element = Field::new("item", DataType::Struct(statement_fields()), false);
        fields.push(Field::new_list("matched", element, false));
    }
    if missing_keys {
        fields.push(Field::new_list("missing_keys", Field::new("item", DataType::Utf8, false), false));
    }
    fields
}

/// A statement reference (E-40).
fn statement_fields() -> Fields {
    Fields::from(vec![
        Field::new("layer", DataType::Utf8, false),
        Field::new("level", DataType::UInt32, false),
        Field::new("policy", DataType::Utf8, false),
        Field::new("statement", DataType::UInt32, false),
        Field::new("sid", DataType::Utf8, true),
    ])
}

fn matched_column(all: &[Detail]) -> ArrayRef {
    let statement = StructBuilder::from_fields(statement_fields(), 0);
    let element = Field::new("item", DataType::Struct(statement_fields()), false);
    let mut lists = ListBuilder::new(statement).with_field(element);
    for detail in all {
        let statements = lists.values();
        for matched in &detail.matched {
            let mut text = |at: usize, value: Option<&str>| {
                if let Some(column) = statements.field_builder::<StringBuilder>(at) {
                    column.append_option(value);
                }
            };
            text(0, Some(matched.layer.as_str()));
            text(2, Some(&matched.policy));
            text(4, matched.sid.as_deref());
            let mut number = |at: usize, value: u32| {
                if let Some(column) = statements.field_builder::<UInt32Builder>(at) {
                    column.append_value(value);
                }
            };
            number(1, matched.level);
            number(3, matched.statement);
            statements.append(true);
        }
        lists.append(true);
    }
    std::sync::Arc::new(lists.finish())
}

fn missing_column(all: &[Detail]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(Field::new("item", DataType::Utf8, false));
    for detail in all {
        for key in &detail.missing_keys {
            lists.values().append_value(key);
        }
        lists.append(true);
    }
    std::sync::Arc::new(lists.finish())
}
