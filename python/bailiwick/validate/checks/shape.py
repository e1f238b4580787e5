"""Checks of the document as a whole: version, ids, sizes, empty parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bailiwick.models import PolicyKind
from bailiwick.reference.operators import ARN, STRING
from bailiwick.validate.policy import Place, Value
from bailiwick.validate.subject import Draft, Subject

_OF_IDENTITIES = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION)
_VARIABLE = re.compile(r"\$\{[^${}]*:[^${}]*\}")
_SIZE_CODES = {
    PolicyKind.SCP: "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
    PolicyKind.RCP: "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
    PolicyKind.TRUST: "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
    PolicyKind.RESOURCE: "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
    PolicyKind.ENDPOINT: "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
}


def version(subject: Subject) -> Iterator[Draft]:
    """G-07: an absent version means 2008-10-17, which identities' policies cannot have."""
    policy = subject.policy
    root = Place("", policy.root.start, min(policy.root.start + 1, policy.root.end))
    if "Version" not in policy.members:
        yield Draft("MISSING_VERSION", "the document has no `Version`, so it is read as 2008-10-17", (root,))
    if subject.kind in _OF_IDENTITIES and policy.version in (None, "2008-10-17"):
        member = policy.members.get("Version")
        place = Place("/Version", member.node.start, member.node.end) if member is not None else root
        if member is None or member.node.kind == "string":
            yield Draft("OLD_VERSION_IN_IDENTITY_POLICY", "IAM stores no identity policy of version 2008-10-17", (place,))


def identifiers(subject: Subject) -> Iterator[Draft]:
    """G-08, G-11."""
    if subject.kind in _OF_IDENTITIES and (member := subject.policy.members.get("Id")) is not None:
        place = Place("/Id", member.start, member.node.end)
        yield Draft("ID_IN_IDENTITY_POLICY", "`Id` has no meaning in an identity policy", (place,))
    for statement in subject.statements:
        if statement.sid is not None and statement.sid.text == "":
            yield Draft("EMPTY_SID_VALUE", "the statement's `Sid` is empty", (statement.sid.place,))


def empty_conditions(subject: Subject) -> Iterator[Draft]:
    """G-32: legal, and imposes nothing."""
    for statement in subject.statements:
        node = statement.condition
        if node is None or node.kind != "object":
            continue
        if not node.members:
            place = Place(f"{statement.path}/Condition", node.start, node.end)
            yield Draft("EMPTY_OBJECT_CONDITION", "the condition is empty and restricts nothing", (place,))
        for member in node.members:
            if member.node.kind == "object" and not member.node.members:
                place = Place(f"{statement.path}/Condition/{member.name}", member.start, member.node.end)
                yield Draft("EMPTY_OBJECT_CONDITION", f"`{member.name}` has no keys and restricts nothing", (place,))


def size(subject: Subject) -> Iterator[Draft]:
    """Q-01, Q-10…17."""
    if subject.quota is None or subject.size <= subject.quota:
        return
    code = _SIZE_CODES.get(subject.kind, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA")
    root = subject.policy.root
    message = f"the document has {subject.size} characters, {subject.quota} are stored"
    yield Draft(code, message, (Place("", root.start, min(root.start + 1, root.end)),))


def variables_without_version(subject: Subject) -> Iterator[Draft]:
    """M-20: in 2008-10-17 `${…}` is plain text."""
    if subject.policy.has_variables:
        return
    for statement in subject.statements:
        values = list(statement.resource.values) if statement.resource is not None else []
        for test in statement.tests:
            if test.base in STRING or test.base in ARN:
                values += test.values
        for value in values:
            if (found := _VARIABLE.search(value.text)) is not None:
                message = f"`{found.group()}` is plain text, because the version is not 2012-10-17"
                yield Draft("VARIABLE_UNSUPPORTED_IN_VERSION", message, (value.place,))


def mixed_types(subject: Subject) -> Iterator[Draft]:
    """Values of one test that are of several JSON types."""
    for statement in subject.statements:
        for test in statement.tests:
            if len({value.node.kind for value in test.values}) > 1:
                places = tuple(value.place for value in _firsts(test.values))
                message = f"the values of `{test.key}` are of several JSON types"
                yield Draft("INVALID_CONDITION_DATA_TYPE", message, places)


def _firsts(values: tuple[Value, ...]) -> list[Value]:
    """The first value of each type."""
    found: dict[str, Value] = {}
    for value in values:
        found.setdefault(value.node.kind, value)
    return list(found.values())


CHECKS = (version, identifiers, empty_conditions, size, variables_without_version, mixed_types)
