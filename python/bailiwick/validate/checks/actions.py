"""Checks of `Action` and `NotAction` against what services know."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from bailiwick.models import PolicyKind
from bailiwick.reference.text import fold
from bailiwick.validate.patterns import matcher
from bailiwick.validate.policy import Value
from bailiwick.validate.services import Service
from bailiwick.validate.subject import Draft, Subject

_WITH_RESOURCE = (PolicyKind.RESOURCE,)


def known(subject: Subject) -> Iterator[Draft]:
    """Services and actions that do not exist, wildcards in prefixes."""
    for value in _values(subject):
        prefix, colon, name = value.text.partition(":")
        if not colon or ":" in name:
            continue  # `*`, or no action at all: the grammar says so
        if "*" in prefix or "?" in prefix:
            message = f"`{value.text}` reaches every service whose prefix looks like `{prefix}`, later ones too"
            yield Draft("WILDCARD_IN_SERVICE_NAME", message, (value.place,))
            continue
        service = subject.services.service(prefix)
        if service is None:
            yield from _unknown_service(subject, value, prefix)
        elif not service.actions_matching(name) and service.actions:
            yield _unknown_action(service, value, name)


def _values(subject: Subject) -> Iterator[Value]:
    for statement in subject.statements:
        if statement.action is not None:
            yield from statement.action.values


def _unknown_service(subject: Subject, value: Value, prefix: str) -> Iterator[Draft]:
    if not subject.services.is_complete or subject.is_hosts(prefix):
        return
    close = get_close_matches(fold(prefix), list(subject.services.services), n=1, cutoff=0.75)
    hint = f"{close[0]}{value.text[len(prefix) :]}" if close else None
    yield Draft("INVALID_SERVICE_IN_ACTION", f"there is no service `{prefix}`", (value.place,), hint)


def _unknown_action(service: Service, value: Value, name: str) -> Draft:
    message = f"`{service.prefix}` has no action {'like ' if '*' in name or '?' in name else ''}`{name}`"
    close = get_close_matches(fold(name), list(service.actions), n=1, cutoff=0.75)
    hint = f"{service.prefix}:{service.actions[close[0]].name}" if close else None
    return Draft("INVALID_ACTION", message, (value.place,), hint)


def of_the_resource(subject: Subject) -> Iterator[Draft]:
    """Actions in a resource's policy that belong to another service."""
    kind = subject.resource_kind
    if subject.kind not in _WITH_RESOURCE or kind is None:
        return
    for value in _values(subject):
        prefix, colon, _ = value.text.partition(":")
        if colon and not matcher(fold(prefix))(kind.service):
            message = f"`{value.text}` is no action of the resource `{kind.name}` that holds this policy"
            yield Draft("UNSUPPORTED_ACTION_IN_POLICY", message, (value.place,))


CHECKS = (known, of_the_resource)
