"""One element of a statement: what it expects, what the request has, what that comes to, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bailiwick.reference.conditions import compare, sign, test_holds
from bailiwick.reference.document import ResourceValue, Test
from bailiwick.reference.evaluate import Said, label, parts_of_value
from bailiwick.reference.matching import action_matches, grade, resource_matches
from bailiwick.reference.request import Request
from bailiwick.reference.truth import F, I, T, Truth
from bailiwick.reference.variables import Part, Variable

_TYPES = {
    "Numeric": "a number",
    "Date": "a date",
    "Bool": "`true` or `false`",
    "Binary": "base64",
    "Arn": "an ARN",
    "IpAddress": "an address",
    "NotIpAddress": "an address",
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a statement; each test of `Condition` is one (C-01).

    Attributes:
        name: `Action`, `NotResource`, …, or operator and key (`Bool aws:SecureTransport`).
        expected: The values of the policy.
        actual: What the request has; nothing for a missing key.
        value: `T`, `F` or `I` (N-04).
        rule: The rule that says so.
        hits: Those of `expected` that match what the request has, whatever the element makes of it.
        note: What cannot be seen from the values, or nothing.
        key: The condition key of a test.
    """

    name: str
    expected: tuple[str, ...]
    actual: tuple[str, ...]
    value: str
    rule: str
    hits: tuple[str, ...] = ()
    note: str = ""
    key: str | None = None


def elements_of(said: Said, request: Request) -> tuple[Element, ...]:
    """The elements of a statement, in the order of AWS's grammar; what a statement does not have is T and not told."""
    tests = (_test(test, request) for test in said.statement.tests)
    return (*_principal(said, request), _action(said, request), *_resource(said, request), *tests)


def _principal(said: Said, request: Request) -> Iterable[Element]:
    if said.statement.principal is None:
        return  # M-47
    negated, values = said.statement.principal
    denies = said.statement.effect == "Deny"
    everyone = {value.text for value in values if denies and value.kind == "everyone"}  # M-45
    note = f"grade {said.grade}" if said.grade and not denies else ""
    if negated and said.principal is T:
        note = "spares only a caller without a boundary whose every link is listed, the account too"
    yield Element(
        name="NotPrincipal" if negated else "Principal",
        expected=tuple(value.text for value in values),
        actual=(label(request),),
        value=said.principal.value,
        rule="M-46" if negated else "M-45" if denies else "M-42",
        hits=tuple(value.text for value in values if value.text in everyone or grade(value, request.principal) is not None),
        note=note,
    )


def _action(said: Said, request: Request) -> Element:
    negated, patterns = said.statement.action
    return Element(
        name="NotAction" if negated else "Action",
        expected=patterns,
        actual=(request.action,),
        value=said.action.value,
        rule="M-03" if negated else "M-02",
        hits=tuple(pattern for pattern in patterns if action_matches(pattern, request.action)),
    )


def _resource(said: Said, request: Request) -> Iterable[Element]:
    if said.statement.resource is None:
        return  # M-17
    negated, patterns = said.statement.resource
    found = {pattern.text: resource_matches(pattern, request) for pattern in patterns}
    hits = tuple(text for text, value in found.items() if value is not F)
    parts = [part for pattern in patterns for part in _parts(pattern)]
    how, note = _variables(parts, request) if request.resource is not None else ("", "")
    if how != "several" and I in found.values():
        how, note = "crossing", "matches only if a `*` reaches over a colon"
    yield Element(
        name="NotResource" if negated else "Resource",
        expected=tuple(pattern.text for pattern in patterns),
        actual=(request.resource or "*",),
        value=said.resource.value,
        rule=_resource_rule(said.resource, hits, request, how, negated=negated),
        hits=hits,
        note=note,
    )


def _parts(pattern: ResourceValue) -> Iterable[Part]:
    return (part for segment in pattern.segments or () for part in segment)


def _resource_rule(value: Truth, hits: tuple[str, ...], request: Request, how: str, *, negated: bool) -> str:
    if value is I:
        return "M-27" if how == "several" else "M-13"
    if negated:
        return "M-15"
    if "*" in hits:
        return "M-11"
    if request.resource is None:
        return "M-12"
    return "M-26" if value is F and how == "unresolved" else "M-13"


def _variables(parts: Iterable[Part], request: Request) -> tuple[str, str]:
    """What becomes of the variables (M-23…27), in a word and in words."""
    variables = {part.key: part for part in parts if isinstance(part, Variable)}
    several = [key for key in variables if len(request.values(key)) > 1]
    if several:
        return "several", f"`{several[0]}` has several values"
    texts = {key: "".join(request.values(key)) or variable.default for key, variable in variables.items()}
    unresolved = [key for key, text in texts.items() if text is None]
    if unresolved:
        return "unresolved", f"`{unresolved[0]}` has no value"
    return ("resolved", ", ".join(f"{key} is `{text}`" for key, text in texts.items())) if texts else ("", "")


def _test(test: Test, request: Request) -> Element:
    found, value = request.values(test.key), test_holds(test, request)
    how, note = _test_note(test, found, value, request)
    return Element(
        name=f"{test.operator} {test.key}",
        expected=test.texts,
        actual=tuple(found),
        value=value.value,
        rule=_test_rule(test, found, value, how),
        hits=_hits(test, found, request),
        note=note,
        key=test.key,
    )


def _hits(test: Test, found: list[str], request: Request) -> tuple[str, ...]:
    pairs = zip(test.texts, test.values, strict=True)
    if test.operator.base == "Null":
        return tuple(text for text, wanted in pairs if wanted is (not found))
    base, _negated = sign(test.operator.base)
    return tuple(text for text, wanted in pairs if any(compare(base, value, wanted, request) is T for value in found))


def _test_note(test: Test, found: list[str], value: Truth, request: Request) -> tuple[str, str]:
    if not found or test.operator.base == "Null":
        return "", ""
    if len(found) > 1 and not test.operator.prefix:
        return "plain", "several values need `ForAllValues:` or `ForAnyValue:`"
    how, note = _variables((part for wanted in test.values for part in parts_of_value(wanted)), request)
    if value is I and how != "several":
        wanted = next((words for start, words in _TYPES.items() if test.operator.base.startswith(start)), "of the type")
        return "unparsable", f"is not {wanted}"
    return how, note


def _test_rule(test: Test, found: list[str], value: Truth, how: str) -> str:
    operator = test.operator
    if operator.base == "Null":
        return "C-20"
    if not found and operator.if_exists:
        return "C-15"
    if value is I and how in ("several", "unparsable"):
        return "M-27" if how == "several" else "C-12"
    if operator.prefix:
        return "C-16" if operator.prefix == "ForAllValues" else "C-17"
    if len(found) != 1:
        return "C-14"
    if how == "unresolved":
        return "C-13"
    return "C-21" if operator.base == "Bool" else "C-02"
