"""What each value of each element of a statement says of a request, for those who ask which of them were ever used."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bailiwick.reference.conditions import test_holds
from bailiwick.reference.document import Operator, Test
from bailiwick.reference.evaluate import Said
from bailiwick.reference.matching import action_part, grade, resource_matches
from bailiwick.reference.request import Request
from bailiwick.reference.truth import I, T, Truth


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a statement, or one test of its condition.

    Attributes:
        truth: What it comes to.
        matches: For each of its values, in the order of the document, whether the request has what it names. Under a
            negated element or operator a value that matches is one that makes the part false.
        present: The request has the key that the test reads; true for elements.
    """

    truth: Truth
    matches: tuple[bool, ...]
    present: bool = True


def parts_of(said: Said, request: Request) -> list[Part]:
    """The parts in the order `Principal`, `Action`, `Resource`, tests of `Condition`; absent elements have none."""
    statement, found = said.statement, []
    if statement.principal is not None:
        everyone = statement.effect == "Deny"  # M-45
        hits = [grade(value, request.principal) or (everyone and value.kind == "everyone") for value in statement.principal[1]]
        found.append(Part(said.principal, tuple(map(bool, hits))))
    listed = [replace(statement, action=(False, (pattern,))) for pattern in statement.action[1]]
    found.append(Part(said.action, tuple(action_part(one, request) is T for one in listed)))
    if statement.resource is not None:
        hits = [resource_matches(value, request) is T for value in statement.resource[1]]
        found.append(Part(said.resource, tuple(map(bool, hits))))
    found += (_tested(test, request) for test in statement.tests)
    return found


def _tested(test: Test, request: Request) -> Part:
    return Part(
        truth=test_holds(test, request),
        matches=tuple(test_holds(_alone(test, at), request) is T for at in range(len(test.values))),
        present=bool(request.values(test.key)),
    )


def _alone(test: Test, at: int) -> Test:
    """Whether the request has one value of a test: the positive operator, of that value, for any value of the key."""
    base = test.operator.base.replace("Not", "")
    prefix = "" if base == "Null" else "ForAnyValue"
    return Test(Operator(prefix, base, False), test.key, (test.values[at],), (test.texts[at],))


def holds(said: Said, truth: Truth) -> bool:
    """Whether a part of this value lets its statement apply: T, and in a Deny also I (N-05)."""
    return truth is T or (truth is I and said.statement.effect == "Deny")
