//! Columns of context values: any of the types that have a meaning, one value or several a row.

use crate::texts::{DictionaryId, Texts, code, coded};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, UInt32Array, UInt64Array};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, TimeUnit};
use bailiwick_core::context::{self, Key, Values};
use chrono::{DateTime, Datelike, Timelike, Utc};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write;
use std::ops::Range;

/// A column of context values.
#[derive(Debug)]
pub(crate) enum Cells {
    Texts(Texts),
    Bools(BooleanArray),
    Integers(Int64Array),
    Unsigned(UInt64Array),
    /// Decimals, which are written with all their digits.
    Decimals(ArrayRef),
    /// Instants, counted in a unit from 1970 in UTC.
    Instants(Int64Array, TimeUnit),
    Coded(UInt32Array, Box<Cells>),
    Lists(Lists),
    /// Values that were not read from a table.
    Rows(Vec<RowValues>),
}

/// The values of a key in a row; `None` when the row has not the key.
pub type RowValues = Option<Box<[Box<str>]>>;

/// A column of lists.
#[derive(Debug)]
pub(crate) struct Lists {
    ends: Ends,
    nulls: Option<NullBuffer>,
    values: Box<Cells>,
}

#[derive(Debug)]
enum Ends {
    Short(OffsetBuffer<i32>),
    Long(OffsetBuffer<i64>),
    /// Lists of one length.
    Fixed(usize),
}

/// One row's values; `None` when the key is absent.
pub(crate) type Found<'a> = Option<SmallVec<[Cow<'a, str>; 1]>>;

/// A row's values in a form that is cheap to compare.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Number(i64),
    /// Lengths and bytes of all values.
    Other(Vec<u8>),
}

impl Cells {
    /// `None` if the type has no meaning for a context key.
    pub(crate) fn new(array: &ArrayRef) -> Option<Self> {
        let kind = array.data_type();
        Some(match kind {
            DataType::Boolean => Self::Bools(array.as_boolean().clone()),
            DataType::UInt64 => Self::Unsigned(array.as_primitive::<UInt64Type>().clone()),
            _ if kind.is_integer() => {
                Self::Integers(arrow_cast::cast(array, &DataType::Int64).ok()?.as_primitive::<Int64Type>().clone())
            }
            _ if is_decimal(kind) => Self::Decimals(array.clone()),
            DataType::Timestamp(unit, Some(_)) => Self::Instants(instants(array, *unit), *unit),
            DataType::Dictionary(_, values) if Texts::takes(values) => Self::Texts(Texts::new(array)?),
            DataType::Dictionary(_, _) => {
                let (codes, values) = coded(array)?;
                Self::Coded(codes, Box::new(Self::new(&values)?))
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::Lists(Lists::new(Ends::Short(list.offsets().clone()), list.nulls(), list.values())?)
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                Self::Lists(Lists::new(Ends::Long(list.offsets().clone()), list.nulls(), list.values())?)
            }
            DataType::FixedSizeList(_, length) => {
                let list = array.as_fixed_size_list();
                Self::Lists(Lists::new(Ends::Fixed(usize::try_from(*length).ok()?), list.nulls(), list.values())?)
            }
            _ => Self::Texts(Texts::new(array)?),
        })
    }

