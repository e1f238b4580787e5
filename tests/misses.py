"""Denied cases and what would have to change, for the tests of near misses."""

from __future__ import annotations

import json
from typing import Any

from bailiwick.explanation import Miss, Step, WhyNot, why_not_case
from tests.drawing import A, B, Json

ANN = f"arn:aws:iam::{A}:user/ann"
BOB = f"arn:aws:iam::{B}:user/bob"
SESSION = {"kind": "role_session", "arn": f"arn:aws:sts::{A}:assumed-role/App/s", "role_arn": f"arn:aws:iam::{A}:role/App"}
BUCKET, OBJECT = "arn:aws:s3:::b", "arn:aws:s3:::b/k"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "none:*", "Resource": "*"}]}


def allow(action: Any = "s3:*", resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "s3:*", resource: Any = "*", **more: Any) -> Json:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def doc(*statements: Json, version: str = "2012-10-17") -> Json:
    return {"Version": version, "Statement": list(statements)}


def found(layers: Json, **request: Any) -> WhyNot:
    asked = {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT, **request}
    return why_not_case({"request": asked, "layers": layers})


def first(layers: Json, **request: Any) -> Step:
    """The one step of the nearest miss."""
    (step,) = found(layers, **request).misses[0].change
    return step


def when(operator: str, key: str, value: Any) -> Json:
    return {"Condition": {operator: {key: value}}}


# Changes are made here once more, by other code than the one that found them ------------------------------------------


def changed(case: Json, miss: Miss) -> Json:
    """The case after all steps, made from what they say of themselves."""
    made: Json = json.loads(json.dumps(case))
    context = made["request"].setdefault("context", {})
    for step in miss.change:
        for key, values in step.context.items():
            for spelling in [spelling for spelling in context if spelling.lower() == key.lower()]:
                del context[spelling]
            if values:
                context[key] = list(values)
        if step.document is not None and step.layer is not None:
            _put(made["layers"], step, step.layer, json.loads(step.document))
    return made


def _put(layers: Json, step: Step, layer: str, document: Json) -> None:
    policy = {"id": step.policy or "added", "document": document}
    if layer in ("boundary", "resource"):
        layers[layer] = policy
        return
    held = layers.setdefault(layer, [])
    if isinstance(held, dict):  # one document may stand without a list (B-32)
        held = layers[layer] = [held]
    listed = held[step.level] if layer in ("scp", "rcp") else held
    if step.policy is None:
        listed.append(policy)
        return
    names = [
        policy_id(one, f"{layer}/{step.level}/{at}" if layer in ("scp", "rcp") else f"{layer}/{at}")
        for at, one in enumerate(listed)
    ]
    assert names.count(step.policy) == 1
    listed[names.index(step.policy)] = policy


def policy_id(policy: Json, default: str) -> str:
    return str(policy.get("id") or default) if "document" in policy else default
