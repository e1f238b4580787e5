//! Collections that share what did not change: a copy is cheap, and a write copies only the part it touches.

use hashbrown::HashTable;
use std::sync::Arc;

/// Items a part holds on average when a map is built: nearly all parts then stay below the 224 that 256 buckets hold.
const PART: usize = 180;
/// Parts below one branch.
const BRANCH: usize = 128;

/// A part: items with their hashes.
type Part<T> = Arc<HashTable<(u64, T)>>;

/// A hash map in two levels of shared parts; keys are part of the items.
#[derive(Debug, Clone)]
pub(crate) struct HashParts<T> {
    branches: Vec<Arc<Vec<Part<T>>>>,
    parts: usize,
    len: usize,
}

impl<T: Clone> HashParts<T> {
    /// An empty map that will hold about `expected` items.
    #[must_use]
    pub(crate) fn with_expected(expected: usize) -> Self {
        let parts = expected.div_ceil(PART).clamp(1, BRANCH * BRANCH);
        let branch = |size| Arc::new((0..size).map(|_| Arc::new(HashTable::new())).collect());
        let branches = (0..parts.div_ceil(BRANCH)).map(|_| branch(parts.min(BRANCH))).collect();
        Self { branches, parts, len: 0 }
    }

    /// Number of items.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Hashes sorted by this stand in the order of their parts, whatever the number of parts is.
    pub(crate) fn order(hash: u64) -> u64 {
        hash.rotate_right(32)
    }

    fn place(&self, hash: u64) -> (usize, usize) {
        // The upper bits of the lower half, scaled: a part's own table looks at the lowest and the highest bits.
        let number = (((hash & 0xFFFF_FFFF) * self.parts as u64) >> 32) as usize;
        (number / BRANCH, number % BRANCH)
    }

    fn part(&self, hash: u64) -> Option<&HashTable<(u64, T)>> {
        let (branch, part) = self.place(hash);
        Some(self.branches.get(branch)?.get(part)?.as_ref())
    }

    fn part_mut(&mut self, hash: u64) -> Option<&mut HashTable<(u64, T)>> {
        let (branch, part) = self.place(hash);
        let parts = Arc::make_mut(self.branches.get_mut(branch)?);
        Some(Arc::make_mut(parts.get_mut(part)?))
    }

    /// The item with this hash that `same` accepts.
    pub(crate) fn get(&self, hash: u64, mut same: impl FnMut(&T) -> bool) -> Option<&T> {
        self.part(hash)?.find(hash, |(known, item)| *known == hash && same(item)).map(|(_, item)| item)
    }

    /// The same, to be changed; shared parts on the way are copied.
    pub(crate) fn get_mut(&mut self, hash: u64, mut same: impl FnMut(&T) -> bool) -> Option<&mut T> {
        self.get(hash, &mut same)?;
        self.part_mut(hash)?.find_mut(hash, |(known, item)| *known == hash && same(item)).map(|(_, item)| item)
    }

