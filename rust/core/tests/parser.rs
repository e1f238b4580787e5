//! What the grammar refuses, with code and place (G-06…37, B-01…13).
//!
//! In the tables `▶` stands before the scalar at which the error is reported.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests may panic"
)]

mod refusals;

use bailiwick_core::document::PolicyKind::{Boundary, Endpoint, Identity, Rcp, Resource, Scp, Session, Trust};
use refusals::{accept, identity, refuse, statement, trust, with_condition, with_resource};

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
fn principals_are_for_some_kinds() {
    for kind in [Identity, Boundary, Session, Scp] {
        for name in ["Principal", "NotPrincipal"] {
            let text = identity(&format!(r#""Action":"*","Resource":"*",▶"{name}":"*""#));
            refuse(kind, "", &text, "UNSUPPORTED_ELEMENT", &format!("/Statement/0/{name}"));
        }
    }
    let missing = r#"{"Statement":[▶{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
    for kind in [Resource, Rcp] {
        refuse(kind, "", missing, "MISSING_PRINCIPAL", "/Statement/0");
    }
    accept(Endpoint, "", &missing.replace('▶', ""));
    refuse(Trust, "", r#"{"Statement":[▶{"Effect":"Deny","Action":"sts:*"}]}"#, "MISSING_PRINCIPAL", "/Statement/0");
}

#[test]
fn forms_of_the_principal_element() {
    let bucket = |principal: &str| {
        statement(&format!(r#""Effect":"Deny","Principal":{principal},"Action":"s3:*","Resource":"arn:aws:s3:::b""#))
    };
    let at = "/Statement/0/Principal";
    for (principal, code, path) in [
        (r#"▶"x""#, "INVALID_PRINCIPAL_FORMAT", at),
        (r#"▶"arn:aws:iam::111122223333:root""#, "INVALID_PRINCIPAL_FORMAT", at),
        (r#"▶{}"#, "EMPTY_OBJECT", at),
        (r#"▶["*"]"#, "DATA_TYPE_MISMATCH", at),
        (r#"{▶"Aws":"*"}"#, "INVALID_PRINCIPAL_KEY", "/Statement/0/Principal/Aws"),
        (r#"{"AWS":▶[]}"#, "EMPTY_ARRAY", "/Statement/0/Principal/AWS"),
        (r#"{"AWS":▶{}}"#, "DATA_TYPE_MISMATCH", "/Statement/0/Principal/AWS"),
        (r#"{"AWS":["*",▶111122223333]}"#, "DATA_TYPE_MISMATCH", "/Statement/0/Principal/AWS/1"),
        (
            r#"{▶"Federated":"accounts.google.com"}"#,
            "FEDERATED_PRINCIPAL_NOT_SUPPORTED",
            "/Statement/0/Principal/Federated",
        ),
        (r#"{▶"CanonicalUser":"x"}"#, "UNSUPPORTED_ELEMENT", "/Statement/0/Principal/CanonicalUser"),
    ] {
        refuse(Resource, "", &bucket(principal), code, path);
        refuse(Endpoint, "", &bucket(principal), code, path);
    }
    let canonical = format!(r#"{{"CanonicalUser":"{}"}}"#, "0123456789abcdef".repeat(4));
    accept(Resource, "s3", &bucket(&canonical));
    let at = "/Statement/0/Principal/CanonicalUser";
    refuse(Resource, "s3", &bucket(&canonical.replace("\"0", "▶\"A")), "INVALID_PRINCIPAL", at);
    refuse(Endpoint, "s3", &bucket(&canonical.replace("\"C", "▶\"C")), "UNSUPPORTED_ELEMENT", at);
}

#[test]
fn values_of_principals() {
    let id = "A".repeat(125);
    let aws_id = |length: usize| format!("AIDA{}", id.get(..length - 4).unwrap());
    for (key, value, code) in [
        ("AWS", "*", ""),
        ("AWS", "000000000001", ""),
        ("AWS", "arn:aws-cn:iam::111122223333:root", ""),
        ("AWS", "arn:aws:iam::111122223333:user/bob", ""),
        ("AWS", "arn:aws:iam::111122223333:user/a:b/$x/{y}/b+=,.@-_b", ""),
        ("AWS", "arn:aws:iam::111122223333:role/x", ""),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/x/s@y", ""),
        ("AWS", "arn:aws:sts::111122223333:federated-user/x", ""),
        ("AWS", &aws_id(20), ""),
        ("AWS", &aws_id(128), ""),
        ("AWS", "AROAEXAMPLE000000001", ""),
        ("AWS", &aws_id(19), "INVALID_PRINCIPAL"),
        ("AWS", &aws_id(129), "INVALID_PRINCIPAL"),
        ("AWS", "AROAexample000000001", "INVALID_PRINCIPAL"),
        ("AWS", "", "INVALID_PRINCIPAL"),
        ("AWS", "bob", "INVALID_PRINCIPAL"),
        ("AWS", "11112222333", "INVALID_PRINCIPAL"),
        ("AWS", "arn:lab:iam::111122223333:root", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam:eu-west-1:111122223333:root", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::aws:root", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:group/x", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:instance-profile/x", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:user/", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:user/a//b", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:user/é", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:assumed-role/x/s", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/x", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/p/x/s", "INVALID_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:role/*", "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:role/p?/x", "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
        ("AWS", "**", "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
        ("AWS", "arn:aws:iam::111122223333:user/${aws:username}", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
        ("AWS", "*${", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
        ("Service", "lambda.amazonaws.com", ""),
        ("Service", "0.", ""),
        ("Service", "lambda", "INVALID_PRINCIPAL"),
        ("Service", ".lambda", "INVALID_PRINCIPAL"),
        ("Service", "Lambda.amazonaws.com", "INVALID_PRINCIPAL"),
        ("Service", "*", "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
        ("Service", "${a:b}.amazonaws.com", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
        ("Federated", "accounts.google.com", ""),
        ("Federated", "arn:aws:iam::111122223333:saml-provider/x", ""),
        ("Federated", "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB", ""),
        ("Federated", "google", "INVALID_PRINCIPAL"),
        ("Federated", "arn:aws:iam::111122223333:role/x", "INVALID_PRINCIPAL"),
        ("Federated", "*.google.com", "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
        ("Federated", "${a:b}.com", "VARIABLE_UNSUPPORTED_IN_ELEMENT"),
    ] {
        let text = |mark| trust(&format!(r#"{{"{key}":[{mark}"{value}"]}}"#), r#""sts:*""#);
        if code.is_empty() {
            accept(Trust, "", &text(""));
        } else {
            refuse(Trust, "", &text("▶"), code, &format!("/Statement/0/Principal/{key}/0"));
        }
    }
}

#[test]
fn not_principal() {
    let bucket = |effect: &str, elements: &str| {
        statement(&format!(r#""Effect":{effect},{elements},"Action":"s3:*","Resource":"arn:aws:s3:::b""#))
    };
    let at = "/Statement/0/NotPrincipal";
    let alone = r#"▶"NotPrincipal":{"AWS":"*"}"#;
    accept(Resource, "", &bucket(r#""Deny""#, &alone.replace('▶', "")));
    refuse(Resource, "", &bucket(r#""Allow""#, alone), "NOTPRINCIPAL_WITH_ALLOW", at);
    refuse(Resource, "", &bucket(r#"▶"deny""#, &alone.replace('▶', "")), "INVALID_EFFECT", "/Statement/0/Effect");
    refuse(Endpoint, "", &bucket(r#""Deny""#, alone), "UNSUPPORTED_ELEMENT", at);
    let second = r#""Principal":"*",▶"NotPrincipal":"*""#;
    refuse(Resource, "", &bucket(r#""Allow""#, second), "UNSUPPORTED_ELEMENT_COMBINATION", at);
    let first = r#"▶"NotPrincipal":"*","Principal":"*""#;
    refuse(Resource, "", &bucket(r#""Allow""#, first), "NOTPRINCIPAL_WITH_ALLOW", at);
    let trusting = r#""Effect":"Allow",▶"NotPrincipal":{"AWS":"*"},"Principal":{"AWS":"*"},"Action":"sts:*""#;
    refuse(Trust, "", &statement(trusting), "TRUST_NOTPRINCIPAL", at);
}

#[test]
fn trust_policies() {
    let at = "/Statement/0/Principal";
    refuse(Trust, "", &trust(r#"▶"*""#, r#""sts:AssumeRole""#), "TRUST_WILDCARD_PRINCIPAL", at);
    accept(Trust, "", &trust(r#"{"AWS":"*"}"#, r#"["STS:AssumeRole","sts:*"]"#));
    for action in ["*", "s3:Get", "st?:AssumeRole"] {
        let text = trust(r#"{"AWS":"*"}"#, &format!(r#"["sts:TagSession",▶"{action}"]"#));
        refuse(Trust, "", &text, "TRUST_ACTION", "/Statement/0/Action/1");
    }
    for (members, code, path) in [
        (r#""Action":"sts:*",▶"Resource":"*""#, "UNSUPPORTED_ELEMENT", "/Statement/0/Resource"),
        (r#""Action":"sts:*",▶"NotResource":"*","Resource":"*""#, "UNSUPPORTED_ELEMENT", "/Statement/0/NotResource"),
        (r#"▶"NotAction":"sts:*","Action":"sts:*""#, "UNSUPPORTED_ELEMENT", "/Statement/0/NotAction"),
        (r#""Action":"sts:*",▶"NotAction":"sts:*""#, "UNSUPPORTED_ELEMENT_COMBINATION", "/Statement/0/NotAction"),
    ] {
        refuse(Trust, "", &statement(&format!(r#""Effect":"Allow","Principal":{{"AWS":"*"}},{members}"#)), code, path);
    }
    // What is refused for being there is not missing as well (B-14).
    let negated = r#""Effect":"Allow",▶"NotPrincipal":{"AWS":"*"},"NotAction":"sts:*""#;
    refuse(Trust, "", &statement(negated), "TRUST_NOTPRINCIPAL", "/Statement/0/NotPrincipal");
    let neither = r#"{"Statement":[▶{"Effect":"Allow","Principal":{"AWS":"*"}}]}"#;
    refuse(Trust, "", neither, "MISSING_ACTION", "/Statement/0");
}

#[test]
fn trusted_principals_and_actions_fit() {
    let saml = r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/x"}"#;
    let oidc = r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/x.y"}"#;
    let google = r#"{"Federated":"accounts.google.com"}"#;
    let both = r#"{"AWS":"*","Federated":"accounts.google.com"}"#;
    let service = r#"{"Service":"ec2.amazonaws.com"}"#;
    for (principal, action, fits) in [
        (saml, r#""sts:AssumeRoleWithSAML""#, true),
        (saml, r#""STS:assumerolewithwebidentity""#, false),
        (saml, r#"["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"]"#, false),
        (saml, r#"["sts:AssumeRole","sts:AssumeRoleWithSAML"]"#, true),
        (saml, r#""sts:AssumeRole""#, false),
        (saml, r#""sts:AssumeRoleWithWeb*""#, true),
        (saml, r#""sts:TagSession""#, true),
        (oidc, r#""sts:AssumeRoleWithWebIdentity""#, true),
        (google, r#""sts:AssumeRoleWithWebIdentity""#, true),
        (google, r#""sts:AssumeRoleWithSAML""#, false),
        (both, r#""sts:AssumeRole""#, true),
        (both, r#""sts:AssumeRoleWithSAML""#, false),
        (r#"{"AWS":"*"}"#, r#""sts:AssumeRole""#, true),
        (r#"{"AWS":"*"}"#, r#""sts:AssumeRoleWithSAML""#, false),
        (r#"{"AWS":"nobody","Federated":"accounts.google.com"}"#, r#""sts:AssumeRole""#, false),
        (service, r#""sts:AssumeRole""#, true),
        (service, r#""sts:AssumeRoleWithWebIdentity""#, false),
    ] {
        if fits {
            accept(Trust, "", &trust(principal, action));
        } else {
            let text = trust(&format!("▶{principal}"), action);
            refuse(Trust, "", &text, "MISMATCHED_ACTION_FOR_PRINCIPAL", "/Statement/0/Principal");
        }
    }
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
        let error = refusals::parse(Identity, "", &text).unwrap_err();
        assert!(error.message.ends_with(hint), "{error}");
    }
}
