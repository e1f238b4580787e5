//! One context value against the policy values of a test (C-02, C-11…13).

use super::operand::{ArnOperand, Comparison, Decimal, Network, Operand};
use super::value::{arn, base64, boolean, date, ip, number};
use crate::context::{Facts, Key, View};
use crate::template_match::{Ready, Variable, with_variable};
use crate::truth::Truth;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The policy values of a test, all of the operator's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Operands {
    /// `StringEquals` without variables, sorted.
    Texts(Box<[Box<str>]>),
    Templates(Box<[Ready]>),
    Numbers(Box<[Decimal]>),
    Dates(Box<[i128]>),
    Bools(Box<[bool]>),
    Bytes(Box<[Box<[u8]>]>),
    Networks(Box<[Network]>),
    Arns(Box<[Arn]>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Arn {
    Any,
    Variable(Variable),
    Segments(Box<[Ready; 6]>),
}

/// Values of one variant, in order; the parser gives a test values of one type only.
fn gather<T>(values: &[Operand], pick: impl Fn(&Operand) -> Option<T>) -> Box<[T]> {
    values.iter().filter_map(pick).collect()
}

impl Operands {
    pub(super) fn new(comparison: Comparison, values: &[Operand]) -> Self {
        match values.first() {
            Some(Operand::Text(_)) => Self::texts(comparison, values),
            Some(Operand::Number(_)) => Self::Numbers(gather(values, |value| match value {
                Operand::Number(number) => Some(number.clone()),
                _ => None,
            })),
            Some(Operand::Date(_)) => Self::Dates(gather(values, |value| match value {
                Operand::Date(nanoseconds) => Some(*nanoseconds),
                _ => None,
            })),
            Some(Operand::Bytes(_)) => Self::Bytes(gather(values, |value| match value {
                Operand::Bytes(bytes) => Some(bytes.as_slice().into()),
                _ => None,
            })),
            Some(Operand::Network(_)) => Self::Networks(gather(values, |value| match value {
                Operand::Network(network) => Some(*network),
                _ => None,
            })),
            Some(Operand::Arn(_)) => Self::Arns(gather(values, |value| match value {
                Operand::Arn(arn) => Some(Arn::new(arn)),
                _ => None,
            })),
            Some(Operand::Bool(_)) | None => Self::Bools(gather(values, |value| match value {
                Operand::Bool(wanted) => Some(*wanted),
                _ => None,
            })),
        }
    }

    fn texts(comparison: Comparison, values: &[Operand]) -> Self {
        let templates = gather(values, |value| match value {
            Operand::Text(template) => Some(Ready::new(template)),
            _ => None,
        });
        let literals: Option<Vec<Box<str>>> =
            templates.iter().map(|template| template.literal().map(Into::into)).collect();
        match literals {
            Some(mut texts) if comparison == Comparison::StringEquals => {
                texts.sort_unstable();
                Self::Texts(texts.into())
            }
            _ => Self::Templates(templates),
        }
    }

    /// Keys of the variables, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        let templates: &[Ready] = if let Self::Templates(templates) = self { templates } else { &[] };
        let arns: &[Arn] = if let Self::Arns(arns) = self { arns } else { &[] };
        super::variable_keys(templates.iter(), None).chain(arns.iter().flat_map(Arn::keys))
    }

    /// Whether one of the values is this Boolean (C-20).
    pub(super) fn lists_bool(&self, wanted: bool) -> bool {
        matches!(self, Self::Bools(values) if values.contains(&wanted))
    }

    /// `pos(v)` of 3.3: OR over the policy values under the positive operator.
    ///
    /// A context value that does not parse is I whatever the policy values are (C-12).
    pub(super) fn compare<F: Facts>(&self, comparison: Comparison, value: &str, view: &View<'_, F>) -> Truth {
        match self {
            Self::Texts(texts) => texts.binary_search_by(|text| text.as_ref().cmp(value)).is_ok().into(),
            Self::Templates(templates) if comparison == Comparison::StringEqualsIgnoreCase => {
                Truth::any(templates.iter().map(|template| template.equals_folded(value, view)))
            }
            Self::Templates(templates) => Truth::any(templates.iter().map(|template| template.matches(value, view))),
            Self::Numbers(numbers) => ordered(comparison, number::parse(value).as_ref(), numbers),
            Self::Dates(dates) => ordered(comparison, date::parse(value).as_ref(), dates),
            Self::Bools(bools) => parsed(boolean::parse(value), |found| bools.contains(&found)),
            Self::Bytes(all) => {
                parsed(base64::parse(value), |found| all.iter().any(|wanted| wanted.as_ref() == found.as_slice()))
            }
            Self::Networks(networks) => {
                parsed(ip::parse_address(value), |found| networks.iter().any(|network| network.contains(found)))
            }
            Self::Arns(arns) => match arn::split(value) {
                None => Truth::I,
                Some(parts) => Truth::any(arns.iter().map(|arn| arn.matches(value, &parts, view))),
            },
        }
    }
}

fn parsed<T>(value: Option<T>, holds: impl FnOnce(T) -> bool) -> Truth {
    value.map_or(Truth::I, |value| holds(value).into())
}

/// Relational operators read "context value OP policy value" (C-04).
fn ordered<T: Ord>(comparison: Comparison, value: Option<&T>, wanted: &[T]) -> Truth {
    use Comparison as C;
    let holds = |order: Ordering| match comparison {
        C::NumericLessThan | C::DateLessThan => order.is_lt(),
        C::NumericLessThanEquals | C::DateLessThanEquals => order.is_le(),
        C::NumericGreaterThan | C::DateGreaterThan => order.is_gt(),
        C::NumericGreaterThanEquals | C::DateGreaterThanEquals => order.is_ge(),
        _ => order.is_eq(),
    };
    parsed(value, |value| wanted.iter().any(|wanted| holds(value.cmp(wanted))))
}

impl Arn {
    fn new(operand: &ArnOperand) -> Self {
        match operand {
            ArnOperand::Any => Self::Any,
            ArnOperand::Variable { key, default } => Self::Variable(Variable::new(key, default.as_deref())),
            ArnOperand::Segments(segments) => Self::Segments(Box::new(segments.as_ref().each_ref().map(Ready::new))),
        }
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        let (templates, variable): (&[Ready], _) = match self {
            Self::Any => (&[], None),
            Self::Variable(variable) => (&[], Some(variable)),
            Self::Segments(segments) => (segments.as_slice(), None),
        };
        super::variable_keys(templates.iter(), variable)
    }

    fn matches<F: Facts>(&self, value: &str, parts: &[&str; 6], view: &View<'_, F>) -> Truth {
        match self {
            Self::Any => Truth::T,
            Self::Variable(variable) => with_variable(variable, view, |text| text == value),
            // Text that a variable puts into segments 1 to 5 holds no match if it has a colon (M-28): the segment it
            // is compared with has none.
            Self::Segments(segments) => {
                let each = segments.iter().zip(parts).map(|(wanted, part)| wanted.matches(part, view));
                each.fold(Truth::T, several_before_none)
            }
        }
    }
}

/// AND, but what a variable with several values makes undecidable stays so: its pattern is I as a whole (M-27).
fn several_before_none(all: Truth, part: Truth) -> Truth {
    if all == Truth::I || part == Truth::I { Truth::I } else { all.and(part) }
}
