//! What a long run tells Python: how far it is, and whether to go on.

use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;

/// Calls a progress function, and watches for Ctrl-C.
pub(crate) struct Observer {
    progress: Option<Py<PyAny>>,
    error: Option<PyErr>,
}

impl Observer {
    pub(crate) fn new(progress: Option<Py<PyAny>>) -> Self {
        Self { progress, error: None }
    }

    /// Tells how many rows are done; `false` ends the run.
    pub(crate) fn tell(&mut self, done: usize) -> bool {
        let told = Python::attach(|py| {
            py.check_signals()?;
            if let Some(progress) = &self.progress {
                progress.call1(py, (done,))?;
            }
            Ok(())
        });
        match told {
            Ok(()) => true,
            Err(error) => {
                self.error.get_or_insert(error);
                false
            }
        }
    }

    /// Why the run ended.
    pub(crate) fn error(&mut self, _: Python<'_>) -> PyErr {
        self.error.take().unwrap_or_else(|| PyRuntimeError::new_err("the run was stopped"))
    }

    /// The same in words, for a reader that knows no exceptions; Ctrl-C comes again as soon as Python goes on.
    pub(crate) fn stopped(&mut self, py: Python<'_>) -> String {
        let error = self.error(py);
        if error.is_instance_of::<PyKeyboardInterrupt>(py) {
            // Without it the words alone must do.
            let _ = py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main"));
        }
        error.to_string()
    }
}
