"""What runs in this process, under pytest-benchmark: limits, single checks, batches and loads. Nothing is asserted about time.

`make bench` runs it and reports the medians; by itself: `.venv/bin/python -m pytest -o addopts= -o pythonpath=benches benches`.
`checks` in `extra_info` is how many of the named things one round does.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
import tables
import workloads

import bailiwick as bw

Loaded: TypeAlias = tuple[bw.Engine, list[workloads.Request]]

CALLS = 10_000
STATEMENT = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}
REQUEST = {"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}
CASE = json.dumps({"request": REQUEST, "layers": {"identity": [{"Version": "2012-10-17", "Statement": [STATEMENT]}]}})


@pytest.fixture(scope="module", params=[*workloads.SHAPES])
def loaded(request: pytest.FixtureRequest) -> Loaded:
    """An engine with 10,000 statements, and requests to it."""
    made = workloads.make(request.param, 10_000)
    return bw.Engine(made.snapshot), made.requests


def nothing() -> None:
    """An empty Python function."""


def empty_call() -> None:
    for _ in range(CALLS):
        nothing()


def c_call() -> None:
    # Three arguments, and next to no work behind them.
    call, values = operator.setitem, [None]
    for _ in range(CALLS):
        call(values, 0, None)


def look_up() -> None:
    table = {f"key-{number}": number for number in range(1000)}
    for _ in range(CALLS):
        table["key-7"]


def empty_loop() -> None:
    for _ in range(CALLS):
        pass


@pytest.mark.parametrize("limit", [empty_loop, empty_call, c_call, look_up])
def test_limit(benchmark: Any, limit: Callable[[], None]) -> None:
    benchmark.extra_info["checks"] = CALLS
    benchmark(limit)


@pytest.mark.parametrize("context", [workloads.CONTEXT, None], ids=["four_keys", "no_context"])
def test_is_allowed(benchmark: Any, loaded: Loaded, context: dict[str, Any] | None) -> None:
    engine, requests = loaded
    check = engine.is_allowed

    def all_requests() -> int:
        return sum(check(who, what, where, context) for who, what, where, _ in requests)

    benchmark.extra_info["checks"] = len(requests)
    assert 0 < benchmark(all_requests) < len(requests)


def test_check(benchmark: Any, loaded: Loaded) -> None:
    engine, requests = loaded
    benchmark.extra_info["checks"] = len(requests)
    found = benchmark(lambda: [engine.check(*request) for request in requests])
    assert len(found) == len(requests)


def test_check_batch_of_tuples(benchmark: Any, loaded: Loaded) -> None:
    engine, requests = loaded
    benchmark.extra_info["checks"] = len(requests)
    assert len(benchmark(engine.check_batch, requests)) == len(requests)


def test_check_batch_of_a_table(benchmark: Any, loaded: Loaded) -> None:
    engine, requests = loaded
    table = tables.drawn_table(requests, list(range(len(requests))), "plain")
    benchmark.extra_info["checks"] = len(requests)
    assert benchmark(engine.check_batch, table).num_rows == len(requests)


def test_simulate(benchmark: Any) -> None:
    """One self-contained case: read, compiled and decided."""
    benchmark.extra_info["checks"] = 1
    assert benchmark(bw.simulate, CASE)["decision"] == "ALLOW"


def test_load(benchmark: Any) -> None:
    """10,000 statements, from Python objects."""
    snapshot = workloads.make("principals", 10_000).snapshot
    benchmark.extra_info["checks"] = 1
    assert benchmark.pedantic(bw.Engine, (snapshot,), rounds=7).statement_count > 10_000


def test_from_bytes(benchmark: Any) -> None:
    """10,000 statements, serialized."""
    data = bw.Engine(workloads.make("principals", 10_000).snapshot).to_bytes()
    benchmark.extra_info["checks"] = 1
    assert benchmark.pedantic(bw.Engine.from_bytes, (data,), rounds=7).statement_count > 10_000
