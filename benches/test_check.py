"""Single checks under pytest-benchmark: `make bench`; nothing is asserted about time."""

from __future__ import annotations

import json
from typing import Any

import pytest
import workloads

import bailiwick as bw

REQUEST = {"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}
STATEMENT = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}
CASE = json.dumps({"request": REQUEST, "layers": {"identity": [{"Version": "2012-10-17", "Statement": [STATEMENT]}]}})


@pytest.fixture(scope="module", params=[*workloads.SHAPES])
def loaded(request: pytest.FixtureRequest) -> tuple[bw.Engine, list[tuple[str, str, str]]]:
    """An engine with 10,000 statements, and requests to it."""
    made = workloads.make(request.param, 10_000)
    return bw.Engine(made.snapshot), made.requests


@pytest.mark.parametrize("context", [workloads.CONTEXT, None], ids=["four_keys", "no_context"])
def test_is_allowed(benchmark: Any, loaded: tuple[bw.Engine, list[tuple[str, str, str]]], context: dict[str, Any] | None) -> None:
    engine, requests = loaded
    check = engine.is_allowed

    def all_requests() -> int:
        return sum(check(who, what, where, context) for who, what, where in requests)

    benchmark.extra_info["checks"] = len(requests)
    assert 0 < benchmark(all_requests) < len(requests)


def test_check(benchmark: Any, loaded: tuple[bw.Engine, list[tuple[str, str, str]]]) -> None:
    engine, requests = loaded
    found = benchmark(lambda: [engine.check(*request, workloads.CONTEXT) for request in requests])
    assert len(found) == len(requests)


def test_check_batch(benchmark: Any, loaded: tuple[bw.Engine, list[tuple[str, str, str]]]) -> None:
    engine, requests = loaded
    rows = [(*request, workloads.CONTEXT) for request in requests]
    assert len(benchmark(engine.check_batch, rows)) == len(rows)


def test_simulate(benchmark: Any) -> None:
    """One self-contained case: read, compiled and decided."""
    assert benchmark(bw.simulate, CASE)["decision"] == "ALLOW"


def test_load(benchmark: Any) -> None:
    snapshot = workloads.make("principals", 10_000).snapshot
    assert benchmark.pedantic(bw.Engine, (snapshot,), rounds=5).statement_count > 10_000


def test_from_bytes(benchmark: Any) -> None:
    data = bw.Engine(workloads.make("principals", 10_000).snapshot).to_bytes()
    assert benchmark.pedantic(bw.Engine.from_bytes, (data,), rounds=5).statement_count > 10_000
