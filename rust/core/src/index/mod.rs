//! From a request's text to the statements that may match it.
//!
//! Every statement is filed under features that a request must have for the statement to match: a whole text, a prefix,
//! a complete token or a run of bytes of its resource or action, or a name of its principal. One element of the statement
//! carries it: the one whose values are rarest at that moment. A statement without any such feature is filed as
//! "everywhere".
//!
//! INVARIANT: a query offers every statement that matches, and may offer others. A statement left out would be a `Deny`
//! that is silently not applied.

mod feature;
mod filter;

use crate::action::Action;
use crate::compiled::Statement;
use crate::context::Key;
use crate::persistent::HashParts;
use crate::principal::Principal;
use crate::resource::Target;
use feature::{Dimension, Lengths, Side};
use filter::Filter;
use std::sync::Arc;

/// Where a statement stands: a policy's number in its list's store (0 in the index of one document) and its own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowId {
    pub(crate) policy: u32,
    pub(crate) statement: u32,
}

/// Rows filed under one feature.
#[derive(Debug, Clone)]
enum Rows {
    One(RowId),
    Many(Arc<Vec<RowId>>),
}

impl Rows {
    fn as_slice(&self) -> &[RowId] {
        match self {
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }
}

/// An index over the statements of a document or of a list of policies.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    rows: HashParts<Rows>,
    filter: Filter,
    everywhere: Arc<Vec<RowId>>,
    resource: Side,
    action: Side,
    has_principals: bool,
    /// Keys of the variables in resource patterns. While one has several values, its patterns are I whatever the resource
    /// is (M-27), so that their statements are offered too.
    variables: Arc<Vec<Key>>,
}

/// What is asked of an index.
pub(crate) struct Question<'q> {
    pub(crate) action: &'q Action,
    pub(crate) target: &'q Target<'q>,
    pub(crate) principal: &'q Principal<'q>,
    /// Whether a key has two or more values.
    pub(crate) has_several: &'q dyn Fn(&Key) -> bool,
}

impl Index {
    pub(crate) fn with_expected(rows: usize) -> Self {
        Self {
            rows: HashParts::with_expected(rows),
            filter: Filter::with_expected(rows),
            everywhere: Arc::default(),
            resource: Side::default(),
            action: Side::default(),
            has_principals: false,
            variables: Arc::default(),
        }
    }

    /// Files a statement.
    pub(crate) fn insert(&mut self, row: RowId, statement: &Statement) {
        for key in statement.resource_keys() {
            self.file(feature::variable(key), row);
            if !self.variables.contains(key) {
                Arc::make_mut(&mut self.variables).push(key.clone());
            }
        }
        let count = |hash| self.rows.get(hash, |_| true).map_or(0, |rows| rows.as_slice().len());
        let Some(choice) = feature::choose(statement, &count) else {
            Arc::make_mut(&mut self.everywhere).push(row);
            return;
        };
        self.resource.join(&choice.resource);
        self.action.join(&choice.action);
        self.has_principals |= choice.principal;
        for hash in choice.hashes {
            self.file(hash, row);
        }
    }

    fn file(&mut self, hash: u64, row: RowId) {
        match self.rows.get_mut(hash, |_| true) {
            None => {
                self.rows.insert(hash, Rows::One(row));
                self.filter.insert(hash);
                if self.filter.is_crowded() {
                    self.filter = Filter::with_expected(self.rows.len() * 2);
                    self.rows.hashes().for_each(|hash| self.filter.insert(hash));
                }
            }
            Some(known) if known.as_slice().last() == Some(&row) => {} // two values of one statement with one feature
            Some(known @ Rows::One(_)) => {
                *known = Rows::Many(Arc::new(known.as_slice().iter().copied().chain([row]).collect()));
            }
            Some(Rows::Many(rows)) => Arc::make_mut(rows).push(row),
        }
    }

    /// Takes a statement out, wherever it was filed.
    pub(crate) fn remove(&mut self, row: RowId, statement: &Statement) {
        for hash in feature::all(statement) {
            self.unfile(hash, row);
        }
        if let Some(place) = self.everywhere.iter().position(|known| *known == row) {
            Arc::make_mut(&mut self.everywhere).swap_remove(place);
        }
    }

    fn unfile(&mut self, hash: u64, row: RowId) {
        let Some(rows) = self.rows.get(hash, |_| true) else {
            return;
        };
        if !rows.as_slice().contains(&row) {
            return;
        }
        if rows.as_slice().len() == 1 {
            self.rows.remove(hash, |_| true);
        } else if let Some(Rows::Many(rows)) = self.rows.get_mut(hash, |_| true) {
            Arc::make_mut(rows).retain(|known| *known != row);
        }
    }

    /// Offers every row that may match; one row may be offered more than once.
    pub(crate) fn candidates(&self, question: &Question<'_>, mut offer: impl FnMut(RowId)) {
        for row in self.everywhere.iter() {
            offer(*row);
        }
        let mut probe = |hash| {
            if self.filter.may_hold(hash)
                && let Some(rows) = self.rows.get(hash, |_| true)
            {
                for row in rows.as_slice() {
                    offer(*row);
                }
            }
        };
        if let Some(arn) = question.target
            && !self.resource.is_empty()
        {
            feature::of_text(Dimension::Resource, arn.text(), &self.resource, &mut probe);
        }
        if !self.action.is_empty() {
            feature::of_text(Dimension::Action, question.action.folded(), &self.action, &mut probe);
        }
        if self.has_principals {
            feature::of_principal(question.principal, &mut probe);
        }
        for key in self.variables.iter() {
            if (question.has_several)(key) {
                probe(feature::variable(key));
            }
        }
    }
}

impl Side {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn join(&mut self, other: &Self) {
        self.exact |= other.exact;
        self.tokens |= other.tokens;
        self.long_runs |= other.long_runs;
        self.short_runs |= other.short_runs;
        self.prefixes = Lengths::join(self.prefixes, other.prefixes);
    }
}
