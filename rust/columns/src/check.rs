//! Whether data obey Arrow's rules. What comes over the C interface is read without a look until it was here.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, GenericListArray, GenericStringArray, OffsetSizeTrait};
use arrow_schema::DataType;

/// Says what is wrong with a column. `known` is the column's dictionary that was looked at before, if it is still the same.
pub(crate) fn check(array: &ArrayRef, known: Option<&ArrayRef>) -> Result<(), String> {
    match array.data_type() {
        DataType::Utf8 => check_texts(array.as_string::<i32>()),
        DataType::LargeUtf8 => check_texts(array.as_string::<i64>()),
        DataType::Dictionary(_, _) => {
            let data = array.to_data();
            data.validate().and_then(|()| data.validate_nulls()).map_err(|error| error.to_string())?;
            let Some(dictionary) = array.as_any_dictionary_opt() else {
                return Err("a dictionary without keys".to_owned());
            };
            let values = dictionary.values();
            if known.is_none_or(|known| !is_same(known, values)) {
                check(values, None)?;
            }
            // The keys against the number of values.
            data.validate_values().map_err(|error| error.to_string())
        }
        DataType::List(_) => check_list(array.as_list::<i32>()),
        DataType::LargeList(_) => check_list(array.as_list::<i64>()),
        _ => array.to_data().validate_full().map_err(|error| error.to_string()),
    }
}

/// Texts whose offsets go up, stay in range and fall between characters. Arrow's own check reads the whole buffer, of
/// which the array may be a small slice.
fn check_texts<O: OffsetSizeTrait>(array: &GenericStringArray<O>) -> Result<(), String> {
    if array.is_empty() {
        return Ok(()); // an empty array may come without any offset
    }
    let (offsets, bytes) = (array.value_offsets(), array.value_data());
    let bad_offset = || "an offset is out of range".to_owned();
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else {
        return Err(bad_offset());
    };
    let (Some(first), Some(last)) = (first.to_usize(), last.to_usize()) else {
        return Err(bad_offset());
    };
    if !offsets.is_sorted() {
        return Err(bad_offset());
    }
    let text = bytes.get(first..last).ok_or_else(bad_offset)?;
    let text = str::from_utf8(text).map_err(|error| format!("text is not UTF-8: {error}"))?;
    let whole = text.is_ascii()
        || offsets.iter().all(|offset| offset.to_usize().is_some_and(|offset| text.is_char_boundary(offset - first)));
    if whole { Ok(()) } else { Err("an offset falls inside a character".to_owned()) }
}

/// Lists whose offsets go up and stay in range, with the values between them.
fn check_list<O: OffsetSizeTrait>(array: &GenericListArray<O>) -> Result<(), String> {
    if array.is_empty() {
        return Ok(());
    }
    let offsets = array.value_offsets();
    let ends = (offsets.first().and_then(|first| first.to_usize()), offsets.last().and_then(|last| last.to_usize()));
    let (Some(first), Some(last)) = ends else {
        return Err("a list without offsets".to_owned());
    };
    if !offsets.is_sorted() || last > array.values().len() {
        return Err("an offset is out of range".to_owned());
    }
    check(&array.values().slice(first, last - first), None)
}

/// Whether two arrays are the same place in memory.
fn is_same(one: &ArrayRef, other: &ArrayRef) -> bool {
    one.to_data().ptr_eq(&other.to_data())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::types::Int32Type;
    use arrow_array::{DictionaryArray, StringArray, StringViewArray, make_array};
    use arrow_buffer::Buffer;
    use arrow_data::ArrayData;
    use std::sync::Arc;

    fn texts(offsets: &[i32], bytes: &[u8]) -> ArrayRef {
        let rows = offsets.len() - 1;
        let buffers = vec![Buffer::from_slice_ref(offsets), Buffer::from_slice_ref(bytes)];
        // What a foreign library hands over is not looked at either.
        let data = ArrayData::builder(DataType::Utf8).len(rows).buffers(buffers);
        match data.build() {
            Ok(data) => make_array(data),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn texts_that_are_whole_pass() {
        assert_eq!(check(&texts(&[0, 1, 3], "aé".as_bytes()), None), Ok(()));
        let all: ArrayRef = Arc::new(StringArray::from(vec!["a", "é", "日本"]));
        assert_eq!(check(&all.slice(1, 2), None), Ok(()));
        assert_eq!(check(&all.slice(3, 0), None), Ok(()));
        let empty: ArrayRef = Arc::new(StringArray::new_null(0));
        assert_eq!(check(&empty, None), Ok(()));
        let views: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "a text that is longer than a view"]));
        assert_eq!(check(&views, None), Ok(()));
    }

    #[test]
    fn a_dictionary_is_known_again_by_its_place() {
        let one: ArrayRef = Arc::new(vec!["a", "b", "a"].into_iter().collect::<DictionaryArray<Int32Type>>());
        let values = one.as_any_dictionary().values();
        assert_eq!(check(&one, Some(values)), Ok(()));
        assert!(is_same(values, one.slice(1, 2).as_any_dictionary().values()));
        let other: ArrayRef = Arc::new(vec!["a", "b"].into_iter().collect::<DictionaryArray<Int32Type>>());
        assert!(!is_same(values, other.as_any_dictionary().values()));
    }
}
