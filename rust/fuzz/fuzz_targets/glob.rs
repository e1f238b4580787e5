//! Globs against the textbook table, which knows nothing of pieces.
#![no_main]

use bailiwick_core::pattern::matches;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|pair: (&str, &str)| {
    let (pattern, text) = pair;
    if pattern.len() * text.len() < 100_000 {
        assert_eq!(matches(pattern, text), table(pattern, text), "{pattern:?} {text:?}");
    }
});

/// `held[j]` says whether the pattern so far matches the first `j` scalars.
fn table(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut held = vec![false; text.len() + 1];
    held[0] = true;
    for wanted in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        for j in 0..=text.len() {
            next[j] = match wanted {
                '*' => held[j] || (j > 0 && next[j - 1]),
                '?' => j > 0 && held[j - 1],
                _ => j > 0 && held[j - 1] && text[j - 1] == wanted,
            };
        }
        held = next;
    }
    held[text.len()]
}
