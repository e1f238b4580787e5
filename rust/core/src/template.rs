//! Text with wildcards and policy variables: what `${…}` means (M-20…28, G-37).

use serde::{Deserialize, Serialize};

/// A pattern whose variables are filled in when a request is evaluated.
///
/// Adjacent literal text is one `Text`; consecutive `*` are one `Any`; there is no empty `Text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// In order.
    pub parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Literal text; escapes (`${*}`) are already here (M-22).
    Text(String),
    /// `*`: any number of scalars.
    Any,
    /// `?`: exactly one scalar.
    One,
    /// `${KEY}` or `${KEY, 'DEFAULT'}`.
    Variable {
        /// As written; compared under fold.
        key: String,
        /// Literal text used when the key gives nothing (M-25).
        default: Option<String>,
    },
}
