//! Serialized engines: no panic on any bytes, and whatever opens can be written and opened again. libFuzzer sees through the
//! checksum, so that it reaches what lies behind.
#![no_main]

use bailiwick_core::table::Table;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(table) = Table::from_bytes(data) {
        let again = Table::from_bytes(&table.to_bytes()).map(|table| table.to_bytes());
        assert_eq!(again, Ok(table.to_bytes()));
    }
});
