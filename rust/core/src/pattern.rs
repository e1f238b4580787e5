//! Wildcards: `*` is any number of scalars, `?` exactly one (N-03).
//!
//! A pattern is cut at its `*` into pieces. The first piece must stand at the start and the last at the end; every piece
//! between is taken at its leftmost place: whatever an earlier choice could reach, the leftmost one can. A piece without
//! `?` is found in linear time, one with `?` in O(piece · text); nothing is ever tried again.

use memchr::memmem;
use std::ops::Range;

/// What stands between two `*`.
pub(crate) trait Piece: Copy {
    /// Bytes of `text` taken when the piece is laid at its start.
    fn at_start(self, text: &str) -> Option<usize>;
    /// Bytes of `text` taken when the piece is laid at its end.
    fn at_end(self, text: &str) -> Option<usize>;
    /// Leftmost place of the piece.
    fn find(self, text: &str) -> Option<Range<usize>>;
}

/// Matches the pieces of a pattern, in order, with `*` between each two.
pub(crate) fn pieces_match<P: Piece>(mut pieces: impl Iterator<Item = P>, text: &str) -> bool {
    let Some(first) = pieces.next() else {
        return text.is_empty();
    };
    let Some(taken) = first.at_start(text) else {
        return false;
    };
    let mut rest = text.get(taken..).unwrap_or_default();
    let Some(mut current) = pieces.next() else {
        return rest.is_empty();
    };
    for next in pieces {
        let Some(place) = current.find(rest) else {
            return false;
        };
        rest = rest.get(place.end..).unwrap_or_default();
        current = next;
    }
    current.at_end(rest).is_some()
}

/// Whether `pattern`, in which every `*` and `?` is wild, matches all of `text`.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    pieces_match(Pieces(Some(pattern)), text)
}

/// The pieces of a pattern as written.
struct Pieces<'p>(Option<&'p str>);

impl<'p> Iterator for Pieces<'p> {
    type Item = Raw<'p>;

    fn next(&mut self) -> Option<Raw<'p>> {
        let pattern = self.0.take()?;
        let Some(star) = pattern.bytes().position(|byte| byte == b'*') else {
            return Some(Raw(pattern));
        };
        self.0 = pattern.get(star + 1..);
        pattern.get(..star).map(Raw)
    }
}

/// Bytes before the first wildcard.
#[must_use]
pub fn literal_prefix(pattern: &str) -> usize {
    memchr::memchr2(b'*', b'?', pattern.as_bytes()).unwrap_or(pattern.len())
}

/// A piece as written, without `*`.
#[derive(Clone, Copy)]
struct Raw<'p>(&'p str);

impl Raw<'_> {
    fn is_literal(self) -> bool {
        !self.0.as_bytes().contains(&b'?')
    }
}

impl Piece for Raw<'_> {
    fn at_start(self, text: &str) -> Option<usize> {
        if self.is_literal() {
            return text.starts_with(self.0).then_some(self.0.len());
        }
        let mut rest = text.chars();
        for wanted in self.0.chars() {
            let found = rest.next()?;
            if wanted != '?' && wanted != found {
                return None;
            }
        }
        Some(text.len() - rest.as_str().len())
    }

    fn at_end(self, text: &str) -> Option<usize> {
        if self.is_literal() {
            return text.ends_with(self.0).then_some(self.0.len());
        }
        let mut rest = text.chars();
        for wanted in self.0.chars().rev() {
            let found = rest.next_back()?;
            if wanted != '?' && wanted != found {
                return None;
            }
        }
        Some(text.len() - rest.as_str().len())
    }

    fn find(self, text: &str) -> Option<Range<usize>> {
        if self.is_literal() {
            let start = memmem::find(text.as_bytes(), self.0.as_bytes())?;
            return Some(start..start + self.0.len());
        }
        find_from_each(self, text)
    }
}

/// Lays a piece at every scalar of the text in turn.
pub(crate) fn find_from_each<P: Piece>(piece: P, text: &str) -> Option<Range<usize>> {
    let starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
    for start in starts {
        if let Some(taken) = piece.at_start(text.get(start..).unwrap_or_default()) {
            return Some(start..start + taken);
        }
    }
    None
}

/// A token of a pattern whose variables are filled in (M-24: what was filled in is `Text`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'p> {
    Text(&'p str),
    Any,
    One,
}

/// Whether a token list matches all of `text`.
pub(crate) fn tokens_match(tokens: &[Token<'_>], text: &str) -> bool {
    pieces_match(tokens.split(|token| *token == Token::Any).map(Filled), text)
}

#[derive(Clone, Copy)]
struct Filled<'t, 'p>(&'t [Token<'p>]);

impl Piece for Filled<'_, '_> {
    fn at_start(self, text: &str) -> Option<usize> {
        let mut rest = text;
        for token in self.0 {
            rest = match token {
                Token::Text(wanted) => rest.strip_prefix(wanted)?,
                _ => {
                    let mut scalars = rest.chars();
                    scalars.next()?;
                    scalars.as_str()
                }
            };
        }
        Some(text.len() - rest.len())
    }

    fn at_end(self, text: &str) -> Option<usize> {
        let mut rest = text;
        for token in self.0.iter().rev() {
            rest = match token {
                Token::Text(wanted) => rest.strip_suffix(wanted)?,
                _ => {
                    let mut scalars = rest.chars();
                    scalars.next_back()?;
                    scalars.as_str()
                }
            };
        }
        Some(text.len() - rest.len())
    }

    fn find(self, text: &str) -> Option<Range<usize>> {
        match self.0 {
            [] => Some(0..0),
            [Token::Text(wanted)] => {
                let start = memmem::find(text.as_bytes(), wanted.as_bytes())?;
                Some(start..start + wanted.len())
            }
            _ => find_from_each(self, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The textbook table: `held[j]` says whether the pattern so far matches the first `j` scalars.
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

    fn tokens(pattern: &str) -> Vec<Token<'_>> {
        let mut found = Vec::new();
        for (at, c) in pattern.char_indices() {
            found.push(match c {
                '*' => Token::Any,
                '?' => Token::One,
                _ => Token::Text(&pattern[at..at + c.len_utf8()]),
            });
        }
        found
    }

    fn words(alphabet: &[char], longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last.iter().flat_map(|word| alphabet.iter().map(move |c| format!("{word}{c}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn agrees_with_the_table_on_every_small_pattern_and_text() {
        let texts = words(&['a', 'é'], 6);
        for pattern in words(&['a', 'é', '*', '?'], 5) {
            let tokens = tokens(&pattern);
            for text in &texts {
                let expected = table(&pattern, text);
                assert_eq!(matches(&pattern, text), expected, "{pattern} {text}");
                assert_eq!(tokens_match(&tokens, text), expected, "tokens of {pattern} {text}");
            }
        }
    }

    #[test]
    fn a_megabyte_of_stars_ends() {
        let pattern = "*a".repeat(500_000) + "*b";
        let text = "a".repeat(1_000_000);
        assert!(!matches(&pattern, &text));
    }
}
