//! Parts of statements met so far, so that equal ones are stored once.

use crate::action::Value;
use crate::condition::Conditions;
use crate::document::PrincipalElement;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Parts of all documents that are compiled together.
#[derive(Debug, Default)]
pub struct Pool {
    actions: HashSet<Arc<Value>>,
    conditions: Shared<Conditions>,
    principals: Shared<PrincipalElement>,
}

/// Parts by what they are in bytes.
type Shared<T> = HashMap<Vec<u8>, Arc<T>>;

/// Longer parts, in bytes, are not likely to be met again.
const LONGEST: usize = 1024;

impl Pool {
    pub(crate) fn action(&mut self, value: Value) -> Arc<Value> {
        if let Some(known) = self.actions.get(&value) {
            return Arc::clone(known);
        }
        let value = Arc::new(value);
        self.actions.insert(Arc::clone(&value));
        value
    }

    pub(crate) fn conditions(&mut self, conditions: Conditions) -> Arc<Conditions> {
        share(&mut self.conditions, conditions)
    }

    pub(crate) fn principal(&mut self, element: PrincipalElement) -> Arc<PrincipalElement> {
        share(&mut self.principals, element)
    }
}

fn share<T: Serialize>(known: &mut Shared<T>, part: T) -> Arc<T> {
    match postcard::to_stdvec(&part) {
        Ok(bytes) if bytes.len() <= LONGEST => Arc::clone(known.entry(bytes).or_insert_with(|| Arc::new(part))),
        _ => Arc::new(part),
    }
}
