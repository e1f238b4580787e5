//! A Bloom filter in front of the rows: most features of a request are in no statement, and finding that out should not
//! cost a walk through memory that is not in the cache (Putze, Sanders, Singler 2007: blocked by word).

use std::sync::Arc;

/// Two bits of one word stand for a hash. Bits are never cleared: a stale one costs a look-up and nothing else.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    words: Arc<Vec<u64>>,
    /// Hashes that were inserted.
    held: usize,
}

/// Hashes a word is meant for.
const HASHES: usize = 8;
/// Hashes a word on average when the filter has to be made anew.
const CROWDED: usize = 2 * HASHES;

impl Filter {
    pub(super) fn with_expected(hashes: usize) -> Self {
        let words = hashes.div_ceil(HASHES).next_power_of_two();
        Self { words: Arc::new(vec![0; words]), held: 0 }
    }

    /// Whether it holds so many hashes that a larger one should take its place.
    pub(super) fn is_crowded(&self) -> bool {
        self.held > self.words.len() * CROWDED
    }

    fn word(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.words.len() - 1)
    }

    pub(super) fn insert(&mut self, hash: u64) {
        self.held += 1;
        let place = self.word(hash);
        if let Some(word) = Arc::make_mut(&mut self.words).get_mut(place) {
            *word |= bits(hash);
        }
    }

    /// False only for a hash that was never inserted.
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let bits = bits(hash);
        self.words.get(self.word(hash)).is_none_or(|word| word & bits == bits)
    }
}

fn bits(hash: u64) -> u64 {
    (1 << (hash & 63)) | (1 << (hash >> 6 & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_held_and_most_of_the_rest_is_not() {
        let mut filter = Filter::with_expected(10_000);
        let hash = |number: u64| crate::hash::mix(number, 5);
        (0..10_000).for_each(|number| filter.insert(hash(number)));
        assert!((0..10_000).all(|number| filter.may_hold(hash(number))));
        let wrong = (10_000..110_000).filter(|number| filter.may_hold(hash(*number))).count();
        assert!(wrong < 10_000, "{wrong} of 100,000");
    }
}
