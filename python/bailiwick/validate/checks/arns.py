"""Checks of the ARNs in `Resource` and `NotResource`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bailiwick.models import KNOWN_PARTITIONS, PolicyKind
from bailiwick.reference.variables import split_outside
from bailiwick.validate.patterns import matcher, meet
from bailiwick.validate.policy import Value
from bailiwick.validate.regions import is_region
from bailiwick.validate.services.model import as_glob
from bailiwick.validate.subject import Draft, Subject

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
#: Services with resources of AWS's own, whose ARNs have no account although the formats have one.
_WITH_PUBLIC_RESOURCES = ("securityhub", "ssm")
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def resources(subject: Subject) -> Iterator[Draft]:
    """Segments that no resource of the service has."""
    for value in _values(subject):
        parts = split_outside(value.text, 6, variables=subject.policy.has_variables)
        if len(parts) < 6 or parts[0] != "arn" or not _is_aws(parts[1]):
            continue  # `*`, short, malformed or of the host's own partition
        yield from _segments(value, parts)
        yield from _by_service(subject, value, parts)


def _values(subject: Subject) -> Iterator[Value]:
    for statement in subject.statements:
        if statement.resource is not None:
            yield from statement.resource.values


def _is_aws(partition: str) -> bool:
    """Whether a pattern of partitions reaches one of AWS's."""
    test = matcher(partition)
    return any(test(name) for name in KNOWN_PARTITIONS)


def _segments(value: Value, parts: list[str]) -> Iterator[Draft]:
    _, _, service, region, account, _ = parts
    if service != service.lower():
        message = f"`{service}`: services are written in lower case in ARNs"
        yield Draft("INVALID_ARN_SERVICE_CASE", message, (value.place,), value.text.replace(service, service.lower(), 1))
    if region and not _is_wild(region) and not is_region(region):
        yield Draft("INVALID_ARN_REGION", f"there is no region `{region}`", (value.place,))
    # Vendors stand where an account belongs (`aws`); whatever has digits is meant to be an account.
    if account and not _is_wild(account) and not _ACCOUNT.fullmatch(account) and (account[0].isdigit() or "-" in account):
        yield Draft("INVALID_ARN_ACCOUNT", f"account `{account}` has not 12 digits", (value.place,))


def _is_wild(segment: str) -> bool:
    return "*" in segment or "?" in segment or "$" in segment


def _by_service(subject: Subject, value: Value, parts: list[str]) -> Iterator[Draft]:
    """What the formats of the service's resource types say."""
    _, _, service, region, account, resource = parts
    services = subject.services
    formats = services.arn_formats(service)
    if not formats:
        unknown = services.is_complete and services.service(service) is None and not subject.is_hosts(service)
        if unknown and service == service.lower() and not _is_wild(service):
            yield Draft("INVALID_SERVICE", f"there is no service `{service}`", (value.place,))
        return
    text = _VARIABLE.sub("*", resource) if subject.policy.has_variables else resource
    like = [known for known in _formats(tuple(arn for _, _, arn in formats)) if meet(known[2], text)]
    if not like and account == "aws":
        return  # of AWS itself, which no format lists
    if not like:
        message = f"no resource of `{service}` that is known has an ARN that ends like `{resource}`"
        yield Draft("UNKNOWN_ARN_RESOURCE", message, (value.place,))
        return
    regions, accounts = {known[0] for known in like}, {known[1] for known in like}
    if region == "" and "" not in regions:
        yield Draft("MISSING_ARN_REGION", f"ARNs of `{service}` like this one have a region", (value.place,))
    elif account == "" and "" not in accounts and service not in _WITH_PUBLIC_RESOURCES:
        yield Draft("MISSING_ARN_ACCOUNT", f"ARNs of `{service}` like this one have an account", (value.place,))
    if region and not matcher(region)("") and regions == {""}:
        yield Draft("ARN_REGION_NOT_ALLOWED", f"ARNs of `{service}` like this one have no region", (value.place,))
    if account and not matcher(account)("") and accounts == {""}:
        yield Draft("ARN_ACCOUNT_NOT_ALLOWED", f"ARNs of `{service}` like this one have no account", (value.place,))


@lru_cache(maxsize=1024)
def _formats(arns: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Region, account and resource of formats, as globs."""
    found = []
    for arn in arns:
        parts = arn.split(":", 5)
        if len(parts) == 6:
            found.append((as_glob(parts[3]), as_glob(parts[4]), as_glob(parts[5])))
    return tuple(found)


def of_the_resource(subject: Subject) -> Iterator[Draft]:
    """Resources in a resource's policy that are of another service."""
    kind = subject.resource_kind
    if subject.kind is not PolicyKind.RESOURCE or kind is None:
        return
    for value in _values(subject):
        parts = value.text.split(":", 3)
        if len(parts) == 4 and parts[2] not in kind.arn_services:
            message = f"`{value.text}` is not of the resource `{kind.name}` that holds this policy"
            yield Draft("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", message, (value.place,))


def variables_in_not_resource(subject: Subject) -> Iterator[Draft]:
    """M-26: a pattern whose variable has no value matches nothing, so `NotResource` leaves nothing out."""
    if not subject.policy.has_variables:
        return
    for statement in subject.allows:
        if statement.resource is None or not statement.resource.negated:
            continue
        for value in statement.resource.values:
            if any("," not in found and len(found) > 4 for found in _VARIABLE.findall(value.text)):
                message = f"where the variable in `{value.text}` has no value, `NotResource` leaves nothing out"
                yield Draft("ALLOW_NOTRESOURCE_WITH_VARIABLE", message, (value.place,))


CHECKS = (resources, of_the_resource, variables_in_not_resource)
