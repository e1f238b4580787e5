//! Principals, and who may be trusted (G-14…19, G-23).

use crate::refusals::{accept, identity, refuse, statement, trust};
use bailiwick_core::document::PolicyKind::{Boundary, Endpoint, Identity, Rcp, Resource, Scp, Session, Trust};

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
