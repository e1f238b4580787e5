"""Whole snapshots: the engine, through every one of its paths, against the reference on the case written out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import changes as c
from bailiwick import reference
from bailiwick.snapshot_case import case_of
from tests import snapshots
from tests.campaign import Fast
from tests.drawing import A, Draw

MEMBERS = ("decision", "reason", "deciding_layer", "matched", "missing_keys", "indeterminate")
SEEDS = range(24)
REQUESTS = 50


def answer(engine: bw.Engine, request: snapshots.Request) -> dict[str, Any]:
    """A decision without what the reference does not know of."""
    principal, action, resource, context = request
    decision = engine.check(principal, action, resource, context)
    assert engine.is_allowed(principal, action, resource, context) is decision.allowed
    found = asdict(decision)
    return {name: [dict(one) for one in found[name]] if name == "matched" else found[name] for name in MEMBERS}


def plain(snapshot: bw.Snapshot, request: snapshots.Request) -> dict[str, Any]:
    case = case_of(snapshot, *request)
    found = reference.simulate(json.dumps(case, ensure_ascii=False), registry=snapshot.registry)
    assert "error" not in found, found
    return {name: tuple(found[name]) if name == "missing_keys" else found[name] for name in MEMBERS}


def usable(request: snapshots.Request) -> snapshots.Request:
    """A context value of `None` is for JSON files; objects leave the key out."""
    principal, action, resource, context = request
    return principal, action, resource, {key: value for key, value in context.items() if value is not None}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_path_of_the_engine_agrees_with_the_reference(seed: int) -> None:
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    built = bw.Engine(drawn.snapshot)
    engines = {
        "indexed": built,
        "signatures": bw.Engine(drawn.snapshot, search="signatures"),
        "everything": bw.Engine(drawn.snapshot, search="everything"),
        "bytes": bw.Engine.from_bytes(built.to_bytes()),
    }
    for _ in range(REQUESTS):
        request = usable(drawn.request())
        wanted = plain(drawn.snapshot, request)
        seen[wanted["decision"]] += 1
        for name, engine in engines.items():
            assert answer(engine, request) == wanted, (name, request)


seen: Counter[str] = Counter()


def test_the_snapshots_and_requests_meet() -> None:
    assert seen.total() >= 1000, "runs after the test above, in the same process"
    assert min(seen.values()) / seen.total() > 0.1, seen


def test_a_key_given_without_values_stands_in_place_of_the_derived_one() -> None:
    """Found by the test above (B-47): the engine let its own value shine through."""
    document = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:username": "true"}}}
    policy = bw.Policy(id="own", document=json.dumps({"Version": "2012-10-17", "Statement": document}))
    user = bw.User(arn=f"arn:aws:iam::{A}:user/ann", inline=(policy,))
    engine = bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(user,)),)))
    assert not engine.is_allowed(user.arn, "s3:GetObject", "*")
    assert engine.is_allowed(user.arn, "s3:GetObject", "*", {"aws:username": []})


def emptied(snapshot: bw.Snapshot) -> list[c.Change]:
    """Everything of a snapshot as changes, to be made to an engine that holds nothing."""
    made: list[c.Change] = [c.PutAccount(id=account.id) for account in snapshot.accounts]
    for account in snapshot.accounts:
        made += [c.PutPolicy(account=account.id, id=policy.id, document=policy.document) for policy in account.policies]
        made += [c.PutGroup(group=group) for group in account.groups]
        made += [c.PutUser(user=user) for user in account.users]
        made += [c.PutRole(role=role) for role in account.roles]
    made += [c.PutResource(resource=resource) for resource in snapshot.resources]
    made.append(c.SetOrganization(organization=snapshot.organization))
    return made


@pytest.mark.parametrize("seed", range(100, 115))
def test_an_engine_that_grew_by_changes_answers_as_one_that_was_built(seed: int) -> None:
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    grown = bw.Engine(bw.Snapshot())
    for number, change in enumerate(emptied(drawn.snapshot)):
        assert grown.update(change) == number + 2
    at_once = bw.Engine(bw.Snapshot())
    at_once.update(*emptied(drawn.snapshot))
    built = bw.Engine(drawn.snapshot)
    for _ in range(REQUESTS):
        request = usable(drawn.request())
        wanted = answer(built, request)
        assert answer(grown, request) == wanted
        assert answer(at_once, request) == wanted


@pytest.mark.parametrize("seed", range(200, 215))
def test_what_is_attached_and_detached_again_leaves_no_trace(seed: int) -> None:
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    built, changed = bw.Engine(drawn.snapshot), bw.Engine(drawn.snapshot)
    ann = next(user for account in drawn.snapshot.accounts for user in account.users)
    deny = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
    id = f"arn:aws:iam::{A}:policy/extra"
    changed.update(c.PutPolicy(account=A, id=id, document=deny), c.AttachPolicy(identity=ann.arn, policy=id))
    assert changed.check(ann.arn, "s3:GetObject", "*").decision is bw.Outcome.EXPLICIT_DENY
    assert not changed.is_allowed(ann.arn, "s3:GetObject", "*")
    changed.update(c.DetachPolicy(identity=ann.arn, policy=id), c.DeletePolicy(account=A, id=id))
    for _ in range(REQUESTS):
        request = usable(drawn.request())
        assert answer(changed, request) == answer(built, request)
