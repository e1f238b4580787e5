//! Distinct texts, numbered in the order in which they are met.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Distinct texts and their numbers.
pub(crate) struct Distinct<'a> {
    numbers: HashTable<(u64, u32)>,
    texts: Vec<&'a str>,
    hasher: FixedState,
}

impl<'a> Distinct<'a> {
    pub(crate) fn new() -> Self {
        Self { numbers: HashTable::new(), texts: Vec::new(), hasher: FixedState::default() }
    }

    /// Number of distinct texts.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The number of a text.
    pub(crate) fn code(&mut self, text: &'a str) -> u32 {
        let hash = self.hasher.hash_one(text);
        let texts = &self.texts;
        let same = |(known, number): &(u64, u32)| *known == hash && texts.get(*number as usize) == Some(&text);
        if let Some((_, number)) = self.numbers.find(hash, same) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text);
        self.numbers.insert_unique(hash, (hash, number), |(known, _)| *known);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut distinct = Distinct::new();
        assert_eq!([distinct.code("a"), distinct.code("b"), distinct.code("a")], [0, 1, 0]);
        assert_eq!(distinct.len(), 2);
    }
}
