//! Columns of text, as they come.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt32Type};
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray, UInt32Array};
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;

/// A column of text, read where it stands.
#[derive(Debug)]
pub(crate) enum Texts {
    /// 32-bit offsets.
    Short(StringArray),
    /// 64-bit offsets.
    Long(LargeStringArray),
    /// Views.
    View(StringViewArray),
    /// Numbers of values that are stored once.
    Coded { codes: UInt32Array, values: Box<Texts>, dictionary: DictionaryId },
    /// Null in every row.
    Absent,
}

impl Texts {
    /// `None` if the type is not one of text.
    pub(crate) fn new(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Self::Short(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Self::Long(array.as_string::<i64>().clone()),
            DataType::Utf8View => Self::View(array.as_string_view().clone()),
            DataType::Null => Self::Absent,
            DataType::Dictionary(_, _) => {
                let (codes, mut values) = coded(array)?;
                if *values.data_type() == DataType::Utf8View {
                    // A dictionary is known by its buffers, of which views have any number.
                    values = arrow_cast::cast(&values, &DataType::LargeUtf8).ok()?;
                }
                let dictionary = DictionaryId::of(&values);
                let values = Self::new(&values).filter(|values| !matches!(values, Self::Coded { .. }))?;
                Self::Coded { codes, values: Box::new(values), dictionary }
            }
            _ => return None,
        })
    }

    /// Whether `new` takes this type.
    pub(crate) fn takes(kind: &DataType) -> bool {
        match kind {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
            DataType::Dictionary(_, values) => !matches!(**values, DataType::Dictionary(..)) && Self::takes(values),
            _ => false,
        }
    }

    /// The text of a row, unless it is null.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Short(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Long(array) => array.is_valid(row).then(|| array.value(row)),
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Coded { codes, values, .. } => values.get(code(codes, row)?),
            Self::Absent => None,
        }
    }

    /// Number of rows; of a column that is null everywhere, none.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Short(array) => array.len(),
            Self::Long(array) => array.len(),
            Self::View(array) => array.len(),
            Self::Coded { codes, .. } => codes.len(),
            Self::Absent => 0,
        }
    }

    /// Where the values stand that the rows number.
    pub(crate) fn dictionary(&self) -> Option<DictionaryId> {
        match self {
            Self::Coded { dictionary, .. } => Some(*dictionary),
            _ => None,
        }
    }
}

/// Where values stand in memory: as long as all are held, equal places are equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DictionaryId {
    buffers: [Option<usize>; 3],
    nulls: Option<(usize, usize)>,
    offset: usize,
    length: usize,
}

impl DictionaryId {
    pub(crate) fn of(values: &ArrayRef) -> Self {
        let data = values.to_data();
        let mut buffers = data.buffers().iter().map(|buffer| buffer.as_ptr() as usize);
        Self {
            buffers: [buffers.next(), buffers.next(), buffers.next()],
            nulls: data.nulls().map(|nulls| (nulls.buffer().as_ptr() as usize, nulls.offset())),
            offset: data.offset(),
            length: data.len(),
        }
    }
}

/// The number that a row has instead of a value.
pub(crate) fn code(codes: &UInt32Array, row: usize) -> Option<usize> {
    codes.is_valid(row).then(|| codes.value(row) as usize)
}

/// The numbers of a dictionary-encoded column, and its values.
pub(crate) fn coded(array: &ArrayRef) -> Option<(UInt32Array, ArrayRef)> {
    let dictionary = array.as_any_dictionary_opt()?;
    let keys = dictionary.keys();
    let codes = match keys.data_type() {
        // The data were checked: no number is negative.
        DataType::Int32 => {
            let keys = keys.as_primitive::<Int32Type>();
            let values = ScalarBuffer::new(keys.values().inner().clone(), 0, keys.len());
            UInt32Array::try_new(values, keys.nulls().cloned()).ok()?
        }
        DataType::UInt32 => keys.as_primitive::<UInt32Type>().clone(),
        _ => arrow_cast::cast(keys, &DataType::UInt32).ok()?.as_primitive::<UInt32Type>().clone(),
    };
    Some((codes, dictionary.values().clone()))
}
