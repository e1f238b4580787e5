//! Hashes of request text. They only ever find candidates: every hit is compared in full.

use std::hash::{BuildHasher, Hasher};

/// Hash of a whole text.
#[must_use]
pub fn text(bytes: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// One round of mixing; joins a kind or a length to a hash.
#[must_use]
pub fn mix(hash: u64, salt: u64) -> u64 {
    let x = (hash ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    x ^ (x >> 32)
}

/// Hash of a text under fold (N-02), without writing the folded text down.
#[must_use]
#[inline]
pub fn folded(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    // Words may overlap at the end: texts that are equal under fold are equally long and overlap in the same way.
    if let Some(last) = bytes.last_chunk::<8>() {
        let (words, _) = bytes.as_chunks::<8>();
        for word in words {
            hash = step(hash, u64::from_le_bytes(*word));
        }
        hash = step(hash, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        hash = step(hash, u64::from(first) | u64::from(last) << 32);
    } else if let (Some(first), Some(middle), Some(last)) = (bytes.first(), bytes.get(bytes.len() / 2), bytes.last()) {
        hash = step(hash, u64::from(*first) | u64::from(*middle) << 8 | u64::from(*last) << 16);
    }
    mix(hash, bytes.len() as u64)
}

// Clearing bit 5 of every byte makes more texts equal than fold does (`[` and `{`, and é and É by their second
// byte), never fewer: twins under fold always share a hash.
fn step(hash: u64, word: u64) -> u64 {
    let x = (hash ^ (word & 0xDFDF_DFDF_DFDF_DFDF)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ (x >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_under_fold_share_a_hash() {
        for (a, b) in [
            ("aws:PrincipalTag/Team", "AWS:principaltag/TEAM"),
            ("é", "É"),
            ("x", "X"),
            ("", ""),
            ("ab", "AB"),
            ("abcde", "ABCDE"),
        ] {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        assert_ne!(folded("aws:SourceIp"), folded("aws:SourceVpc"));
    }
}
