//! Texts of one document, one after the other: what thousands of documents hold in millions of patterns would otherwise
//! cost an allocation each.

use serde::{Deserialize, Serialize};

/// Where a text stands among those of its document, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// The text.
    #[inline]
    pub(crate) fn of(self, texts: &str) -> &str {
        self.text(texts).unwrap_or_default()
    }

    /// Whether there is such a text, as there is in everything but damaged bytes.
    pub(crate) fn is_in(self, texts: &str) -> bool {
        self.text(texts).is_some()
    }

    fn text(self, texts: &str) -> Option<&str> {
        texts.get(self.start as usize..self.start as usize + self.length as usize)
    }
}

/// The texts of a document while it is compiled.
#[derive(Debug, Default)]
pub(crate) struct Texts(String);

impl Texts {
    /// Adds a text.
    pub(crate) fn add(&mut self, text: &str) -> Span {
        let span = Span { start: self.0.len() as u32, length: text.len() as u32 };
        self.0.push_str(text);
        span
    }

    /// All of them.
    pub(crate) fn finish(self) -> Box<str> {
        self.0.into_boxed_str()
    }
}
