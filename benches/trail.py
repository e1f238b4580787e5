"""A log like CloudTrail's: few callers and actions, many resources, and most rows about the same few of them.

40 roles of one account, under service control policies that deny requests without TLS and the deletion of audit data. Each
role has a policy of its own with a dozen statements over eight services, and one to four sessions. Callers, actions and
resources are drawn by Zipf's law, and so are the rows of a table from the requests: the most frequent request is about one row
in twelve. A request in five has a context.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

from workloads import ACCOUNT, WITH_CONTEXT, Request, Workload, context, document

from bailiwick.models import Account, Organization, OrganizationTarget, Policy, Role, Snapshot

T = TypeVar("T")

ROLES = 40
#: Service: its resources, `{name}` is one of a few groups and `{n}` a number; and what is done to them.
SERVICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "s3": ("arn:aws:s3:::{name}-data/2026/{n}.parquet", ("GetObject", "PutObject", "HeadObject", "DeleteObject")),
    "dynamodb": (
        "arn:aws:dynamodb:eu-west-1:{account}:table/{name}-{n}",
        ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    ),
    "kms": ("arn:aws:kms:eu-west-1:{account}:key/{name}-{n}", ("Decrypt", "GenerateDataKey", "Encrypt")),
    "sqs": ("arn:aws:sqs:eu-west-1:{account}:{name}-{n}", ("ReceiveMessage", "SendMessage", "DeleteMessage")),
    "logs": (
        "arn:aws:logs:eu-west-1:{account}:log-group:/app/{name}:log-stream:{n}",
        ("PutLogEvents", "CreateLogStream", "GetLogEvents"),
    ),
    "lambda": ("arn:aws:lambda:eu-west-1:{account}:function:{name}-{n}", ("InvokeFunction", "GetFunction")),
    "ec2": ("arn:aws:ec2:eu-west-1:{account}:instance/{name}-{n}", ("StartInstances", "StopInstances", "RunInstances")),
    "secretsmanager": ("arn:aws:secretsmanager:eu-west-1:{account}:secret:{name}/{n}", ("GetSecretValue", "DescribeSecret")),
}
GROUPS = ("orders", "billing", "search", "media", "audit", "people", "stock", "maps", "risk", "mail", "lab", "web")
RESOURCES = 50_000
_TRUST = document([{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}])


class Zipf(Generic[T]):
    """Draws the first values far more often than the last."""

    def __init__(self, values: Sequence[T]) -> None:
        self._values = values
        self._sums = list(accumulate(1 / rank for rank in range(1, len(values) + 1)))

    def draw(self, rng: random.Random) -> T:
        """One of the values."""
        return self._values[bisect(self._sums, rng.random() * self._sums[-1])]


def make(requests: int = 2000, seed: int = 7) -> Workload:
    """Makes the workload."""
    rng = random.Random(seed)
    policies, roles, granted = [], [], {}
    for at in range(ROLES):
        arn = f"arn:aws:iam::{ACCOUNT}:policy/role{at:02d}"
        grants = [(rng.choice(list(SERVICES)), rng.choice(GROUPS)) for _ in range(12)]
        policies.append(Policy(id=arn, document=document([_statement(rng, *grant) for grant in grants])))
        roles.append(Role(arn=f"arn:aws:iam::{ACCOUNT}:role/role{at:02d}", trust=_TRUST, policies=(arn,)))
        for session in range(rng.randint(1, 4)):
            granted[f"arn:aws:sts::{ACCOUNT}:assumed-role/role{at:02d}/i-{session:04x}"] = grants
    account = Account(id=ACCOUNT, roles=tuple(roles), policies=tuple(policies))
    snapshot = Snapshot(accounts=(account,), organization=_organization())
    found = _distinct(rng, granted, requests)
    # Patterns end in a wildcard but for those of S3, which end in the file's type.
    endless = [request for request in found if not request[1].startswith("s3:")]
    return Workload("log like CloudTrail's, 40 roles", snapshot, found, endless, skew=1.0)


def _statement(rng: random.Random, service: str, group: str) -> dict[str, Any]:
    pattern, actions = SERVICES[service]
    allowed = rng.sample(actions, rng.randint(2, len(actions)))
    resource = pattern.format(name=group, n="*", account=ACCOUNT)
    body = {"Effect": "Allow", "Action": [f"{service}:{action}" for action in allowed], "Resource": resource}
    if rng.random() < 0.1:
        return {**body, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}}}
    return body


def _organization() -> Organization:
    denied: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::audit-data/*"},
    ]
    guard = Policy(id="p-guard", document=document(denied))
    root = OrganizationTarget(id="r-root", scps=("p-guard",))
    member = OrganizationTarget(id=ACCOUNT, parent="r-root", scps=("p-guard",))
    return Organization(id="o-bench", management_account="999999999999", targets=(root, member), scps=(guard,))


def _distinct(rng: random.Random, granted: dict[str, list[tuple[str, str]]], count: int) -> list[Request]:
    sessions = list(granted)
    rng.shuffle(sessions)
    callers, numbers = Zipf(sessions), Zipf(range(RESOURCES))
    everything = Zipf([(service, group) for group in GROUPS for service in SERVICES])
    done = {service: Zipf(actions) for service, (_, actions) in SERVICES.items()}
    found: dict[tuple[str, str, str, str], Request] = {}
    for _ in range(count * 20):
        caller = callers.draw(rng)
        service, group = rng.choice(granted[caller]) if rng.random() < 0.95 else everything.draw(rng)
        resource = SERVICES[service][0].format(name=group, n=numbers.draw(rng), account=ACCOUNT)
        keys = context(rng) if rng.random() < WITH_CONTEXT else {}
        request = (caller, f"{service}:{done[service].draw(rng)}", resource, keys)
        found.setdefault((*request[:3], repr(keys)), request)
        if len(found) == count:
            break
    return list(found.values())
