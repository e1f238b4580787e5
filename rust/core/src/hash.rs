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
pub fn folded(text: &str) -> u64 {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    let mut chunks = text.as_bytes().chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0_u8; 8];
        word.copy_from_slice(chunk);
        hash = step(hash, u64::from_le_bytes(word));
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let mut word = [0_u8; 8];
        for (to, from) in word.iter_mut().zip(rest) {
            *to = *from;
        }
        hash = step(hash, u64::from_le_bytes(word));
    }
    mix(hash, text.len() as u64)
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
        for (a, b) in [("aws:PrincipalTag/Team", "AWS:principaltag/TEAM"), ("é", "É"), ("x", "X")] {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        assert_ne!(folded("aws:SourceIp"), folded("aws:SourceVpc"));
    }
}
