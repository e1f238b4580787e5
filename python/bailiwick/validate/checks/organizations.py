"""Checks of resource control policies: they meet every caller, services included."""

from __future__ import annotations

from collections.abc import Iterator

from bailiwick.models import PolicyKind
from bailiwick.reference.text import fold
from bailiwick.validate.global_keys import SOURCE_KEYS
from bailiwick.validate.policy import Statement
from bailiwick.validate.subject import Draft, Subject

_IS_SERVICE = "aws:principalisawsservice"
_OF_PRINCIPALS = ("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:principaltag/")


def callers(subject: Subject) -> Iterator[Draft]:
    """Keys of people deny services, keys of services deny people, unless the statement says whom it is about."""
    if subject.kind is not PolicyKind.RCP:
        return
    for statement in subject.statements:
        if statement.effect != "Deny":
            continue
        about = _about(statement)
        for test in statement.tests:
            if not test.negated or not test.holds_without_key:
                continue
            if test.folded.startswith(_OF_PRINCIPALS) and about != "false":
                message = f"calls of services have no `{test.key}` and are denied as well"
                hint = '"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}'
                yield Draft("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", message, (test.place,), hint)
            elif test.folded in SOURCE_KEYS and about != "true":
                message = f"calls of people have no `{test.key}` and are denied as well"
                hint = '"Bool": {"aws:PrincipalIsAWSService": "true"}'
                yield Draft("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", message, (test.place,), hint)
            if test.folded in ("aws:sourceorgid", "aws:sourceorgpaths") and not _asks_for_source(statement):
                message = f"services that act for nobody have no `{test.key}` and are denied as well"
                hint = '"Null": {"aws:SourceAccount": "false"}'
                yield Draft("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", message, (test.place,), hint)


def _about(statement: Statement) -> str | None:
    """Whom the statement says it is about: `true` for services, `false` for all others."""
    for test in statement.tests:
        if test.folded == _IS_SERVICE and test.base == "Bool" and len(test.values) == 1:
            return test.values[0].text.lower()
    return None


def _asks_for_source(statement: Statement) -> bool:
    return any(
        test.base == "Null" and test.folded in ("aws:sourceaccount", "aws:sourcearn") and not test.holds_without_key
        for test in statement.tests
    )


def services(subject: Subject) -> Iterator[Draft]:
    """Services that no resource control policy reaches (G-24)."""
    if subject.kind is not PolicyKind.RCP:
        return
    for statement in subject.statements:
        for value in statement.action.values if statement.action is not None else ():
            prefix = fold(value.text.partition(":")[0])
            service = subject.services.service(prefix)
            if service is not None and service.rcp is False and prefix not in subject.registry.services:
                message = f"resource control policies do not reach `{prefix}`"
                yield Draft("RCP_SYNTAX_ERROR_ACTION", message, (value.place,))


CHECKS = (callers, services)
