//! The index may offer a statement that does not match; it never loses one that does.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::type_complexity,
    reason = "tests may panic"
)]
#![allow(clippy::disallowed_methods, reason = "tests read files")]

mod common;

use bailiwick_core::compiled::Search;
use bailiwick_core::context::Context;
use bailiwick_core::decision::{Decision, Outcome};
use bailiwick_core::profile::Registry;
use bailiwick_core::table::{Builder, Change, IdentityInput, IdentityKind, Query, Table};
use common::{ACCOUNT, Draw};

struct Parts {
    managed: Vec<(String, String)>,
    users: Vec<(String, Vec<(String, String)>, Vec<usize>)>,
    bucket_policy: String,
}

fn draw_parts(draw: &mut Draw) -> Parts {
    let managed = (0..30)
        .map(|at| {
            let size = if draw.chance(10) { 90 } else { 1 + draw.below(4) };
            (format!("arn:aws:iam::{ACCOUNT}:policy/p{at}"), common::document(draw, size, false))
        })
        .collect();
    let users = (0..6)
        .map(|at| {
            let inline = (0..draw.below(3)).map(|n| (format!("inline{n}"), common::document(draw, 2, false))).collect();
            // Some lists are long enough to have an index of their own.
            let count = if at % 2 == 0 { 3 } else { 25 };
            let mut attached: Vec<usize> = (0..count).map(|_| draw.below(30)).collect();
            attached.sort_unstable();
            attached.dedup();
            (format!("arn:aws:iam::{ACCOUNT}:user/u{at}"), inline, attached)
        })
        .collect();
    Parts { managed, users, bucket_policy: common::document(draw, 120, true) }
}

fn input<'p>(parts: &'p Parts, at: usize) -> IdentityInput<'p> {
    let (arn, inline, attached) = &parts.users[at];
    IdentityInput {
        kind: IdentityKind::User,
        arn,
        id: None,
        inline: inline.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        managed: attached.iter().map(|at| parts.managed[*at].0.as_str()).collect(),
        groups: Vec::new(),
        boundary: None,
        trust: None,
        tags: Vec::new(),
        service_linked: false,
    }
}

fn build(parts: &Parts) -> Table {
    let mut builder = Builder::new(Registry::default(), parts.users.len());
    builder.account(ACCOUNT, "aws", None).unwrap();
    for (id, text) in &parts.managed {
        builder.managed_policy(ACCOUNT, id, text).unwrap();
    }
    for at in 0..parts.users.len() {
        builder.identity(&input(parts, at)).unwrap();
    }
    for number in 0..30 {
        let arn = format!("arn:aws:s3:::home-{number}");
        builder.resource(&arn, ACCOUNT, Some(&parts.bucket_policy), &[]).unwrap();
    }
    builder.finish()
}

/// One request, asked of several tables.
fn ask_all(draw: &mut Draw, tables: &[&Table]) -> Vec<Decision> {
    let principal = common::user(draw);
    let (action, resource) = (common::action(draw), common::resource(draw));
    let pairs = common::context(draw);
    let mut context = Context::new();
    for (key, values) in pairs {
        context.add_all(key, values.into_iter().map(Into::into));
    }
    context.finish();
    let ask = |table: &&Table| {
        let query = Query {
            caller: &table.caller(&principal).unwrap(),
            action: &action,
            resource: &resource,
            resource_account: None,
            context: &context,
            session: None,
            endpoint: None,
            trust_mode: None,
            anonymous_allowed: None,
        };
        let decision = table.decide(&query).unwrap();
        let allowed = table.is_allowed(&query).unwrap();
        assert_eq!(allowed, decision.verdict.outcome == Outcome::Allow, "{principal} {action} {resource}");
        decision
    };
    tables.iter().map(ask).collect()
}

