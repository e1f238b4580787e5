//! What the grammar refuses, with code and place, and what it accepts (G-06…37, B-01…13).
//!
//! In the tables `▶` stands before the scalar at which the error is reported.

use bailiwick_core::document::{self, Document, PolicyKind};
use bailiwick_core::error::PolicyError;
use bailiwick_core::profile::Registry;

const MARK: char = '▶';

fn parse(kind: PolicyKind, service: &str, text: &str) -> Result<Document, PolicyError> {
    let registry = Registry::default();
    document::parse(text.as_bytes(), kind, registry.profile(service), &registry)
}

/// Checks that a text is refused with the code and the pointer, at the mark.
fn refuse(kind: PolicyKind, service: &str, marked: &str, code: &str, path: &str) {
    let (before, _) = marked.split_once(MARK).expect("a mark");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let found = match parse(kind, service, &marked.replace(MARK, "")) {
        Ok(_) => panic!("accepted: {marked}"),
        Err(error) => error,
    };
    let place = (usize::try_from(found.line).unwrap(), usize::try_from(found.column).unwrap());
    assert_eq!((found.code, found.path.as_str(), place), (code, path, (line, column)), "{marked}: {found}");
    assert!(!found.message.is_empty() && !found.message.contains('\n') && !found.message.ends_with('.'), "{found}");
}

fn accept(kind: PolicyKind, service: &str, text: &str) -> Document {
    parse(kind, service, text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A whole identity policy of version 2012-10-17 around the members of one statement.
fn identity(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{members}}}]}}"#)
}

fn with_resource(resource: &str) -> String {
    identity(&format!(r#""Action":"s3:*","Resource":{resource}"#))
}

fn with_condition(condition: &str) -> String {
    identity(&format!(r#""Action":"s3:*","Resource":"*","Condition":{condition}"#))
}

fn trust(principal: &str, action: &str) -> String {
    format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":{action}}}]}}"#)
}

fn rcp(members: &str) -> String {
    format!(r#"{{"Statement":[{{{members}}}]}}"#)
}

fn bucket(effect: &str, principal: &str) -> String {
    format!(r#"{{"Statement":[{{"Effect":"{effect}",{principal},"Action":"s3:*","Resource":"arn:aws:s3:::b"}}]}}"#)
}

use PolicyKind::{Boundary, Endpoint, Identity, Rcp, Resource, Scp, Session, Trust};

#[test]
fn top_level() {
    for (text, code, path) in [
        ("▶{}", "MISSING_STATEMENT", ""),
        (r#"▶{"statement":[]}"#, "MISSING_STATEMENT", ""),
        (r#"{"Statement":▶[]}"#, "MISSING_STATEMENT", "/Statement"),
        (r#"{"Statement":▶"x"}"#, "DATA_TYPE_MISMATCH", "/Statement"),
        (r#"{"Statement":[▶1]}"#, "DATA_TYPE_MISMATCH", "/Statement/0"),
        (r#"{▶"statement":[],"Statement":[]}"#, "INVALID_POLICY_ELEMENT", "/statement"),
        (r#"{▶"Conditions":{},"Statement":[]}"#, "INVALID_POLICY_ELEMENT", "/Conditions"),
        (r#"{▶"a/~b":{},"Statement":[]}"#, "INVALID_POLICY_ELEMENT", "/a~1~0b"),
        (r#"{"Id":▶null,"Statement":[]}"#, "DATA_TYPE_MISMATCH", "/Id"),
        (r#"{"Id":▶1e3,"Statement":[]}"#, "INVALID_NUMBER_LEXEME", "/Id"),
        (r#"{"Version":▶"2012-10-18","Statement":[]}"#, "INVALID_VERSION", "/Version"),
        (r#"{"Version":▶2012,"Statement":[]}"#, "DATA_TYPE_MISMATCH", "/Version"),
        (
            r#"{"Statement":[{},{"Effect":1}],▶"Statement":3}"#.trim_start_matches("never"),
            "DUPLICATE_KEY",
            "/Statement",
        ),
    ] {
        if code == "DUPLICATE_KEY" {
            // The statements are refused first: the smallest offset wins.
            refuse(Identity, "", &text.replace(MARK, "").replacen("[{}", "[▶{}", 1), "MISSING_EFFECT", "/Statement/0");
            continue;
        }
        refuse(Identity, "", text, code, path);
    }
    refuse(Identity, "", "\n {\n\t▶\"Versión\": 1}", "MISSING_STATEMENT", "");
}
