"""Checks of tag conditions in statements about services that do not supply the tags."""

from __future__ import annotations

from collections.abc import Iterator

from bailiwick.reference.text import fold
from bailiwick.validate.policy import Statement, Test, Value
from bailiwick.validate.services import Service
from bailiwick.validate.subject import Draft, Subject

_KEY = "aws:resourcetag/"


def unsupported(subject: Subject) -> Iterator[Draft]:
    """`aws:ResourceTag/…` for actions of services that have no such key: the test never holds."""
    for statement in subject.statements:
        tests = [test for test in statement.tests if test.folded.startswith(_KEY) and _needs_key(test)]
        if not tests or statement.action is None or statement.effect not in ("Allow", "Deny"):
            continue
        verb = "ALLOW" if statement.allows else "DENY"
        for test in tests:
            if statement.action.negated:
                yield _negated(subject, statement, test, verb)
            else:
                yield from _listed(subject, statement, test, verb)


def _needs_key(test: Test) -> bool:
    return test.operator is not None and test.base != "Null" and not test.holds_without_key


def _negated(subject: Subject, statement: Statement, test: Test, verb: str) -> Draft:
    effect = "allowed" if statement.allows else "denied"
    message = f"actions whose resources have no tags are not {effect} here, because of `{test.key}`"
    place = statement.action.place if statement.action is not None else statement.place
    return Draft(f"{verb}_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", message, (place, test.place))


def _listed(subject: Subject, statement: Statement, test: Test, verb: str) -> Iterator[Draft]:
    without: dict[str, list[Value]] = {}
    for value in statement.action.values if statement.action is not None else ():
        service = subject.services_of(value)
        if service is not None and service.actions and not has_tags(service):
            without.setdefault(service.prefix, []).append(value)
    if without:
        services = ", ".join(f"`{prefix}`" for prefix in without)
        effect = "allowed" if statement.allows else "denied"
        message = f"{services} supplies no `{test.key}`, so its actions are not {effect} here"
        places = tuple(value.place for values in without.values() for value in values)
        yield Draft(f"{verb}_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", message, (*places, test.place))


def has_tags(service: Service) -> bool:
    """Whether any of a service's resources has tags that conditions see."""
    return any(fold(key).startswith(_KEY) for key in service.condition_keys)


CHECKS = (unsupported,)
