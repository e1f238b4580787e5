//! Conditions: tests of context keys (C-*).

mod compare;
pub mod operand;
pub mod value;

use crate::context::{Facts, Key, View};
use crate::document;
use crate::template_match::{Ready, Variable};
use crate::truth::Truth;
use compare::Operands;
use operand::{Comparison, Operator, SetPrefix};
use serde::{Deserialize, Serialize};

/// The condition element of a statement, ready to be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    tests: Box<[Test]>,
}

/// One (operator, key, values).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    operator: Operator,
    key: Key,
    operands: Operands,
}

impl Conditions {
    /// Prepares the tests of a statement; `None` if there is none (C-01).
    #[must_use]
    pub fn new(tests: &[document::Test]) -> Option<Self> {
        let ready = |test: &document::Test| Test {
            operator: test.operator,
            key: Key::new(&test.key),
            operands: Operands::new(test.operator.comparison, &test.values),
        };
        (!tests.is_empty()).then(|| Self { tests: tests.iter().map(ready).collect() })
    }

    /// The condition part of a statement (C-01).
    pub fn holds<F: Facts>(&self, view: &View<'_, F>) -> Truth {
        Truth::all(self.tests.iter().map(|test| test.holds(view)))
    }

    /// All keys it reads, in document order: the key of a test, then the variables of its values.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.tests.iter().flat_map(|test| std::iter::once(&test.key).chain(test.operands.keys()))
    }
}

impl Test {
    fn holds<F: Facts>(&self, view: &View<'_, F>) -> Truth {
        let Operator { prefix, comparison, negated, if_exists } = self.operator;
        let values = view.values(&self.key);
        let values = values.as_slice();
        if comparison == Comparison::Null {
            return self.operands.lists_bool(values.is_empty()).into(); // C-20
        }
        let one = |value: &str| {
            let positive = self.operands.compare(comparison, value, view);
            if negated { !positive } else { positive }
        };
        match (values, prefix) {
            ([], _) if if_exists => Truth::T,                                 // C-15
            ([], None) => negated.into(),                                     // C-14
            ([], Some(prefix)) => (prefix == SetPrefix::ForAllValues).into(), // C-16, C-17
            ([value], None) => one(value),
            (_, None) => Truth::I, // C-14: no prefix says which of the values counts
            (_, Some(SetPrefix::ForAllValues)) => Truth::all(values.iter().map(|value| one(value))),
            (_, Some(SetPrefix::ForAnyValue)) => Truth::any(values.iter().map(|value| one(value))),
        }
    }
}

/// The keys of templates and of whole-value variables, in order.
fn variable_keys<'o>(
    templates: impl Iterator<Item = &'o Ready> + 'o,
    variable: Option<&'o Variable>,
) -> impl Iterator<Item = &'o Key> {
    templates.flat_map(Ready::keys).chain(variable.map(Variable::key))
}
