"""What must not change a decision, and what may change it in one direction alone; no second evaluator is needed."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bailiwick import _core
from tests.campaign import Fast
from tests.drawing import Draw, Json

SEEDS = range(250)
REQUESTS = 8
LISTS = ("identity", "session", "endpoint")
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
DENY_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
ORDER = {"EXPLICIT_DENY": 0, "IMPLICIT_DENY": 1, "ALLOW": 2}


def decide(request: Json, layers: Json) -> Json:
    answer: Json = _core.simulate(json.dumps({"request": request, "layers": layers}))
    return answer


def verdict(answer: Json) -> tuple[Any, ...]:
    return answer["decision"], answer["reason"], answer["deciding_layer"], answer["indeterminate"], tuple(answer["missing_keys"])


def drawn() -> Iterator[tuple[random.Random, Json, Json]]:
    """Requests with layers that parse."""
    for seed in SEEDS:
        requests, layers = Draw(Fast(seed)).group(REQUESTS)
        for request in requests:
            if "error" not in decide(request, layers):
                yield random.Random(seed), request, layers


def documents(layers: Json) -> Iterator[Json]:
    """Every document of the layers, to be changed in place."""
    for layer in layers.values():
        stack: list[Any] = [layer]
        while stack:
            found = stack.pop()
            if isinstance(found, list):
                stack += found
            else:
                yield found.get("document", found)


def statements(document: Json) -> list[Json]:
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


# Changes that mean nothing -----------------------------------------------------------------------------------------------


def shuffled(rng: random.Random, layers: Json) -> None:
    """N-06: policies, statements, values and operators in another order."""
    for name in LISTS:
        if isinstance(layers.get(name), list):
            rng.shuffle(layers[name])
    for name in ("scp", "rcp"):
        for level in layers.get(name, []):
            rng.shuffle(level)
    for document in documents(layers):
        if isinstance(document["Statement"], list):
            rng.shuffle(document["Statement"])
        for statement in statements(document):
            for element in ("Action", "NotAction", "Resource", "NotResource"):
                if isinstance(statement.get(element), list):
                    rng.shuffle(statement[element])


def doubled(rng: random.Random, layers: Json) -> None:
    """The same policies and values twice."""
    for name in LISTS:
        if isinstance(layers.get(name), list):
            layers[name] += copy.deepcopy(layers[name])
    for document in documents(layers):
        for statement in statements(document):
            for element in ("Action", "NotAction", "Resource", "NotResource"):
                if isinstance(statement.get(element), list):
                    statement[element] *= 2


def split(rng: random.Random, layers: Json) -> None:
    """Each statement in as many as it has (action, resource) pairs, and identity documents into one for each statement."""
    for document in documents(layers):
        parts: list[Json] = []
        for statement in statements(document):
            bodies = [{name: value for name, value in statement.items() if name != "Sid"}]
            for element in ("Action", "Resource"):
                values = statement.get(element)
                if isinstance(values, list):
                    bodies = [{**body, element: value} for body in bodies for value in values]
            parts += bodies
        document["Statement"] = parts
    if isinstance(layers.get("identity"), list):
        whole = [policy.get("document", policy) for policy in layers["identity"]]
        layers["identity"] = [{**policy, "Statement": [body]} for policy in whole for body in policy["Statement"]]


def renamed(rng: random.Random, layers: Json) -> None:
    """Policy ids and Sids are names, not meaning."""
    for document in documents(layers):
        for number, statement in enumerate(statements(document)):
            statement["Sid"] = f"Renamed{number}"
    if isinstance(layers.get("identity"), list):
        whole = [policy.get("document", policy) for policy in layers["identity"]]
        layers["identity"] = [{"id": f"n{number}", "document": document} for number, document in enumerate(whole)]


@pytest.mark.parametrize("change", [shuffled, doubled, split, renamed], ids=lambda change: change.__name__)
def test_what_means_nothing_changes_nothing(change: Callable[[random.Random, Json], None]) -> None:
    changed = 0
    for rng, request, layers in drawn():
        other = copy.deepcopy(layers)
        change(rng, other)
        changed += other != layers
        before, after = decide(request, layers), decide(request, other)
        for answer in (before, after):
            # The spelling that is reported is that of the first statement; a statement that was split reads fewer keys.
            keys = {key.lower() for key in answer["missing_keys"]}
            answer["missing_keys"] = [] if change is split else sorted(keys)
        assert verdict(before) == verdict(after), (request, layers, other)
    assert changed > 500


# Changes with one direction ----------------------------------------------------------------------------------------------


def with_boundary(draw: Draw, layers: Json) -> None:
    """A boundary never grants, and makes a `NotPrincipal` reach further (M-46)."""
    layers["boundary"] = draw.policy("boundary")


def with_idle_boundary(draw: Draw, layers: Json) -> None:
    layers["boundary"] = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "x:Y", "Resource": "*"}}


def with_scp_level(draw: Draw, layers: Json) -> None:
    layers["scp"] = [*layers.get("scp", []), [draw.policy("scp")]]


def with_rcp_level(draw: Draw, layers: Json) -> None:
    layers["rcp"] = [*layers.get("rcp", []), [draw.policy("rcp")]]


def with_endpoint(draw: Draw, layers: Json) -> None:
    layers.setdefault("endpoint", [draw.policy("endpoint")])


def with_deny(draw: Draw, layers: Json) -> None:
    body = draw.statement("identity") | {"Effect": "Deny"}
    body.pop("Sid", None)
    layers["identity"] = [*layers.get("identity", []), {"Version": "2012-10-17", "Statement": [body]}]


def with_deny_all(draw: Draw, layers: Json) -> None:
    layers["identity"] = [*layers.get("identity", []), DENY_ALL]


SHRINKING = [
    with_boundary,
    with_idle_boundary,
    with_scp_level,
    with_rcp_level,
    with_endpoint,
    with_deny,
    with_deny_all,
]


@pytest.mark.parametrize("change", SHRINKING, ids=lambda change: change.__name__)
def test_what_restricts_never_grants(change: Callable[[Draw, Json], None]) -> None:
    moved: Counter[tuple[str, str]] = Counter()
    draw = Draw(Fast(99))
    for _, request, layers in drawn():
        if "boundary" in change.__name__ and "boundary" in layers:
            continue
        other = copy.deepcopy(layers)
        change(draw, other)
        before, after = decide(request, layers), decide(request, other)
        if "error" in after:
            continue
        assert (after["decision"] == "ALLOW") <= (before["decision"] == "ALLOW"), (request, layers, other)
        if before["decision"] == "EXPLICIT_DENY":
            assert after["decision"] == "EXPLICIT_DENY", (request, layers, other)
        moved[before["decision"], after["decision"]] += 1
    assert moved["ALLOW", "IMPLICIT_DENY"] + moved["ALLOW", "EXPLICIT_DENY"] > 5, moved


def test_an_added_allow_never_denies() -> None:
    moved = 0
    for _, request, layers in drawn():
        other = copy.deepcopy(layers)
        other["identity"] = [*other.get("identity", []), ALLOW_ALL]
        before, after = decide(request, layers), decide(request, other)
        assert ORDER[after["decision"]] >= ORDER[before["decision"]], (request, layers)
        moved += before["decision"] != after["decision"]
    assert moved > 20


def test_a_value_that_is_everything_makes_the_others_idle() -> None:
    """`*` beside other values of `Action` and `Resource` is `*` alone."""
    for _, request, layers in drawn():
        alone, beside = copy.deepcopy(layers), copy.deepcopy(layers)
        for one, both in zip(documents(alone), documents(beside), strict=True):
            for lone, listed in zip(statements(one), statements(both), strict=True):
                if "Resource" in lone:
                    lone["Resource"] = "*"
                    listed["Resource"] = ["arn:aws:s3:::b/${aws:username}", "*", "arn:aws:s3:::x"]
        first, second = decide(request, alone), decide(request, beside)
        if "error" not in first and "error" not in second:
            assert first["decision"] == second["decision"], (request, alone)
