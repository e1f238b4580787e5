//! The corpus of `tests/corpus`, without Python.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::type_complexity,
    reason = "tests may panic"
)]
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use bailiwick_core::case::{self, Answer};
use bailiwick_core::compiled::Search;
use bailiwick_core::document::{self, PolicyKind};
use bailiwick_core::profile::Registry;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

fn cases(path: &Path) -> (Value, Vec<Value>) {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap_or_else(|| panic!("{} has no cases", path.display())).clone();
    (file["defaults"].clone(), cases)
}

fn is_texts(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).unwrap();
    folder == "invalid" || folder == "valid"
}

/// The members of a case over those of the file's defaults, one level deep in `request` and `layers`.
fn merged(defaults: &Value, case: &Value) -> Value {
    let mut whole = Map::new();
    for member in ["request", "layers"] {
        let mut members = defaults[member].as_object().cloned().unwrap_or_default();
        if let Some(own) = case[member].as_object() {
            members.extend(own.clone());
        }
        whole.insert(member.to_owned(), Value::Object(members));
    }
    Value::Object(whole)
}

fn answer(Answer { result, .. }: Answer) -> Value {
    match result {
        Err(error) => json!({"error": {"code": error.code, "path": error.path, "policy": error.policy}}),
        Ok(decision) => json!({
            "decision": decision.verdict.outcome.as_str(),
            "reason": decision.verdict.reason.as_str(),
            "deciding_layer": decision.verdict.layer,
            "matched": decision.matched,
            "missing_keys": decision.missing_keys,
            "indeterminate": decision.indeterminate,
        }),
    }
}

#[test]
fn cases_have_the_decisions_they_expect() {
    let mut paths = Vec::new();
    files(&corpus(), &mut paths);
    let (mut run, mut wrong) = (0, Vec::new());
    for path in paths.iter().filter(|path| !is_texts(path)) {
        let (defaults, cases) = cases(path);
        for case in &cases {
            let text = merged(&defaults, case).to_string();
            let found = answer(case::simulate(&text, &Registry::default(), Search::Indexed));
            let expected = case["expect"].as_object().unwrap();
            let differs = |(name, value): &(&String, &Value)| match *name == "error" {
                true => value.as_object().unwrap().iter().any(|(member, value)| found["error"][member] != *value),
                false => found[name.as_str()] != **value,
            };
            if expected.iter().any(|pair| differs(&pair)) {
                wrong.push(format!("{}: expected {}, found {found}", case["id"], case["expect"]));
            }
            run += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {run} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(run > 300, "only {run} cases found");
}

fn kind(name: &str) -> PolicyKind {
    match name {
        "identity" => PolicyKind::Identity,
        "boundary" => PolicyKind::Boundary,
        "session" => PolicyKind::Session,
        "scp" => PolicyKind::Scp,
        "rcp" => PolicyKind::Rcp,
        "trust" => PolicyKind::Trust,
        "resource" => PolicyKind::Resource,
        "endpoint" => PolicyKind::Endpoint,
        other => panic!("kind {other}"),
    }
}

fn bytes(case: &Value) -> Vec<u8> {
    match case["bytes_hex"].as_str() {
        None => case["text"].as_str().unwrap().as_bytes().to_vec(),
        Some(hex) => {
            let digits: Vec<u8> = hex.bytes().map(|byte| (byte as char).to_digit(16).unwrap() as u8).collect();
            digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
        }
    }
}

#[test]
fn texts_parse_or_have_the_errors_they_expect() {
    let registry = Registry::default();
    let mut paths = Vec::new();
    files(&corpus(), &mut paths);
    let (mut run, mut wrong) = (0, Vec::new());
    for path in paths.iter().filter(|path| is_texts(path)) {
        for case in &cases(path).1 {
            let profile = registry.profile(case["service"].as_str().unwrap_or_default());
            let parsed = document::parse(&bytes(case), kind(case["kind"].as_str().unwrap()), profile, &registry);
            let found = match parsed {
                Ok(_) => Value::Null,
                Err(error) => json!({
                    "code": error.code, "path": error.path, "line": error.line, "column": error.column
                }),
            };
            if found != case["expect"] && !(found.is_null() && case.get("expect").is_none()) {
                wrong.push(format!("{}: expected {}, found {found}", case["id"], case["expect"]));
            }
            run += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {run} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(run > 50, "only {run} texts found");
}
