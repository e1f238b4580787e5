//! Templates made ready for requests: variables are looked up, what they give is literal (M-23…28).

use crate::context::{Facts, Key, View};
use crate::pattern::{self, Token};
use crate::template::{Part, Template};
use crate::truth::Truth;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A template with its keys prepared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ready {
    parts: Box<[ReadyPart]>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum ReadyPart {
    Text(Box<str>),
    Any,
    One,
    Variable(Box<Variable>),
}

/// A variable of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Variable {
    key: Key,
    default: Option<Box<str>>,
}

/// What a variable gives for one request.
pub(crate) enum Filled {
    /// Text to compare literally.
    Text(String),
    /// Nothing: the pattern matches nothing (M-26).
    Unresolved,
    /// Several values (M-27).
    Several,
}

impl Variable {
    /// Prepares a variable.
    #[must_use]
    pub(crate) fn new(key: &str, default: Option<&str>) -> Self {
        Self { key: Key::new(key), default: default.map(Into::into) }
    }

    /// The key it names.
    #[must_use]
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn fill<F: Facts>(&self, view: &View<'_, F>) -> Filled {
        let values = view.values(&self.key);
        match values.as_slice() {
            [value] if !value.is_empty() => Filled::Text(value.to_string()),
            [] | [_] => match &self.default {
                Some(default) => Filled::Text(default.to_string()),
                None => Filled::Unresolved,
            },
            _ => Filled::Several,
        }
    }
}

impl Ready {
    /// Prepares a template.
    #[must_use]
    pub(crate) fn new(template: &Template) -> Self {
        let parts = template.parts.iter().map(|part| match part {
            Part::Text(text) => ReadyPart::Text(text.as_str().into()),
            Part::Any => ReadyPart::Any,
            Part::One => ReadyPart::One,
            Part::Variable { key, default } => ReadyPart::Variable(Box::new(Variable::new(key, default.as_deref()))),
        });
        Self { parts: parts.collect() }
    }

    /// The whole text, if there is nothing but text.
    #[must_use]
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.parts.as_ref() {
            [] => Some(""),
            [ReadyPart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Runs of literal text, in order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            ReadyPart::Text(text) => Some(text.as_ref()),
            _ => None,
        })
    }

    /// Keys of its variables, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.parts.iter().filter_map(|part| match part {
            ReadyPart::Variable(variable) => Some(&variable.key),
            _ => None,
        })
    }

    /// Looks the variables up and hands the tokens on; F or I when one gives no text.
    ///
    /// A variable with several values makes the pattern I even where another gives nothing: of the two answers it is
    /// the one that cannot grant.
    pub(crate) fn with_tokens<F: Facts>(
        &self,
        view: &View<'_, F>,
        compare: impl FnOnce(&[Token<'_>]) -> Truth,
    ) -> Truth {
        let mut filled: SmallVec<[String; 2]> = SmallVec::new();
        let mut unresolved = false;
        for part in &self.parts {
            if let ReadyPart::Variable(variable) = part {
                match variable.fill(view) {
                    Filled::Text(text) => filled.push(text),
                    Filled::Unresolved => unresolved = true,
                    Filled::Several => return Truth::I,
                }
            }
        }
        if unresolved {
            return Truth::F;
        }
        let mut next = filled.iter();
        let tokens: SmallVec<[Token<'_>; 8]> = self
            .parts
            .iter()
            .map(|part| match part {
                ReadyPart::Text(text) => Token::Text(text),
                ReadyPart::Any => Token::Any,
                ReadyPart::One => Token::One,
                ReadyPart::Variable(_) => Token::Text(next.next().map_or("", String::as_str)),
            })
            .collect();
        compare(&tokens)
    }

    /// Whether the template matches all of `text`.
    pub(crate) fn matches<F: Facts>(&self, text: &str, view: &View<'_, F>) -> Truth {
        self.with_tokens(view, |tokens| pattern::tokens_match(tokens, text).into())
    }

    /// The same under fold, without wildcards (`StringEqualsIgnoreCase`).
    pub(crate) fn equals_folded<F: Facts>(&self, text: &str, view: &View<'_, F>) -> Truth {
        self.with_tokens(view, |tokens| {
            let mut wanted = tokens.iter().flat_map(|token| match token {
                Token::Text(text) => text.chars(),
                _ => "".chars(),
            });
            let mut found = text.chars();
            loop {
                match (wanted.next(), found.next()) {
                    (None, None) => return Truth::T,
                    (Some(a), Some(b)) if crate::text::fold_char(a) == crate::text::fold_char(b) => {}
                    _ => return Truth::F,
                }
            }
        })
    }
}

/// Looks one variable up and compares the text it gives.
pub(crate) fn with_variable<F: Facts>(
    variable: &Variable,
    view: &View<'_, F>,
    compare: impl FnOnce(&str) -> bool,
) -> Truth {
    match variable.fill(view) {
        Filled::Text(text) => compare(&text).into(),
        Filled::Unresolved => Truth::F,
        Filled::Several => Truth::I,
    }
}

/// The values of a key, for those who only ask whether there are any.
pub(crate) fn is_missing<F: Facts>(key: &Key, view: &View<'_, F>) -> bool {
    view.values(key).as_slice().is_empty()
}
