//! Errors of the core as the Python exceptions of `bailiwick.errors`.

use bailiwick_core::error::PolicyError;
use bailiwick_core::table::{BadPolicy, BuildError, InvalidRequest, UpdateError};
use pyo3::prelude::*;
use pyo3::types::PyType;

const MODULE: &str = "bailiwick.errors";

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
    Ok(py.import(MODULE)?.getattr(name)?.cast_into::<PyType>()?)
}

fn raise(py: Python<'_>, name: &str, message: &str) -> PyErr {
    match class(py, name).and_then(|class| class.call1((message,))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// `ValidationError`.
pub(crate) fn validation(py: Python<'_>, message: &str) -> PyErr {
    raise(py, "ValidationError", message)
}

/// `ValidationError` of a request.
pub(crate) fn request(py: Python<'_>, error: &InvalidRequest) -> PyErr {
    validation(py, &error.to_string())
}

/// `UnknownPrincipal`.
pub(crate) fn unknown_principal(py: Python<'_>, label: &str) -> PyErr {
    let message = format!(
        "principal `{label}` is not in the snapshot; expected the ARN of one of its users, roles, role sessions or \
         accounts, a service name, or `anonymous`"
    );
    raise(py, "UnknownPrincipal", &message)
}

/// `FormatError`.
pub(crate) fn format(py: Python<'_>, message: &str) -> PyErr {
    raise(py, "FormatError", message)
}

/// `MalformedPolicyDocument`.
pub(crate) fn malformed(py: Python<'_>, error: &PolicyError, policy: Option<&str>) -> PyErr {
    let PolicyError { code, path, line, column, message } = error;
    let raised = class(py, "MalformedPolicyDocument")
        .and_then(|class| class.call1((*code, path, *line, *column, message, policy)));
    match raised {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// What a builder refuses.
pub(crate) fn build(py: Python<'_>, error: &BuildError) -> PyErr {
    match error {
        BuildError::Policy(BadPolicy { policy, error }) => malformed(py, error, Some(policy)),
        BuildError::Invalid(words) => validation(py, words),
    }
}

/// What an update refuses.
pub(crate) fn update(py: Python<'_>, error: &UpdateError) -> PyErr {
    match error {
        UpdateError::Policy(BadPolicy { policy, error }) => malformed(py, error, Some(policy)),
        UpdateError::Unknown(words) => raise(py, "UnknownEntity", words),
        UpdateError::Invalid(words) => validation(py, words),
    }
}
