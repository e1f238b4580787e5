//! Damaged bytes behind a right checksum are no target (`Table::from_bytes` says whom it trusts); all others are refused.
#![no_main]

use bailiwick_core::table::Table;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert!(Table::from_bytes(data).is_err());
});
