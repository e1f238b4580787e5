//! Which of several errors is reported, and its words (N-09, B-01, B-04).

use crate::refusals::{identity, parse, refuse, trust, with_condition, with_resource};
use bailiwick_core::document::PolicyKind::{Identity, Resource, Trust};

#[test]
fn the_smallest_offset_wins_and_then_the_smallest_rule() {
    let scan_after_grammar = r#"{"Version":▶"x","Statement":[{"Effect":"\u0001"}]}"#;
    refuse(Identity, "", scan_after_grammar, "INVALID_VERSION", "/Version");
    let grammar_after_scan = "{\"Id\":\"▶\u{100}\",\"Version\":\"x\",\"Statement\":[]}";
    refuse(Identity, "", grammar_after_scan, "INVALID_CHARACTER", "/Id");
    // A syntax error hides the grammar, but not what the scan met before it.
    refuse(Identity, "", r#"{"Version":"x",▶}"#, "JSON_SYNTAX_ERROR", "");
    refuse(Identity, "", r#"{"Version":"x","Id":▶1e3,}"#, "INVALID_NUMBER_LEXEME", "/Id");
    let missing_several = r#"{"Statement":[▶{"Effect":"Deny"}]}"#;
    refuse(Resource, "", missing_several, "MISSING_PRINCIPAL", "/Statement/0");
    refuse(Identity, "", missing_several, "MISSING_ACTION", "/Statement/0");
}

#[test]
fn the_value_of_a_repeated_member_is_not_checked() {
    let text = with_resource(r#""*",▶"Resource":"nonsense""#);
    refuse(Identity, "", &text, "DUPLICATE_KEY", "/Statement/0/Resource");
    let text = trust(r#"{"Federated":"accounts.google.com",▶"Federated":"nonsense"}"#, r#""sts:*""#);
    refuse(Trust, "", &text, "DUPLICATE_KEY", "/Statement/0/Principal/Federated");
}

#[test]
fn messages_say_what_would_have_worked() {
    for (text, hint) in [
        (with_condition(r#"{"BoolIfExist":{}}"#), "did you mean `BoolIfExists`?"),
        (with_condition(r#"{"ForAnyvalue:stringequals":{}}"#), "did you mean `ForAnyValue:StringEquals`?"),
        (identity(r#""Action":"*","Resource":"*","Conditions":{}"#), "did you mean `Condition`?"),
        (identity(r#""action":"*","NotAction":"*","Resource":"*""#), "did you mean `Action`?"),
    ] {
        let error = parse(Identity, "", &text).unwrap_err();
        assert!(error.message.ends_with(hint), "{error}");
    }
}
