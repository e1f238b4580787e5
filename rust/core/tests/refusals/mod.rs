//! Documents for the parser's tests, and what is expected of them.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "shared by test crates")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests may panic")]

use bailiwick_core::document::{self, Document, PolicyKind};
use bailiwick_core::error::PolicyError;
use bailiwick_core::profile::Registry;

const MARK: char = '▶';

/// Parses a document of a kind; `service` is that of the resource that holds it.
pub fn parse(kind: PolicyKind, service: &str, text: &str) -> Result<Document, PolicyError> {
    let registry = Registry::default();
    document::parse(text.as_bytes(), kind, registry.profile(service), &registry)
}

/// Checks that a text is refused with the code and the pointer, at the mark.
pub fn refuse(kind: PolicyKind, service: &str, marked: &str, code: &str, path: &str) {
    let (before, after) = marked.split_once(MARK).expect("a mark");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let error = match parse(kind, service, &format!("{before}{after}")) {
        Ok(_) => panic!("accepted: {marked}"),
        Err(error) => error,
    };
    let place = (usize::try_from(error.line).unwrap(), usize::try_from(error.column).unwrap());
    assert_eq!((error.code, error.path.as_str(), place), (code, path, (line, column)), "{marked}: {error}");
    let one_sentence = !error.message.contains('\n') && !error.message.ends_with('.');
    assert!(!error.message.is_empty() && one_sentence, "{error}");
}

/// The document of a text that is legal.
pub fn accept(kind: PolicyKind, service: &str, text: &str) -> Document {
    parse(kind, service, text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A document around the members of one statement, without a version.
pub fn statement(members: &str) -> String {
    format!(r#"{{"Statement":[{{{members}}}]}}"#)
}

/// A document of version 2012-10-17 around one Allow statement.
pub fn identity(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{members}}}]}}"#)
}

pub fn with_resource(resource: &str) -> String {
    identity(&format!(r#""Action":"s3:*","Resource":{resource}"#))
}

pub fn with_condition(condition: &str) -> String {
    identity(&format!(r#""Action":"s3:*","Resource":"*","Condition":{condition}"#))
}

pub fn trust(principal: &str, action: &str) -> String {
    statement(&format!(r#""Effect":"Allow","Principal":{principal},"Action":{action}"#))
}
