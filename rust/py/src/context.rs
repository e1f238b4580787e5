//! Context values: Python objects to the strings of C-07 and X-03.

use crate::errors;
use bailiwick_core::context::Context;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyMapping, PyString, PyTuple};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The items of a context, kept alive while a request borrows their texts. It is filled where it stands: most requests
/// have so few keys that moving them would cost more than reading them.
pub(crate) struct Items<'py>(SmallVec<[(Bound<'py, PyAny>, Bound<'py, PyAny>); 8]>);

impl<'py> Items<'py> {
    /// No items.
    pub(crate) fn new() -> Self {
        Self(SmallVec::new())
    }

    /// Adds the items of a mapping.
    #[inline]
    pub(crate) fn hold(&mut self, context: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Ok(dict) = context.cast::<PyDict>() {
            dict.iter().for_each(|item| self.0.push(item));
            return Ok(());
        }
        let Ok(mapping) = context.cast::<PyMapping>() else {
            let found = context.get_type().name()?;
            let message = format!("context: expected a mapping of keys to values, found {found}");
            return Err(pyo3::exceptions::PyTypeError::new_err(message));
        };
        for item in mapping.items()? {
            self.0.push(item.extract()?);
        }
        Ok(())
    }

    /// Adds the items to a context that borrows from them, and finishes it.
    #[inline]
    pub(crate) fn fill<'a>(&'a self, context: &mut Context<'a>) -> PyResult<()> {
        for (key, value) in &self.0 {
            // What nearly all items are; all others, and what is wrong with them, cost a little more.
            match (exact_text(key), exact_text(value).or_else(|| boolean(value))) {
                (Some(key), Some(value)) => context.add(key, value),
                _ => add(context, key, value)?,
            }
        }
        context.finish();
        Ok(())
    }

    /// Keys and values in owned texts.
    pub(crate) fn owned(&self) -> PyResult<Vec<(String, Vec<String>)>> {
        let mut all = Vec::with_capacity(self.0.len());
        for (key, value) in &self.0 {
            let key = spelling(key)?;
            let values = match scalar(value, key)? {
                Some(value) => vec![value.into_owned()],
                None => values(value, key)?.into_iter().map(Cow::into_owned).collect(),
            };
            all.push((key.to_owned(), values));
        }
        Ok(all)
    }
}

/// Text of a string that is no subclass and has no lone surrogate.
#[inline]
fn exact_text<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    value.cast_exact::<PyString>().ok()?.to_str().ok()
}

fn boolean(value: &Bound<'_, PyAny>) -> Option<&'static str> {
    value.cast::<PyBool>().ok().map(|value| if value.is_true() { "true" } else { "false" })
}

#[cold]
fn add<'a>(context: &mut Context<'a>, key: &'a Bound<'_, PyAny>, value: &'a Bound<'_, PyAny>) -> PyResult<()> {
    let key = spelling(key)?;
    match scalar(value, key)? {
        Some(Cow::Borrowed(value)) => context.add(key, value),
        Some(value) => context.add_all(key, [value]),
        None => context.add_all(key, values(value, key)?),
    }
    Ok(())
}

fn spelling<'a>(key: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    let Some(key) = string(key) else {
        let message = format!("context key {}: expected str, found {}", key.repr()?, key.get_type().name()?);
        return Err(pyo3::exceptions::PyTypeError::new_err(message));
    };
    text(key, || "context key".to_owned())
}

/// A Python string. Comparing the type costs nothing; asking whether it is derived is a call.
fn string<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyString>> {
    value.cast_exact::<PyString>().ok().or_else(|| value.cast::<PyString>().ok())
}

/// Text of a Python string; a lone surrogate is refused.
fn text<'a>(value: &'a Bound<'_, PyString>, what: impl FnOnce() -> String) -> PyResult<&'a str> {
    value.to_str().map_err(|_| errors::validation(value.py(), &format!("{}: text with a lone surrogate", what())))
}

/// The usual types; `None` for all others.
fn scalar<'a>(value: &'a Bound<'_, PyAny>, key: &str) -> PyResult<Option<Cow<'a, str>>> {
    if let Some(value) = string(value) {
        return text(value, || format!("context key `{key}`")).map(|text| Some(Cow::Borrowed(text)));
    }
    // `bool` is an `int` to Python, so it comes first.
    if let Some(value) = boolean(value) {
        return Ok(Some(Cow::Borrowed(value)));
    }
    if value.is_instance_of::<PyInt>()
        && let Ok(number) = value.extract::<i64>()
    {
        return Ok(Some(Cow::Owned(number.to_string())));
    }
    Ok(None)
}

/// Lists, and the types that `bailiwick.context` turns into text (dates, addresses, bytes, long integers).
fn values<'a>(value: &'a Bound<'_, PyAny>, key: &str) -> PyResult<Vec<Cow<'a, str>>> {
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let elements: Vec<Bound<'_, PyAny>> = value.try_iter()?.collect::<PyResult<_>>()?;
        let plain: Option<Vec<Cow<'a, str>>> = elements
            .iter()
            .map(|element| scalar(element, key).map(|found| found.map(|text| Cow::Owned(text.into_owned()))))
            .collect::<PyResult<_>>()?;
        if let Some(plain) = plain {
            return Ok(plain);
        }
    }
    let py = value.py();
    let context = PyDict::new(py);
    context.set_item(key, value)?;
    let strings = py.import("bailiwick.context")?.call_method1("context_strings", (context,))?;
    let strings: Vec<String> = strings.get_item(key)?.extract()?;
    Ok(strings.into_iter().map(Cow::Owned).collect())
}
