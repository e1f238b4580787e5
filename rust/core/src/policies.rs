//! Policies by number, and the lists in which principals and organizations hold them.

use crate::compiled::Compiled;
use crate::index::{Index, RowId};
use crate::persistent::Slots;
use smallvec::SmallVec;
use std::sync::Arc;

/// A policy with its id.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Unique where it is attached.
    pub id: Arc<str>,
    /// What it says; shared by all policies of the same text and kind.
    pub compiled: Arc<Compiled>,
}

/// Number of a policy in a `PolicyStore`.
pub type Number = u32;

/// All policies of a table; `None` where one was deleted.
pub(crate) type PolicyStore = Slots<Option<Policy>>;

/// Lists longer than this have an index of their own over all their statements.
const LISTED: usize = 16;

/// The policies attached to one identity or organization target.
#[derive(Debug, Clone, Default)]
pub struct PolicyList {
    numbers: SmallVec<[Number; 4]>,
    index: Option<Arc<Index>>,
}

impl PolicyList {
    /// A list of policies, indexed if it is long.
    #[must_use]
    pub(crate) fn new(numbers: impl IntoIterator<Item = Number>, store: &PolicyStore) -> Self {
        let mut list = Self { numbers: numbers.into_iter().collect(), index: None };
        list.index_if_long(store);
        list
    }

    /// A list whose index was made before.
    pub(crate) fn of_parts(numbers: Vec<Number>, index: Option<Index>) -> Self {
        Self { numbers: numbers.into(), index: index.map(Arc::new) }
    }

    fn index_if_long(&mut self, store: &PolicyStore) {
        if self.index.is_some() || self.numbers.len() <= LISTED {
            return;
        }
        let held = || self.numbers.iter().filter_map(|number| Some((*number, store.get(*number)?.as_ref()?)));
        let rows = held().map(|(_, policy)| policy.compiled.len()).sum();
        let mut index = Index::with_expected(rows);
        for (number, policy) in held() {
            insert_all(&mut index, number, &policy.compiled);
        }
        self.index = Some(Arc::new(index));
    }

    /// Numbers of the policies.
    #[must_use]
    pub fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    /// The index over all statements of a long list.
    pub(crate) fn index(&self) -> Option<&Index> {
        self.index.as_deref()
    }

    /// Whether the list has an index that must follow changes of its policies.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.index.is_some()
    }

    /// Adds a policy; false if it is there already.
    pub(crate) fn attach(&mut self, number: Number, store: &PolicyStore) -> bool {
        if self.numbers.contains(&number) {
            return false;
        }
        self.numbers.push(number);
        match (&mut self.index, store.get(number)) {
            (Some(index), Some(Some(policy))) => insert_all(Arc::make_mut(index), number, &policy.compiled),
            _ => self.index_if_long(store),
        }
        true
    }

    /// Takes a policy out; false if it is not there.
    pub(crate) fn detach(&mut self, number: Number, store: &PolicyStore) -> bool {
        let Some(place) = self.numbers.iter().position(|known| *known == number) else {
            return false;
        };
        self.numbers.swap_remove(place);
        if let (Some(index), Some(Some(policy))) = (&mut self.index, store.get(number)) {
            remove_all(Arc::make_mut(index), number, &policy.compiled);
        }
        true
    }

    /// Follows a change of one of its policies from `old` to `new`.
    pub fn follow(&mut self, number: Number, old: &Compiled, new: &Compiled) {
        if let Some(index) = &mut self.index {
            let index = Arc::make_mut(index);
            remove_all(index, number, old);
            insert_all(index, number, new);
        }
    }
}

fn insert_all(index: &mut Index, policy: Number, compiled: &Compiled) {
    for (number, statement) in compiled.statements().enumerate() {
        index.insert(RowId { policy, statement: number as u32 }, statement);
    }
}

fn remove_all(index: &mut Index, policy: Number, compiled: &Compiled) {
    for (number, statement) in compiled.statements().enumerate() {
        index.remove(RowId { policy, statement: number as u32 }, statement);
    }
}
