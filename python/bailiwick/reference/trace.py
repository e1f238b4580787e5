"""Why a decision is what it is: every layer, policy, statement and element with its truth value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bailiwick.errors import ValidationError
from bailiwick.models import Decision, Registry
from bailiwick.reference.case import CaseError, decide, read
from bailiwick.reference.conditions import test_holds
from bailiwick.reference.evaluate import Said, applicable, ask
from bailiwick.reference.request import Request

_COLORS = {"T": "32", "F": "31", "I": "33", "ALLOW": "32", "EXPLICIT_DENY": "31", "IMPLICIT_DENY": "31"}


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a statement: what it expects, what the request has, and what that comes to."""

    name: str
    expected: str
    actual: str
    value: str
    rule: str


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """One statement: where it stands, whether it applies, and its elements."""

    layer: str
    level: int
    policy: str
    statement: int
    sid: str | None
    effect: str
    line: int
    column: int
    value: str
    applies: bool
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A decision and everything that was looked at."""

    decision: Decision
    statements: tuple[StatementTrace, ...]

    def to_dict(self) -> dict[str, Any]:
        """The trace as plain data."""
        return asdict(self)

    def render(self, *, color: bool = False) -> str:
        """The trace for people, layer by layer."""

        def paint(word: str) -> str:
            return f"\033[{_COLORS[word]}m{word}\033[0m" if color and word in _COLORS else word

        lines = []
        place = None
        for one in self.statements:
            here = f"{one.layer} level {one.level}" if one.layer in ("scp", "rcp") else one.layer
            if (here, one.policy) != place:
                lines.append(f"{here}: {one.policy}")
                place = (here, one.policy)
            sid = f" `{one.sid}`" if one.sid else ""
            applies = "applies" if one.applies else "does not apply"
            lines.append(f"  statement {one.statement}{sid}, line {one.line}: {one.effect} {applies} ({paint(one.value)})")
            for element in one.elements:
                lines.append(f"    {paint(element.value)}  {element.name}: {element.expected}")
                if element.actual:
                    lines.append(f"       found {element.actual}  [{element.rule}]")
        decision = self.decision
        layer = f", decided by the {decision.deciding_layer} layer" if decision.deciding_layer else ""
        lines.append(f"{paint(str(decision.decision))}: {decision.reason}{layer}")
        return "\n".join(lines)


def explain(case: str | bytes | Mapping[str, Any], *, registry: Registry | None = None) -> Trace:
    """Decides a case and tells every step (C-23: nothing is cut short).

    Raises:
        ValidationError: The case has no decision.
    """
    try:
        request, layers = read(case, registry or Registry())
    except CaseError as error:
        raise ValidationError(f"{error.members['message']} [{error.members['code']}]", str(error.members["path"])) from None
    said = ask(request, applicable(request, layers))
    return Trace(decide(request, layers), tuple(_statement(one, request) for one in said))


def _statement(said: Said, request: Request) -> StatementTrace:
    statement = said.statement
    return StatementTrace(
        layer=said.layer,
        level=said.level,
        policy=said.policy,
        statement=statement.index,
        sid=statement.sid,
        effect=statement.effect,
        line=statement.line,
        column=statement.column,
        value=said.value.value,
        applies=said.applies,
        elements=tuple(_elements(said, request)),
    )


def _elements(said: Said, request: Request) -> list[Element]:
    statement, found = said.statement, []
    if statement.principal is not None:
        negated, principals = statement.principal
        expected = _list(value.text for value in principals)
        actual = request.principal.arn or request.principal.role_arn or request.principal.name or "anonymous"
        grade = f", grade {said.grade}" if said.grade else ""
        rule = "M-46" if negated else "M-45" if statement.effect == "Deny" else "M-42"
        name = "NotPrincipal" if negated else "Principal"
        found.append(Element(name, expected, f"{actual}{grade}", said.principal.value, rule))
    negated, actions = statement.action
    found.append(Element("NotAction" if negated else "Action", _list(actions), request.action, said.action.value, "M-03"))
    if statement.resource is not None:
        negated, resources = statement.resource
        expected = _list(value.text for value in resources)
        name = "NotResource" if negated else "Resource"
        found.append(Element(name, expected, request.resource or "*", said.resource.value, "M-15"))
    for test in statement.tests:
        actual = _list(request.values(test.key)) or "missing"
        rule = {"ForAllValues": "C-16", "ForAnyValue": "C-17"}.get(test.operator.prefix, "C-14")
        name = f"{test.operator} {test.key}"
        found.append(Element(name, _list(test.texts), actual, test_holds(test, request).value, rule))
    return found


def _list(texts: Any) -> str:
    return ", ".join(f"`{text}`" for text in texts)
