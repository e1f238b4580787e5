"""Snapshots and requests of any size, from fixed seeds: an organization of many principals, and hot policy sets.

Three shapes, each with N statements in documents of ten:

- `principals`: N/10 users, each with an inline policy of ten statements of its own, and a group whose managed policy
  of ten statements all share: twenty effective statements a request, however many there are in all;
- `hot_principal`: one user with N/10 managed policies: every request sees every statement;
- `hot_resource`: one bucket whose policy has N statements: the same for a resource policy.

The resource patterns are a mix: 10 % exact, 35 % `x/*`, 12 % a prefix that ends inside a word, 33 % a wildcard in the middle,
10 % two wildcards. One statement in ten is a Deny, one in five has a condition. Requests are about at most 1,000 documents, so
that the number of those who ask does not grow with the snapshot; no two requests are equal. About half of them are allowed,
one in twelve meets an explicit deny, one in five has a context.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import bailiwick as bw
from bailiwick.models import Account, Group, Policy, Resource, Snapshot, User

Shape: TypeAlias = Literal["principals", "hot_principal", "hot_resource"]
#: Principal, action, resource and context.
Request: TypeAlias = tuple[str, str, str, dict[str, Any]]

SHAPES: tuple[Shape, ...] = ("principals", "hot_principal", "hot_resource")
ACCOUNT = "111122223333"
ACTIONS = ("GetObject", "PutObject", "DeleteObject", "ListBucket", "GetObjectTagging", "PutObjectTagging")
#: What a signed-in caller brings along, for single checks with four keys.
CONTEXT: dict[str, Any] = {
    "aws:SourceIp": "203.0.113.7",
    "aws:SecureTransport": True,
    "aws:MultiFactorAuthPresent": True,
    "aws:RequestedRegion": "eu-west-1",
}
ASKED = 1000
WITH_CONTEXT = 0.2
_OWNER = f"arn:aws:iam::{ACCOUNT}:user/"
LAKE = "arn:aws:s3:::data-lake"


@dataclass(frozen=True, slots=True)
class Workload:
    """A snapshot and requests to it.

    Attributes:
        name: As it stands in the report.
        snapshot: What is asked.
        requests: No two are equal.
        endless: Those of them whose resource may go on with any text: to the policies it is still the same.
        skew: Exponent of Zipf's law by which rows are drawn from the requests; 0 is evenly.
    """

    name: str
    snapshot: Snapshot
    requests: list[Request]
    endless: list[Request]
    skew: float = 0.0


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement, as far as requests are drawn from it."""

    action: str
    pattern: str