    /// Whether `new` takes this type.
    pub(crate) fn takes(kind: &DataType) -> bool {
        match kind {
            DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
                !is_list(field.data_type()) && Self::takes(field.data_type())
            }
            DataType::Dictionary(_, values) => {
                !is_list(values) && !matches!(**values, DataType::Dictionary(..)) && Self::takes(values)
            }
            DataType::Boolean | DataType::Timestamp(_, Some(_)) => true,
            _ => kind.is_integer() || is_decimal(kind) || Texts::takes(kind),
        }
    }

    /// Where the texts stand that the rows number.
    pub(crate) fn dictionary(&self) -> Option<DictionaryId> {
        match self {
            Self::Texts(texts) => texts.dictionary(),
            _ => None,
        }
    }

    /// The values of a row.
    pub(crate) fn values(&self, row: usize) -> Found<'_> {
        let mut found = SmallVec::new();
        match self {
            Self::Lists(lists) => {
                for element in lists.range(row)? {
                    found.extend(lists.values.text(element));
                }
            }
            Self::Rows(rows) => {
                found.extend(rows.get(row)?.as_ref()?.iter().map(|value| Cow::Borrowed(value.as_ref())));
            }
            Self::Coded(codes, values) => return values.values(code(codes, row)?),
            _ => found.push(self.text(row)?),
        }
        Some(found)
    }

    /// The value of a row of a column without lists, as text (C-07, X-03).
    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Texts(texts) => texts.get(row).map(Cow::Borrowed),
            Self::Bools(array) => {
                array.is_valid(row).then(|| Cow::Borrowed(if array.value(row) { "true" } else { "false" }))
            }
            Self::Integers(array) => array.is_valid(row).then(|| Cow::Owned(array.value(row).to_string())),
            Self::Unsigned(array) => array.is_valid(row).then(|| Cow::Owned(array.value(row).to_string())),
            Self::Decimals(array) if array.is_valid(row) => {
                arrow_cast::display::array_value_to_string(array, row).ok().map(Cow::Owned)
            }
            Self::Instants(array, unit) if array.is_valid(row) => instant(array.value(row), *unit).map(Cow::Owned),
            Self::Coded(codes, values) => values.text(code(codes, row)?),
            _ => None,
        }
    }

    /// The values of a row, to be compared with those of others of the same column.
    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Texts(texts) => texts.get(row).map_or(Cell::Null, Cell::Text),
            Self::Bools(array) if array.is_valid(row) => Cell::Number(i64::from(array.value(row))),
            Self::Integers(array) | Self::Instants(array, _) if array.is_valid(row) => Cell::Number(array.value(row)),
            Self::Unsigned(array) if array.is_valid(row) => Cell::Number(array.value(row).cast_signed()),
            Self::Coded(codes, values) => code(codes, row).map_or(Cell::Null, |at| values.cell(at)),
            Self::Decimals(_) | Self::Lists(_) | Self::Rows(_) => self.values(row).map_or(Cell::Null, |values| {
                let mut bytes = Vec::new();
                for value in &values {
                    bytes.extend_from_slice(&value.len().to_le_bytes());
                    bytes.extend_from_slice(value.as_bytes());
                }
                Cell::Other(bytes)
            }),
            _ => Cell::Null,
        }
    }

    /// Whether a value of the row has no meaning: a null inside a list, an instant outside the years 1 to 9999.
    pub(crate) fn is_bad(&self, row: usize) -> bool {
        match self {
            Self::Lists(lists) => lists.range(row).is_some_and(|mut range| {
                range.any(|element| lists.values.is_bad(element) || lists.values.text(element).is_none())
            }),
            Self::Instants(array, unit) => array.is_valid(row) && instant(array.value(row), *unit).is_none(),
            Self::Coded(codes, values) => code(codes, row).is_some_and(|at| values.is_bad(at)),
            _ => false,
        }
    }

    /// Whether `is_bad` can hold of any row.
    pub(crate) fn may_be_bad(&self) -> bool {
        match self {
            Self::Lists(lists) => lists.values.has_null() || lists.values.may_be_bad(),
            Self::Instants(array, unit) => {
                let bad = |value: Option<i64>| value.is_some_and(|value| instant(value, *unit).is_none());
                let valid = || array.iter().flatten();
                bad(valid().min()) || bad(valid().max())
            }
            Self::Coded(_, values) => values.may_be_bad(),
            _ => false,
        }
    }

    fn has_null(&self) -> bool {
        match self {
            Self::Texts(Texts::Short(array)) => array.null_count() > 0,
            Self::Texts(Texts::Long(array)) => array.null_count() > 0,
            Self::Texts(Texts::View(array)) => array.null_count() > 0,
            Self::Bools(array) => array.null_count() > 0,
            Self::Integers(array) | Self::Instants(array, _) => array.null_count() > 0,
            _ => true,
        }
    }
}

impl Lists {
    fn new(ends: Ends, nulls: Option<&NullBuffer>, values: &ArrayRef) -> Option<Self> {
        Some(Self { ends, nulls: nulls.cloned(), values: Box::new(Cells::new(values)?) })
    }

    /// Where a row's values stand; `None` if the row is null.
    fn range(&self, row: usize) -> Option<Range<usize>> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(match &self.ends {
            Ends::Short(ends) => usize::try_from(*ends.get(row)?).ok()?..usize::try_from(*ends.get(row + 1)?).ok()?,
            Ends::Long(ends) => usize::try_from(*ends.get(row)?).ok()?..usize::try_from(*ends.get(row + 1)?).ok()?,
            Ends::Fixed(length) => row * length..(row + 1) * length,
        })
    }
}

