//! Tables and requests of any size: users with ten statements each, or one user under all of them.
//!
//! The patterns are mixed as in `benches/workloads.py`; nothing is drawn, so that a number says it all.

use bailiwick_core::context::Context;
use bailiwick_core::profile::Registry;
use bailiwick_core::table::{Builder, IdentityInput, IdentityKind, Table};

const ACCOUNT: &str = "111122223333";
const HOT: &str = "arn:aws:iam::111122223333:user/hot";
const ACTIONS: [&str; 6] =
    ["GetObject", "PutObject", "DeleteObject", "ListBucket", "GetObjectTagging", "PutObjectTagging"];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Principals,
    HotPrincipal,
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Principals => "principals",
            Self::HotPrincipal => "hot_principal",
        }
    }
}

/// A request without its context.
pub(crate) struct Asked {
    pub(crate) principal: String,
    pub(crate) action: String,
    pub(crate) resource: String,
}

/// A table with so many statements.
pub(crate) fn table(shape: Shape, size: usize) -> Table {
    let documents: Vec<(String, String)> =
        (0..size / 10).map(|at| (format!("arn:aws:iam::{ACCOUNT}:policy/p{at}"), document(at))).collect();
    let mut builder = Builder::new(Registry::default(), documents.len());
    builder.account(ACCOUNT, "aws", None).unwrap();
    for (id, text) in &documents {
        builder.managed_policy(ACCOUNT, id, text).unwrap();
    }
    match shape {
        Shape::HotPrincipal => {
            let all = documents.iter().map(|(id, _)| id.as_str()).collect();
            builder.identity(&user(HOT, all)).unwrap();
        }
        Shape::Principals => {
            for (at, (id, _)) in documents.iter().enumerate() {
                builder.identity(&user(&principal(at), vec![id])).unwrap();
            }
        }
    }
    builder.finish()
}

/// Ten statements, the first a Deny; only their own numbers' resources match.
pub(crate) fn document(at: usize) -> String {
    let statements: Vec<String> = (at * 10..at * 10 + 10)
        .map(|number| {
            let effect = if number % 10 == 0 { "Deny" } else { "Allow" };
            let (service, resource) = pattern(number);
            let action = ACTIONS[number % ACTIONS.len()];
            let condition =
                if number % 5 == 1 { r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"# } else { "" };
            format!(r#"{{"Effect":"{effect}","Action":"{service}:{action}","Resource":"{resource}"{condition}}}"#)
        })
        .collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

/// Every other request asks for what a statement is about, the rest for an action that nobody was granted.
pub(crate) fn asked(shape: Shape, size: usize, number: usize) -> Asked {
    // A prime stride: all documents of every size are met.
    let statement = number * 7_919 % size;
    let (service, pattern) = pattern(statement);
    let action = if number.is_multiple_of(2) { ACTIONS[statement % ACTIONS.len()] } else { "GetBucketAcl" };
    let principal = match shape {
        Shape::Principals => principal(statement / 10),
        Shape::HotPrincipal => HOT.to_owned(),
    };
    let resource = pattern.replacen(":*:", ":eu-west-1:", 1).replace('*', "orts/2026/7.csv");
    Asked { principal, action: format!("{service}:{action}"), resource }
}

pub(crate) fn context() -> Context<'static> {
    let mut context = Context::new();
    context.add("aws:SourceIp", "203.0.113.7");
    context.add("aws:SecureTransport", "true");
    context.add("aws:MultiFactorAuthPresent", "true");
    context.add("aws:RequestedRegion", "eu-west-1");
    context.finish();
    context
}

fn pattern(number: usize) -> (&'static str, String) {
    match number % 10 {
        5 => ("s3", format!("arn:aws:s3:::data-{number:07}/report.csv")),
        0..=3 => ("s3", format!("arn:aws:s3:::data-{number:07}/*")),
        4 => ("s3", format!("arn:aws:s3:::data-{number:07}/rep*")),
        6..=8 => ("ec2", format!("arn:aws:ec2:*:{ACCOUNT}:instance/i-{number:017x}")),
        _ => ("logs", format!("arn:aws:logs:*:{ACCOUNT}:log-group:/app/svc-{number:07}:*")),
    }
}

fn principal(at: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/u{at:06}")
}

fn user<'i>(arn: &'i str, managed: Vec<&'i str>) -> IdentityInput<'i> {
    IdentityInput {
        kind: IdentityKind::User,
        arn,
        id: None,
        inline: Vec::new(),
        managed,
        groups: Vec::new(),
        boundary: None,
        trust: None,
        tags: Vec::new(),
        service_linked: false,
    }
}
