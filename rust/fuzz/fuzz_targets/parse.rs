//! The parser on raw bytes of every kind: an answer, never a panic, and an error that lies inside the text.
#![no_main]

use bailiwick_core::document::{PolicyKind, parse};
use bailiwick_core::profile::Registry;
use libfuzzer_sys::fuzz_target;

const KINDS: [PolicyKind; 8] = [
    PolicyKind::Identity,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::Scp,
    PolicyKind::Rcp,
    PolicyKind::Trust,
    PolicyKind::Resource,
    PolicyKind::Endpoint,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else {
        return;
    };
    let registry = Registry::default();
    let kind = KINDS[usize::from(*first) % KINDS.len()];
    let service = ["s3", "sns", "kms"][usize::from(*first) / KINDS.len() % 3];
    if let Err(error) = parse(text, kind, registry.profile(service), &registry) {
        let lines = text.split(|byte| *byte == b'\n').count();
        assert!(error.line >= 1 && error.line as usize <= lines, "{error:?}");
        assert!(error.path.is_empty() || error.path.starts_with('/'), "{error:?}");
    }
});
