//! What a legal document says once it is parsed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests may panic"
)]

mod refusals;

use bailiwick_core::condition::operand::{ArnOperand, Comparison, Network, Operand, Operator, SetPrefix};
use bailiwick_core::document::PolicyKind::{Identity, Resource, Trust};
use bailiwick_core::document::{Effect, PrincipalValue, ResourceValue, Sense, Statement};
use bailiwick_core::template::Part;
use refusals::{accept, with_condition, with_resource};

fn only(kind: bailiwick_core::document::PolicyKind, text: &str) -> Statement {
    accept(kind, "s3", text).statements.remove(0)
}

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn variable(key: &str) -> Part {
    Part::Variable { key: key.to_owned(), default: None }
}

#[test]
fn statements_keep_their_order_place_and_sid() {
    let policy = "{\"Id\":\"é\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},\n\n \
        {\"Sid\":\"\\u0041\",\"Effect\":\"Deny\",\"NotAction\":[\"s3:*\",\"a:b\"],\"NotResource\":[\"*\"]}]}";
    let document = accept(Identity, "", policy);
    let [first, second] = document.statements.as_slice() else { panic!("two statements") };
    assert_eq!((first.line, first.column, &first.sid, first.effect), (1, 24, &None, Effect::Allow));
    assert_eq!((second.line, second.column, second.sid.as_deref()), (3, 2, Some("A")));
    assert_eq!((second.action.sense, second.action.values.join(" ")), (Sense::AllBut, "s3:* a:b".to_owned()));
    let resource = second.resource.as_ref().unwrap();
    assert_eq!((resource.sense, resource.values.as_slice()), (Sense::AllBut, [ResourceValue::Any].as_slice()));
    assert_eq!((first.action.sense, &first.principal, first.tests.len()), (Sense::Listed, &None, 0));
    let empty = r#"{"Statement":{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"}}"#;
    assert_eq!(only(Identity, empty).sid, None);
}

fn resource(value: &str) -> ResourceValue {
    only(Identity, &with_resource(&format!("\"{value}\""))).resource.unwrap().values.remove(0)
}

#[test]
fn arns_are_filled_up_and_cut_at_their_colons() {
    for (written, full, colons) in [
        ("arn:*", "arn:*:*:*:*:*", [3, 5, 7, 9, 11]),
        ("arn:aws:sqs:eu-west-1:*", "arn:aws:sqs:eu-west-1:*:*", [3, 7, 11, 21, 23]),
        ("arn:aws:s3:::b:c", "arn:aws:s3:::b:c", [3, 7, 10, 11, 12]),
        ("arn:aws:s3:::$é", "arn:aws:s3:::$é", [3, 7, 10, 11, 12]),
    ] {
        assert_eq!(
            resource(written),
            ResourceValue::Arn { text: full.to_owned(), colons, resource: None },
            "{written}"
        );
    }
}

#[test]
fn variables_and_escapes_of_the_sixth_segment_are_a_template() {
    let ResourceValue::Arn { resource: Some(template), .. } = resource("arn:aws:s3:::b*/${aws:username}/${*}?") else {
        panic!("a template")
    };
    assert_eq!(template.parts, [text("b"), Part::Any, text("/"), variable("aws:username"), text("/*"), Part::One]);
}

#[test]
fn principals_are_typed() {
    let policy = r#"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b","NotPrincipal":{
        "AWS":["*","arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/x"],"Service":"a.b"}}}"#;
    let element = only(Resource, policy).principal.unwrap();
    assert_eq!(element.sense, Sense::AllBut);
    let role = PrincipalValue::Role("arn:aws:iam::111122223333:role/x".to_owned());
    let account = PrincipalValue::Account("111122223333".to_owned());
    assert_eq!(element.values, [PrincipalValue::Everyone, account, role, PrincipalValue::Service("a.b".to_owned())]);
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"Federated":"a.b"},"Action":"sts:TagSession"}}"#;
    let statement = only(Trust, trust);
    assert_eq!(statement.principal.unwrap().values, [PrincipalValue::Federated("a.b".to_owned())]);
    assert_eq!(statement.resource, None);
}

#[test]
fn tests_keep_their_order_and_are_typed() {
    let condition = r#"{"ForAnyValue:StringNotLikeIfExists":{"b:B":["*${x:y}"],"a:a":"\u0041"},"StringEquals":{"a:a":["*?",1.50]},
        "Null":{"a:a":true},"BinaryEquals":{"a:a":"QQ=="},"NotIpAddress":{"a:a":"10.1.2.3/8"},"DateEquals":{"a:a":"1"},
        "ArnNotEquals":{"a:a":["*","${x:y}","arn:*:s3:::${x:y}"]}}"#;
    let tests = only(Identity, &with_condition(condition)).tests;
    let keys: Vec<&str> = tests.iter().map(|test| test.key.as_str()).collect();
    assert_eq!(keys, ["b:B", "a:a", "a:a", "a:a", "a:a", "a:a", "a:a", "a:a"]);
    let like = Operator {
        prefix: Some(SetPrefix::ForAnyValue),
        comparison: Comparison::StringLike,
        negated: true,
        if_exists: true,
    };
    assert_eq!(tests[0].operator, like);
    let parts = |operand: &Operand| match operand {
        Operand::Text(template) => template.parts.clone(),
        other => panic!("no text: {other:?}"),
    };
    assert_eq!(parts(&tests[0].values[0]), [Part::Any, variable("x:y")]);
    assert_eq!(parts(&tests[1].values[0]), [text("A")]);
    assert_eq!(tests[2].values.iter().map(parts).collect::<Vec<_>>(), [[text("*?")], [text("1.50")]]);
    assert_eq!(tests[3].values, [Operand::Bool(true)]);
    assert_eq!(tests[4].values, [Operand::Bytes(b"A".to_vec())]);
    assert_eq!(tests[5].values, [Operand::Network(Network::V4 { address: 10 << 24, prefix: 8 })]);
    assert!(tests[5].operator.negated && tests[5].operator.comparison == Comparison::IpAddress);
    assert_eq!(tests[6].values, [Operand::Date(1_000_000_000)]);
    assert_eq!(tests[7].operator.comparison, Comparison::ArnLike);
    let [any, whole, segments] = tests[7].values.as_slice() else { panic!("three values") };
    assert_eq!(*any, Operand::Arn(ArnOperand::Any));
    assert_eq!(*whole, Operand::Arn(ArnOperand::Variable { key: "x:y".to_owned(), default: None }));
    let Operand::Arn(ArnOperand::Segments(segments)) = segments else { panic!("segments") };
    let segments = segments.each_ref().map(|segment| segment.parts.clone());
    assert_eq!(segments, [vec![text("arn")], vec![Part::Any], vec![text("s3")], vec![], vec![], vec![variable("x:y")]]);
}

#[test]
fn a_registered_partition_is_known() {
    use bailiwick_core::document;
    use bailiwick_core::profile::Registry;
    let policy = with_resource(r#""arn:lab:s3:::b""#);
    let mut registry = Registry::default();
    let parse = |registry: &Registry| document::parse(policy.as_bytes(), Identity, registry.profile(""), registry);
    assert_eq!(parse(&registry).unwrap_err().code, "INVALID_PARTITION");
    registry.partitions.insert("lab".to_owned());
    assert!(parse(&registry).is_ok());
}
