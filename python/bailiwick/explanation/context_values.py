"""Values of context keys that would turn a test: what a caller, or whoever keeps the tags, could change.

Every value is only a proposal: whoever makes one tries it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, TypeAlias

from bailiwick.context import fold
from bailiwick.reference.conditions import sign, test_holds
from bailiwick.reference.document import ArnValue, Test
from bailiwick.reference.request import Request
from bailiwick.reference.truth import T
from bailiwick.reference.values import Network
from bailiwick.reference.variables import Part, Variable

MFA_PRESENT, MFA_AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"

KeyKind: TypeAlias = Literal["request", "tag", "fixed"]

#: Keys that say who the caller is, whose the resource is, or which service acts for whom: nobody can choose them.
_FIXED = frozenset(
    fold(f"aws:{name}")
    for name in (
        "PrincipalArn", "PrincipalAccount", "PrincipalType", "PrincipalOrgID", "PrincipalOrgPaths", "PrincipalIsAWSService",
        "PrincipalServiceName", "PrincipalServiceNamesList", "userid", "username", "FederatedProvider", "AssumedRoot",
        "ResourceAccount", "ResourceOrgID", "ResourceOrgPaths", "SourceArn", "SourceAccount", "SourceOrgID", "SourceOrgPaths",
        "CalledVia", "CalledViaFirst", "CalledViaLast", "ViaAWSService",
    )
)  # fmt: skip
#: Starts, under fold, of the keys that tags are.
TAGS = ("aws:principaltag/", "aws:resourcetag/", "iam:resourcetag/", "s3:existingobjecttag/")
#: Addresses of RFC 5737 and RFC 3849, which are nobody's.
_ADDRESSES = ("192.0.2.1", "198.51.100.1", "2001:db8::1")
#: Numbers have up to 64 digits on either side of the point (C-11).
_EXACT = Context(prec=130)


def kind_of(key: str, *, can_have_mfa: bool) -> KeyKind:
    """Whether a key's value is chosen with the request, by a tag, or by nobody."""
    folded = fold(key)
    if folded in _FIXED or (folded in (fold(MFA_PRESENT), fold(MFA_AGE)) and not can_have_mfa):
        return "fixed"
    return "tag" if folded.startswith(TAGS) else "request"


def proposals(tests: Iterable[Test], request: Request) -> Iterator[tuple[str, ...]]:
    """Values of the key that all these tests read, likelier ones first; no value at all takes the key out."""
    seen: set[tuple[str, ...]] = {tuple(request.values(next(iter(tests)).key))}
    found = [values for test in tests for values in _of_test(test, request)]
    for values in [*found, ()]:
        if values not in seen:
            seen.add(values)
            yield values


def _of_test(test: Test, request: Request) -> Iterator[tuple[str, ...]]:
    held = tuple(request.values(test.key))
    if test.operator.prefix == "ForAllValues" and held:
        # Values that pass alone pass together.
        yield tuple(value for value in held if _passes(test, request, value))
    for text in _texts(test, request):
        if test.operator.prefix == "ForAnyValue" and held:
            yield (*held, text)
        yield (text,)


def _passes(test: Test, request: Request, value: str) -> bool:
    return test_holds(test, replace(request, context={**request.context, fold(test.key): [value]})) is T


def _texts(test: Test, request: Request) -> Iterator[str]:
    base, _negated = sign(test.operator.base)
    if base == "Null":
        yield "x"
    elif base == "Bool":
        yield from ("true", "false")
    elif base.startswith("Numeric"):
        for text in test.texts:
            yield from (text, *(format(_EXACT.add(Decimal(text), Decimal(step)), "f") for step in (-1, 1)))
    elif base.startswith("Date"):
        yield from (text for instant in test.values for text in _dates(instant))
    elif base == "IpAddress":
        yield from (text for network in test.values for text in _addresses(network))
        yield from _ADDRESSES
    elif base == "BinaryEquals":
        yield from (*test.texts, "AA==", "AQ==")
    else:
        for filler in ("x", ""):
            found = (_text(value, request, filler) for value in test.values)
            yield from (text for text in found if text is not None)
        yield "arn:aws:iam::000000000000:user/other" if base.startswith("Arn") else "other"


def _dates(instant: int) -> Iterator[str]:
    """A moment in nanoseconds, and those a second before and after, as far as a calendar goes."""
    for step in (0, -1, 1):
        try:
            found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant // 1_000_000_000 + step)
        except OverflowError:
            continue
        yield found.strftime("%Y-%m-%dT%H:%M:%SZ")


def _addresses(network: Network) -> Iterator[str]:
    """An address inside, and one outside next to it."""
    address, bits = (IPv4Address, 32) if network.family == 4 else (IPv6Address, 128)
    size = 1 << (bits - network.prefix)
    first = network.number // size * size
    for number in (first, first + size, first - 1):
        if 0 <= number < 1 << bits:
            yield str(address(number))


def _text(value: object, request: Request, filler: str) -> str | None:
    """A text that a pattern matches."""
    if isinstance(value, ArnValue):
        if value.segments is not None:
            segments = [_parts(segment, request, filler) for segment in value.segments]
            return ":".join(text for text in segments if text is not None) if None not in segments else None
        return _parts([value.whole], request, filler) if isinstance(value.whole, Variable) else "arn:aws:iam::000000000000:root"
    return _parts(value, request, filler) if isinstance(value, tuple) else None


def _parts(parts: Iterable[Part], request: Request, filler: str) -> str | None:
    found = []
    for part in parts:
        if isinstance(part, Variable):
            values = request.values(part.key)
            text = values[0] if len(values) == 1 and values[0] else part.default
            if text is None:
                return None
            found.append(text)
        else:
            found.append(part if isinstance(part, str) else filler if part[0] == "any" else "x")
    return "".join(found)
