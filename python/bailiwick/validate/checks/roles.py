"""Checks of statements that let the caller pass roles or create service-linked ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bailiwick.models import PolicyKind
from bailiwick.reference.text import fold
from bailiwick.validate.patterns import matcher
from bailiwick.validate.policy import Element, Place, Statement
from bailiwick.validate.subject import Draft, Subject

#: Resources that every role matches: role paths and names are free.
_EVERY_ROLE = re.compile(r"\*|arn:[^:]*:iam::[^:]*:(?:\*|role\*|role/\*)", re.ASCII)
#: SCPs and boundaries grant nothing, but a boundary is what limits; SCPs that allow everything are the rule.
_GRANTING = (PolicyKind.IDENTITY, PolicyKind.SESSION, PolicyKind.BOUNDARY)


@dataclass(frozen=True, slots=True)
class _Danger:
    """An action that is dangerous on every role, and the keys that tame it."""

    action: str
    family: str
    keys: tuple[str, ...]
    words: str


_DANGERS = (
    _Danger(
        "iam:passrole",
        "PASS_ROLE",
        ("iam:passedtoservice", "iam:associatedresourcearn"),
        "lets the caller pass any role to any service",
    ),
    _Danger(
        "iam:createservicelinkedrole", "CREATE_SLR", ("iam:awsservicename",), "lets the caller create the roles of any service"
    ),
)


def roles(subject: Subject) -> Iterator[Draft]:
    """Statements that reach every role."""
    if subject.kind not in _GRANTING:
        return
    for statement in subject.allows:
        for danger in _DANGERS:
            yield from _statement(statement, danger)


def _statement(statement: Statement, danger: _Danger) -> Iterator[Draft]:
    action, resource = statement.action, statement.resource
    if action is None or resource is None or _is_tamed(statement, danger.keys):
        return
    how = _reach(action, danger.action)
    if how is None:
        return
    by, action_place = how
    if resource.negated:
        suffix = {"name": "NOT_RESOURCE", "star": "STAR_IN_ACTION_AND_NOT_RESOURCE", "not": "NOT_ACTION_AND_NOT_RESOURCE"}[by]
        resource_place = resource.place
    else:
        every = next((value for value in resource.values if _EVERY_ROLE.fullmatch(value.text)), None)
        if every is None:
            return
        suffix = {
            "name": "STAR_IN_RESOURCE",
            "star": "STAR_IN_ACTION_AND_RESOURCE",
            "not": "STAR_IN_RESOURCE_AND_NOT_ACTION",
        }[by]
        resource_place = every.place
    yield Draft(f"{danger.family}_WITH_{suffix}", f"the statement {danger.words}", (action_place, resource_place))


def _reach(action: Element, wanted: str) -> tuple[str, Place] | None:
    """How an element reaches an action: by `name`, by `star` or by `not` leaving it out; and where."""
    matching = [value for value in action.values if matcher(fold(value.text))(wanted)]
    if action.negated:
        return None if matching else ("not", action.place)
    by_name = next((value for value in matching if fold(value.text) == wanted), None)
    if by_name is not None:
        return "name", by_name.place
    return ("star", matching[0].place) if matching else None


def _is_tamed(statement: Statement, keys: tuple[str, ...]) -> bool:
    """Whether a test names what may be reached by values that do not start with `*` (B-77)."""
    return any(
        test.folded in keys
        and not test.negated
        and test.operator is not None
        and test.operator.prefix != "ForAllValues"
        and test.base.startswith(("String", "Arn"))
        and not (test.base == "StringEquals" and test.operator.if_exists)
        and not any(value.text.startswith("*") for value in test.values)
        for test in statement.tests
    )


CHECKS = (roles,)
