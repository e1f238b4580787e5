"""The elements `Principal` and `NotPrincipal` (G-14…19)."""

from __future__ import annotations

from bailiwick.models import PolicyKind
from bailiwick.reference import elements
from bailiwick.reference.checks import Checks
from bailiwick.reference.document import PrincipalValue
from bailiwick.reference.json_text import Member, Node, pointer

#: Kinds that know no principals.
WITHOUT = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP)
_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")
_EVERYONE = PrincipalValue("everyone", "*")


def principal(checks: Checks, members: dict[str, Member], path: str) -> tuple[bool, tuple[PrincipalValue, ...]] | None:
    """Whether the element leaves out what it lists, and its values; `None` if there is none."""
    name = "Principal" if "Principal" in members else "NotPrincipal"
    found = [_values(checks, members[name].node, f"{path}/{name}") for name in ("Principal", "NotPrincipal") if name in members]
    return (name == "NotPrincipal", tuple(found[0])) if found else None


def _values(checks: Checks, node: Node, path: str) -> list[PrincipalValue]:
    if checks.kind in WITHOUT:
        return []
    if checks.kind is PolicyKind.RCP and node.kind not in ("null", "number", "boolean"):
        if node.kind != "string" or node.value != "*":
            checks.fault("RCP_PRINCIPAL", node.start, path, "a resource control policy has the principal `*`")
        return [_EVERYONE]
    if node.kind == "string":
        if node.value != "*":
            checks.fault("INVALID_PRINCIPAL_FORMAT", node.start, path, 'expected `*` or an object such as {"AWS": …}')
        elif checks.kind is PolicyKind.TRUST:
            checks.fault("TRUST_WILDCARD_PRINCIPAL", node.start, path, 'write {"AWS": "*"} to trust every AWS principal')
        return [_EVERYONE]
    if node.kind != "object":
        checks.mismatch(node, path, "`*` or an object")
        return []
    if not node.members:
        checks.fault("EMPTY_OBJECT", node.start, path, "the principal is empty")
    found: list[PrincipalValue] = []
    for name, member in checks.members(node, path, _KEYS, "INVALID_PRINCIPAL_KEY").items():
        if _is_supported(checks, name, member, pointer(path, name)):
            found += _named(checks, name, member, pointer(path, name))
    return found


def _is_supported(checks: Checks, name: str, member: Member, path: str) -> bool:
    """G-17."""
    if name == "Federated" and checks.kind is not PolicyKind.TRUST:
        checks.fault("FEDERATED_PRINCIPAL_NOT_SUPPORTED", member.start, path, "only trust policies name providers")
        return False
    if name == "CanonicalUser" and not (checks.kind is PolicyKind.RESOURCE and checks.profile.canonical_user):
        checks.fault("UNSUPPORTED_ELEMENT", member.start, path, "`CanonicalUser` is not supported here")
        return False
    return True


def _named(checks: Checks, name: str, member: Member, path: str) -> list[PrincipalValue]:
    found: list[PrincipalValue] = []
    for item, place, text in checks.strings(member.node, path):
        try:
            found.append(elements.principal(name, text, checks.registry))
        except elements.Refused as refused:
            checks.fault(str(refused), item.start, place, f"principal `{text}` is not a legal `{name}`")
    return found


def check_trust_pairs(
    checks: Checks,
    members: dict[str, Member],
    principals: tuple[bool, tuple[PrincipalValue, ...]] | None,
    actions: tuple[bool, tuple[str, ...]] | None,
    path: str,
) -> None:
    """Whether some principal of a trust statement can use some action (G-19, B-13)."""
    if principals is None or actions is None or "Principal" not in members or "Action" not in members:
        return
    node = members["Principal"].node
    pairs = [(text, value) for text in actions[1] for value in principals[1]]
    if node.kind == "object" and pairs and all(elements.mismatched(text, value) for text, value in pairs):
        message = "no principal can use any of the actions"
        checks.fault("MISMATCHED_ACTION_FOR_PRINCIPAL", node.start, f"{path}/Principal", message)
