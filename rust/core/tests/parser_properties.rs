//! Whatever the text, parsing ends with a document or with an error that has a place.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests may panic"
)]

use bailiwick_core::document::{self, PolicyKind};
use bailiwick_core::profile::Registry;
use proptest::prelude::*;

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

const DOCUMENTS: [&str; 4] = [
    r#"{"Version":"2012-10-17","Id":"é","Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:Get*","*"],
        "Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team, 'x'}/${*}*","Condition":{"StringLike":{"a:b":["x",1]},
        "ForAllValues:NumericLessThanIfExists":{"a:c":1.5},"ArnLike":{"a:d":"arn:aws:iam::*:role/${a:b}"}}}]}"#,
    r#"{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/p/x"],
        "Service":"ec2.amazonaws.com"},"NotAction":"s3:*","Resource":"arn:aws:iam::*:user/u*","Condition":{"Bool":{"a:b":true},
        "IpAddress":{"a:b":["10.0.0.0/8","::ffff:1.2.3.4"]},"DateLessThan":{"a:b":"2024-02-29T10:00:00.5+01:00"}}}}"#,
    r#"{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/x"},
        "Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{"StringEquals":{"SAML:aud":"x"}}}]}"#,
    r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:sqs:*:*:q\u00e9",
        "Condition":{"BinaryEquals":{"a:b":"QQ=="},"Null":{"a:b":["true","TRUE"]}}}]}"#,
];

/// Pieces that break documents in different places.
const PIECES: [&str; 28] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "${",
    "*",
    "?",
    "arn:",
    "\u{1}",
    "\u{100}",
    "\\ud800",
    "1e3",
    "null",
    "true",
    "\n",
    "é",
    "\"Effect\":\"Deny\",",
    "\"Version\":\"2012-10-17\",",
    "/",
    ".",
    "-",
    "::",
    " ",
    "\u{feff}",
];

fn check(text: &[u8]) -> Result<(), TestCaseError> {
    let registry = Registry::default();
    for kind in KINDS {
        let Err(error) = document::parse(text, kind, registry.profile("s3"), &registry) else {
            continue;
        };
        let lossy = String::from_utf8_lossy(text);
        let line = usize::try_from(error.line).unwrap();
        let Some(found) = lossy.split('\n').nth(line - 1) else {
            return Err(TestCaseError::fail(format!("no such line: {error}")));
        };
        let columns = found.chars().count() + 1;
        prop_assert!((1..=columns).contains(&usize::try_from(error.column).unwrap()), "no such column: {error}");
        prop_assert!(error.path.is_empty() || error.path.starts_with('/'), "no pointer: {error}");
        prop_assert!(!error.message.is_empty() && !error.message.contains('\n'), "{error}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes(text in prop::collection::vec(any::<u8>(), 0..64)) {
        check(&text)?;
    }

    #[test]
    fn broken_documents(
        document in 0..DOCUMENTS.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, 0..PIECES.len()), 1..4),
    ) {
        let mut text: Vec<char> = DOCUMENTS[document].chars().collect();
        for (at, length, piece) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, PIECES[piece].chars());
        }
        check(text.iter().collect::<String>().as_bytes())?;
    }

    #[test]
    fn names_and_values_of_one_document(
        (operator, key, value) in ("[A-Za-z:]{0,12}|Bool|StringLike|ArnLike|DateEquals|IpAddress|NumericEquals", "[a-z:/ ]{0,6}", ".{0,12}"),
    ) {
        let quote = |text: &str| serde_json::to_string(text).unwrap();
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":{},"Condition":{{{}:{{{}:{}}}}}}}}}"#,
            quote(&format!("arn:aws:s3:::{value}")), quote(&operator), quote(&key), quote(&value),
        );
        check(text.as_bytes())?;
    }
}

#[test]
fn the_documents_themselves_are_legal() {
    let registry = Registry::default();
    let kinds = [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust, PolicyKind::Rcp];
    for (text, kind) in DOCUMENTS.iter().zip(kinds) {
        let parsed = document::parse(text.as_bytes(), kind, registry.profile("s3"), &registry);
        assert!(parsed.is_ok(), "{parsed:?}");
    }
}
