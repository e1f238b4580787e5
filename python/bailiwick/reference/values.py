"""Typed values, with one parser each for policy values and context values (C-10, C-11). `None` is "does not parse"."""

from __future__ import annotations

import base64 as codec
import binascii
import re
from dataclasses import dataclass
from datetime import date as day
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Address, IPv6Address

_NUMBER = re.compile(r"[+-]?[0-9]{1,64}(\.[0-9]{1,64})?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,19}", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))?",
    re.ASCII,
)
_PREFIX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_LAST_SECOND = 9223372036854775807
_NANO = 1_000_000_000


def number(text: str) -> Fraction | None:
    """An exact decimal (R-22)."""
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def date(text: str) -> int | None:
    """Nanoseconds since 1970-01-01T00:00:00Z (R-26)."""
    if _SECONDS.fullmatch(text):
        seconds = int(text)
        return seconds * _NANO if seconds <= _LAST_SECOND else None
    if (found := _MONTH.fullmatch(text)) is not None:
        return _instant(int(found[1]), int(found[2]), 1)
    if (found := _DAY.fullmatch(text)) is not None:
        return _instant(int(found[1]), int(found[2]), int(found[3]))
    if (found := _TIME.fullmatch(text)) is None:
        return None
    midnight = _instant(int(found[1]), int(found[2]), int(found[3]))
    hour, minute, second = int(found[4]), int(found[5]), int(found[6] or "0")
    offset_hour, offset_minute = int(found[10] or "0"), int(found[11] or "0")
    if midnight is None or hour > 23 or minute > 59 or second > 59 or offset_hour > 23 or offset_minute > 59:
        return None
    offset_s = (offset_hour * 60 + offset_minute) * 60 * (-1 if found[9] == "-" else 1)
    seconds = hour * 3600 + minute * 60 + second - offset_s
    return midnight + seconds * _NANO + int((found[7] or "0").ljust(9, "0"))


def _instant(year: int, month: int, day_of_month: int) -> int | None:
    try:
        days = day(year, month, day_of_month).toordinal() - day(1970, 1, 1).toordinal()
    except ValueError:
        return None
    return days * 86400 * _NANO


def boolean(text: str) -> bool | None:
    """`true` or `false` in any ASCII case."""
    if not text.isascii():
        return None
    return {"true": True, "false": False}.get(text.lower())


def base64(text: str) -> bytes | None:
    """RFC 4648 section 4: padded, canonical."""
    try:
        found = codec.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return found if codec.b64encode(found).decode("ascii") == text else None


@dataclass(frozen=True, slots=True)
class Network:
    """An address range: family (4 or 6), address as a number, prefix."""

    family: int
    number: int
    prefix: int

    def contains(self, address: tuple[int, int]) -> bool:
        """Whether (family, number) lies in the range."""
        family, found = address
        shift = (32 if family == 4 else 128) - self.prefix
        return family == self.family and found >> shift == self.number >> shift


def address(text: str) -> tuple[int, int] | None:
    """One address as (family, number); a mapped IPv6 address is the IPv4 one (R-27)."""
    if "/" in text or "%" in text or not text.isascii():
        return None
    try:
        if ":" not in text:
            return 4, int(IPv4Address(text))
        found = IPv6Address(text)
    except AddressValueError:
        return None
    mapped = found.ipv4_mapped
    return (4, int(mapped)) if mapped is not None else (6, int(found))


def network(text: str) -> Network | None:
    """An address, or address/prefix."""
    place, slash, prefix_text = text.partition("/")
    found = address(place)
    if found is None or (slash and not _PREFIX.fullmatch(prefix_text)):
        return None
    written = 4 if ":" not in place else 6
    bits = 32 if written == 4 else 128
    prefix = int(prefix_text) if slash else bits
    if prefix > bits:
        return None
    family, number_ = found
    if family == written:
        return Network(family, number_, prefix)
    if prefix >= 96:
        return Network(4, number_, prefix - 96)
    return Network(6, int(IPv6Address(place)), prefix)


def arn(text: str) -> list[str] | None:
    """The six segments of a context value."""
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return parts
