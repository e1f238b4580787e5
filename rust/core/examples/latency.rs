//! Times single checks of a serialized engine, without Python: `latency ENGINE REQUESTS SECONDS`.
//!
//! REQUESTS has one request a line: principal, action, resource, then keys and values of the context, separated by tabs.
//! Prints the fastest and the median of the rounds in nanoseconds a check, and the share of allowed requests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, reason = "a measuring tool")]

use bailiwick_core::context::Context;
use bailiwick_core::table::{Query, Table};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let table = Table::from_bytes(&std::fs::read(&arguments[1]).unwrap()).unwrap();
    let lines = std::fs::read_to_string(&arguments[2]).unwrap();
    let requests: Vec<Vec<&str>> = lines.lines().map(|line| line.split('\t').collect()).collect();
    let seconds: f64 = arguments[3].parse().unwrap();
    let mut allowed = 0;
    let mut rounds = Vec::new();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while rounds.len() < 5 || Instant::now() < end {
        let start = Instant::now();
        allowed = requests.iter().filter(|request| ask(&table, request)).count();
        rounds.push(start.elapsed().as_nanos() as f64 / requests.len() as f64);
    }
    rounds.sort_by(f64::total_cmp);
    let share = allowed as f64 / requests.len() as f64;
    println!("{:.1} {:.1} {share:.3}", rounds[0], rounds[rounds.len() / 2]);
}

#[inline(never)] // so that a profiler can tell it from the rest
fn ask(table: &Table, request: &[&str]) -> bool {
    let mut context = Context::new();
    for pair in request[3..].chunks(2) {
        context.add(pair[0], pair[1]);
    }
    context.finish();
    let caller = table.caller(black_box(request[0])).unwrap();
    let query = Query {
        caller: &caller,
        action: request[1],
        resource: request[2],
        resource_account: None,
        context: &context,
        session: None,
        endpoint: None,
        trust_mode: None,
        anonymous_allowed: None,
    };
    table.is_allowed(&query).unwrap()
}
