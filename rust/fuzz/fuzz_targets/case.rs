//! Whole cases from raw text: every search gives the same answer.
#![no_main]

use bailiwick_core::case::simulate;
use bailiwick_core::compiled::Search;
use bailiwick_core::profile::Registry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let registry = Registry::default();
    let indexed = simulate(text, &registry, Search::Indexed);
    assert_eq!(indexed, simulate(text, &registry, Search::Everything));
});
