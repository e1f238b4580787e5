"""Near misses: every change that is shown does allow the request, and nothing else unless it says so."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import event, given, settings

import bailiwick as bw
from bailiwick import changes as c
from bailiwick.explanation import why_not_case
from tests import snapshots
from tests.campaign import Fast
from tests.drawing import ACTIONS, RESOURCES, ROLE, STS_ACTIONS, A, Draw, Json
from tests.misses import changed, policy_id
from tests.strategies import groups
from tests.test_snapshots import usable


def named_once(case: Json) -> bool:
    """Policies of one id in one list cannot be told apart by their names; the drawing makes some."""
    layers = case["layers"]
    lists = [layers.get(name, []) for name in ("identity", "session", "endpoint")]
    lists += [level for name in ("scp", "rcp") for level in layers.get(name, [])]
    ids = [[policy_id(one, str(at)) for at, one in enumerate(listed)] for listed in lists]
    return all(len(set(one)) == len(one) for one in ids)


def hold(case: Json) -> Counter[str]:
    """Checks every change for a case, and counts their kinds."""
    kinds = Counter[str]()
    before = bw.simulate(case)
    if "error" in before or not named_once(case):
        return kinds
    why_not = why_not_case(case, limit=100)
    assert str(why_not.decision.decision) == before["decision"]
    assert (why_not.misses == ()) is (before["decision"] == "ALLOW" or before["reason"] == "partition_mismatch")
    for miss in why_not.misses:
        kinds["/".join(step.kind for step in miss.change) or "none"] += 1
        if miss.change:
            after = changed(case, miss)
            assert bw.simulate(after)["decision"] == bw.simulate(after, "reference")["decision"] == "ALLOW"
            if not any(step.grants for step in miss.change):
                grants_nothing_else(case, after)
    return kinds


@settings(max_examples=100, deadline=None)
@given(groups(1))
def test_every_change_allows_the_request_and_nothing_else_unsaid(drawn: tuple[list[Json], Json]) -> None:
    (request,), layers = drawn
    for kind in hold({"request": request, "layers": layers}):
        event(kind)


def test_denials_have_changes_of_every_kind() -> None:
    """The same on fixed seeds, so that the mix can be asserted."""
    kinds = Counter[str]()
    for seed in range(250):
        (request,), layers = Draw(Fast(seed)).group(1)
        kinds += hold({"request": request, "layers": layers})
    assert {"request", "statement", "exception", "request/statement", "exception/statement"} <= kinds.keys(), kinds
    assert 0 < kinds["none"] < 0.25 * kinds.total(), kinds


def grants_nothing_else(case: Json, after: Json) -> None:
    """Other requests of the caller, in the context that the change asks for, are decided by the changed policies as before."""
    asked = {**case["request"], "context": after["request"]["context"]}
    trust = asked["resource"] == ROLE
    for action in STS_ACTIONS if trust else ACTIONS:
        for resource in [ROLE] if trust else RESOURCES:
            if (action.lower(), resource) == (asked["action"].lower(), asked["resource"]):
                continue
            other = {**asked, "action": action, "resource": resource}
            other.pop("resource_account", None)
            was = bw.simulate({"request": other, "layers": case["layers"]})["decision"]
            now = bw.simulate({"request": other, "layers": after["layers"]})["decision"]
            assert now == was, (other, was, now)

    others_gain_nothing(case, after)


def others_gain_nothing(case: Json, after: Json) -> None:
    """The same request of another user, whom the changed policies bind too but for the caller's own."""
    eve = f"arn:aws:iam::{A}:user/x/eve"
    context = {key: eve if key.lower() == "aws:principalarn" else value for key, value in after["request"]["context"].items()}
    other = {**case["request"], "principal": eve, "context": context}
    own = {"identity": case["layers"].get("identity", [])}
    was, now = ({**layers, **own} for layers in (case["layers"], after["layers"]))
    for layers in (was, now):
        layers.pop("session", None)
    assert bw.simulate({"request": other, "layers": now}) == bw.simulate({"request": other, "layers": was})


@pytest.mark.parametrize("seed", range(340, 346))
def test_the_engine_allows_what_it_is_told_would_be_allowed(seed: int) -> None:
    """Context changes are put to the engine itself, inline policies are put into it."""
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    engine = bw.Engine(drawn.snapshot)
    for _ in range(15):
        who, what, where, context = usable(drawn.request())
        why_not = engine.why_not(who, what, where, context)
        assert why_not.decision == engine.check(who, what, where, context)
        for miss in why_not.misses:
            steps = miss.change
            keys = {key: list(values) for step in steps for key, values in step.context.items()}
            asked = {key: value for key, value in context.items() if key.lower() not in {one.lower() for one in keys}} | keys
            if steps and all(step.kind in ("request", "tag") for step in steps):
                assert engine.is_allowed(who, what, where, asked)
            elif steps and all(step.layer == "identity" and step.policy is None for step in steps) and isinstance(who, str):
                owner = who if ":user/" in who else ROLE
                document = steps[0].document
                assert document is not None
                other = bw.Engine(drawn.snapshot)
                other.update(c.PutInlinePolicy(identity=owner, name="why-not", document=document))
                assert other.is_allowed(who, what, where, context)