#[test]
fn every_search_gives_the_same_decisions() {
    let mut outcomes = [0_usize; 3];
    for seed in 0..12 {
        let mut draw = Draw::new(seed);
        let table = build(&draw_parts(&mut draw));
        let signatures = table.clone().with_search(Search::Signatures);
        let everything = table.clone().with_search(Search::Everything);
        for _ in 0..400 {
            let decisions = ask_all(&mut draw, &[&table, &signatures, &everything]);
            assert_eq!(decisions[0], decisions[2], "seed {seed}");
            assert_eq!(decisions[1], decisions[2], "seed {seed}");
            outcomes[decisions[0].verdict.outcome as usize] += 1;
        }
    }
    assert!(outcomes.iter().all(|count| *count > 400), "the requests do not meet the policies: {outcomes:?}");
}

#[test]
fn a_table_that_was_updated_answers_as_one_that_was_built() {
    for seed in 0..12 {
        let mut draw = Draw::new(1000 + seed);
        let mut parts = draw_parts(&mut draw);
        let mut table = build(&parts);
        for number in 0..40 {
            // What was read from bytes is updated as well.
            if number % 10 == 5 {
                table = Table::from_bytes(&table.to_bytes()).unwrap();
            }
            let (user, policy) = (draw.below(6), draw.below(30));
            let text = common::document(&mut draw, 3, false);
            let (arn, id) = (parts.users[user].0.clone(), parts.managed[policy].0.clone());
            let change = match draw.below(4) {
                0 => {
                    parts.managed[policy].1.clone_from(&text);
                    Change::PutPolicy { account: ACCOUNT, id: &id, document: &text }
                }
                1 if parts.users[user].2.contains(&policy) => {
                    parts.users[user].2.retain(|known| *known != policy);
                    Change::Detach { identity: &arn, policy: &id }
                }
                2 => {
                    parts.users[user].1.retain(|(name, _)| name != "inline0");
                    parts.users[user].1.push(("inline0".to_owned(), text.clone()));
                    Change::PutInline { identity: &arn, name: "inline0", document: &text }
                }
                _ => {
                    if !parts.users[user].2.contains(&policy) {
                        parts.users[user].2.push(policy);
                    }
                    Change::Attach { identity: &arn, policy: &id }
                }
            };
            table = table.update(&[change]).unwrap();
        }
        assert_eq!(table.revision(), 41);
        let built = build(&parts);
        let read = Table::from_bytes(&table.to_bytes()).unwrap();
        for _ in 0..400 {
            let decisions = ask_all(&mut draw, &[&table, &built, &read]);
            assert_eq!(decisions[0], decisions[1], "seed {seed}");
            assert_eq!(decisions[0], decisions[2], "seed {seed}");
        }
    }
}

#[test]
fn an_update_that_fails_changes_nothing() {
    let mut draw = Draw::new(7);
    let parts = draw_parts(&mut draw);
    let table = build(&parts);
    let good = Change::PutPolicy { account: ACCOUNT, id: "new", document: r#"{"Statement":[]}"# };
    assert!(table.update(&[good]).is_err());
    let held = &parts.managed[parts.users[1].2[0]].0;
    assert!(table.update(&[Change::DeletePolicy { account: ACCOUNT, id: held }]).is_err(), "it is attached");
    let unknown = Change::Attach { identity: &parts.users[0].0, policy: "no-such-policy" };
    assert!(table.update(&[unknown]).is_err());
    assert_eq!(table.revision(), 1);
}

#[test]
fn damaged_bytes_are_refused() {
    let table = build(&draw_parts(&mut Draw::new(3)));
    let bytes = table.to_bytes();
    assert!(Table::from_bytes(b"").is_err());
    assert!(Table::from_bytes(&bytes[1..]).is_err());
    assert!(Table::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    let mut draw = Draw::new(5);
    for _ in 0..200 {
        let mut damaged = bytes.clone();
        let at = draw.below(damaged.len());
        damaged[at] ^= 1 << draw.below(8);
        assert!(Table::from_bytes(&damaged).is_err(), "byte {at}");
    }
}
