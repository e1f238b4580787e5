"""Explanations, near misses and simulations under pytest-benchmark: `make bench`; nothing is asserted about time."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import workloads

import bailiwick as bw
from bailiwick.simulation import simulate_custom_policy

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/organization"
ANN = "arn:aws:iam::111122223333:user/ann"
REPORT = "arn:aws:s3:::harbor-shipments/2026/1.csv"


@pytest.fixture(scope="module")
def example() -> bw.Engine:
    """A caller with fourteen statements in four layers."""
    return bw.Engine.from_account(
        EXAMPLE / "account.json",
        organization=EXAMPLE / "organization.json",
        resource_policies=EXAMPLE / "resource-policies.jsonl",
        registry=bw.Registry(partitions=frozenset({"app"})),
    )


@pytest.fixture(scope="module", params=[("principals", 100_000), ("hot_principal", 1_000)], ids=["20_of_100000", "all_of_1000"])
def loaded(request: pytest.FixtureRequest) -> tuple[bw.Engine, list[tuple[str, str, str]]]:
    """An engine, and denied requests to it; a request sees twenty statements, or all."""
    made = workloads.make(*request.param)
    engine = bw.Engine(made.snapshot)
    denied = [asked[:3] for asked in made.requests if not engine.is_allowed(*asked[:3], workloads.CONTEXT)]
    return engine, denied[:50]


def test_explain_example(benchmark: Any, example: bw.Engine) -> None:
    assert not benchmark(example.explain, ANN, "s3:PutObject", REPORT)


def test_render_example(benchmark: Any, example: bw.Engine) -> None:
    assert "missing" in benchmark(str, example.explain(ANN, "s3:PutObject", REPORT))


def test_why_not_example_statement(benchmark: Any, example: bw.Engine) -> None:
    assert benchmark(example.why_not, ANN, "s3:PutObject", REPORT).misses[0].change


def test_why_not_example_condition(benchmark: Any, example: bw.Engine) -> None:
    assert benchmark(example.why_not, ANN, "s3:GetObject", REPORT, {"aws:SecureTransport": False}).misses[0].change


def test_explain(benchmark: Any, loaded: tuple[bw.Engine, list[tuple[str, str, str]]]) -> None:
    engine, denied = loaded
    asked = cycle(denied)
    assert not benchmark(lambda: engine.explain(*next(asked), workloads.CONTEXT))


def test_why_not(benchmark: Any, loaded: tuple[bw.Engine, list[tuple[str, str, str]]]) -> None:
    engine, denied = loaded
    asked = cycle(denied)
    assert benchmark(lambda: engine.why_not(*next(asked), workloads.CONTEXT)).misses


def test_first_explain_of_many(benchmark: Any) -> None:
    """The names of 10,000 users are found once."""
    made = workloads.make("principals", 100_000)
    data = bw.Engine(made.snapshot).to_bytes()

    def opened() -> tuple[tuple[bw.Engine], dict[str, Any]]:
        return (bw.Engine.from_bytes(data, snapshot=made.snapshot),), {}

    benchmark.pedantic(lambda engine: engine.explain(*made.requests[0]), setup=opened, rounds=5)


def test_simulate_custom_policy(benchmark: Any) -> None:
    """Ten actions on ten resources."""
    policy = workloads.document([{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}])
    actions = [f"s3:{name}{number}" for name in ("Get", "Put") for number in range(5)]
    arns = [f"arn:aws:s3:::b/{number}" for number in range(10)]
    found = benchmark(lambda: simulate_custom_policy(PolicyInputList=[policy], ActionNames=actions, ResourceArns=arns))
    assert len(found["EvaluationResults"]) == 10
