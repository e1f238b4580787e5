"""Policy variables: `${…}` in resources and in values of String and Arn operators (G-37, M-20…28)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bailiwick.reference.text import ANY, ONE, Tokens

_SPACE = re.compile("[ \t\n\r]")
_FORBIDDEN = set("${},'*?")


@dataclass(frozen=True, slots=True)
class Variable:
    """`${KEY}` or `${KEY, 'DEFAULT'}`."""

    key: str
    default: str | None


#: Literal text, wildcards (`ANY`, `ONE` in one-element tuples) and variables, in order.
Part = str | tuple[str] | Variable


class VariableError(Exception):
    """A malformed variable; its text is the code."""


def split_outside(text: str, most: int, *, variables: bool) -> list[str]:
    """Splits on colons, but not on those inside `${…}`; at most `most` parts (G-25)."""
    parts: list[str] = []
    start = at = 0
    while at < len(text) and len(parts) < most - 1:
        if variables and text.startswith("${", at):
            end = text.find("}", at)
            at = len(text) if end < 0 else end + 1
        elif text[at] == ":":
            parts.append(text[start:at])
            start = at = at + 1
        else:
            at += 1
    return [*parts, text[start:]]


def parts_of(text: str, *, wild: bool, variables: bool) -> list[Part]:
    """The parts of a pattern; escapes become literal text (M-22).

    Raises:
        VariableError: A malformed variable (B-09).
    """
    found: list[Part] = []
    at = 0
    while at < len(text):
        if variables and text.startswith("${", at):
            end = text.find("}", at)
            if end < 0:
                raise VariableError("MISSING_BRACE_IN_VARIABLE")
            found.append(_variable(text[at + 2 : end]))
            at = end + 1
        else:
            scalar = text[at]
            found.append((ANY,) if wild and scalar == "*" else (ONE,) if wild and scalar == "?" else scalar)
            at += 1
    return found


def _variable(body: str) -> Part:
    if body == "":
        raise VariableError("EMPTY_VARIABLE")
    if body in ("*", "?", "$"):
        return body
    key, comma, rest = body.partition(",")
    if _SPACE.search(key):
        raise VariableError("UNSUPPORTED_SPACE_IN_VARIABLE")
    if key == "" or ":" not in key or set(key) & _FORBIDDEN:
        raise VariableError("INVALID_VARIABLE")
    if not comma:
        return Variable(key, None)
    if not rest.startswith(" ") or _SPACE.match(rest[1:2]):
        raise VariableError("UNSUPPORTED_SPACE_IN_VARIABLE")
    quoted = rest[1:]
    if len(quoted) < 2 or quoted[0] != "'" or quoted[-1] != "'" or "'" in quoted[1:-1]:
        raise VariableError("MISSING_QUOTE_IN_VARIABLE")
    return Variable(key, quoted[1:-1])


def tokens_of(parts: list[Part], texts: dict[str, str]) -> Tokens:
    """The tokens of a pattern whose variables have these texts; what a variable gives is literal (M-24)."""
    found: Tokens = []
    for part in parts:
        if isinstance(part, Variable):
            found += [(scalar,) for scalar in texts[part.key]]
        elif isinstance(part, tuple):
            found.append(part[0])
        else:
            found.append((part,))
    return found
