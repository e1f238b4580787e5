"""AWS's own managed policies, attached to users, and requests that are derived from their statements.

400 users with three policies each, drawn from all that parse: about 1,100 documents and 6,000 statements. Six requests in ten
are made from a statement of the user's own policies, the others from one of somebody else's: an action that the statement's
pattern matches, of all those that the policies name in full, and a resource made by filling the wildcards of its pattern. In a
request in five, there is a context: TLS, and the first value of each key that the statement names and a request brings itself.

The documents come from `../shared/data` where that lies beside the checkout, and from the PyPI package moto where not.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from itertools import groupby
from pathlib import Path
from typing import Any

from workloads import ACCOUNT, WITH_CONTEXT, Request, Workload

from bailiwick import _core
from bailiwick.errors import MalformedPolicyDocument
from bailiwick.models import Account, Policy, Snapshot, User

BESIDE = Path(__file__).resolve().parents[2] / "shared/data/aws_managed_policies.jsonl.gz"
USERS = 400
ATTACHED = 3
#: The keys that the policies name most often, of those that a request brings and the engine does not derive.
KEYS = (
    "iam:PassedToService",
    "iam:AWSServiceName",
    "kms:ViaService",
    "aws:RequestedRegion",
    "ec2:CreateAction",
    "cloudwatch:namespace",
    "aws:RequestTag/CreatedBy",
    "aws:SecureTransport",
)
_FROM_MOTO = (
    "import json, moto.iam.aws_managed_policies as m;"
    "found = json.loads(m.aws_managed_policies_data);"
    "print(json.dumps({f'arn:aws:iam::aws:policy{one[\"Path\"]}{name}': one['Document'] for name, one in found.items()}))"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A statement that requests are made from: its actions and resources without variables, its conditions."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    keys: dict[str, Any]


def make(peers_python: str, requests: int = 2000, seed: int = 7) -> Workload:
    """Makes the workload; `peers_python` is the interpreter that has moto."""
    documents, source = read(peers_python)
    rng = random.Random(seed)
    names = sorted(documents)
    rng.shuffle(names)
    users, grants = [], []
    for at in range(USERS):
        # All policies are attached to somebody before one is attached twice.
        own = [names[(at * ATTACHED + number) % len(names)] for number in range(ATTACHED)]
        users.append(User(arn=f"arn:aws:iam::{ACCOUNT}:user/m{at:03d}", policies=tuple(own)))
        grants.append([grant for name in own for grant in _grants(documents[name])])
    used = sorted({name for user in users for name in user.policies})
    policies = tuple(Policy(id=name, document=json.dumps(documents[name])) for name in used)
    account = Account(id=ACCOUNT, users=tuple(users), policies=policies)
    drawn = _distinct(rng, users, grants, Actions(documents.values()), requests)
    name = f"{len(used):,} of AWS's managed policies ({source})"
    found = [request for request, _ in drawn]
    return Workload(name, Snapshot(accounts=(account,)), found, [request for request, is_endless in drawn if is_endless])


def read(peers_python: str) -> tuple[dict[str, dict[str, Any]], str]:
    """Documents by ARN, of those that parse, and where they came from."""
    if BESIDE.exists():
        with gzip.open(BESIDE, "rt", encoding="utf-8") as file:
            found = {one["arn"]: one["document"] for one in map(json.loads, file) if one["arn"]}
        source = BESIDE.name
    else:
        answer = subprocess.run([peers_python, "-c", _FROM_MOTO], check=True, capture_output=True, text=True)
        found = json.loads(answer.stdout)
        source = "moto"
    return {arn: document for arn, document in found.items() if _parses(document)}, source


def _parses(document: dict[str, Any]) -> bool:
    try:
        _core.parse_policy(json.dumps(document), "identity")
    except MalformedPolicyDocument:
        return False
    return True


def _grants(document: Mapping[str, Any]) -> Iterator[Grant]:
    for statement in _listed(document["Statement"]):
        actions = tuple(_listed(statement.get("Action", "*")))
        resources = tuple(one for one in _listed(statement.get("Resource", "*")) if "${" not in one)
        if statement["Effect"] == "Allow" and resources:
            yield Grant(actions, resources, _keys(statement.get("Condition", {})))


def _keys(conditions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for operator, tests in conditions.items():
        for key, values in tests.items():
            value = _listed(values)[0]
            if key in KEYS and operator in ("StringEquals", "StringLike", "Bool") and "${" not in str(value):
                found[key] = str(value).lower() == "true" if operator == "Bool" else str(value).replace("*", "x")
    return found


class Actions:
    """The actions that the documents name in full."""

    def __init__(self, documents: Iterable[Mapping[str, Any]]) -> None:
        statements = (statement for document in documents for statement in _listed(document["Statement"]))
        named = {action for statement in statements for action in _listed(statement.get("Action", []))}
        self._all = sorted(action for action in named if "*" not in action and "?" not in action)
        self._of = {service: list(found) for service, found in groupby(self._all, lambda action: action.partition(":")[0])}
        self._matching: dict[str, list[str]] = {"*": self._all}

    def draw(self, rng: random.Random, pattern: str) -> str:
        """One that the pattern matches."""
        if pattern not in self._matching:
            is_match = re.compile(translate(pattern)).match
            known = self._of.get(pattern.partition(":")[0], self._all)
            self._matching[pattern] = [action for action in known if is_match(action)] or [pattern.replace("*", "Thing")]
        return rng.choice(self._matching[pattern])


def _distinct(
    rng: random.Random, users: list[User], grants: list[list[Grant]], actions: Actions, count: int
) -> list[tuple[Request, bool]]:
    found: dict[tuple[str, str, str, str], tuple[Request, bool]] = {}
    for _ in range(count * 20):
        who = rng.randrange(len(users))
        whose = who if rng.random() < 0.6 else rng.randrange(len(users))
        if not grants[whose]:
            continue
        grant = rng.choice(grants[whose])
        action = actions.draw(rng, rng.choice(grant.actions))
        resource = rng.choice(grant.resources)
        context = {"aws:SecureTransport": True, **grant.keys} if rng.random() < WITH_CONTEXT else {}
        request = (users[who].arn, action, concrete(rng, resource, action), context)
        found.setdefault((*request[:3], repr(context)), (request, resource.endswith("*")))
        if len(found) == count:
            break
    return list(found.values())


def concrete(rng: random.Random, pattern: str, action: str) -> str:
    """An ARN that the pattern matches; of the action's service if the pattern is `*`."""
    if pattern == "*":
        return f"arn:aws:{action.partition(':')[0]}:eu-west-1:{ACCOUNT}:thing/{rng.randrange(10**6)}"
    parts = pattern.split(":", 5)
    for at, value in ((1, "aws"), (3, "eu-west-1"), (4, ACCOUNT)):
        if "*" in parts[at]:
            parts[at] = value
    parts[2] = parts[2].replace("*", action.partition(":")[0])
    return ":".join([*parts[:5], parts[5].replace("*", f"x{rng.randrange(10**6)}").replace("?", "x")])


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
