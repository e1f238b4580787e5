//! Values of columns as numbers: equal numbers are equal values.

use crate::cells::{Cell, Cells};
use crate::distinct::Distinct;
use crate::request::Column;
use crate::texts::{DictionaryId, Texts};
use arrow_array::Array;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::ops::Range;

/// The number of a null.
pub(crate) const NULL: u32 = u32::MAX;
/// A value of a dictionary that has no number yet.
const NEW: u32 = u32::MAX;

/// Numbers for the texts of one column of all parts.
pub(crate) enum TextNumbers<'b> {
    /// All parts share one dictionary, and its numbers do.
    Shared,
    Found {
        distinct: Distinct<'b>,
        dictionary: Option<DictionaryId>,
        known: Vec<u32>,
    },
}

impl<'b> TextNumbers<'b> {
    pub(crate) fn new(columns: impl Iterator<Item = &'b Column<'b>>) -> Self {
        if share_a_dictionary(columns.map(Column::dictionary)) {
            Self::Shared
        } else {
            Self::Found { distinct: Distinct::new(), dictionary: None, known: Vec::new() }
        }
    }

    /// How many texts are remembered.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Shared => 0,
            Self::Found { distinct, .. } => distinct.len(),
        }
    }

    /// Writes the numbers of some rows.
    pub(crate) fn fill(&mut self, column: &'b Column<'b>, rows: Range<usize>, numbers: &mut Vec<u32>) {
        numbers.clear();
        match (self, column) {
            (_, Column::Texts(Texts::Absent)) => numbers.resize(rows.len(), NULL),
            (Self::Shared, Column::Texts(Texts::Coded { codes, .. })) => {
                let found = codes.values().get(rows.clone()).unwrap_or_default();
                numbers.extend_from_slice(found);
                if codes.nulls().is_some() {
                    for (number, row) in numbers.iter_mut().zip(rows) {
                        if codes.nulls().is_some_and(|nulls| nulls.is_null(row)) {
                            *number = NULL;
                        }
                    }
                }
            }
            (
                Self::Found { distinct, dictionary, known },
                Column::Texts(Texts::Coded { codes, values, dictionary: id }),
            ) => {
                if *dictionary != Some(*id) {
                    *dictionary = Some(*id);
                    known.clear();
                    known.resize(values.len(), NEW);
                }
                for row in rows {
                    let code = crate::texts::code(codes, row);
                    let number = code.and_then(|code| {
                        let known = known.get_mut(code)?;
                        if *known == NEW {
                            *known = distinct.code(values.get(code)?);
                        }
                        Some(*known)
                    });
                    numbers.push(number.unwrap_or(NULL));
                }
            }
            (Self::Found { distinct, .. }, _) => {
                numbers.extend(rows.map(|row| column.get(row).map_or(NULL, |text| distinct.code(text))));
            }
            // `new` saw a dictionary in every part.
            (Self::Shared, _) => numbers.resize(rows.len(), NULL),
        }
    }
}

/// Whether all are dictionaries, and the same one.
fn share_a_dictionary(mut columns: impl Iterator<Item = Option<DictionaryId>>) -> bool {
    columns.next().flatten().is_some_and(|first| columns.all(|other| other == Some(first)))
}

/// Numbers for the context values of one column of all parts.
pub(crate) struct CellNumbers<'b> {
    /// All parts share one dictionary, and its numbers do.
    is_shared: bool,
    texts: Distinct<'b>,
    integers: HashMap<i64, u32, FixedState>,
    others: HashMap<Vec<u8>, u32, FixedState>,
}

impl<'b> CellNumbers<'b> {
    pub(crate) fn new(columns: impl Iterator<Item = &'b Cells>) -> Self {
        Self {
            is_shared: share_a_dictionary(columns.map(Cells::dictionary)),
            texts: Distinct::new(),
            integers: HashMap::default(),
            others: HashMap::default(),
        }
    }

    /// How many values are remembered.
    pub(crate) fn len(&self) -> usize {
        self.texts.len() + self.integers.len() + self.others.len()
    }

    /// The number of a row's value. A column of rows may hold single texts and lists, which are told apart.
    pub(crate) fn number(&mut self, column: &'b Cells, row: usize) -> u32 {
        if self.is_shared
            && let Cells::Texts(Texts::Coded { codes, .. }) = column
        {
            return crate::texts::code(codes, row).map_or(NULL, |code| code as u32);
        }
        match column.cell(row) {
            Cell::Null => NULL,
            Cell::Text(text) => self.texts.code(text) << 1,
            Cell::Number(number) => {
                let next = self.integers.len() as u32;
                *self.integers.entry(number).or_insert(next)
            }
            Cell::Other(bytes) => {
                let next = self.others.len() as u32;
                *self.others.entry(bytes).or_insert(next) << 1 | 1
            }
        }
    }
}
