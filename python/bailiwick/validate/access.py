"""Custom checks that need no proof search: access that a policy must not grant, and public access (V-22, V-23)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bailiwick.errors import ValidationError
from bailiwick.models import PolicyKind
from bailiwick.reference.text import fold
from bailiwick.validate.patterns import covers, meet
from bailiwick.validate.pins import is_pinned
from bailiwick.validate.policy import Element, Policy, Statement

_MOST = 100  # V-22
#: Pairs of Allow and Deny that are compared. Beyond it Deny statements are left out: a check may fail that would have passed.
_MOST_PAIRS = 1_000_000


@dataclass(frozen=True, slots=True)
class Access:
    """What a policy is not to grant: patterns of actions, of resources, or of both together."""

    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()

    def __str__(self) -> str:
        actions = ", ".join(f"`{action}`" for action in self.actions) or "any action"
        return f"{actions} on {', '.join(f'`{resource}`' for resource in self.resources) or 'any resource'}"


@dataclass(frozen=True, slots=True)
class Reason:
    """A statement because of which a check fails."""

    description: str
    statement_index: int
    statement_id: str | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer of a custom check; true in a boolean context iff it passed.

    `FAIL` means that the access might be granted: conditions count as satisfiable (V-21, V-22).
    """

    result: str
    message: str
    reasons: tuple[Reason, ...] = ()

    def __bool__(self) -> bool:
        return self.result == "PASS"


def access_not_granted(policy: Policy, kind: PolicyKind, access: Access) -> CheckResult:
    """V-22.

    Raises:
        ValidationError: Nothing, or too much, is asked for.
    """
    actions, resources = access.actions, access.resources
    if not actions and not resources:
        raise ValidationError("expected at least one action or resource that must not be granted")
    if len(actions) > _MOST or len(resources) > _MOST:
        raise ValidationError(f"expected at most {_MOST} actions and {_MOST} resources")
    reasons = []
    allows = [statement for statement in policy.statements if statement.allows and statement.action is not None]
    denies = [
        deny for deny in policy.statements if _takes_back(deny) and (kind is not PolicyKind.RESOURCE or _names_everybody(deny))
    ]
    denies = denies[: 1 + _MOST_PAIRS // (1 + len(allows) * max(1, len(actions)) * max(1, len(resources)))]
    for statement in allows:
        for action in actions or ("*",):
            for resource in resources or ("*",):
                wanted = (fold(action), resource if resources else None)
                if _is_possible(statement, *wanted) and not _is_denied(denies, statement, *wanted):
                    what = f"`{action}`" if actions else "some action"
                    where = f" on `{resource}`" if resources else ""
                    reasons.append((statement, f"{what}{where} may be allowed"))
    return _result(reasons, "the policy does not grant the access", "the policy may grant the access")


def no_public_access(policy: Policy) -> CheckResult:
    """V-23, for the policy of a resource."""
    reasons = [(statement, "everybody may be allowed") for statement in grants_to_public(policy)]
    return _result(reasons, "the policy grants no public access", "the policy may grant public access")


def _result(reasons: list[tuple[Statement, str]], good: str, bad: str) -> CheckResult:
    found = dict.fromkeys(
        Reason(text, statement.index, statement.sid.text if statement.sid is not None else None) for statement, text in reasons
    )
    return CheckResult("FAIL", bad, tuple(found)) if found else CheckResult("PASS", good)


def grants_to_public(policy: Policy) -> Iterator[Statement]:
    """Allows for everybody that no condition pins and no Deny takes back whole."""
    allows = [one for one in policy.statements if one.allows and _names_everybody(one) and not is_pinned(one)]
    denies = [one for one in policy.statements if one.effect == "Deny" and not one.tests and _names_everybody(one)]
    denies = denies[: 1 + _MOST_PAIRS // (1 + len(allows))]
    for statement in allows:
        if not _is_taken_back(denies, statement):
            yield statement


def _names_everybody(statement: Statement) -> bool:
    return not statement.not_principal and any(
        principal.key in ("*", "AWS") and principal.value.text == "*" for principal in statement.principals
    )


def _is_taken_back(denies: Sequence[Statement], allow: Statement) -> bool:
    """Whether a Deny covers all actions and resources of an Allow."""
    return any(
        _covers(deny.action, allow.action, folded=True)
        and (deny.resource is None or _covers(deny.resource, allow.resource, folded=False))
        for deny in denies
    )


def _covers(deny: Element | None, allow: Element | None, *, folded: bool) -> bool:
    if deny is None or deny.negated:
        return False
    patterns = [fold(value.text) if folded else value.text for value in deny.values]
    if "*" in patterns:
        return True
    if allow is None or allow.negated:
        return False
    texts = [fold(value.text) if folded else value.text for value in allow.values]
    return all(any(covers(pattern, text) for pattern in patterns) for text in texts)


def _is_possible(statement: Statement, action: str, resource: str | None) -> bool:
    """Whether a statement reaches something that an action and a resource pattern match."""
    return _reaches(statement.action, action, folded=True) and (
        resource is None or statement.resource is None or _reaches(statement.resource, resource, folded=False)
    )


def _reaches(element: Element | None, wanted: str, *, folded: bool) -> bool:
    if element is None:
        return False
    patterns = [fold(value.text) if folded else value.text for value in element.values]
    if element.negated:
        return not any(covers(pattern, wanted) for pattern in patterns)
    return any(meet(_without_variables(pattern), wanted) for pattern in patterns)


def _without_variables(pattern: str) -> str:
    """A pattern in which every variable is free."""
    while "${" in pattern and "}" in pattern.partition("${")[2]:
        head, _, rest = pattern.partition("${")
        pattern = f"{head}*{rest.partition('}')[2]}"
    return pattern


def _takes_back(statement: Statement) -> bool:
    """Whether a statement surely denies what it lists."""
    if statement.effect != "Deny" or statement.tests or statement.action is None or statement.action.negated:
        return False
    return statement.resource is None or not statement.resource.negated


def _is_denied(denies: Sequence[Statement], allow: Statement, action: str, resource: str | None) -> bool:
    """Whether a Deny covers all that is asked for, or all that the Allow reaches of it."""
    for deny in denies:
        actions = [fold(value.text) for value in deny.action.values] if deny.action is not None else []
        if not any(covers(pattern, action) for pattern in actions) and not _covers(deny.action, allow.action, folded=True):
            continue
        if deny.resource is None or _covers(deny.resource, allow.resource, folded=False):
            return True
        if resource is not None and any(covers(value.text, resource) for value in deny.resource.values):
            return True
    return False
