"""What benches/README.md says of the workloads."""

from __future__ import annotations

from typing import cast

import pytest
import trail
import workloads
from workloads import Workload

import bailiwick as bw


def make(name: str) -> Workload:
    return trail.make(2000) if name == "trail" else workloads.make(cast(workloads.Shape, name), 2000, 2000)


@pytest.fixture(scope="module", params=[*workloads.SHAPES, "trail"])
def made(request: pytest.FixtureRequest) -> tuple[Workload, bw.Engine]:
    workload = make(request.param)
    return workload, bw.Engine(workload.snapshot)


def test_about_half_of_the_requests_are_allowed_and_some_meet_a_deny(made: tuple[Workload, bw.Engine]) -> None:
    workload, engine = made
    decisions = [engine.check(*request) for request in workload.requests]
    assert 0.4 < sum(decision.allowed for decision in decisions) / len(decisions) < 0.65
    assert any(decision.decision == "EXPLICIT_DENY" for decision in decisions)


def test_about_a_fifth_of_the_requests_have_a_context(made: tuple[Workload, bw.Engine]) -> None:
    workload, _ = made
    assert 0.15 < sum(bool(context) for *_, context in workload.requests) / len(workload.requests) < 0.35


def test_no_two_requests_are_equal(made: tuple[Workload, bw.Engine]) -> None:
    workload, _ = made
    assert len({repr(request) for request in workload.requests}) == len(workload.requests) == 2000


def test_what_follows_an_endless_resource_changes_nothing(made: tuple[Workload, bw.Engine]) -> None:
    workload, engine = made
    asked = [(who, what, where, context) for who, what, where, context in workload.endless[:500] if "kms" not in what]
    longer = [(who, what, f"{where}.7", context) for who, what, where, context in asked]
    same = sum(engine.is_allowed(*one) is engine.is_allowed(*other) for one, other in zip(asked, longer, strict=True))
    assert same == len(asked) > 300


@pytest.mark.parametrize("name", [*workloads.SHAPES, "trail"])
def test_a_seed_always_gives_the_same(name: str) -> None:
    one, other = make(name), make(name)
    assert (one.snapshot, one.requests) == (other.snapshot, other.requests)
