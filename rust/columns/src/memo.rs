//! Answers that were given before.
//!
//! The answer for one caller, action, resource and owner depends on the context only through the keys that were looked at
//! while it was found. They are looked at in an order that depends on nothing but their values, so that the answers form a
//! tree: a node names the key that is looked at next, its branches are that key's values, and the leaves are answers.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Numbers of a row's caller, action, resource and owner.
pub(crate) type Root = [u32; 4];

/// A node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node<A> {
    /// What is answered.
    Answer(A),
    /// The column that is looked at next, and the number of the node.
    Looks { column: u32, node: u32 },
}

/// Where a node is put.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Root(Root),
    /// Below the node of a number, for a value.
    Below(u32, u32),
}

/// The trees of all roots. Nodes stand where they are found, so that a look-up reads one place.
pub(crate) struct Memo<A> {
    roots: HashTable<(Root, Node<A>)>,
    branches: HashTable<((u32, u32), Node<A>)>,
    /// Nodes that have branches.
    forks: u32,
    hasher: FixedState,
}

impl<A: Copy> Memo<A> {
    pub(crate) fn new() -> Self {
        Self { roots: HashTable::new(), branches: HashTable::new(), forks: 0, hasher: FixedState::default() }
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.roots.len() + self.branches.len()
    }

    #[inline]
    pub(crate) fn root(&self, root: Root) -> Option<Node<A>> {
        self.roots.find(hash_root(&self.hasher, root), |(known, _)| *known == root).map(|(_, node)| *node)
    }

    /// The node below another, for a value of the column that it names.
    #[inline]
    pub(crate) fn below(&self, node: u32, value: u32) -> Option<Node<A>> {
        let hash = hash_branch(&self.hasher, (node, value));
        self.branches.find(hash, |(known, _)| *known == (node, value)).map(|(_, node)| *node)
    }

    /// Puts an answer where nothing stands.
    pub(crate) fn put_answer(&mut self, place: Place, answer: A) {
        self.put(place, Node::Answer(answer));
    }

    /// Puts a node that names a column where nothing stands, and gives its number.
    pub(crate) fn put_fork(&mut self, place: Place, column: u32) -> u32 {
        let node = self.forks;
        self.forks += 1;
        self.put(place, Node::Looks { column, node });
        node
    }

    fn put(&mut self, place: Place, node: Node<A>) {
        let hasher = &self.hasher;
        match place {
            Place::Root(root) => {
                let rehash = |(root, _): &(Root, Node<A>)| hash_root(hasher, *root);
                let entry = self.roots.entry(hash_root(hasher, root), |(known, _)| *known == root, rehash);
                if let Entry::Vacant(vacant) = entry {
                    vacant.insert((root, node));
                }
            }
            Place::Below(above, value) => {
                let key = (above, value);
                let rehash = |(key, _): &((u32, u32), Node<A>)| hash_branch(hasher, *key);
                let entry = self.branches.entry(hash_branch(hasher, key), |(known, _)| *known == key, rehash);
                if let Entry::Vacant(vacant) = entry {
                    vacant.insert((key, node));
                }
            }
        }
    }
}

fn hash_root(hasher: &FixedState, [caller, action, resource, owner]: Root) -> u64 {
    hasher.hash_one((u64::from(caller) << 32 | u64::from(resource), u64::from(action) << 32 | u64::from(owner)))
}

fn hash_branch(hasher: &FixedState, (node, value): (u32, u32)) -> u64 {
    hasher.hash_one(u64::from(node) << 32 | u64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_found_under_their_values_only() {
        let mut memo = Memo::new();
        let root = [0, 1, 2, 3];
        let fork = memo.put_fork(Place::Root(root), 5);
        memo.put_answer(Place::Below(fork, 7), 'a');
        assert_eq!(memo.root(root), Some(Node::Looks { column: 5, node: fork }));
        assert_eq!(memo.below(fork, 7), Some(Node::Answer('a')));
        assert_eq!((memo.root([0, 1, 3, 2]), memo.below(fork, 8)), (None, None));
        assert_eq!(memo.len(), 2);
    }
}
