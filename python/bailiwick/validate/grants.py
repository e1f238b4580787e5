"""Which actions a policy really grants: what it lists, without what it denies and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bailiwick.reference.text import fold
from bailiwick.validate.checks.effect import formats_of, works_on
from bailiwick.validate.patterns import covers, matcher
from bailiwick.validate.policy import Element, Policy, Statement
from bailiwick.validate.services import AccessLevel, Action, Service, ServiceReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An action that a policy grants.

    Attributes:
        action: `service:Name`.
        level: Its access level, if known.
        statements: 0-based positions of the statements that allow it.
        resources: On what, as the statements say it; `NotResource` is shown as `not …`.
        is_conditional: Every statement that allows it has a condition.
        is_limited: A Deny takes part of it back: some resources, or under a condition.
    """

    action: str
    level: AccessLevel | None
    statements: tuple[int, ...]
    resources: tuple[str, ...]
    is_conditional: bool
    is_limited: bool


def granted(policy: Policy, services: ServiceReference) -> tuple[Grant, ...]:
    """Actions that a policy grants, in order.

    Left out are actions that a Deny without conditions takes back on all that is allowed, and actions that none of the
    resources beside them can be used with. Conditions count as satisfiable. Actions of services that are not known are
    not in it.
    """
    found: dict[str, list[Statement]] = {}
    known: dict[str, tuple[Service, Action]] = {}
    for statement in policy.statements:
        if not statement.allows or statement.action is None:
            continue
        for service, action in _actions(statement.action, services):
            name = f"{service.prefix}:{action.name}"
            if _works(statement, service, action) and not _is_taken_back(policy, statement, name):
                known[name] = (service, action)
                found.setdefault(name, []).append(statement)
    return tuple(_grant(policy, name, found[name], known[name][1]) for name in sorted(found, key=fold))


def unknown(policy: Policy, services: ServiceReference) -> tuple[str, ...]:
    """Patterns of allowed actions that match none that is known, so that `granted` cannot say what they grant."""
    patterns = (
        value.text
        for statement in policy.statements
        if statement.allows and statement.action is not None and not statement.action.negated
        for value in statement.action.values
    )
    return tuple(dict.fromkeys(pattern for pattern in patterns if not services.expand(pattern)))


def _actions(element: Element, services: ServiceReference) -> Iterator[tuple[Service, Action]]:
    """The actions that an element is about, each once."""
    if element.negated:
        tests = [matcher(fold(value.text)) for value in element.values]
        for service, action in services.matching("*"):
            if not any(test(fold(f"{service.prefix}:{action.name}")) for test in tests):
                yield service, action
        return
    seen: set[tuple[str, str]] = set()
    for value in element.values:
        for service, action in services.matching(value.text):
            if (service.prefix, action.name) not in seen:
                seen.add((service.prefix, action.name))
                yield service, action


def _works(statement: Statement, service: Service, action: Action) -> bool:
    resource = statement.resource
    if resource is None or resource.negated or any(value.text == "*" for value in resource.values):
        return True
    return works_on(formats_of(service, action), [_free(value.text) for value in resource.values])


def _free(pattern: str) -> str:
    """A pattern in which variables match anything."""
    head, opened, rest = pattern.partition("${")
    return f"{head}*{_free(rest.partition('}')[2])}" if opened else head


def _denies(policy: Policy, action: str) -> Iterator[Statement]:
    for statement in policy.statements:
        if statement.effect != "Deny" or statement.action is None:
            continue
        matching = any(matcher(fold(value.text))(fold(action)) for value in statement.action.values)
        if matching != statement.action.negated:
            yield statement


def _is_taken_back(policy: Policy, allow: Statement, action: str) -> bool:
    return any(not deny.tests and _covers(deny.resource, allow.resource) for deny in _denies(policy, action))


def _covers(deny: Element | None, allow: Element | None) -> bool:
    """Whether a Deny is about all resources of an Allow."""
    if deny is None or deny.negated:
        return deny is None
    if any(value.text == "*" for value in deny.values):
        return True
    if allow is None or allow.negated:
        return False
    return all(any(covers(one.text, other.text) for one in deny.values) for other in allow.values)


def _grant(policy: Policy, name: str, statements: list[Statement], action: Action) -> Grant:
    resources = dict.fromkeys(text for statement in statements for text in _resources(statement.resource))
    return Grant(
        action=name,
        level=action.level,
        statements=tuple(statement.index for statement in statements),
        resources=tuple(resources),
        is_conditional=all(statement.tests for statement in statements),
        is_limited=any(True for _ in _denies(policy, name)),
    )


def _resources(element: Element | None) -> Iterator[str]:
    if element is not None:
        yield from (f"not {value.text}" if element.negated else value.text for value in element.values)
