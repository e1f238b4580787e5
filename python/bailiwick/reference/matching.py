"""The parts of a statement: action, resource, principal (section 2)."""

from __future__ import annotations

from collections.abc import Sequence

from bailiwick.models import Principal, PrincipalKind
from bailiwick.reference.document import PrincipalValue, ResourceValue, Statement
from bailiwick.reference.request import Request
from bailiwick.reference.text import ANY, Tokens, fold, glob, matches
from bailiwick.reference.truth import F, I, T, Truth, any_of, negate, truth
from bailiwick.reference.variables import Part, Variable, tokens_of

GRADES = ("DIRECT", "WILDCARD", "ROLE", "ISSUER", "ACCOUNT")  # best first (M-42)
_WITH_ACCOUNT = (PrincipalKind.ROOT, PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)


# Actions (2.1) --------------------------------------------------------------------------------------------------------


def action_part(statement: Statement, request: Request) -> Truth:
    """M-03."""
    negated, patterns = statement.action
    listed = any(action_matches(pattern, request.action) for pattern in patterns)
    return truth(listed != negated)


def action_matches(pattern: str, action: str) -> bool:
    """M-02: both halves, under fold."""
    if pattern == "*":
        return True
    wanted, found = fold(pattern).split(":"), fold(action).split(":")
    return glob(wanted[0], found[0]) and glob(wanted[1], found[1])


# Variables (2.3) ------------------------------------------------------------------------------------------------------


def variable_texts(parts: Sequence[Part], request: Request) -> dict[str, str] | Truth:
    """What each variable gives, or F or I if the pattern has no text (M-23…27, B-33)."""
    found: dict[str, str] = {}
    unresolved = False
    for part in parts:
        if not isinstance(part, Variable):
            continue
        values = request.values(part.key)
        if len(values) > 1:
            return I  # M-27
        if values and values[0] != "":
            found[part.key] = values[0]  # M-23
        elif part.default is not None:
            found[part.key] = part.default  # M-25
        else:
            unresolved = True
    return F if unresolved else found  # M-26


# Resources (2.2) ------------------------------------------------------------------------------------------------------


def resource_part(statement: Statement, request: Request) -> Truth:
    """M-15, M-17."""
    if statement.resource is None:
        return T
    negated, patterns = statement.resource
    listed = any_of(resource_matches(pattern, request) for pattern in patterns)
    return negate(listed) if negated else listed


def resource_matches(pattern: ResourceValue, request: Request) -> Truth:
    """M-11…13."""
    if pattern.segments is None:
        return T  # M-11
    if request.resource is None:
        return F  # M-12
    parts = [part for segment in pattern.segments for part in segment]
    texts = variable_texts(parts, request)
    if isinstance(texts, Truth):
        return texts
    segments = [tokens_of(list(segment), texts) for segment in pattern.segments]
    if by_segment(segments, request.resource):
        return T
    return I if across_colons(segments, request.resource) else F


def by_segment(segments: list[Tokens], text: str) -> bool:
    """Six segments, each within its own (M-13)."""
    return all(matches(wanted, found) for wanted, found in zip(segments, text.split(":", 5), strict=True))


def across_colons(segments: list[Tokens], text: str) -> bool:
    """Whether the text matches once a `*` that ends one of segments 2 to 5 may reach over colons (M-13).

    Tries every way to hand the colon-separated fields of the text to the segments.
    """
    fields = text.split(":")

    def laid(segment: int, start: int) -> bool:
        if segment == 5:
            return start < len(fields) and matches(segments[5], ":".join(fields[start:]))
        if start >= len(fields) or not matches(segments[segment], fields[start]):
            return False
        if laid(segment + 1, start + 1):
            return True
        may_cross = segment > 0 and segments[segment][-1:] == [ANY]
        return may_cross and any(laid(segment + 1, further) for further in range(start + 2, len(fields)))

    return laid(0, 0)


# Principals (2.4) -----------------------------------------------------------------------------------------------------


def principal_part(statement: Statement, request: Request, *, has_boundary: bool) -> tuple[Truth, str | None]:
    """T or F, and the best grade of an Allow (M-42, M-45, M-46, M-47)."""
    if statement.principal is None:
        return T, None
    negated, values = statement.principal
    if negated:
        return truth(not _is_excluded(values, request.principal, has_boundary=has_boundary)), None
    grades = [grade(value, request.principal) for value in values]
    best = next((name for name in GRADES if name in grades), None)
    everyone = statement.effect == "Deny" and any(value.kind == "everyone" for value in values)  # M-45
    return truth(best is not None or everyone), best


def grade(value: PrincipalValue, principal: Principal) -> str | None:
    """The table of M-41."""
    kind, text = principal.kind, value.text
    owned = kind in _WITH_ACCOUNT
    if value.kind == "everyone":
        return "WILDCARD" if owned or kind is PrincipalKind.ANONYMOUS else None
    if value.kind in ("account", "canonical_user"):
        same = text == (principal.account if value.kind == "account" else principal.canonical_id)
        return ("DIRECT" if kind is PrincipalKind.ROOT else "ACCOUNT") if owned and same else None
    if kind is PrincipalKind.USER:
        names = {"user": principal.arn, "id": principal.id}
        return "DIRECT" if names.get(value.kind) == text else None
    if kind is PrincipalKind.ROLE_SESSION:
        if value.kind == "session":
            return "DIRECT" if principal.arn == text else None
        names = {"role": principal.role_arn, "id": principal.id}
        return "ROLE" if names.get(value.kind) == text else None
    if kind is PrincipalKind.FEDERATED_USER:
        if value.kind == "federated_user":
            return "DIRECT" if principal.arn == text else None
        names = {"user": principal.issuer_arn, "id": principal.issuer_id}
        return "ISSUER" if names.get(value.kind) == text else None
    expected = {PrincipalKind.SERVICE: "service", PrincipalKind.FEDERATED_CALLER: "federated"}.get(kind)
    return "DIRECT" if value.kind == expected and principal.name == text else None


def _is_excluded(values: Sequence[PrincipalValue], principal: Principal, *, has_boundary: bool) -> bool:
    """Whether `NotPrincipal` leaves the caller out of the denial (M-46)."""
    if has_boundary:
        return False

    def listed(kind: str, text: str | None) -> bool:
        return text is not None and any(value.kind == kind and value.text == text for value in values)

    if any(value.kind == "everyone" for value in values):
        return True
    kind = principal.kind
    if kind is PrincipalKind.SERVICE:
        return listed("service", principal.name)
    if kind is PrincipalKind.FEDERATED_CALLER:
        return listed("federated", principal.name)
    if kind is PrincipalKind.ANONYMOUS:
        return False
    account = listed("account", principal.account) or listed("canonical_user", principal.canonical_id)
    if kind is PrincipalKind.ROOT:
        return account
    if kind is PrincipalKind.USER:
        return account and (listed("user", principal.arn) or listed("id", principal.id))
    if kind is PrincipalKind.ROLE_SESSION:
        role = listed("role", principal.role_arn) or listed("id", principal.id)
        return account and role and listed("session", principal.arn)
    by_root = principal.issuer_arn is not None and principal.issuer_arn.endswith(":root")
    issuer = by_root or listed("user", principal.issuer_arn) or listed("id", principal.issuer_id)
    return account and issuer and listed("federated_user", principal.arn)
