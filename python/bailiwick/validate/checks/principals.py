"""Checks of principals: ids, services, whom a resource or a role trusts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bailiwick.models import PolicyKind
from bailiwick.validate.global_keys import SOURCE_KEYS
from bailiwick.validate.pins import is_pinned
from bailiwick.validate.policy import Principal, Statement
from bailiwick.validate.subject import Draft, Subject

_SERVICE = re.compile(
    r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal|c2s\.ic\.gov|sc2s\.sgov\.gov)", re.ASCII
)
#: Keys that a service's own calls never have (4.2).
_NOT_OF_SERVICES = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltag/",
    "aws:userid",
    "aws:username",
)
#: Keys that were used for want of the source keys.
_OLD_SOURCE_KEYS = frozenset({"aws:referer", "aws:sourceowner"})


def ids(subject: Subject) -> Iterator[Draft]:
    """Unique ids in place of ARNs: what is left of an entity that was deleted."""
    for _, principal in _all(subject):
        text = principal.value.text
        if principal.key == "AWS" and text.startswith("AROA"):
            yield Draft("INVALID_ROLE_REFERENCE", f"`{text}` is the id of a role", (principal.value.place,))
        if principal.key == "AWS" and text.startswith("AIDA"):
            yield Draft("INVALID_USER_REFERENCE", f"`{text}` is the id of a user", (principal.value.place,))


def _all(subject: Subject) -> Iterator[tuple[Statement, Principal]]:
    for statement in subject.statements:
        for principal in statement.principals:
            yield statement, principal


def service_names(subject: Subject) -> Iterator[Draft]:
    """Service principals that no service of AWS has; hosts that register something have their own."""
    if subject.registry.partitions or subject.registry.services:
        return
    for _, principal in _all(subject):
        text = principal.value.text
        if principal.key == "Service" and "." in text and text == text.lower() and not _SERVICE.fullmatch(text):
            message = f"`{text}` is no service principal of the form `service.amazonaws.com`"
            yield Draft("INVALID_SERVICE_PRINCIPAL_FORMAT", message, (principal.value.place,))


def services_without_source(subject: Subject) -> Iterator[Draft]:
    """Services that may act for anybody: the confused deputy."""
    if subject.kind is not PolicyKind.RESOURCE:
        return
    for statement in subject.allows:
        named = [principal for principal in statement.principals if principal.key == "Service"]
        if not named or statement.not_principal or statement.keys & SOURCE_KEYS:
            continue
        old = [test for test in statement.tests if test.folded in _OLD_SOURCE_KEYS]
        for test in old:
            message = f"`{test.key}` was not made to say for whom a service acts"
            yield Draft("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", message, (test.place,), "aws:SourceArn")
        if not old:
            services = ", ".join(f"`{principal.value.text}`" for principal in named[:3])
            places = tuple(principal.value.place for principal in named)
            message = f"{services} may do this for whoever asks"
            yield Draft("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", message, places)


def keys_of_services(subject: Subject) -> Iterator[Draft]:
    """Keys that describe people, in statements that name services alone."""
    if subject.kind is not PolicyKind.RESOURCE:
        return
    for statement in subject.statements:
        if not statement.principals or any(principal.key != "Service" for principal in statement.principals):
            continue
        for test in statement.tests:
            if test.folded.startswith(_NOT_OF_SERVICES) and not test.holds_without_key and test.operator is not None:
                message = f"calls of services have no `{test.key}`, so the statement never applies"
                yield Draft("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", message, (test.place,))


def anybody(subject: Subject) -> Iterator[Draft]:
    """Roles that any AWS principal may assume."""
    if subject.kind is not PolicyKind.TRUST:
        return
    for statement in subject.allows:
        for principal in statement.principals:
            if principal.key == "AWS" and principal.value.text == "*" and not is_pinned(statement):
                message = "every principal of every account may assume the role"
                yield Draft("TRUST_ANY_AWS_PRINCIPAL", message, (principal.value.place,))


CHECKS = (ids, service_names, services_without_source, keys_of_services, anybody)
