"""What a suite can show of a statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bailiwick.context import fold
from bailiwick.models import PolicyKind, ServiceProfile
from bailiwick.reference.document import Statement, Test
from bailiwick.snapshot_documents import HeldDocument

What: TypeAlias = Literal["applies", "matches", "fails", "absent"]
Group: TypeAlias = Literal["statements", "elements", "conditions"]

#: Kinds whose policies only callers with an account are put to.
_OWN = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP)
#: Keys that every such caller has.
_ALWAYS = ("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice")

#: Actions that are decided before any policy is looked at (E-26).
_BEFORE_POLICIES = ("sts:getcalleridentity", "sts:getsessiontoken")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """Something that a suite can show.

    Attributes:
        statement: Position of the statement in its document.
        part: Position of the element or test among those of the statement; -1 for the statement itself.
        value: Position of the value in the element or test; -1 for all of it.
        what: What was seen.
    """

    statement: int
    part: int
    value: int
    what: What


@dataclass(frozen=True, slots=True)
class PartShape:
    """An element or a condition test, as `bailiwick.reference.parts` orders them.

    Attributes:
        name: `Action`, `NotResource`, `StringEquals aws:SourceVpc` …
        negated: Its values are what it leaves out.
        texts: Its values as written.
        test: The condition test, if it is one.
    """

    name: str
    negated: bool
    texts: tuple[str, ...]
    test: Test | None = None

    @property
    def group(self) -> Group:
        """Where its points are counted."""
        return "elements" if self.test is None else "conditions"


def shapes_of(statement: Statement) -> list[PartShape]:
    """The elements and tests of a statement."""
    found = []
    if statement.principal is not None:
        negated, principals = statement.principal
        texts = tuple(value.text for value in principals)
        found.append(PartShape("NotPrincipal" if negated else "Principal", negated, texts))
    negated, actions = statement.action
    found.append(PartShape("NotAction" if negated else "Action", negated, actions))
    if statement.resource is not None:
        negated, resources = statement.resource
        texts = tuple(value.text for value in resources)
        found.append(PartShape("NotResource" if negated else "Resource", negated, texts))
    for test in statement.tests:
        found.append(PartShape(f"{test.operator} {test.key}", "Not" in test.operator.base, test.texts, test))
    return found


def points_of(statement: Statement, document: HeldDocument, profile: ServiceProfile) -> Iterator[Point]:
    """The points of a statement; those that no request can show are left out."""
    yield Point(statement.index, -1, -1, "applies")
    for at, shape in enumerate(shapes_of(statement)):
        for value, text in enumerate(shape.texts):
            if fold(text) not in _BEFORE_POLICIES:
                yield Point(statement.index, at, value, "matches")
        if not shape.negated and _can_fail(shape, statement, document, profile):
            yield Point(statement.index, at, -1, "fails")
        if shape.test is not None and _can_be_absent(shape.test, statement, document):
            yield Point(statement.index, at, -1, "absent")


def _can_fail(shape: PartShape, statement: Statement, document: HeldDocument, profile: ServiceProfile) -> bool:
    if shape.test is not None:
        return not _asks_presence(shape.test) or _alone_without_key(shape.test, statement)
    if "*" in shape.texts:
        return False
    if shape.name == "Action":
        return not _all_of_service(shape.texts, statement, document)
    if shape.name == "Resource" and document.kind is PolicyKind.RESOURCE:
        # The policy is put to requests for its own resource and, in some services, for what lies below it.
        below = profile.policy_depth == 0 or f"{document.id}/*" in shape.texts
        return not (f"{document.id}*" in shape.texts or (document.id in shape.texts and below))
    return True


def _all_of_service(actions: tuple[str, ...], statement: Statement, document: HeldDocument) -> bool:
    """Whether all actions are allowed that can be asked of the statement's resources."""
    whole = {fold(action).removesuffix(":*") for action in actions if action.endswith(":*")}
    if document.kind is PolicyKind.TRUST:
        return "sts" in whole
    if document.kind is PolicyKind.RESOURCE:
        return fold((document.id.split(":") + [""] * 3)[2]) in whole
    if statement.resource is None or statement.resource[0]:
        return False
    services = {(value.text.split(":") + ["*"] * 3)[2] for value in statement.resource[1]}
    return "*" not in services and {fold(service) for service in services} <= whole


def _can_be_absent(test: Test, statement: Statement, document: HeldDocument) -> bool:
    if test.operator.base == "Null":  # which asks for nothing else: its `matches` and `fails` say it
        return False
    always = document.kind in _OWN and fold(test.key) in _ALWAYS
    return not always and _alone_without_key(test, statement)


def _alone_without_key(test: Test, statement: Statement) -> bool:
    """Whether all other tests of the same key hold where the key is missing (C-14…17, C-20)."""
    others = (other for other in statement.tests if other is not test and fold(other.key) == fold(test.key))
    return all(_holds_without_key(other) for other in others)


def _holds_without_key(test: Test) -> bool:
    operator = test.operator
    if operator.base == "Null":
        return not _asks_presence(test)
    return operator.if_exists or operator.prefix == "ForAllValues" or (operator.prefix == "" and "Not" in operator.base)


def _asks_presence(test: Test) -> bool:
    return test.operator.base == "Null" and True not in test.values
