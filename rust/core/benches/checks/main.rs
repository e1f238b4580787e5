//! The core under criterion, without Python: `make bench-rust`.
#![allow(missing_docs, reason = "criterion's macro makes a public function")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measuring tool")]

mod workload;

use bailiwick_core::action::Action;
use bailiwick_core::context::Context;
use bailiwick_core::document::{self, PolicyKind};
use bailiwick_core::profile::{Registry, ServiceProfile};
use bailiwick_core::table::{Query, Table};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use workload::{Asked, Shape};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const REQUESTS: usize = 1_000;

fn documents(criterion: &mut Criterion) {
    let text = workload::document(0);
    let (profile, registry) = (ServiceProfile::default(), Registry::default());
    let mut group = criterion.benchmark_group("documents");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse ten statements", |bench| {
        bench.iter(|| document::parse(black_box(text.as_bytes()), PolicyKind::Identity, &profile, &registry).unwrap());
    });
    group.finish();
}

fn checks(criterion: &mut Criterion) {
    for shape in [Shape::Principals, Shape::HotPrincipal] {
        let mut group = criterion.benchmark_group(shape.name());
        group.throughput(Throughput::Elements(REQUESTS as u64));
        for size in SIZES {
            let table = workload::table(shape, size);
            let asked: Vec<Asked> = (0..REQUESTS).map(|number| workload::asked(shape, size, number)).collect();
            let context = workload::context();
            let answer = |one| ask(&table, one, &context);
            group.bench_function(BenchmarkId::new("1,000 checks", size), |bench| {
                bench.iter(|| asked.iter().filter(|one| answer(one)).count());
            });
            // As the rows of a table are decided: callers and actions are looked at once.
            let callers: Vec<_> = asked.iter().map(|one| table.asker(table.caller(&one.principal).unwrap())).collect();
            let actions: Vec<_> = asked.iter().map(|one| Action::parse(&one.action).unwrap()).collect();
            group.bench_function(BenchmarkId::new("1,000 rows", size), |bench| {
                bench.iter(|| {
                    for (at, one) in asked.iter().enumerate() {
                        let place = table.place(&one.resource).unwrap();
                        black_box(table.verdict(&callers[at], &actions[at], &place, None, &context).unwrap());
                    }
                });
            });
        }
        group.finish();
    }
}

fn bytes(criterion: &mut Criterion) {
    let table = workload::table(Shape::Principals, 10_000);
    let data = table.to_bytes();
    let mut group = criterion.benchmark_group("10,000 statements");
    group.throughput(Throughput::Bytes(data.len() as u64));
    group.bench_function("serialize", |bench| bench.iter(|| table.to_bytes().len()));
    group.bench_function("open", |bench| bench.iter(|| Table::from_bytes(black_box(&data)).unwrap()));
    group.finish();
}

fn ask(table: &Table, asked: &Asked, context: &Context<'_>) -> bool {
    let caller = table.caller(black_box(&asked.principal)).unwrap();
    let query = Query {
        caller: &caller,
        action: &asked.action,
        resource: &asked.resource,
        resource_account: None,
        context,
        session: None,
        endpoint: None,
        trust_mode: None,
        anonymous_allowed: None,
    };
    table.is_allowed(&query).unwrap()
}

criterion_group!(benches, documents, checks, bytes);
criterion_main!(benches);
