"""Whether conditions pin the caller (V-23)."""

from __future__ import annotations

import re

from bailiwick.reference import values
from bailiwick.validate.policy import Statement, Test

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}/.*", re.ASCII)
#: Keys that pin by any value that is fixed.
_FIXED = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        # not of V-23, and as good: who pays, and what topics and keys were given before there were source keys
        "aws:sourceowner",
        "kms:calleraccount",
    }
)


def is_pinned(statement: Statement) -> bool:
    """Whether some test lets in only callers that it names."""
    return any(_pins(test) for test in statement.tests)


def _pins(test: Test) -> bool:
    """A positive test without IfExists and ForAllValues, all of whose values are fixed."""
    if test.operator is None or test.negated or test.holds_without_key or test.base == "Null" or not test.values:
        return False
    return all(_is_fixed(test, value.text) for value in test.values)


def _is_fixed(test: Test, text: str) -> bool:
    if "${" in text:
        return False
    is_free = "*" in text or "?" in text
    key = test.folded
    if key == "aws:sourceip":
        network = values.network(text)
        return network is not None and network.prefix >= (8 if network.family == 4 else 32)
    if key == "aws:principalorgpaths":
        return _ORGANIZATION.fullmatch(text) is not None
    if key == "aws:sourcearn":
        parts = text.split(":", 5)
        return not is_free or (len(parts) == 6 and _ACCOUNT.fullmatch(parts[4]) is not None)
    if key == "aws:userid":
        head = text.partition(":")[0]
        return bool(head) and "*" not in head and "?" not in head
    return key in _FIXED and not is_free