    /// Puts an item that is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, item: T) {
        self.grow_if_crowded();
        if let Some(part) = self.part_mut(hash) {
            part.insert_unique(hash, (hash, item), |(hash, _)| *hash);
            self.len += 1;
        }
    }

    /// Puts an item in place of the one that `same` accepts, which is given back.
    pub(crate) fn replace(&mut self, hash: u64, item: T, mut same: impl FnMut(&T) -> bool) -> Option<T> {
        if let Some(known) = self.get_mut(hash, &mut same) {
            return Some(std::mem::replace(known, item));
        }
        self.insert(hash, item);
        None
    }

    /// Takes an item out.
    pub(crate) fn remove(&mut self, hash: u64, mut same: impl FnMut(&T) -> bool) -> Option<T> {
        self.get(hash, &mut same)?;
        let found = self.part_mut(hash)?.find_entry(hash, |(known, item)| *known == hash && same(item)).ok()?;
        let ((_, item), _) = found.remove();
        self.len -= 1;
        Some(item)
    }

    /// All items, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let parts = self.branches.iter().flat_map(|branch| branch.iter());
        parts.flat_map(|part| part.iter().map(|(_, item)| item))
    }

    /// The hashes of all items, in no order that means anything.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = u64> {
        let parts = self.branches.iter().flat_map(|branch| branch.iter());
        parts.flat_map(|part| part.iter().map(|(hash, _)| *hash))
    }

    // A map that was built small and is filled by single writes is spread over more parts each time it has grown
    // sixteenfold, so that the cost of all growing together stays linear.
    fn grow_if_crowded(&mut self) {
        if self.len < self.parts * PART * 8 || self.parts == BRANCH * BRANCH {
            return;
        }
        let mut wider = Self::with_expected(self.len * 2);
        for (hash, item) in self.branches.iter().flat_map(|branch| branch.iter()).flat_map(|part| part.iter()) {
            if let Some(part) = wider.part_mut(*hash) {
                part.insert_unique(*hash, (*hash, item.clone()), |(hash, _)| *hash);
            }
        }
        wider.len = self.len;
        *self = wider;
    }
}

/// Items of one chunk of a `Slots`.
const CHUNK: usize = 64;

/// A growing vector of shared chunks; an item keeps its number for ever.
#[derive(Debug, Clone)]
pub(crate) struct Slots<T> {
    branches: Vec<Arc<Vec<Arc<Vec<T>>>>>,
    len: usize,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { branches: Vec::new(), len: 0 }
    }
}

impl<T: Clone> Slots<T> {
    /// Appends an item and gives its number.
    pub(crate) fn push(&mut self, item: T) -> u32 {
        let number = self.len;
        if number.is_multiple_of(CHUNK * BRANCH) {
            self.branches.push(Arc::new(Vec::new()));
        }
        if let Some(branch) = self.branches.last_mut() {
            let branch = Arc::make_mut(branch);
            if number.is_multiple_of(CHUNK) {
                branch.push(Arc::new(Vec::with_capacity(CHUNK)));
            }
            if let Some(chunk) = branch.last_mut() {
                Arc::make_mut(chunk).push(item);
            }
        }
        self.len += 1;
        number as u32
    }

    /// The item with a number.
    #[must_use]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        let number = number as usize;
        let branch = self.branches.get(number / (CHUNK * BRANCH))?;
        branch.get(number / CHUNK % BRANCH)?.get(number % CHUNK)
    }

    /// The same, to be changed; the shared chunk is copied.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let number = number as usize;
        let branch = Arc::make_mut(self.branches.get_mut(number / (CHUNK * BRANCH))?);
        Arc::make_mut(branch.get_mut(number / CHUNK % BRANCH)?).get_mut(number % CHUNK)
    }

    /// All items in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.branches.iter().flat_map(|branch| branch.iter()).flat_map(|chunk| chunk.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_see_later_writes() {
        let mut map = HashParts::with_expected(4);
        for number in 0_u64..20_000 {
            map.insert(crate::hash::mix(number, 7), number);
        }
        let before = map.clone();
        let hash = crate::hash::mix(77, 7);
        assert_eq!(map.remove(hash, |n| *n == 77), Some(77));
        assert_eq!(map.get(hash, |n| *n == 77), None);
        assert_eq!(before.get(hash, |n| *n == 77), Some(&77));
        assert_eq!((before.len(), map.len()), (20_000, 19_999));
        assert_eq!(map.iter().count(), 19_999);
    }

    #[test]
    fn slots_keep_their_numbers() {
        let mut slots = Slots::default();
        for number in 0..20_000_u32 {
            assert_eq!(slots.push(number), number);
        }
        let before = slots.clone();
        *slots.get_mut(12_345).unwrap() = 0;
        assert_eq!((before.get(12_345), slots.get(12_345)), (Some(&12_345), Some(&0)));
        assert_eq!(slots.get(20_000), None);
    }
}
