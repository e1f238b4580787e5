"""Two documents, statement by statement.

What means nothing is no difference: the order of statements and of lists, repetitions, a lone value in place of a list, `Id`,
`Sid`, the case of actions and condition keys, an account as 12 digits or as the ARN of its root.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bailiwick.models import DEFAULT_PROFILE, PolicyKind, Registry, ServiceProfile
from bailiwick.reference.document import Statement
from bailiwick.reference.grammar import parse
from bailiwick.reference.text import fold
from bailiwick.source_text import Place, place_of

Change: TypeAlias = Literal["added", "removed", "changed"]
#: What a value means -> how it is written.
Values: TypeAlias = Mapping[str, str]
#: What the name of an element means -> how it is written, and its values.
Elements: TypeAlias = Mapping[str, tuple[str, Values]]

#: Statements that share less of their values are two statements, not one that changed.
_ALIKE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementChange:
    """Values of an element that went and came; a condition test is an element by its operator and key."""

    element: str
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementChange:
    """A statement that differs.

    Attributes:
        change: Whether it came, went, or is another.
        old: Its position in the old document; `None` if it came.
        new: Its position in the new document; `None` if it went.
        sid: Its Sid, the new one if it has both.
        effect: Its effect, the new one if it has both.
        elements: What differs; of a statement that came or went, all of it.
        place: Where it stands in a file: in the new one, or in the old one if it went.
    """

    change: Change
    old: int | None
    new: int | None
    sid: str | None
    effect: str
    elements: tuple[ElementChange, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """A document that differs, by the id under which decisions name it."""

    change: Change
    id: str
    kind: PolicyKind
    statements: tuple[StatementChange, ...]
    place: Place | None = None


def compare_documents(
    old: str,
    new: str,
    kind: PolicyKind = PolicyKind.IDENTITY,
    *,
    profile: ServiceProfile = DEFAULT_PROFILE,
    registry: Registry | None = None,
) -> tuple[StatementChange, ...]:
    """The statements in which two documents of a kind differ: changed and added ones in the order of `new`, then removed ones.

    >>> old = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
    >>> (change,) = compare_documents(old, old.replace('"s3:GetObject"', '["s3:PutObject","S3:getobject"]'))
    >>> change.change, change.elements
    ('changed', (ElementChange(element='Action', removed=(), added=('s3:PutObject',)),))

    Raises:
        MalformedPolicyDocument: One of them breaks a rule of the grammar.
    """
    sides = [parse(text, kind, profile=profile, registry=registry).statements for text in (old, new)]
    variables = [_knows_variables(text) for text in (old, new)]
    before, after = ([_elements(one, known) for one in side] for side, known in zip(sides, variables, strict=True))
    pairs = _pairs(sides[0], sides[1], before, after)
    partner = {to: at for at, to in pairs.items()}
    found = []
    for to, statement in enumerate(sides[1]):
        at = partner.get(to)
        elements = tuple(_changes(before[at] if at is not None else {}, after[to]))
        if elements:
            place = place_of(new, statement.line, statement.column)
            change: Change = "added" if at is None else "changed"
            found.append(_change(change, at, to, statement, elements, place))
    for at, statement in enumerate(sides[0]):
        if at not in pairs:
            place = place_of(old, statement.line, statement.column)
            found.append(_change("removed", at, None, statement, tuple(_changes(before[at], {})), place))
    return tuple(found)


def whole_document(
    text: str,
    change: Literal["added", "removed"],
    kind: PolicyKind = PolicyKind.IDENTITY,
    *,
    profile: ServiceProfile = DEFAULT_PROFILE,
    registry: Registry | None = None,
) -> tuple[StatementChange, ...]:
    """All statements of a document that came or went.

    Raises:
        MalformedPolicyDocument: It breaks a rule of the grammar.
    """
    found = []
    for at, statement in enumerate(parse(text, kind, profile=profile, registry=registry).statements):
        elements = _elements(statement, _knows_variables(text))
        sides = (elements, {}) if change == "removed" else ({}, elements)
        old, new = (at, None) if change == "removed" else (None, at)
        place = place_of(text, statement.line, statement.column)
        found.append(_change(change, old, new, statement, tuple(_changes(*sides)), place))
    return tuple(found)


def _change(
    change: Change,
    old: int | None,
    new: int | None,
    statement: Statement,
    elements: tuple[ElementChange, ...],
    place: Place | None,
) -> StatementChange:
    return StatementChange(
        change=change, old=old, new=new, sid=statement.sid, effect=statement.effect, elements=elements, place=place
    )


def _knows_variables(text: str) -> bool:
    """Whether `${…}` means something in a document (M-20); the parser has seen to it that the version is a known one."""
    return bool(json.loads(text).get("Version") == "2012-10-17")


def _elements(statement: Statement, variables: bool) -> Elements:
    """The elements of a statement, by what their values mean."""
    found: dict[str, tuple[str, Values]] = {}

    def has(name: str, values: Values, meaning: str | None = None) -> None:
        found[meaning or name] = (name, values)

    has("Effect", {statement.effect: statement.effect})
    if statement.principal is not None:
        negated, principals = statement.principal
        has("NotPrincipal" if negated else "Principal", {f"{one.kind}:{one.text}": one.text for one in principals})
    negated, actions = statement.action
    has("NotAction" if negated else "Action", {fold(action): action for action in actions})
    if statement.resource is not None:
        negated, resources = statement.resource
        has("NotResource" if negated else "Resource", {one.text: one.text for one in resources})
    for test in statement.tests:
        has(f"{test.operator} {test.key}", {text: text for text in test.texts}, f"{test.operator} {fold(test.key)}")
    if not variables and any("${" in text for _name, values in found.values() for text in values):
        has("Version", {"2008-10-17": "2008-10-17"})
    return found


def _pairs(old: Sequence[Statement], new: Sequence[Statement], before: list[Elements], after: list[Elements]) -> dict[int, int]:
    """Which old statement became which new one: the same first, then those of one Sid, then those that are most alike."""
    found: dict[int, int] = {}
    ranked = sorted(
        (
            (_rank(old[at], new[to], before[at], after[to]), -abs(at - to), at, to)
            for at in range(len(old))
            for to in range(len(new))
        ),
        key=lambda one: (-one[0], -one[1], one[2], one[3]),
    )
    taken: set[int] = set()
    for rank, _near, at, to in ranked:
        if rank >= _ALIKE and at not in found and to not in taken:
            found[at] = to
            taken.add(to)
    return found


def _rank(old: Statement, new: Statement, before: Elements, after: Elements) -> float:
    """3 for the same, over 2 for the same Sid, else the part of their values that they share."""
    sides = [{(name, value) for name, (_written, values) in one.items() for value in values} for one in (before, after)]
    alike = len(sides[0] & sides[1]) / len(sides[0] | sides[1])
    if alike == 1.0:
        return 3.0
    return 2.0 + alike / 2 if old.sid is not None and old.sid == new.sid else alike


def _changes(before: Elements, after: Elements) -> Iterator[ElementChange]:
    for name in dict.fromkeys([*before, *after]):
        written, one = before.get(name, (name, {}))
        written, other = after.get(name, (written, {}))
        removed = tuple(text for value, text in one.items() if value not in other)
        added = tuple(text for value, text in other.items() if value not in one)
        if removed or added:
            yield ElementChange(element=written, removed=removed, added=added)
