//! Answers that were given before.
//!
//! The answer for one caller, action and resource depends on the context only through the keys that were looked at while
//! it was found. They are looked at in an order that depends on nothing but their values, so that the answers form a tree:
//! a node names the key that is looked at next, its branches are that key's values, and the leaves are answers.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// A node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node<A> {
    /// What is answered.
    Answer(A),
    /// The number of the column that is looked at next.
    Looks(u32),
}

/// What was met of one (caller, action, owner) and resource, and of the values below it.
pub(crate) struct Memo<A> {
    /// A pair of numbers, and where the tree goes on.
    places: HashTable<(u32, u32, u32)>,
    nodes: Vec<Node<A>>,
    hasher: FixedState,
}

/// First numbers with this bit are nodes above branches, others are pairs. Both stay far below it (`worker::MOST`).
const BRANCH: u32 = 1 << 31;

impl<A: Copy> Memo<A> {
    pub(crate) fn new() -> Self {
        Self { places: HashTable::new(), nodes: Vec::new(), hasher: FixedState::default() }
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The root of a pair and a resource.
    pub(crate) fn root(&self, pair: u32, resource: u32) -> Option<u32> {
        self.find(pair, resource, self.hash(pair, resource))
    }

    /// The node below another, for a value of the column that it names.
    pub(crate) fn below(&self, node: u32, value: u32) -> Option<u32> {
        self.find(branch(node), value, self.hash(branch(node), value))
    }

    /// What stands at a node.
    pub(crate) fn node(&self, number: u32) -> Option<Node<A>> {
        self.nodes.get(number as usize).copied()
    }

    /// Puts a root, and gives its number.
    pub(crate) fn put_root(&mut self, pair: u32, resource: u32, node: Node<A>) -> u32 {
        self.put(pair, resource, node)
    }

    /// Puts a node below another, and gives its number.
    pub(crate) fn put_below(&mut self, above: u32, value: u32, node: Node<A>) -> u32 {
        self.put(branch(above), value, node)
    }

    fn put(&mut self, first: u32, second: u32, node: Node<A>) -> u32 {
        let number = self.nodes.len() as u32;
        self.nodes.push(node);
        let hash = self.hash(first, second);
        let hasher = &self.hasher;
        self.places.insert_unique(hash, (first, second, number), |(first, second, _)| {
            hasher.hash_one(u64::from(*first) << 32 | u64::from(*second))
        });
        number
    }

    fn find(&self, first: u32, second: u32, hash: u64) -> Option<u32> {
        self.places.find(hash, |place| (place.0, place.1) == (first, second)).map(|place| place.2)
    }

    fn hash(&self, first: u32, second: u32) -> u64 {
        self.hasher.hash_one(u64::from(first) << 32 | u64::from(second))
    }
}

fn branch(node: u32) -> u32 {
    node | BRANCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_and_branches_of_the_same_numbers_are_apart() {
        let mut memo = Memo::new();
        let root = memo.put_root(0, 7, Node::Looks(3));
        let leaf = memo.put_below(root, 7, Node::Answer('a'));
        assert_eq!(memo.root(0, 7), Some(root));
        assert_eq!(memo.below(root, 7), Some(leaf));
        assert_eq!(memo.node(leaf), Some(Node::Answer('a')));
        assert_eq!((memo.root(7, 0), memo.below(leaf, 7)), (None, None));
        assert_eq!(memo.len(), 2);
    }
}
