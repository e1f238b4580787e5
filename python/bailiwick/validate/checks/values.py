"""Checks of condition values: addresses, dates, names of networks and regions, wildcards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from bailiwick.reference import values
from bailiwick.reference.operators import ARN, DATE, NUMERIC
from bailiwick.validate.checks.keys import tests
from bailiwick.validate.policy import Test, Value
from bailiwick.validate.regions import is_region
from bailiwick.validate.subject import Draft, Subject

_PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
_VPC = re.compile(r"vpc-(?:[0-9a-zA-Z]{8}|[0-9a-zA-Z]{17})", re.ASCII)
_VPCE = re.compile(r"vpce-(?:[0-9a-zA-Z]{8}|[0-9a-zA-Z]{17})", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_KMS_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+", re.ASCII)
_SERVICE_PRINCIPAL = re.compile(r"[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)", re.ASCII)
#: Keys whose values are service principals of one name and one suffix.
_CALLED_VIA = frozenset({"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"})
#: AWS calls these sensitive: no part of their values is free, so a wildcard has no honest use.
_SENSITIVE = frozenset(
    f"aws:{name}"
    for name in (
        "principalaccount",
        "principalorgid",
        "resourceaccount",
        "resourceorgid",
        "sourceaccount",
        "sourceorgid",
        "sourcevpc",
        "sourcevpce",
        "vpceaccount",
        "vpceorgid",
    )
)


def _has_wildcard(text: str) -> bool:
    """Whether a text holds a `*` or `?` outside `${…}`."""
    plain = re.sub(r"\$\{[^}]*\}", "", text)
    return "*" in plain or "?" in plain


def addresses(subject: Subject) -> Iterator[Draft]:
    """`aws:SourceIp` is a public address; host bits mean nothing."""
    for _, test in tests(subject):
        if test.base not in ("IpAddress", "NotIpAddress"):
            continue
        networks = [(value, network) for value in test.values if (network := _network(value.text)) is not None]
        for value, network in networks:
            if str(network.network_address) != str(ip_network(value.text.partition("/")[0]).network_address):
                message = f"the bits of `{value.text}` behind its prefix are ignored"
                yield Draft("IMPROVE_IP_RANGE", message, (value.place,), str(network))
        if test.folded == "aws:sourceip" and networks and len(networks) == len(test.values):
            yield from _private(test, networks)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    return ip_network(text, strict=False) if values.network(text) is not None else None


def _private(test: Test, networks: list[tuple[Value, IPv4Network | IPv6Network]]) -> Iterator[Draft]:
    private = [value for value, network in networks if _is_private(network)]
    if not private:
        return
    code = "PRIVATE_NOT_IP_ADDRESS" if test.base == "NotIpAddress" else "PRIVATE_IP_ADDRESS"
    if len(private) == len(networks):
        effect = "always holds" if test.base == "NotIpAddress" else "never holds"
        message = f"`{test.key}` is a public address, so this test {effect}"
        yield Draft(code, message, (test.place,), "aws:VpcSourceIp")
    else:
        places = tuple(value.place for value in private)
        message = f"`{test.key}` is a public address; the private ranges change nothing"
        yield Draft(f"{code}_SUBSET", message, places, "aws:VpcSourceIp")


def _is_private(network: IPv4Network | IPv6Network) -> bool:
    # subnet_of compares networks of one family alone
    return any(type(network) is type(known) and network.subnet_of(known) for known in _PRIVATE)  # type: ignore[arg-type]


def names(subject: Subject) -> Iterator[Draft]:
    """Ids of networks, regions, keys and services that cannot be ones."""
    for _, test in tests(subject):
        for value in test.values:
            if test.base.startswith("String") and "${" not in value.text and not _has_wildcard(value.text):
                yield from _name(test, value)


def _name(test: Test, value: Value) -> Iterator[Draft]:
    text, key = value.text, test.folded
    if key in ("aws:sourcevpc", "aws:ec2instancesourcevpc") and not _VPC.fullmatch(text):
        yield Draft("INVALID_VPC_FORMAT", f"`{text}` is no id of a VPC", (value.place,))
    elif key == "aws:sourcevpce" and not _VPCE.fullmatch(text):
        yield Draft("INVALID_VPCE_FORMAT", f"`{text}` is no id of a VPC endpoint", (value.place,))
    elif key == "aws:requestedregion" and not is_region(text):
        yield Draft("INVALID_REGION", f"there is no region `{text}`", (value.place,))
    elif key == "s3:x-amz-server-side-encryption-aws-kms-key-id" and not _KMS_KEY.fullmatch(text):
        yield Draft("INVALID_KMS_KEY_VALUE", f"`{text}` is no ARN of a key", (value.place,))
    elif key in _CALLED_VIA:
        yield from _service_principal(value)


def _service_principal(value: Value) -> Iterator[Draft]:
    if not _SERVICE_PRINCIPAL.fullmatch(value.text):
        message = f"`{value.text}` is no service principal of the form `service.amazonaws.com`"
        yield Draft("INVALID_SERVICE_PRINCIPAL_FORMAT", message, (value.place,))


def dates(subject: Subject) -> Iterator[Draft]:
    """C-11: a run of digits is a number of seconds, a year of four digits included."""
    for _, test in tests(subject):
        if test.base not in DATE:
            continue
        for value in test.values:
            if value.node.kind in ("string", "number") and _DIGITS.fullmatch(value.text):
                message = f"`{value.text}` is read as seconds since 1970"
                yield Draft("INVALID_DATE_VALUE", message, (value.place,))


def wildcards(subject: Subject) -> Iterator[Draft]:
    """Wildcards that are plain text, and wildcards that say nothing."""
    for _, test in tests(subject):
        if test.base in ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"):
            for value in test.values:
                if _has_wildcard(value.text):
                    message = f"`{test.name}` takes the wildcard in `{value.text}` as text"
                    hint = test.name.replace("EqualsIgnoreCase", "Like").replace("Equals", "Like")
                    yield Draft("WILDCARD_WITHOUT_LIKE_OPERATOR", message, (value.place,), hint)
        elif test.values and (test.base in ("StringLike", "StringNotLike") or test.base in ARN):
            star = next((value for value in test.values if value.text and set(value.text) == {"*"}), None)
            if star is not None:
                yield _star(test, star)
            elif not test.negated:
                yield from _permissive(test)


def _star(test: Test, star: Value) -> Draft:
    """A value `*`: all that is left is whether the key is there (C-14…C-17)."""
    # What the test says of a key that is missing, and of one that is there.
    missing = test.holds_without_key
    there = not test.negated
    if missing and there:
        message = f"`{test.key}` in `{test.name}` always holds, because of the value `*`"
        return Draft("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", message, (star.place,))
    if not missing and not there:
        message = f"`{test.key}` in `{test.name}` never holds, because of the value `*`"
        return Draft("REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", message, (star.place,))
    wanted = "false" if there else "true"
    message = f"`{test.name}` with `*` asks whether `{test.key}` is {'there' if there else 'missing'}"
    hint = f'"Null": {{"{test.key}": "{wanted}"}}'
    return Draft(f"EQUIVALENT_TO_NULL_{wanted.upper()}", message, (star.place,), hint)


def _permissive(test: Test) -> Iterator[Draft]:
    for value in test.values:
        if not _has_wildcard(value.text):
            continue
        before, colon, _ = value.text.partition(":")
        if test.folded in _SENSITIVE:
            message = f"a wildcard in `{value.text}`: `{test.key}` has no part that is free to vary"
            yield Draft("WILDCARD_USAGE_TOO_PERMISSIVE", message, (value.place,))
        elif test.folded == "aws:userid" and _has_wildcard(before) and not (colon and before == "*"):
            message = f"a wildcard in the id of `{value.text}` reaches the sessions of other roles"
            yield Draft("WILDCARD_USAGE_TOO_PERMISSIVE", message, (value.place,))


def redundant_numbers(subject: Subject) -> Iterator[Draft]:
    """Of several bounds one decides (C-02)."""
    for _, test in tests(subject):
        if test.base not in NUMERIC or "Than" not in test.base:
            continue
        numbers = {number for value in test.values if (number := values.number(value.text)) is not None}
        if len(numbers) > 1:
            wanted = max(numbers) if "Less" in test.base else min(numbers)
            hint = next(value.text for value in test.values if values.number(value.text) == wanted)
            message = f"of the values of `{test.key}` only `{hint}` decides"
            yield Draft("REDUNDANT_CONDITION_VALUE_NUM", message, (test.place,), hint)


CHECKS = (addresses, names, dates, wildcards, redundant_numbers)