def make(shape: Shape, statements: int, requests: int = 2000, seed: int = 7) -> Workload:
    """Makes a workload with about so many statements and at most so many requests."""
    rng = random.Random(seed)
    documents = max(1, statements // 10)
    asked = frozenset(rng.sample(range(documents), min(documents, ASKED)))
    held: list[tuple[str, list[Fact]]] = []
    texts: list[str] = []
    for at in range(documents):
        facts, bodies = [], []
        for place in range(10):
            body, fact = statement(rng, at * 10 + place + 1, "Deny" if place == 0 else "Allow", shape)
            bodies.append(body)
            facts.append(fact)
        texts.append(document(bodies) if shape != "hot_resource" else json.dumps(bodies, separators=(",", ":"))[1:-1])
        if at in asked:
            held.append((f"{_OWNER}u{at:06d}" if shape == "principals" else f"{_OWNER}hot", facts))
    drawn = _distinct(rng, held, requests)
    found = [request for request, _ in drawn]
    endless = [request for request, is_endless in drawn if is_endless]
    return Workload(f"{shape}, {statements:,} statements", _snapshot(shape, texts, rng), found, endless)


def warm_up() -> None:
    """Loads what the first engine of a process loads, so that it is not measured."""
    bw.Engine.from_bytes(bw.Engine(make("principals", 10, 1).snapshot).to_bytes())


def statement(rng: random.Random, number: int, effect: str = "Allow", shape: Shape = "principals") -> tuple[dict[str, Any], Fact]:
    """A statement, and what requests are drawn from; only its own number's resources match it."""
    pattern = resource_pattern(rng, number)
    if shape == "hot_resource":
        pattern = f"{LAKE}/{pattern.split(':', 5)[5].replace(':', '/')}"
    service = pattern.split(":")[2]
    action = rng.choice(ACTIONS)
    actions: str | list[str] = f"{service}:{action}"
    kind = rng.random()
    if kind < 0.2:
        actions = [f"{service}:{action}", f"{service}:{rng.choice(ACTIONS)}"]
    elif kind < 0.28:
        actions = f"{service}:{action[:3]}*"
    body: dict[str, Any] = {"Effect": effect, "Action": actions, "Resource": pattern}
    if shape == "hot_resource":
        body["Principal"] = {"AWS": f"{_OWNER}hot"}
    condition = rng.random()
    if condition < 0.15:
        body["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    elif condition < 0.2:
        body["Condition"] = {"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}}
    return body, Fact(f"{service}:{action}", pattern)


def resource_pattern(rng: random.Random, number: int) -> str:
    """A pattern that only this number's resources match."""
    kind = rng.random()
    bucket = f"arn:aws:s3:::data-{number:07d}"
    if kind < 0.10:
        return f"{bucket}/report.csv"
    if kind < 0.45:
        return f"{bucket}/*"
    if kind < 0.57:
        return f"{bucket}/rep*"
    if kind < 0.90:
        return f"arn:aws:ec2:*:{ACCOUNT}:instance/i-{number:017x}"
    return f"arn:aws:logs:*:{ACCOUNT}:log-group:/app/svc-{number:07d}:*"


def concrete(rng: random.Random, pattern: str) -> str:
    """A resource that the pattern matches."""
    if pattern.endswith(("/*", ":*", "rep*")):
        tail = f"orts/2026/{rng.randrange(10**7)}.csv" if pattern.endswith("rep*") else f"2026/{rng.randrange(10**7)}.csv"
        pattern = pattern[:-1] + tail
    return pattern.replace("*", rng.choice(("eu-west-1", "eu-central-1", "us-east-1")))


def document(statements: list[dict[str, Any]]) -> str:
    """The text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def context(rng: random.Random) -> dict[str, Any]:
    """The keys of one request in five: nine in ten over TLS, half from the company's network."""
    return {
        "aws:SecureTransport": rng.random() < 0.9,
        "aws:SourceIp": f"203.0.113.{rng.randrange(250)}",
        "aws:MultiFactorAuthPresent": rng.random() < 0.5,
    }


def _distinct(rng: random.Random, held: list[tuple[str, list[Fact]]], count: int) -> list[tuple[Request, bool]]:
    """Requests that differ, and whether each is endless; fewer than `count` if there are not so many."""
    found: dict[tuple[str, str, str, str], tuple[Request, bool]] = {}
    for request, is_endless in _draw(rng, held, count * 20):
        found.setdefault((*request[:3], repr(request[3])), (request, is_endless))
        if len(found) == count:
            break
    return list(found.values())


def _draw(rng: random.Random, held: list[tuple[str, list[Fact]]], tries: int) -> Iterator[tuple[Request, bool]]:
    for _ in range(tries):
        principal, facts = rng.choice(held)
        kind = rng.random()
        fact = facts[0] if kind < 0.08 else rng.choice(facts[1:])
        # Nobody was granted the action of the last quarter.
        action = fact.action if kind < 0.73 else f"{fact.action.partition(':')[0]}:GetBucketAcl"
        keys = context(rng) if rng.random() < WITH_CONTEXT else {}
        yield (principal, action, concrete(rng, fact.pattern), keys), fact.pattern.endswith("*")


def _snapshot(shape: Shape, texts: list[str], rng: random.Random) -> Snapshot:
    shared = document([statement(rng, 9_000_000 + at)[0] for at in range(10)])
    common = Policy(id=f"arn:aws:iam::{ACCOUNT}:policy/common", document=shared)
    policies: list[Policy] = []
    resources: tuple[Resource, ...] = ()
    if shape == "principals":
        users = tuple(
            User(arn=f"{_OWNER}u{at:06d}", inline=(Policy(id="own", document=text),), groups=("all",))
            for at, text in enumerate(texts)
        )
    elif shape == "hot_principal":
        policies = [Policy(id=f"arn:aws:iam::{ACCOUNT}:policy/p{at:06d}", document=text) for at, text in enumerate(texts)]
        users = (User(arn=f"{_OWNER}hot", policies=tuple(policy.id for policy in policies)),)
    else:
        users = (User(arn=f"{_OWNER}hot"),)
        whole = f'{{"Version":"2012-10-17","Statement":[{",".join(texts)}]}}'
        resources = (Resource(arn=LAKE, account=ACCOUNT, policy=whole),)
    account = Account(
        id=ACCOUNT,
        users=users,
        groups=(Group(arn=f"arn:aws:iam::{ACCOUNT}:group/all", policies=(common.id,)),),
        policies=(*policies, common),
    )
    return Snapshot(accounts=(account,), resources=resources)
