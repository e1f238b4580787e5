"""One statement of a document: which elements it has, and what they say (1.3)."""

from __future__ import annotations

import re

from bailiwick.models import PolicyKind
from bailiwick.reference import elements, principal_element
from bailiwick.reference.checks import Checks
from bailiwick.reference.condition_element import condition
from bailiwick.reference.document import ResourceValue, Statement
from bailiwick.reference.json_text import Member, Node

_SID = re.compile(r"[0-9A-Za-z]*", re.ASCII)
_NAMES = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


def statement(checks: Checks, index: int, node: Node, path: str, sids: set[str]) -> Statement | None:
    """Checks a statement; `sids` are those of the statements before it."""
    members = checks.members(node, path, _NAMES, "INVALID_POLICY_ELEMENT")
    effect = _effect(checks, members.get("Effect"), path)
    _check_presence(checks, node, members, path, effect)
    sid = _sid(checks, members.get("Sid"), path, sids)
    principal = principal_element.principal(checks, members, path)
    action = _action(checks, members, path)
    resource = _resource(checks, members, path)
    if checks.kind is PolicyKind.TRUST:
        principal_element.check_trust_pairs(checks, members, principal, action, path)
    tests = condition(checks, members.get("Condition"), path)
    start, end = checks.position(node.start), checks.position(node.end)
    if effect is None or action is None:
        return None
    return Statement(index, sid, effect, principal, action, resource, tests, *start, *end)


def _effect(checks: Checks, member: Member | None, path: str) -> str | None:
    """G-12, B-12."""
    if member is None:
        return None
    here = f"{path}/Effect"
    text = checks.string(member.node, here)
    if text is None:
        return None
    if text not in ("Allow", "Deny"):
        checks.fault("INVALID_EFFECT", member.node.start, here, f"effect `{text}`: expected `Allow` or `Deny`")
        return None
    if text == "Allow" and checks.kind is PolicyKind.RCP and not checks.full_access:
        checks.fault("RCP_EFFECT", member.node.start, here, "a resource control policy can only deny")
    return text


def _check_presence(checks: Checks, node: Node, members: dict[str, Member], path: str, effect: str | None) -> None:
    """G-10, G-18: which members are there, whatever their values are (B-04)."""
    has_unknown = any(member.name not in _NAMES for member in node.members)

    def missing(code: str, *names: str) -> None:
        if not has_unknown and not any(name in members for name in names):  # B-14
            checks.fault(code, node.start, path, f"the statement has no `{names[0]}`")

    def forbid(name: str, code: str = "UNSUPPORTED_ELEMENT") -> None:
        if name in members:
            checks.fault(code, members[name].start, f"{path}/{name}", f"`{name}` is not supported here")

    kind = checks.kind
    missing("MISSING_EFFECT", "Effect")
    missing("MISSING_ACTION", "Action", "NotAction")
    if kind in (PolicyKind.RCP, PolicyKind.TRUST, PolicyKind.RESOURCE):
        missing("MISSING_PRINCIPAL", "Principal", "NotPrincipal")
    if kind is not PolicyKind.TRUST and not (kind is PolicyKind.RESOURCE and checks.profile.implicit_resource):
        missing("MISSING_RESOURCE", "Resource", "NotResource")
    if kind in principal_element.WITHOUT:
        forbid("Principal")
        forbid("NotPrincipal")
    if kind in (PolicyKind.RCP, PolicyKind.ENDPOINT):
        forbid("NotPrincipal")
    if kind is PolicyKind.TRUST:
        forbid("NotPrincipal", "TRUST_NOTPRINCIPAL")
        forbid("Resource")
        forbid("NotResource")
    if kind in (PolicyKind.TRUST, PolicyKind.RCP):
        forbid("NotAction")
    if kind is PolicyKind.RESOURCE and effect == "Allow":
        forbid("NotPrincipal", "NOTPRINCIPAL_WITH_ALLOW")
    for one in ("Principal", "Action", "Resource"):
        other = f"Not{one}"
        if one in members and other in members:
            later = max(members[one], members[other], key=lambda member: member.start)
            message = f"`{one}` and `{other}` exclude each other"
            checks.fault("UNSUPPORTED_ELEMENT_COMBINATION", later.start, f"{path}/{later.name}", message)


def _sid(checks: Checks, member: Member | None, path: str, sids: set[str]) -> str | None:
    """G-11, B-11."""
    if member is None:
        return None
    here, node = f"{path}/Sid", member.node
    text = checks.string(node, here)
    if not text:
        return None
    free = checks.kind in (PolicyKind.RESOURCE, PolicyKind.ENDPOINT)
    if len(text) > 256 if free else not _SID.fullmatch(text):
        checks.fault("UNSUPPORTED_SID", node.start, here, f"sid `{text[:64]}`: expected letters and digits")
    if text in sids:
        checks.fault("DUPLICATE_SID", node.start, here, f"two statements have the sid `{text}`")
    sids.add(text)
    return text


def _action(checks: Checks, members: dict[str, Member], path: str) -> tuple[bool, tuple[str, ...]] | None:
    """G-20…24."""
    found: tuple[bool, tuple[str, ...]] | None = None
    for name in ("Action", "NotAction"):
        if name not in members:
            continue
        texts = checks.strings(members[name].node, f"{path}/{name}")
        for node, place, text in texts:
            try:
                if not checks.full_access:
                    elements.action(text, checks.kind, checks.registry)
            except elements.Refused as refused:
                checks.fault(str(refused), node.start, place, f"action `{text}`: expected `*` or `service:Name`")
        if found is None:
            found = (name == "NotAction", tuple(text for _, _, text in texts))
    return found


def _resource(checks: Checks, members: dict[str, Member], path: str) -> tuple[bool, tuple[ResourceValue, ...]] | None:
    """G-25…29."""
    if checks.kind is PolicyKind.TRUST:
        return None
    found: tuple[bool, tuple[ResourceValue, ...]] | None = None
    for name in ("Resource", "NotResource"):
        if name not in members:
            continue
        listed = []
        for node, place, text in checks.strings(members[name].node, f"{path}/{name}"):
            try:
                listed.append(elements.resource(text, checks.registry, variables=checks.variables, kind=checks.kind))
            except elements.Refused as refused:
                checks.fault(str(refused), node.start, place, f"resource `{text}` is not `*` or a legal ARN pattern")
        if found is None:
            found = (name == "NotResource", tuple(listed))
    return found
