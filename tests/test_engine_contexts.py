"""Contexts of the engine: few keys are read in place, many are sorted; both mean what the reference says of them."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import reference
from bailiwick.snapshot_case import case_of

A = "111122223333"
ANN = f"arn:aws:iam::{A}:user/ann"
FILE = "arn:aws:s3:::b/k"
#: Spellings that are one key under fold (C-05), keys that the engine derives itself (B-47), and enough others.
KEYS = (
    *("app:a", "APP:A", "App:a", "app:b", "app:é", "APP:É", "aws:TagKeys", "aws:tagkeys"),
    *("aws:PrincipalTag/Team", "aws:principaltag/TEAM", "aws:username", "aws:SourceIp", *(f"app:k{n}" for n in range(12))),
)
VALUES: tuple[Any, ...] = ("x", "y", "", "true", True, False, 7, ["x"], ["x", "y"], ["x", "x"], [])
OPERATORS: dict[str, tuple[Any, ...]] = {
    "StringEquals": (["x", "y"], "${app:b}", ""),
    "StringNotEquals": ("x", "true"),
    "StringEqualsIfExists": ("x",),
    "ForAllValues:StringEquals": (["x"],),
    "ForAnyValue:StringNotEquals": ("x",),
    "Bool": ("true", "false"),
    "Null": ("true", "false"),
    "NumericLessThan": ("9",),
}


def policy(rng: random.Random) -> str:
    statements = []
    for effect in ("Allow", "Allow", "Deny"):
        operator = rng.choice(list(OPERATORS))
        tests = {operator: {rng.choice(KEYS): rng.choice(OPERATORS[operator])}}
        resource = rng.choice(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${app:a}"])
        statements.append({"Effect": effect, "Action": "*", "Resource": resource, "Condition": tests})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize("seed", range(4))
def test_contexts_of_any_length_mean_what_the_reference_says(seed: int) -> None:
    rng = random.Random(seed)
    seen = set()
    for _ in range(60):
        user = bw.User(arn=ANN, inline=(bw.Policy(id="p", document=policy(rng)),), tags={"Team": "x"})
        snapshot = bw.Snapshot(accounts=(bw.Account(id=A, users=(user,)),))
        engine = bw.Engine(snapshot)
        rows = []
        for length in (0, 1, 4, 7, 8, 9, 12):
            context = {key: rng.choice(VALUES) for key in rng.sample(KEYS, length)}
            expected = reference.simulate(case_of(snapshot, ANN, "s3:GetObject", FILE, context), strict=True)
            decision = engine.check(ANN, "s3:GetObject", FILE, context)
            found = str(decision.decision), decision.reason, list(decision.missing_keys)
            assert found == (expected["decision"], expected["reason"], expected["missing_keys"]), context
            assert engine.is_allowed(ANN, "s3:GetObject", FILE, context) == decision.allowed
            rows.append(((ANN, "s3:GetObject", FILE, context), decision))
            seen.add(str(decision.decision))
        assert list(engine.check_batch([row for row, _ in rows])) == [decision for _, decision in rows]
    assert seen == {"ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY"}
