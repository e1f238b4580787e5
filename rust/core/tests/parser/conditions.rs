//! Conditions and variables (G-32…37).

use crate::refusals::{accept, refuse, with_condition, with_resource};
use bailiwick_core::document::PolicyKind::Identity;

#[test]
fn condition_operators_and_keys() {
    let long = format!("a:{}", "é".repeat(255));
    for (condition, code, path) in [
        ("▶[]", "DATA_TYPE_MISMATCH", ""),
        (r#"{"Bool":▶"x"}"#, "DATA_TYPE_MISMATCH", "/Bool"),
        (r#"{▶"BoolIfExist":{}}"#, "INVALID_CONDITION_OPERATOR", "/BoolIfExist"),
        (r#"{▶"bool":{}}"#, "INVALID_CONDITION_OPERATOR", "/bool"),
        (r#"{▶"NullIfExists":{}}"#, "NULL_WITH_IFEXISTS", "/NullIfExists"),
        (r#"{▶"ForAnyValue:Null":{}}"#, "NULL_WITH_QUALIFIER", "/ForAnyValue:Null"),
        (r#"{▶"ForAllValues:NullIfExists":{}}"#, "NULL_WITH_IFEXISTS", "/ForAllValues:NullIfExists"),
        (r#"{"Bool":{▶"x":"true"}}"#, "INVALID_CONDITION_KEY", "/Bool/x"),
        (r#"{"Bool":{▶"xyz":"true"}}"#, "INVALID_CONDITION_KEY", "/Bool/xyz"),
        (r#"{"Bool":{▶"x:":"true"}}"#, "INVALID_CONDITION_KEY", "/Bool/x:"),
        (r#"{"Bool":{▶":xy":"true"}}"#, "INVALID_CONDITION_KEY", "/Bool/:xy"),
        (r#"{"Bool":{▶"a b:c":"true"}}"#, "INVALID_CONDITION_KEY", "/Bool/a b:c"),
        (r#"{"Bool":{▶"a:b\n":"true"}}"#, "INVALID_CONDITION_KEY", "/Bool/a:b\n"),
        (r#"{"Bool":{▶"a:b/\u007f":"true"}}"#, "INVALID_CONDITION_KEY", "/Bool/a:b~1\u{7f}"),
        (r#"{"Bool":{▶"aws:PrincipalTag/":"true"}}"#, "MISSING_TAG_KEY", "/Bool/aws:PrincipalTag~1"),
        (r#"{"Bool":{"aws:A":"true",▶"AWS:a":"true"}}"#, "DUPLICATE_CONDITION_KEY", "/Bool/AWS:a"),
        (r#"{"Bool":{"aws:A":"true",▶"aws:\u0041":"true"}}"#, "DUPLICATE_KEY", "/Bool/aws:A"),
        (r#"{"Bool":{"a:b":▶[]}}"#, "EMPTY_ARRAY", "/Bool/a:b"),
        (r#"{"StringLike":{"a:b":["",▶null]}}"#, "DATA_TYPE_MISMATCH", "/StringLike/a:b/1"),
        (r#"{"StringLike":{"a:b":[▶["x"]]}}"#, "DATA_TYPE_MISMATCH", "/StringLike/a:b/0"),
        (r#"{"StringLike":{"a:b":▶{}}}"#, "DATA_TYPE_MISMATCH", "/StringLike/a:b"),
    ] {
        refuse(Identity, "", &with_condition(condition), code, &format!("/Statement/0/Condition{path}"));
    }
    let key = |mark: &str, key: &str| with_condition(&format!(r#"{{"Bool":{{{mark}"{key}":"true"}}}}"#));
    let path = format!("/Statement/0/Condition/Bool/{long}");
    refuse(Identity, "", &key("▶", &long), "INVALID_CONDITION_KEY", &path);
    accept(Identity, "", &key("", long.strip_suffix('é').unwrap()));
    accept(Identity, "", &key("", "oidc.eks.eu-west-1.amazonaws.com/id/A b:sub"));
    accept(Identity, "", &with_condition(r#"{"Bool":{},"StringLike":{"a:b":"x"},"StringNotLike":{"A:b":"x"}}"#));
    accept(Identity, "", &with_condition("{}"));
}

#[test]
fn condition_values() {
    for (operator, value, code) in [
        ("NumericEquals", r#"▶"1e3""#, "TYPE_MISMATCH_NUMBER"),
        ("NumericEquals", r#"▶" 1""#, "TYPE_MISMATCH_NUMBER"),
        ("NumericEquals", "▶1E3", "INVALID_NUMBER_LEXEME"),
        ("StringLike", "▶1E3", "INVALID_NUMBER_LEXEME"),
        ("NumericLessThan", "▶true", "TYPE_MISMATCH_NUMBER"),
        ("DateEquals", r#"▶"2023-02-29""#, "TYPE_MISMATCH_DATE"),
        ("DateLessThanEquals", "▶-1", "TYPE_MISMATCH_DATE"),
        ("Bool", r#"▶"yes""#, "TYPE_MISMATCH_BOOLEAN"),
        ("Bool", "▶1", "TYPE_MISMATCH_BOOLEAN"),
        ("Null", r#"▶"""#, "TYPE_MISMATCH_BOOLEAN"),
        ("Bool", r#"▶["true",false]"#, "MULTIPLE_BOOLEAN"),
        ("Null", r#"▶["TRUE","False"]"#, "MULTIPLE_BOOLEAN"),
        ("IpAddress", r#"▶"10.0.0.0/33""#, "TYPE_MISMATCH_IP"),
        ("NotIpAddress", r#"▶"10.0.0""#, "TYPE_MISMATCH_IP"),
        ("BinaryEquals", r#"▶"QQ""#, "TYPE_MISMATCH_BASE64"),
        ("ArnEquals", r#"▶"arn:aws:s3""#, "TYPE_MISMATCH_ARN"),
        ("ArnNotLike", r#"▶"arn:aws:iam::1:${aws:x""#, "MISSING_BRACE_IN_VARIABLE"),
        ("ArnLike", r#"▶"x${}""#, "TYPE_MISMATCH_ARN"),
        ("ArnLike", r#"▶"${x}""#, "INVALID_VARIABLE"),
        ("NumericEquals", r#"▶"${aws:x}""#, "INVALID_VARIABLE_FOR_OPERATOR"),
        ("Bool", r#"▶"${aws:x}""#, "INVALID_VARIABLE_FOR_OPERATOR"),
        ("BinaryEquals", r#"▶"${""#, "INVALID_VARIABLE_FOR_OPERATOR"),
        ("StringEquals", r#"▶"a${aws:x,'y'}""#, "UNSUPPORTED_SPACE_IN_VARIABLE"),
        ("StringNotEqualsIgnoreCase", r#"▶"${aws}""#, "INVALID_VARIABLE"),
    ] {
        let text = with_condition(&format!(r#"{{"{operator}":{{"a:b":{value}}}}}"#));
        refuse(Identity, "", &text, code, &format!("/Statement/0/Condition/{operator}/a:b"));
    }
    let mixed = with_condition(r#"{"Bool":{"a:b":["true","false",▶"x"]}}"#);
    refuse(Identity, "", &mixed, "TYPE_MISMATCH_BOOLEAN", "/Statement/0/Condition/Bool/a:b/2");
    for condition in [
        r#"{"StringEquals":{"a:b":["x",1,-1.50,true,"*"]}}"#,
        r#"{"ForAllValues:NumericEqualsIfExists":{"a:b":[1,"2",-3.50]}}"#,
        r#"{"Bool":{"a:b":[true,"TRUE"]},"Null":{"a:b":[false]}}"#,
        r#"{"DateGreaterThan":{"a:b":["2024","2024-01-01T00:00Z",1700000000]}}"#,
        r#"{"IpAddress":{"a:b":["203.0.113.7/24","::/0"]}}"#,
        r#"{"ArnLike":{"a:b":["*","a*:::::","${aws:PrincipalArn}","arn:aws:s3:::${aws:x, 'y'}"]}}"#,
    ] {
        accept(Identity, "", &with_condition(condition));
    }
}

#[test]
fn without_version_2012_variables_are_text() {
    let old = |text: &str| text.replace("2012-10-17", "2008-10-17");
    let resource = with_resource(r#""arn:aws:s3:::${""#);
    let other = with_condition(r#"{"StringLike":{"a:b":"${}"}}"#);
    for text in [resource, other] {
        accept(Identity, "", &old(&text));
        accept(Identity, "", &text.replace(r#""Version":"2012-10-17","#, ""));
        assert!(std::panic::catch_unwind(|| accept(Identity, "", &text)).is_err());
    }
    let typed = with_condition(r#"{"NumericEquals":{"a:b":▶"${aws:x}"}}"#);
    refuse(Identity, "", &old(&typed), "TYPE_MISMATCH_NUMBER", "/Statement/0/Condition/NumericEquals/a:b");
    let segment = with_resource(r#"▶"arn:aws:sqs:${x}:1:q""#);
    refuse(Identity, "", &old(&segment), "INVALID_ARN_SEGMENT", "/Statement/0/Resource");
    // Where `Version` stands does not matter.
    let late = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":▶"arn:aws:s3:::${}"},"Version":"2012-10-17"}"#;
    refuse(Identity, "", late, "EMPTY_VARIABLE", "/Statement/Resource");
}
