//! The top level, statements and their elements (G-06…13, G-20…31).

use crate::refusals::{accept, identity, refuse, statement, with_resource};
use bailiwick_core::document::PolicyKind::{Boundary, Endpoint, Identity, Rcp, Resource, Scp, Session};

#[test]
fn top_level() {
    for (text, code, path) in [
        ("▶{}", "MISSING_STATEMENT", ""),
        ("\n\t▶{\n\"Id\": \"x\"}", "MISSING_STATEMENT", ""),
        ("{▶\"statement\": []}", "INVALID_POLICY_ELEMENT", "/statement"),
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
        ("{\"Id\": \"é\",\n\"Version\":\"2012-10-17\" , ▶\"é\":1,\n\"Statement\":[]}", "INVALID_POLICY_ELEMENT", "/é"),
    ] {
        refuse(Identity, "", text, code, path);
    }
}

#[test]
fn elements_of_a_statement() {
    let both = |members: &str| format!(r#"{{"Statement":{{"Effect":"Allow",{members}}}}}"#);
    for (text, code, path) in [
        (r#"{"Statement":▶{}}"#.to_owned(), "MISSING_EFFECT", "/Statement"),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},▶{}]}"#.to_owned(),
            "MISSING_EFFECT",
            "/Statement/1",
        ),
        (r#"{"Statement":[▶{"Effect":"Allow","Resource":"*"}]}"#.to_owned(), "MISSING_ACTION", "/Statement/0"),
        (r#"{"Statement":[▶{"Effect":"Allow","Action":"*"}]}"#.to_owned(), "MISSING_RESOURCE", "/Statement/0"),
        (both(r#""Action":"*","Resource":"*",▶"Conditions":{}"#), "INVALID_POLICY_ELEMENT", "/Statement/Conditions"),
        (
            both(r#""Action":"*",▶"NotAction":"*","Resource":"*""#),
            "UNSUPPORTED_ELEMENT_COMBINATION",
            "/Statement/NotAction",
        ),
        (
            both(r#""NotResource":"*",▶"Resource":"*","Action":"*""#),
            "UNSUPPORTED_ELEMENT_COMBINATION",
            "/Statement/Resource",
        ),
        (both(r#""NotAction":▶"x","Action":"*","Resource":"*""#), "ACTION_WITHOUT_PREFIX", "/Statement/NotAction"),
        (both(r#""Action":▶[],"Resource":"*""#), "EMPTY_ARRAY", "/Statement/Action"),
        (both(r#""Action":["*",▶["*"]],"Resource":"*""#), "DATA_TYPE_MISMATCH", "/Statement/Action/1"),
        (both(r#""Action":▶{},"Resource":"*""#), "DATA_TYPE_MISMATCH", "/Statement/Action"),
        (both(r#""Action":"*","Resource":[▶true]"#), "DATA_TYPE_MISMATCH", "/Statement/Resource/0"),
        (both(r#""Action":"*","Resource":"*","Sid":▶7"#), "DATA_TYPE_MISMATCH", "/Statement/Sid"),
        (both(r#""Action":"*","Resource":"*","Sid":▶"a b""#), "UNSUPPORTED_SID", "/Statement/Sid"),
        (
            r#"{"Statement":{"Effect":▶"allow","Action":"*","Resource":"*"}}"#.to_owned(),
            "INVALID_EFFECT",
            "/Statement/Effect",
        ),
        (
            r#"{"Statement":{"Effect":▶["Allow"],"Action":"*","Resource":"*"}}"#.to_owned(),
            "DATA_TYPE_MISMATCH",
            "/Statement/Effect",
        ),
    ] {
        for kind in [Identity, Boundary, Session, Scp] {
            refuse(kind, "", &text, code, path);
        }
    }
}

#[test]
fn sids_are_unique_and_compared_decoded() {
    let text = |sids: [&str; 3]| {
        let statements = sids.map(|sid| format!(r#"{{"Sid":{sid},"Effect":"Deny","Action":"*","Resource":"*"}}"#));
        format!(r#"{{"Statement":[{}]}}"#, statements.join(","))
    };
    refuse(Identity, "", &text([r#""a""#, r#""b""#, r#"▶"\u0061""#]), "DUPLICATE_SID", "/Statement/2/Sid");
    accept(Identity, "", &text([r#""""#, r#""""#, r#""A""#]));
    let long = |length| format!(r#"{}"{}""#, if length > 256 { "▶" } else { "" }, "é".repeat(length));
    let bucket =
        |sid: &str| statement(&format!(r#""Sid":{sid},"Effect":"Deny","Principal":"*","Action":"*","Resource":"*""#));
    accept(Resource, "", &bucket(&long(256)));
    refuse(Resource, "", &bucket(&long(257)), "UNSUPPORTED_SID", "/Statement/0/Sid");
    refuse(Endpoint, "", &bucket(&long(257)), "UNSUPPORTED_SID", "/Statement/0/Sid");
    refuse(Rcp, "", &bucket(r#"▶"é""#), "UNSUPPORTED_SID", "/Statement/0/Sid");
}

#[test]
fn actions() {
    for (action, code) in [
        ("GetObject", "ACTION_WITHOUT_PREFIX"),
        ("", "ACTION_WITHOUT_PREFIX"),
        ("**", "ACTION_WITHOUT_PREFIX"),
        ("s3:GetObject, s3:PutObject", "ACTION_MANY_COLONS"),
        ("s3::Get", "ACTION_MANY_COLONS"),
        (":Get", "INVALID_ACTION_PREFIX"),
        ("s_3:Get", "INVALID_ACTION_PREFIX"),
        (" s3:Get", "INVALID_ACTION_PREFIX"),
        ("é:é", "INVALID_ACTION_PREFIX"),
        ("s3:", "INVALID_ACTION_NAME"),
        ("s3:Get Object", "INVALID_ACTION_NAME"),
        ("s3:${x}", "INVALID_ACTION_NAME"),
    ] {
        let text = identity(&format!(r#""Action":["*","s?-*.x:G_.-*?",▶"{action}"],"Resource":"*""#));
        refuse(Identity, "", &text, code, "/Statement/0/Action/2");
        let text = identity(&format!(r#""NotAction":▶"{action}","Resource":"*""#));
        refuse(Scp, "", &text, code, "/Statement/0/NotAction");
    }
}

#[test]
fn resource_control_policies() {
    let full = r#""Sid":"x","Effect":"Allow","Principal":"*","Action":["*"],"Resource":["*"]"#;
    accept(Rcp, "", &statement(full));
    accept(Rcp, "", &format!(r#"{{"Version":"2012-10-17","Id":"x","Statement":{{{full}}}}}"#));
    let deny = |members: &str| statement(&format!(r#""Effect":"Deny","Principal":"*","Resource":"*",{members}"#));
    accept(Rcp, "", &deny(r#""Action":["S3:*","sqs:Get?"],"Condition":{}"#));
    for action in ["*", "*:Get", "s?:Get"] {
        refuse(Rcp, "", &deny(&format!(r#""Action":▶"{action}""#)), "RCP_ACTION", "/Statement/0/Action");
    }
    for (members, code, path) in [
        (r#""Effect":▶"Allow","Principal":"*","Action":"s3:*","Resource":"*""#, "RCP_EFFECT", "Effect"),
        (r#""Effect":▶"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{}"#, "RCP_EFFECT", "Effect"),
        (r#""Effect":"Deny","Principal":▶{"AWS":"*"},"Action":"s3:*","Resource":"*""#, "RCP_PRINCIPAL", "Principal"),
        (r#""Effect":"Deny","Principal":▶{"AWS":"x"},"Action":"s3:*","Resource":"*""#, "RCP_PRINCIPAL", "Principal"),
        (r#""Effect":"Deny","Principal":▶"x","Action":"s3:*","Resource":"*""#, "RCP_PRINCIPAL", "Principal"),
        (r#""Effect":"Deny","Principal":▶["*"],"Action":"s3:*","Resource":"*""#, "RCP_PRINCIPAL", "Principal"),
        (r#""Effect":"Deny","Principal":▶null,"Action":"s3:*","Resource":"*""#, "DATA_TYPE_MISMATCH", "Principal"),
        (r#""Effect":"Deny","Principal":▶7,"Action":"s3:*","Resource":"*""#, "DATA_TYPE_MISMATCH", "Principal"),
        (
            r#""Effect":"Deny","Principal":"*",▶"NotPrincipal":"*","Action":"s3:*","Resource":"*""#,
            "UNSUPPORTED_ELEMENT_COMBINATION",
            "NotPrincipal",
        ),
        (
            r#"▶"NotPrincipal":"*","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*""#,
            "UNSUPPORTED_ELEMENT",
            "NotPrincipal",
        ),
        (
            r#"▶"NotAction":"s3:*","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*""#,
            "UNSUPPORTED_ELEMENT",
            "NotAction",
        ),
        (r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":▶"arn:aws:s3:::*:*""#, "", ""),
        (
            r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":▶"arn:aws:sqs:*""#,
            "MISSING_ARN_FIELD",
            "Resource",
        ),
    ] {
        if code.is_empty() {
            accept(Rcp, "", &statement(members).replace('▶', ""));
        } else {
            refuse(Rcp, "", &statement(members), code, &format!("/Statement/0/{path}"));
        }
    }
    let two = format!(
        r#"{{"Statement":[{{{}}},{{{full}}}]}}"#,
        full.replace("\"x\"", "\"y\"").replace(":\"Allow", ":▶\"Allow")
    );
    refuse(Rcp, "", &two, "RCP_EFFECT", "/Statement/0/Effect");
}

#[test]
fn resources() {
    for (resource, code) in [
        ("", "RESOURCE_NOT_ARN"),
        ("b", "RESOURCE_NOT_ARN"),
        ("**", "RESOURCE_NOT_ARN"),
        ("ARN:aws:s3:::b", "RESOURCE_NOT_ARN"),
        ("arn*", "RESOURCE_NOT_ARN"),
        ("${aws:PrincipalArn}", "RESOURCE_NOT_ARN"),
        ("arn", "MISSING_ARN_FIELD"),
        ("arn:aws:s3", "MISSING_ARN_FIELD"),
        ("arn:aws:sqs:*:q", "MISSING_ARN_FIELD"),
        ("arn:aws:sqs:eu-west-1", "MISSING_ARN_FIELD"),
        ("arn:", "INVALID_PARTITION"),
        ("arn:lab", "INVALID_PARTITION"),
        ("arn::s3:::b", "INVALID_PARTITION"),
        ("arn:AWS:s3:::b", "INVALID_PARTITION"),
        ("arn:aws_:s3:::b", "INVALID_PARTITION"),
        ("arn:x*:s3:::b", "INVALID_PARTITION"),
        ("arn:aws::::b", "RESOURCE_SERVICE_WILDCARD"),
        ("arn:aws:*:::b", "RESOURCE_SERVICE_WILDCARD"),
        ("arn:aws:s3*", "RESOURCE_SERVICE_WILDCARD"),
        ("arn:aws:s?:::b", "RESOURCE_SERVICE_WILDCARD"),
        ("arn:aws:sqs:eu_west:1:q", "INVALID_ARN_SEGMENT"),
        ("arn:aws:sqs:eu-west-1:1 1:q", "INVALID_ARN_SEGMENT"),
        ("arn:aws:sqs:eu-west-1:1.*", "INVALID_ARN_SEGMENT"),
        ("arn:aws:sqs:::", "MISSING_ARN_RESOURCE"),
        ("arn:aws:s3:eu-west-1::b", "ARN_REGION_NOT_ALLOWED"),
        ("arn:aws:s3:*:*:job/x", "ARN_REGION_NOT_ALLOWED"),
        ("arn:aws:s3:*", "ARN_REGION_NOT_ALLOWED"),
        ("arn:aws:iam:*:*:role/x", "ARN_REGION_NOT_ALLOWED"),
        ("arn:aws:iam::*:x", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:user", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:rootx", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:roo", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:role*", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:u?er/x", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:**", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:${aws:x}", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:users*", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:User/*", "IAM_RESOURCE_PATH"),
        ("arn:aws:iam::*:x${a:b", "IAM_RESOURCE_PATH"),
        ("arn:${aws:x}:s3:::b", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
        ("arn:aws:${aws:x}:::b", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
        ("arn:aws:sqs:${aws:x}:1:b", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
        ("arn:aws:sqs::a${aws:x:q", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
        ("arn:lab:sqs::${aws:x}:q", "INVALID_PARTITION"),
        ("arn:aws:s3:::${aws:x", "MISSING_BRACE_IN_VARIABLE"),
        ("arn:aws:s3:::${}", "EMPTY_VARIABLE"),
        ("arn:aws:s3:::${x}", "INVALID_VARIABLE"),
        ("arn:aws:s3:::${aws: x}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
        ("arn:aws:s3:::${aws:x, y}", "MISSING_QUOTE_IN_VARIABLE"),
    ] {
        refuse(Identity, "", &with_resource(&format!(r#"["*",▶"{resource}"]"#)), code, "/Statement/0/Resource/1");
    }
    for resource in [
        "arn:*",
        "arn:aws:sqs:*",
        "arn:aws:sqs:eu-west-1:*",
        "arn:aws*:s3:::b",
        "arn:?ws-cn:s3:::b",
        "arn:aws:a.b-C:*:aws:x",
        "arn:aws:s3:eu-west-1:1:accesspoint/x",
        "arn:aws:iam::1:*",
        "arn:aws:iam::1:root",
        "arn:aws:iam::1:role/${aws:x}*",
        "arn:aws:s3:::b/${aws:PrincipalTag/team, 'x:y'}/${*}$",
    ] {
        accept(Identity, "", &with_resource(&format!(r#""{resource}""#)));
    }
}

#[test]
fn an_absent_resource_is_for_some_services() {
    let text = r#"{"Statement":[▶{"Effect":"Allow","Principal":"*","Action":"sns:*"}]}"#;
    refuse(Resource, "s3", text, "MISSING_RESOURCE", "/Statement/0");
    refuse(Endpoint, "sns", text, "MISSING_RESOURCE", "/Statement/0");
    let document = accept(Resource, "sns", &text.replace('▶', ""));
    assert_eq!(document.statements[0].resource, None);
}
