//! Comparison of text without regard to case (N-02).

use std::borrow::Cow;

/// Lower case of A to Z and of À to Þ; every other scalar is unchanged (N-02).
#[must_use]
pub fn fold_char(c: char) -> char {
    match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        '\u{C0}'..='\u{DE}' if c != '\u{D7}' => char::from_u32(u32::from(c) + 0x20).unwrap_or(c),
        _ => c,
    }
}

/// A text with every scalar folded.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    // Every scalar that folding changes has an upper-case letter or the byte C3 in it.
    if !text.bytes().any(|byte| byte.is_ascii_uppercase() || byte == 0xC3) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(fold_char).collect())
}

/// `fold(a) == fold(b)`, without writing either down.
#[must_use]
#[inline]
pub fn fold_eq(a: &str, b: &str) -> bool {
    // Folding never changes the length of a scalar in UTF-8, and of its bytes only the bit 0x20.
    let ends_alike = || a.as_bytes().last().map(|byte| byte | 0x20) == b.as_bytes().last().map(|byte| byte | 0x20);
    a.len() == b.len() && ends_alike() && (a == b || equal_folds(a, b))
}

fn equal_folds(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.chars().map(fold_char).eq(b.chars().map(fold_char)))
}

/// Whether a text begins with an ASCII prefix, in any case.
#[must_use]
pub fn starts_with_fold(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| fold_eq(start, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_ascii_and_latin_1_letters_and_nothing_else() {
        for c in (0..=0x10FFFF).filter_map(char::from_u32) {
            let code = u32::from(c);
            let upper = (0x41..=0x5A).contains(&code) || ((0xC0..=0xDE).contains(&code) && code != 0xD7);
            assert_eq!(u32::from(fold_char(c)), if upper { code + 0x20 } else { code });
        }
    }

    #[test]
    fn texts_are_equal_under_fold_when_their_folds_are() {
        for (a, b) in [("StringLike", "stringLIKE"), ("É", "é"), ("\u{D7}", "\u{F7}"), ("\u{212A}", "k"), ("a", "ab")]
        {
            assert_eq!(fold_eq(a, b), fold(a) == fold(b), "{a} {b}");
        }
        assert!(starts_with_fold("STS:AssumeRole", "sts:"));
        assert!(!starts_with_fold("st", "sts:"));
    }
}