fn is_list(kind: &DataType) -> bool {
    matches!(kind, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..))
}

fn is_decimal(kind: &DataType) -> bool {
    use DataType as D;
    matches!(kind, D::Decimal32(..) | D::Decimal64(..) | D::Decimal128(..) | D::Decimal256(..))
}

fn instants(array: &ArrayRef, unit: TimeUnit) -> Int64Array {
    match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().reinterpret_cast(),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().reinterpret_cast(),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast(),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().reinterpret_cast(),
    }
}

/// `2026-01-31T12:00:00.5Z`; `None` outside the years 1 to 9999.
fn instant(value: i64, unit: TimeUnit) -> Option<String> {
    let (per_second, nanoseconds) = match unit {
        TimeUnit::Second => (1, 1_000_000_000),
        TimeUnit::Millisecond => (1_000, 1_000_000),
        TimeUnit::Microsecond => (1_000_000, 1_000),
        TimeUnit::Nanosecond => (1_000_000_000, 1),
    };
    let rest = u32::try_from(value.rem_euclid(per_second) * nanoseconds).ok()?;
    let time: DateTime<Utc> = DateTime::from_timestamp(value.div_euclid(per_second), rest)?;
    if !(1..=9999).contains(&time.year()) {
        return None;
    }
    let mut text = String::with_capacity(30);
    let date = (time.year(), time.month(), time.day());
    write!(text, "{:04}-{:02}-{:02}T", date.0, date.1, date.2).ok()?;
    write!(text, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()).ok()?;
    if rest > 0 {
        write!(text, ".{rest:09}").ok()?;
        text.truncate(text.trim_end_matches('0').len());
    }
    text.push('Z');
    Some(text)
}

/// The contexts of rows.
#[derive(Debug)]
pub struct Contexts {
    /// In byte order (C-05).
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<Cells>,
}

impl Contexts {
    /// The context of a row.
    #[must_use]
    pub fn given(&self, row: usize) -> Given<'_> {
        Given::new(&self.names, &self.columns, row)
    }
}

/// The context of one row, which remembers what was looked at.
pub struct Given<'r> {
    names: &'r [String],
    columns: &'r [Cells],
    row: usize,
    seen: RefCell<SmallVec<[u32; 8]>>,
}

impl<'r> Given<'r> {
    /// The context of a row; columns stand in the order of their names.
    pub(crate) fn new(names: &'r [String], columns: &'r [Cells], row: usize) -> Self {
        Self { names, columns, row, seen: RefCell::default() }
    }

    /// Numbers of the columns that were looked at, each once, in the order in which they were.
    pub(crate) fn seen(self) -> SmallVec<[u32; 8]> {
        self.seen.into_inner()
    }
}

impl context::Given for Given<'_> {
    fn given(&self, key: &Key) -> Option<Values<'_>> {
        let mut all: Found<'_> = None;
        for (at, (name, column)) in self.names.iter().zip(self.columns).enumerate() {
            if !key.is_called(name) {
                continue;
            }
            let mut seen = self.seen.borrow_mut();
            let at = at as u32;
            if !seen.contains(&at) {
                seen.push(at);
            }
            // Twins under fold are one key, values in the byte order of the spellings (C-05).
            if let Some(values) = column.values(self.row) {
                all.get_or_insert_default().extend(values);
            }
        }
        let mut all = all?;
        Some(match all.len() {
            0 => Values::Missing,
            1 => all.pop().map_or(Values::Missing, Values::One),
            _ => Values::Several(all.into_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_in_policies() {
        assert_eq!(instant(0, TimeUnit::Second).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(instant(-1_500, TimeUnit::Millisecond).as_deref(), Some("1969-12-31T23:59:58.5Z"));
        assert_eq!(instant(1, TimeUnit::Nanosecond).as_deref(), Some("1970-01-01T00:00:00.000000001Z"));
        assert_eq!(instant(253_402_300_799, TimeUnit::Second).as_deref(), Some("9999-12-31T23:59:59Z"));
        assert_eq!(instant(253_402_300_800, TimeUnit::Second), None);
        assert_eq!(instant(i64::MAX, TimeUnit::Second), None);
    }
}
