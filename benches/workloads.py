"""Snapshots and requests of any size, from fixed seeds.

Three shapes, each with N statements in documents of ten:

- `principals`: N/10 users, each with an inline policy of ten statements of its own, and a group whose managed policy
  of ten statements all share: twenty effective statements a request, however many there are in all;
- `hot_principal`: one user with N/10 managed policies: every request sees every statement;
- `hot_resource`: one bucket whose policy has N statements: the same for a resource policy.

The resource patterns are a mix: 10 % exact, 35 % `x/*`, 12 % a prefix that ends inside a word, 33 % a wildcard in the middle,
10 % two wildcards. About half the requests are allowed, one in ten meets an explicit deny.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bailiwick.models import Account, Group, Policy, Resource, Snapshot, User

Shape: TypeAlias = Literal["principals", "hot_principal", "hot_resource"]
SHAPES: tuple[Shape, ...] = ("principals", "hot_principal", "hot_resource")
ACCOUNT = "111122223333"
ACTIONS = ("GetObject", "PutObject", "DeleteObject", "ListBucket", "GetObjectTagging", "PutObjectTagging")
CONTEXT: dict[str, Any] = {
    "aws:SourceIp": "203.0.113.7",
    "aws:SecureTransport": True,
    "aws:MultiFactorAuthPresent": True,
    "aws:RequestedRegion": "eu-west-1",
}


@dataclass(frozen=True, slots=True)
class Workload:
    """A snapshot and requests to it: (principal, action, resource)."""

    snapshot: Snapshot
    requests: list[tuple[str, str, str]]


def resource_pattern(rng: random.Random, number: int) -> tuple[str, str]:
    """A pattern that only its number can match, and a resource that it matches."""
    kind = rng.random()
    bucket = f"arn:aws:s3:::data-{number:07d}"
    if kind < 0.10:
        return f"{bucket}/report.csv", f"{bucket}/report.csv"
    if kind < 0.45:
        return f"{bucket}/*", f"{bucket}/2026/11/{rng.randrange(1000)}.csv"
    if kind < 0.57:
        return f"{bucket}/rep*", f"{bucket}/reports/{rng.randrange(1000)}.csv"
    if kind < 0.90:
        host = f"arn:aws:ec2:*:{ACCOUNT}:instance/i-{number:017x}"
        return host, host.replace("*", "eu-west-1")
    group = f"arn:aws:logs:*:{ACCOUNT}:log-group:/app/svc-{number:07d}:*"
    return group, f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/app/svc-{number:07d}:stream-{rng.randrange(1000)}"


def statement(rng: random.Random, number: int, effect: str = "Allow") -> tuple[dict[str, Any], str, str]:
    """A statement, and an action and a resource that it is about."""
    pattern, resource = resource_pattern(rng, number)
    service = resource.split(":")[2]
    action = rng.choice(ACTIONS)
    actions: str | list[str] = f"{service}:{action}"
    if rng.random() < 0.2:
        actions = [f"{service}:{action}", f"{service}:{rng.choice(ACTIONS)}"]
    elif rng.random() < 0.1:
        actions = f"{service}:{action[:3]}*"
    body: dict[str, Any] = {"Effect": effect, "Action": actions, "Resource": pattern}
    if rng.random() < 0.2:
        body["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    return body, f"{service}:{action}", resource


def document(statements: list[dict[str, Any]]) -> str:
    """The text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def make(shape: Shape, statements: int, requests: int = 2000, seed: int = 7) -> Workload:
    """Makes a workload with about so many statements."""
    rng = random.Random(seed)
    number = iter(range(1, statements + 1))
    asked: list[tuple[str, str, str]] = []
    policies: list[Policy] = []
    users: list[User] = []
    owner = f"arn:aws:iam::{ACCOUNT}:user/"
    documents = max(1, statements // 10)
    wanted = set(rng.sample(range(documents), min(documents, requests)))
    shared = [statement(rng, 9_000_000 + at)[0] for at in range(10)]
    everything: list[dict[str, Any]] = []
    for at in range(documents):
        bodies = []
        principal = f"{owner}u{at:06d}" if shape == "principals" else f"{owner}hot"
        for place in range(10):
            effect = "Deny" if place == 0 else "Allow"
            body, action, resource = statement(rng, next(number, 0), effect)
            bodies.append(body)
            if at in wanted and place in (0, 1, 2):
                asked.append((principal, action, resource))
                if place:
                    asked.append((principal, "s3:GetBucketAcl", resource))
        if shape == "hot_resource":
            everything += [{**body, "Principal": {"AWS": f"{owner}hot"}} for body in bodies]
        elif shape == "hot_principal":
            policies.append(Policy(id=f"arn:aws:iam::{ACCOUNT}:policy/p{at:06d}", document=document(bodies)))
        else:
            inline = (Policy(id="own", document=document(bodies)),)
            users.append(User(arn=principal, inline=inline, groups=("all",)))
    common = Policy(id=f"arn:aws:iam::{ACCOUNT}:policy/common", document=document(shared))
    if shape != "principals":
        attached = tuple(policy.id for policy in policies)
        users = [User(arn=f"{owner}hot", policies=attached)]
    resources: tuple[Resource, ...] = ()
    if shape == "hot_resource":
        bucket = "arn:aws:s3:::data-lake"
        everything = [_in_bucket(body, bucket) for body in everything]
        resources = (Resource(arn=bucket, account=ACCOUNT, policy=document(everything)),)
        asked = [(who, _s3(what), _below(bucket, where)) for who, what, where in asked]
    account = Account(
        id=ACCOUNT,
        users=tuple(users),
        groups=(Group(arn=f"arn:aws:iam::{ACCOUNT}:group/all", policies=(common.id,)),),
        policies=(*policies, common),
    )
    rng.shuffle(asked)
    return Workload(Snapshot(accounts=(account,), resources=resources), asked[:requests])


def _below(bucket: str, arn: str) -> str:
    return f"{bucket}/{arn.split(':', 5)[5]}"


def _s3(action: str) -> str:
    return f"s3:{action.split(':')[1]}"


def _in_bucket(body: dict[str, Any], bucket: str) -> dict[str, Any]:
    actions = body["Action"] if isinstance(body["Action"], list) else [body["Action"]]
    return {**body, "Action": [_s3(action) for action in actions], "Resource": _below(bucket, body["Resource"])}
