//! Tables of requests to columns of decisions.
//!
//! Record batches → checked columns (`request`) → numbers of distinct values (`numbers`) → what was answered before
//! (`memo`) or a decision of the core's table (`worker`) → columns of answers (`answers`). `run` spreads the rows over
//! threads.
//!
//! INVARIANT: each row has the answer that the table would give to it alone. Rows share an answer only if they agree in
//! everything that was looked at while it was found.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests may panic"
    )
)]

// What requests are made of.
mod cells;
mod check;
mod request;
mod texts;

// From rows to answers.
mod answers;
mod details;
mod distinct;
mod memo;
mod numbers;
mod worker;
mod worth;

pub mod grid;
mod run;

pub use answers::{Answers, Codes, Refusal, reasons, schema};
pub use cells::{Contexts, Given, RowValues};
pub use details::Details;
pub use request::{BadTable, Layout, Part, Reader, RowColumns};
pub use run::{Options, Stopped, decide, decision};
