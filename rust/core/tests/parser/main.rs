//! What the grammar refuses, with code and place (G-06…37, B-01…13).
//!
//! In the tables `▶` stands before the scalar at which the error is reported.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests may panic"
)]

#[path = "../refusals/mod.rs"]
mod refusals;

mod conditions;
mod errors;
mod principals;
mod statements;
