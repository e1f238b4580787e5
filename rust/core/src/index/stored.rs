//! An index as bytes: making one anew costs most of the time that opening a large table takes.

use super::feature::Side;
use super::filter::Filter;
use super::{Index, RowId, Rows};
use crate::context::Key;
use crate::persistent::{HashParts, Slots};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// All of an index but the single rows, which follow it: hash, policy and statement of each in little-endian bytes.
#[derive(Serialize, Deserialize)]
struct Head {
    singles: usize,
    lists: Vec<(u64, Vec<(u32, u32)>)>,
    everywhere: Vec<(u32, u32)>,
    resource: Side,
    action: Side,
    has_principals: bool,
    variables: Vec<Key>,
}

/// Bytes of a single row.
const ROW: usize = 16;

impl Index {
    /// Appends the index to bytes.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let pairs = |rows: &[RowId]| rows.iter().map(|row| (row.policy, row.statement)).collect();
        let mut hashes: Vec<u64> = self.rows.hashes().collect();
        hashes.sort_unstable_by_key(|hash| HashParts::<Rows>::order(*hash));
        let (singles, lists): (Vec<u64>, Vec<u64>) = hashes.iter().partition(|hash| self.filed(**hash).len() == 1);
        let head = Head {
            singles: singles.len(),
            lists: lists.into_iter().map(|hash| (hash, pairs(self.filed(hash)))).collect(),
            everywhere: pairs(&self.everywhere),
            resource: self.resource,
            action: self.action,
            has_principals: self.has_principals,
            variables: self.variables.to_vec(),
        };
        // Writing into memory cannot fail; if it did, reading would refuse what came of it.
        bytes.extend(postcard::to_stdvec(&head).unwrap_or_default());
        for hash in singles {
            if let [row] = self.filed(hash) {
                bytes.extend(hash.to_le_bytes());
                bytes.extend(row.policy.to_le_bytes());
                bytes.extend(row.statement.to_le_bytes());
            }
        }
    }

    /// Reads what `write` wrote, and gives the bytes behind it; `None` if they are damaged.
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, bytes): (Head, _) = postcard::take_from_bytes(bytes).ok()?;
        let (singles, bytes) = bytes.split_at_checked(head.singles.checked_mul(ROW)?)?;
        let (singles, _) = singles.as_chunks::<ROW>();
        let expected = singles.len() + head.lists.len();
        let mut rows = HashParts::with_expected(expected);
        let mut filter = Filter::with_expected(expected);
        for single in singles {
            let [hash @ .., p0, p1, p2, p3, s0, s1, s2, s3] = *single;
            let (policy, statement) = (u32::from_le_bytes([p0, p1, p2, p3]), u32::from_le_bytes([s0, s1, s2, s3]));
            let hash = u64::from_le_bytes(hash);
            rows.insert(hash, Rows(RowId { policy, statement }));
            filter.insert(hash);
        }
        let ids = |pairs: Vec<(u32, u32)>| {
            let rows = pairs.into_iter().map(|(policy, statement)| RowId { policy, statement });
            Arc::new(rows.collect::<Vec<_>>())
        };
        let mut lists = Slots::default();
        for (hash, pairs) in head.lists {
            rows.insert(hash, Rows::list(lists.push(ids(pairs))));
            filter.insert(hash);
        }
        let index = Self {
            rows,
            lists,
            free: Arc::default(),
            filter,
            everywhere: ids(head.everywhere),
            resource: head.resource,
            action: head.action,
            has_principals: head.has_principals,
            variables: Arc::new(head.variables),
        };
        Some((index, bytes))
    }
}
