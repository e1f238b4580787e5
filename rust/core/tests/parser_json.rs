//! The text and JSON layer (G-01…05, B-01…03). In the tables `▶` stands before the scalar at which the error is reported.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests may panic"
)]

mod refusals;

use bailiwick_core::document::{self, PolicyKind::Identity};
use bailiwick_core::json::{self, Characters, Limits, Node, Value};
use bailiwick_core::profile::Registry;
use proptest::prelude::*;
use refusals::{accept, refuse};

#[test]
fn encodings() {
    let registry = Registry::default();
    for (bytes, column) in [
        (b"\xEF\xBB\xBF{}".as_slice(), 1),
        (b"\xFF\xFE{\0", 1),
        (b"{\"\xC3\xA9\xC3(\"}", 4),
        (b"{\"\xED\xA0\x80\"}", 3),
        (b"{\xC0\x80", 2),
        (b"{} \xF0\x9F", 4),
    ] {
        let profile = registry.profile("");
        let error = document::parse(bytes, Identity, profile, &registry).unwrap_err();
        let found = (error.code, error.path.as_str(), error.line, error.column);
        assert_eq!(found, ("INVALID_ENCODING", "", 1, column), "{bytes:?}");
    }
}

#[test]
fn syntax() {
    for text in [
        "▶",
        " \n▶",
        "▶x",
        "{▶",
        "{▶,}",
        "{\"a\"▶}",
        "{\"a\":▶}",
        "{\"a\":1▶",
        "{\"a\":1,▶}",
        "{\"a\":1▶ x}".replace("▶ x", " ▶x").as_str(),
        "{\"a\":[1▶ 2]}".replace("▶ 2", " ▶2").as_str(),
        "[1,▶]",
        "[▶,1]",
        "{} ▶{}",
        "{▶'a':1}",
        "{▶a:1}",
        "{\"a\":▶NaN}",
        "{\"a\":▶+1}",
        "{\"a\":-▶}",
        "{\"a\":0▶1}",
        "{\"a\":1.▶}",
        "{\"a\":▶.5}",
        "{\"a\":1e▶}",
        "{\"a\":1e+▶x}",
        "{\"a\":tru▶}",
        "{\"a\":nul▶",
        "{\"a\":\"x▶",
        "{\"a\":\"▶\n\"}",
        "{\"a\":\"▶\t\"}",
        "{\"a\":\"\\▶x\"}",
        "{\"a\":\"\\▶",
        "{\"a\":\"\\u00▶G0\"}",
        "{\"a\":\"\\u00▶\"}",
        "{\"a\":\"\\U▶0000\"}".replace("\\U▶", "\\▶U").as_str(),
        "/▶/ x\n{}".replace("/▶/", "▶//").as_str(),
        "▶\u{a0}{}",
        "▶[]",
        "▶\"x\"",
        "▶1e3",
        "▶null",
    ] {
        refuse(Identity, "", text, "JSON_SYNTAX_ERROR", "");
    }
}

#[test]
fn characters() {
    for (text, path) in [
        ("▶\u{feff}".replace('\u{feff}', "\u{100}").as_str(), ""),
        ("{▶\u{1}}", ""),
        ("{\"Statement\":[▶\u{b}]}", "/Statement"),
        ("{\"Statement\":tr▶\u{2028}", ""),
        ("{\"Statement\":[{\"Sid\":\"a▶\u{1f600}b\"", "/Statement/0/Sid"),
        ("{\"Statement\":[{\"Sid\":\"▶\u{0}", "/Statement/0/Sid"),
        ("{\"Statement\":[{\"▶\u{100}\":1", "/Statement/0"),
        ("{\"Statement\":[{\"▶\\u0100\":1", "/Statement/0"),
        ("{\"Id\":\"é▶\\b\"", "/Id"),
        ("{\"Id\":\"▶\\u0000", "/Id"),
        ("{\"Id\":\"▶\\ud800x", "/Id"),
        ("{\"Id\":\"▶\\udc00\\ud800", "/Id"),
        ("{\"Id\":\"\\u00e9▶\\ud83d\\ude00", "/Id"),
        ("{\"Id\":\"▶\\ud83d\\u", "/Id"),
        ("{\"Id\":\"\\▶\u{100}\"}", "/Id"),
        ("{\"Id\":\"\\u00▶\u{100}\"}", "/Id"),
    ] {
        refuse(Identity, "", text, "INVALID_CHARACTER", path);
    }
    let legal = "\t\r\n{\"Id\":\" \u{7f}\u{80}\u{ff}\\t\\n\\r\\u007f\\u00FF\\/\\\"\\\\\",\
        \"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}\n";
    accept(Identity, "", legal);
}

