"""Condition operators: their names and the types of their values (G-33, G-35)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bailiwick.reference import values
from bailiwick.reference.document import Operator

STRING = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike")
ARN = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
_COMPARED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
NUMERIC = tuple(f"Numeric{name}" for name in _COMPARED)
DATE = tuple(f"Date{name}" for name in _COMPARED)
BASES = (*STRING, *NUMERIC, *DATE, "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", *ARN, "Null")

#: How the values of the operators that know no variables are read, and the code for those that are not of the type (B-08).
TYPES: dict[str, tuple[Callable[[str], Any], str]] = {
    **dict.fromkeys(NUMERIC, (values.number, "TYPE_MISMATCH_NUMBER")),
    **dict.fromkeys(DATE, (values.date, "TYPE_MISMATCH_DATE")),
    **dict.fromkeys(("Bool", "Null"), (values.boolean, "TYPE_MISMATCH_BOOLEAN")),
    **dict.fromkeys(("IpAddress", "NotIpAddress"), (values.network, "TYPE_MISMATCH_IP")),
    "BinaryEquals": (values.base64, "TYPE_MISMATCH_BASE64"),
}


def named(name: str) -> Operator | None:
    """The operator of a name in its exact spelling, whether or not its parts go together."""
    prefix, rest = "", name
    for candidate in ("ForAllValues", "ForAnyValue"):
        if name.startswith(f"{candidate}:"):
            prefix, rest = candidate, name[len(candidate) + 1 :]
            break
    base = rest.removesuffix("IfExists")
    return Operator(prefix, base, rest.endswith("IfExists")) if base in BASES else None
