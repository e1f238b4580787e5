//! Distinct texts, numbered in the order in which they are met.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Distinct texts and their numbers.
pub(crate) struct Distinct<'a> {
    /// Texts, numbers, and bits of their hashes, so that hardly any other text is read.
    numbers: HashTable<(&'a str, u32, u32)>,
    hasher: FixedState,
}

impl<'a> Distinct<'a> {
    pub(crate) fn new() -> Self {
        Self { numbers: HashTable::new(), hasher: FixedState::default() }
    }

    /// Number of distinct texts.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a text.
    #[inline]
    pub(crate) fn code(&mut self, text: &'a str) -> u32 {
        let hash = self.hasher.hash_one(text);
        let same = |(known, _, bits): &(&str, u32, u32)| *bits == hash as u32 && *known == text;
        if let Some((_, number, _)) = self.numbers.find(hash, same) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        let hasher = &self.hasher;
        self.numbers.insert_unique(hash, (text, number, hash as u32), |(known, _, _)| hasher.hash_one(known));
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
