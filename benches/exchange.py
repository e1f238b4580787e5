"""A workload as the peers get it: for each caller, the statements that bind it, and requests with the keys they read.

Peers know no users, groups, organizations or resource policies. What the engine finds out by itself is done for them here,
outside of what is timed: policies are parsed, groups and documents resolved, derived condition keys looked up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from workloads import Request, Workload

import bailiwick as bw
from bailiwick.models import Account, Role, Snapshot, User
from bailiwick.snapshot_case import case_of

Statement: TypeAlias = dict[str, Any]
#: Keys that only requests bring; nothing is derived if policies read no others.
_GIVEN = frozenset({"aws:securetransport", "aws:sourceip"})


def work_of(workload: Workload, engine: bw.Engine, requests: list[Request]) -> dict[str, Any]:
    """The work, as plain JSON.

    Returns:
        `sets`: all statements of the snapshot by the name of their document, each with `effect`, `actions` or `not_actions`,
        `resources` or `not_resources`, and `conditions`, a list of operator, key in lower case and values. `bound`: for each
        caller the names of its sets. `requests`: principal, action, resource, context. `expected`: the engine's answers.
        `beyond`: for requests that rest on more than a caller's statements, why; else null.
    """
    snapshot = workload.snapshot
    documents, bound = _documents(snapshot), dict(_bound(snapshot))
    # A session is bound by what binds its role.
    roles = {arn.rpartition("/")[2]: names for arn, names in bound.items() if ":role/" in arn}
    bound |= {principal: roles[principal.split("/")[1]] for principal, *_ in requests if ":assumed-role/" in principal}
    sets = {name: [_statement(one) for one in statements] for name, statements in documents.items()}
    read = {key for statements in sets.values() for one in statements for _, key, _ in one["conditions"]}
    decisions = [engine.check(*request) for request in requests]
    return {
        "sets": sets,
        "bound": bound,
        "requests": [_request(snapshot, request, read) for request in requests],
        "expected": [decision.allowed for decision in decisions],
        "beyond": [_beyond(decision) for decision in decisions],
    }


def listed(value: Any) -> list[Any]:
    """A value that may stand alone in a policy, as a list."""
    return value if isinstance(value, list) else [value]


def _documents(snapshot: Snapshot) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, str] = {}
    for account in snapshot.accounts:
        found |= {policy.id: policy.document for policy in account.policies}
        for identity in _identities(account):
            found |= {f"{identity.arn}:{policy.id}": policy.document for policy in identity.inline}
    found |= {resource.arn: resource.policy for resource in snapshot.resources if resource.policy is not None}
    documents = {name: listed(json.loads(text)["Statement"]) for name, text in found.items()}
    if snapshot.organization is not None:
        for policy in snapshot.organization.scps:
            # They limit and do not grant; those of the workloads let everything through that they do not deny.
            statements = listed(json.loads(policy.document)["Statement"])
            documents[policy.id] = [one for one in statements if one["Effect"] == "Deny"]
    return documents


def _bound(snapshot: Snapshot) -> Iterator[tuple[str, list[str]]]:
    scps = [policy.id for policy in snapshot.organization.scps] if snapshot.organization is not None else []
    for account in snapshot.accounts:
        groups = {group.arn.rpartition("/")[2]: list(group.policies) for group in account.groups}
        for identity in _identities(account):
            inline = [f"{identity.arn}:{policy.id}" for policy in identity.inline]
            joined = [name for group in getattr(identity, "groups", ()) for name in groups[group]]
            yield identity.arn, [*inline, *identity.policies, *joined, *_resources(snapshot, account, identity), *scps]


def _identities(account: Account) -> list[User | Role]:
    return [*account.users, *account.roles]


def _resources(snapshot: Snapshot, account: Account, identity: User | Role) -> list[str]:
    """Resource policies of the caller's own account that name it: they grant as its own policies do."""
    held = (resource for resource in snapshot.resources if resource.account == account.id and resource.policy is not None)
    return [resource.arn for resource in held if identity.arn in (resource.policy or "")]


def _statement(statement: dict[str, Any]) -> Statement:
    conditions = [
        [operator, key.lower(), [_text(value) for value in listed(values)]]
        for operator, tests in statement.get("Condition", {}).items()
        for key, values in tests.items()
    ]
    parts = {
        name: listed(statement[member]) if member in statement else None
        for name, member in (
            ("actions", "Action"),
            ("not_actions", "NotAction"),
            ("resources", "Resource"),
            ("not_resources", "NotResource"),
        )
    }
    return {"effect": statement["Effect"], **parts, "conditions": conditions}


def _request(snapshot: Snapshot, request: Request, read: set[str]) -> list[Any]:
    """The request with all keys that policies read, the derived ones included."""
    principal, action, resource, context = request
    keys = {key.lower(): _text(value) for key, value in context.items()}
    if read - _GIVEN:
        derived = case_of(snapshot, principal, action, resource, context)["request"]["context"]
        single = {key.lower(): listed(values) for key, values in derived.items()}
        keys = {key: values[0] for key, values in single.items() if len(values) == 1} | keys
    return [principal, action, resource, {key: value for key, value in keys.items() if key in read}]


def _beyond(decision: bw.Decision) -> str | None:
    if decision.reason == "no_resource_allow":
        return "the resource's own policy has to allow (KMS keys, roles)"
    return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
