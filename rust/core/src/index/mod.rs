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
mod stored;

use crate::action::Action;
use crate::compiled::Statement;
use crate::context::Key;
use crate::persistent::{HashParts, Slots};
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

/// Rows filed under one feature: a single one, as nearly always, or the number of a list in place of a statement's.
#[derive(Debug, Clone, Copy)]
struct Rows(RowId);

/// Stands in place of the number of a policy where a list is meant.
const LIST: u32 = u32::MAX;

impl Rows {
    fn list(number: u32) -> Self {
        Self(RowId { policy: LIST, statement: number })
    }

    fn list_number(self) -> Option<u32> {
        (self.0.policy == LIST).then_some(self.0.statement)
    }
}

/// An index over the statements of a document or of a list of policies.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    rows: HashParts<Rows>,
    /// The lists that `rows` number, and the numbers that are free again.
    lists: Slots<Arc<Vec<RowId>>>,
    free: Arc<Vec<u32>>,
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
            lists: Slots::default(),
            free: Arc::default(),
            filter: Filter::with_expected(rows),
            everywhere: Arc::default(),
            resource: Side::default(),
            action: Side::default(),
            has_principals: false,
            variables: Arc::default(),
        }
    }

    /// Files a statement.
    pub(crate) fn insert(&mut self, row: RowId, statement: Statement<'_>) {
        for key in statement.resource_keys() {
            self.file(feature::variable(key), row);
            if !self.variables.contains(key) {
                Arc::make_mut(&mut self.variables).push(key.clone());
            }
        }
        let count = |hash| self.filed(hash).len();
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

    /// The rows under a feature.
    fn filed(&self, hash: u64) -> &[RowId] {
        let Some(rows) = self.rows.get(hash, |_| true) else {
            return &[];
        };
        match rows.list_number() {
            None => std::slice::from_ref(&rows.0),
            Some(number) => self.lists.get(number).map_or(&[], |list| list.as_slice()),
        }
    }

    fn file(&mut self, hash: u64, row: RowId) {
        match self.filed(hash) {
            [] => self.file_first(hash, row),
            [.., last] if *last == row => {} // two values of one statement with one feature
            filed => {
                let first = filed.first().copied();
                // A list that others left keeps its number, with one row or with many.
                match self.list_mut(hash) {
                    Some(list) => list.push(row),
                    None => self.replace(hash, first.into_iter().chain([row]).collect()),
                }
            }
        }
    }

    fn file_first(&mut self, hash: u64, row: RowId) {
        self.rows.insert(hash, Rows(row));
        self.filter.insert(hash);
        if self.filter.is_crowded() {
            self.filter = Filter::with_expected(self.rows.len() * 2);
            self.rows.hashes().for_each(|hash| self.filter.insert(hash));
        }
    }

    /// Puts a list in place of what stands under a feature.
    fn replace(&mut self, hash: u64, list: Vec<RowId>) {
        let number = match Arc::make_mut(&mut self.free).pop() {
            Some(number) => {
                if let Some(place) = self.lists.get_mut(number) {
                    *place = Arc::new(list);
                }
                number
            }
            None => self.lists.push(Arc::new(list)),
        };
        if let Some(rows) = self.rows.get_mut(hash, |_| true) {
            *rows = Rows::list(number);
        }
    }

    fn list_mut(&mut self, hash: u64) -> Option<&mut Vec<RowId>> {
        let number = self.rows.get(hash, |_| true)?.list_number()?;
        self.lists.get_mut(number).map(Arc::make_mut)
    }

    /// Takes a statement out, wherever it was filed.
    pub(crate) fn remove(&mut self, row: RowId, statement: Statement<'_>) {
        for hash in feature::all(statement) {
            self.unfile(hash, row);
        }
        if let Some(place) = self.everywhere.iter().position(|known| *known == row) {
            Arc::make_mut(&mut self.everywhere).swap_remove(place);
        }
    }

    fn unfile(&mut self, hash: u64, row: RowId) {
        let filed = self.filed(hash);
        if !filed.contains(&row) {
            return;
        }
        if filed.len() > 1 {
            if let Some(list) = self.list_mut(hash) {
                list.retain(|known| *known != row);
            }
        } else if let Some(number) = self.rows.remove(hash, |_| true).and_then(Rows::list_number) {
            Arc::make_mut(&mut self.free).push(number);
        }
    }

    /// Offers every row that may match; one row may be offered more than once.
    pub(crate) fn candidates(&self, question: &Question<'_>, mut offer: impl FnMut(RowId)) {
        for row in self.everywhere.iter() {
            offer(*row);
        }
        let mut probe = |hash| {
            if self.filter.may_hold(hash) {
                self.filed(hash).iter().for_each(|row| offer(*row));
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