#[test]
fn depth() {
    let nested = |levels: usize, mark: &str| {
        let inner = levels - 4; // root, operator object and key object, and the list that is marked
        format!("{{\"Id\":{}{mark}[{}", "[".repeat(inner + 2), "]".repeat(inner))
    };
    let path = format!("/Id{}", "/0".repeat(15));
    refuse(Identity, "", &nested(17, "▶"), "JSON_TOO_DEEP", &path);
    // A level less, and the text goes on to its missing end.
    let error = refusals::parse(Identity, "", &nested(16, "")).unwrap_err();
    assert_eq!(error.code, "JSON_SYNTAX_ERROR");
    let endless = "[".repeat(1_000_000);
    assert_eq!(refusals::parse(Identity, "", &endless).unwrap_err().code, "JSON_TOO_DEEP");
}

#[test]
fn repeated_members() {
    for (text, path) in
        [(r#"{"a":1,▶"a":2,}"#, "/a"), (r#"{"a":1,▶"a""#, "/a"), (r#"{"x~/":[{"b":{},▶"\u0062":3"#, "/x~0~1/0/b")]
    {
        refuse(Identity, "", text, "DUPLICATE_KEY", path);
    }
}

fn outer(text: &str) -> (Node<'_>, Vec<(&'static str, usize)>) {
    let (root, faults) = json::parse(text, &Limits { max_depth: 64, characters: Characters::Any }).unwrap();
    (root, faults.iter().map(|fault| (fault.code.name(), fault.offset)).collect())
}

#[test]
fn files_around_documents_hold_any_text() {
    let (root, faults) = outer("[\"\u{1f600}\\ud83d\\ude00\\b\", 1e5]");
    let Value::Array(nodes) = root.value else { panic!("no list") };
    assert_eq!(nodes[0].value, Value::String("\u{1f600}\u{1f600}\u{8}".into()));
    assert_eq!(nodes[1].value, Value::Number("1e5"));
    assert_eq!(faults, []);
    let (_, faults) = outer(r#"{"a": "\ud800", "a": {"b":1, "b":2}}"#);
    assert_eq!(faults, [("INVALID_CHARACTER", 7), ("DUPLICATE_KEY", 29), ("DUPLICATE_KEY", 16)]);
}

#[test]
fn large_objects_and_texts_take_linear_time() {
    let members: Vec<String> = (0..200_000).map(|number| format!("\"{number}\":0")).collect();
    let text = format!("{{{},\"7\":1}}", members.join(","));
    let (_, faults) = outer(&text);
    assert_eq!(faults, [("DUPLICATE_KEY", text.len() - 6)]);
    let many = format!("[\"{}\"]", "\u{100}\\u0100".repeat(100_000));
    assert_eq!(json::parse(&many, &Limits::POLICY).unwrap().1.len(), 200_000);
}

/// The tree as another parser has it, if no object repeats a name.
fn as_serde(node: &Node<'_>) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(lexeme) => serde_json::from_str(lexeme).unwrap(),
        Value::String(text) => text.as_ref().into(),
        Value::Array(nodes) => nodes.iter().map(as_serde).collect(),
        Value::Object(members) => members.iter().map(|m| (m.name.to_string(), as_serde(&m.value))).collect(),
    }
}

proptest! {
    #[test]
    fn agrees_with_another_json_parser(text in r#"[\[\]{}:,"\\u0-9a-fte+.\- ]{0,24}|[\[{]?("([^"\\]|\\["nu/]|\\u[0-9a-d]{4}){0,4}"|-?[0-9.eE+-]{1,6}|true|null|[,:\[\]{} ]){0,6}[\]}]?"#) {
        let ours = json::parse(&text, &Limits { max_depth: 64, characters: Characters::Any });
        let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
        match (ours, theirs) {
            (Ok((root, faults)), Ok(value)) => {
                let repeats = faults.iter().any(|fault| fault.code.name() == "DUPLICATE_KEY");
                prop_assert!(repeats || as_serde(&root) == value, "{text}");
            }
            // They refuse lone surrogates, and numbers that no float can hold.
            (Ok((_, faults)), Err(error)) => {
                let lone = faults.iter().any(|fault| fault.code.name() == "INVALID_CHARACTER");
                prop_assert!(lone || error.to_string().contains("number out of range"), "{text}: {error}");
            }
            (Err(error), Ok(_)) => prop_assert!(false, "{text}: {error}"),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn spans_are_the_text_of_their_values(text in r#" ?\[("[ab\\n]{0,3}"|[0-9]{1,3}|\{"a": ?\[\]\}|null)?(, ?(true|-1\.5|"é"|\[ \])){0,3}\] ?"#) {
        if let Ok((root, _)) = json::parse(&text, &Limits::POLICY) {
            prop_assert_eq!(&text[root.span.clone()], text.trim());
            let Value::Array(nodes) = root.value else { panic!("no list") };
            for node in nodes {
                let alone = json::parse(&text[node.span.clone()], &Limits::POLICY).unwrap().0;
                prop_assert_eq!(alone.span.len(), node.span.len());
            }
        }
    }
}
