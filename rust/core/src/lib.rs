//! The engine of bailiwick: AWS-style policy documents to decisions.
//!
//! ```text
//! text -> document -> compiled -> table -> evaluate -> decision
//! ```
//!
//! No Python, no I/O, no clock. What a rule means is written in `docs/semantics.md` of the project; comments cite its
//! numbers (M-13, C-05, E-03) and those of `docs/interpretations.md` (B-07).
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        reason = "tests may panic"
    )
)]

// What texts are made of.
pub mod error;
pub mod hash;
pub mod pattern;
pub mod text;
pub mod truth;

// Documents as written.
pub mod document;
pub mod json;
pub mod profile;
pub mod template;

// Documents as compared with requests.
pub mod action;
pub mod arn;
pub mod compiled;
pub mod condition;
pub mod context;
mod index;
pub mod pool;
pub mod principal;
pub mod resource;
mod template_match;
pub mod texts;

// Answers.
pub mod decision;
mod evaluate;
mod layer;

// Whole accounts and single cases.
pub mod case;
mod persistent;
pub mod policies;
pub mod table;
