//! A table through its indexes against a full scan: patterns and requests are cut out of the fuzzer's bytes.
#![no_main]

use bailiwick_core::compiled::Search;
use bailiwick_core::context::Context;
use bailiwick_core::profile::Registry;
use bailiwick_core::table::{Builder, IdentityInput, IdentityKind, Query};
use libfuzzer_sys::fuzz_target;

const ACCOUNT: &str = "111122223333";
const USER: &str = "arn:aws:iam::111122223333:user/ann";
/// What patterns and resources are made of.
const WORDS: [&str; 16] =
    ["a", "b", "ab", "/", ":", "-", "*", "?", "data", "x/y", "${aws:username}", "ann", "é", "*a", "b?", "logs"];

fn text(bytes: &[u8], wild: bool) -> String {
    let words = bytes.iter().map(|byte| WORDS[usize::from(*byte) % WORDS.len()]);
    words.filter(|word| wild || !word.contains(['*', '?', '$'])).collect()
}

fuzz_target!(|data: &[u8]| {
    let chunks: Vec<&[u8]> = data.chunks(6).take(200).collect();
    let statement = |(number, chunk): (usize, &&[u8])| {
        let effect = if number % 3 == 0 { "Deny" } else { "Allow" };
        let action = ["s3:Get", "s3:*", "*", "s3:G*"][chunk.len() % 4];
        format!(
            r#"{{"Effect":"{effect}","Action":"{action}","Resource":"arn:aws:s3:::{}"}}"#,
            text(chunk, true)
        )
    };
    let statements: Vec<String> = chunks.iter().enumerate().map(statement).collect();
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let mut builder = Builder::new(Registry::default(), 1);
    builder.account(ACCOUNT, "aws", None).unwrap();
    let identity = IdentityInput {
        kind: IdentityKind::User,
        arn: USER,
        id: None,
        inline: vec![("own", &document)],
        managed: Vec::new(),
        groups: Vec::new(),
        boundary: None,
        trust: None,
        tags: Vec::new(),
        service_linked: false,
    };
    if builder.identity(&identity).is_err() {
        return; // such as a resource that names no bucket
    }
    let table = builder.finish();
    let everything = table.clone().with_search(Search::Everything);
    for chunk in chunks.iter().rev().take(8) {
        let resource = format!("arn:aws:s3:::{}", text(chunk, false));
        let context = Context::new();
        let caller = table.caller(USER).unwrap();
        let query = Query {
            caller: &caller,
            action: "s3:Get",
            resource: &resource,
            resource_account: None,
            context: &context,
            session: None,
            endpoint: None,
            trust_mode: None,
            anonymous_allowed: None,
        };
        assert_eq!(table.decide(&query), everything.decide(&query), "{resource}");
    }
});
