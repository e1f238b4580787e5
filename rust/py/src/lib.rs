//! Python bindings: conversions, nothing else.

mod batch;
mod changes;
mod columns;
mod context;
mod engine;
mod errors;
mod grid;
mod memory;
mod observe;
mod policy;
mod principal;
mod registry;
mod session;
mod simulate;
mod snapshot;

use pyo3::prelude::*;

/// The compiled engine; `bailiwick` is the public face.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::batch::Rows;
    #[pymodule_export]
    use super::columns::DecisionTable;
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::policy::parse_policy;
    #[pymodule_export]
    use super::simulate::simulate;
}
