//! Who may do what where.

use crate::columns::DecisionTable;
use crate::context::Items;
use crate::observe::Observer;
use bailiwick_columns::Options;
use bailiwick_columns::grid::Grid;
use bailiwick_core::table::Table;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The three sides and what they are asked under.
pub(crate) struct Question<'a, 'py> {
    pub(crate) principals: Vec<String>,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) context: Option<&'a Bound<'py, PyAny>>,
}

impl Question<'_, '_> {
    fn grid(&self) -> Grid<'_> {
        Grid { principals: &self.principals, actions: &self.actions, resources: &self.resources }
    }

    fn items(&self) -> PyResult<Vec<(String, Vec<String>)>> {
        let mut items = Items::new();
        if let Some(context) = self.context {
            items.hold(context)?;
        }
        items.owned()
    }

    /// All decisions as a table.
    pub(crate) fn table(
        &self,
        py: Python<'_>,
        table: &Table,
        options: &Options,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<DecisionTable> {
        let (grid, items) = (self.grid(), self.items()?);
        let mut observer = Observer::new(progress);
        let decided = py.detach(|| {
            let context = given(&items);
            let answers = grid.decide(table, &context, options.threads, |codes| codes, &mut |done| observer.tell(done));
            answers.ok().map(|answers| grid.batch(&answers))
        });
        match decided {
            Some(Ok(batch)) => Ok(DecisionTable::whole(batch.schema(), vec![batch])),
            Some(Err(error)) => Err(PyValueError::new_err(error.to_string())),
            None => Err(observer.error(py)),
        }
    }

    /// One bit a combination, the lowest bit of a byte first, padded with zeros to a byte after each principal.
    pub(crate) fn bits<'py>(
        &self,
        py: Python<'py>,
        table: &Table,
        options: &Options,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (grid, items) = (self.grid(), self.items()?);
        let mut observer = Observer::new(progress);
        let decided = py.detach(|| {
            let context = given(&items);
            let bits = |codes: Vec<bailiwick_columns::Codes>| -> Vec<u8> {
                let byte = |eight: &[bailiwick_columns::Codes]| {
                    eight.iter().enumerate().fold(0, |byte, (at, codes)| byte | u8::from(codes.is_allow()) << at)
                };
                codes.chunks(8).map(byte).collect()
            };
            grid.decide(table, &context, options.threads, bits, &mut |done| observer.tell(done)).ok()
        });
        match decided {
            Some(bits) => Ok(PyBytes::new(py, &bits.concat())),
            None => Err(observer.error(py)),
        }
    }
}

fn given(items: &[(String, Vec<String>)]) -> bailiwick_core::context::Context<'_> {
    let mut context = bailiwick_core::context::Context::new();
    for (key, values) in items {
        context.add_all(key.as_str(), values.iter().map(|value| value.as_str().into()));
    }
    context.finish();
    context
}
