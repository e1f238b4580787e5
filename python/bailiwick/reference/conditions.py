"""Conditions (section 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bailiwick.reference import values
from bailiwick.reference.document import ArnValue, Test
from bailiwick.reference.matching import variable_texts
from bailiwick.reference.request import Request
from bailiwick.reference.text import fold, matches
from bailiwick.reference.truth import I, T, Truth, all_of, any_of, negate, truth
from bailiwick.reference.variables import Variable, tokens_of

_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda found, wanted: bool(found == wanted),
    "LessThan": lambda found, wanted: bool(found < wanted),
    "LessThanEquals": lambda found, wanted: bool(found <= wanted),
    "GreaterThan": lambda found, wanted: bool(found > wanted),
    "GreaterThanEquals": lambda found, wanted: bool(found >= wanted),
}


def test_holds(test: Test, request: Request) -> Truth:
    """One test (3.3)."""
    found = request.values(test.key)
    base, prefix = test.operator.base, test.operator.prefix
    if base == "Null":
        return truth((not found) in test.values)  # C-20
    positive, negated = sign(base)
    if not found:
        if test.operator.if_exists:
            return T  # C-15
        if prefix:
            return truth(prefix == "ForAllValues")  # C-16, C-17
        return truth(negated)  # C-14

    def one(value: str) -> Truth:
        compared = any_of(compare(positive, value, wanted, request) for wanted in test.values)
        return negate(compared) if negated else compared

    if prefix == "ForAllValues":
        return all_of(one(value) for value in found)  # C-16
    if prefix == "ForAnyValue":
        return any_of(one(value) for value in found)  # C-17
    return one(found[0]) if len(found) == 1 else I  # C-14


def sign(base: str) -> tuple[str, bool]:
    """The positive operator, and whether this one negates it (C-02)."""
    return _NEGATED.get(base, base), base in _NEGATED


def compare(base: str, value: str, wanted: Any, request: Request) -> Truth:
    """`cmp(v, p)` under a positive operator (3.3)."""
    if base.startswith("String"):
        return _text(base, value, wanted, request)
    if base.startswith("Arn"):
        return _arn(value, wanted, request)
    if base == "IpAddress":
        address = values.address(value)
        return I if address is None else truth(wanted.contains(address))
    if base.startswith("Numeric"):
        return _ordered(base.removeprefix("Numeric"), values.number(value), wanted)
    if base.startswith("Date"):
        return _ordered(base.removeprefix("Date"), values.date(value), wanted)
    found = values.boolean(value) if base == "Bool" else values.base64(value)
    return I if found is None else truth(found == wanted)  # C-12


def _ordered(order: str, found: Any, wanted: Any) -> Truth:
    """Context value OP policy value (C-04)."""
    return I if found is None else truth(_ORDER[order](found, wanted))


def _text(base: str, value: str, parts: Any, request: Request) -> Truth:
    texts = variable_texts(parts, request)
    if isinstance(texts, Truth):
        return texts
    pattern = tokens_of(list(parts), texts)
    if base == "StringEqualsIgnoreCase":
        return truth(fold("".join(token[0] for token in pattern)) == fold(value))
    return truth(matches(pattern, value))


def _arn(value: str, wanted: ArnValue, request: Request) -> Truth:
    """Segment by segment; a whole-value variable is compared as text (C-11, M-28)."""
    found = values.arn(value)
    if found is None:
        return I  # C-12, B-34
    if wanted.segments is None:
        if not isinstance(wanted.whole, Variable):
            return T
        texts = variable_texts([wanted.whole], request)
        return texts if isinstance(texts, Truth) else truth(texts[wanted.whole.key] == value)
    texts = variable_texts([part for segment in wanted.segments for part in segment], request)
    if isinstance(texts, Truth):
        return texts
    pairs = zip(wanted.segments, found, strict=True)
    # Text from a variable that holds a colon matches nothing in segments 1 to 5: what it is compared with has none.
    return truth(all(matches(tokens_of(list(segment), texts), text) for segment, text in pairs))


def conditions_hold(tests: tuple[Test, ...], request: Request) -> Truth:
    """AND over all tests (C-01); every test is evaluated (C-23)."""
    return all_of([test_holds(test, request) for test in tests])
