"""Checks of condition keys: do they exist, are they single or multivalued, does the operator fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from bailiwick.reference.operators import ARN, DATE, NUMERIC, STRING
from bailiwick.reference.text import fold
from bailiwick.validate.global_keys import global_key, global_key_names
from bailiwick.validate.policy import Statement, Test, Value
from bailiwick.validate.services import ConditionKey
from bailiwick.validate.subject import Draft, Subject

_PREFIX = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
#: Outdated keys and what took their place.
_DEPRECATED = {"aws:sourceowner": "aws:SourceAccount"}
#: Keys of services that sessions carry into requests to all others; so do the claims of providers (X-40).
_OF_SESSIONS = frozenset(
    {
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "glue:credentialissuingservice",
        "glue:roleassumedby",
        "identitystore:userid",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
    }
)
_FAMILIES = {
    **dict.fromkeys(STRING, "String"),
    **dict.fromkeys(ARN, "ARN"),
    **dict.fromkeys(NUMERIC, "Numeric"),
    **dict.fromkeys(DATE, "Date"),
    "Bool": "Bool",
    "IpAddress": "IPAddress",
    "NotIpAddress": "IPAddress",
    "BinaryEquals": "Binary",
}
#: Families that fit a type besides its own. Every value is text, so String operators compare most types as they are
#: written; dates may be given as seconds.
_ALSO = {
    "String": {"ARN", "Binary"},
    "ARN": {"String"},
    "Bool": {"String"},
    "Date": {"Numeric"},
    "Numeric": {"Date"},
    "Binary": {"String"},
}


def tests(subject: Subject) -> Iterator[tuple[Statement, Test]]:
    """All tests of a policy."""
    for statement in subject.statements:
        for test in statement.tests:
            yield statement, test


def exist(subject: Subject) -> Iterator[Draft]:
    """Keys that no request has."""
    for _, test in tests(subject):
        if ":" in test.key and not test.key.endswith("/"):
            yield from _global(test) if test.folded.startswith("aws:") else _of_service(subject, test)


def _global(test: Test) -> Iterator[Draft]:
    if test.folded == "aws:arn":
        message = f"`{test.key}` is not supported"
        yield Draft("UNSUPPORTED_GLOBAL_CONDITION_KEY", message, (test.place,), "aws:PrincipalArn")
    elif test.folded in _DEPRECATED:
        yield Draft("DEPRECATED_GLOBAL_CONDITION_KEY", f"`{test.key}` is outdated", (test.place,), _DEPRECATED[test.folded])
    elif global_key(test.key) is None:
        close = get_close_matches(test.folded, [fold(name) for name in global_key_names()], n=1, cutoff=0.75)
        hint = next((name for name in global_key_names() if close and fold(name) == close[0] and "$" not in name), None)
        yield Draft("INVALID_GLOBAL_CONDITION_KEY", f"there is no condition key `{test.key}`", (test.place,), hint)


def _of_service(subject: Subject, test: Test) -> Iterator[Draft]:
    services, prefix = subject.services, test.key.partition(":")[0]
    if services.condition_key(test.key) is not None or subject.is_hosts(prefix):
        return
    if not _PREFIX.fullmatch(prefix):
        return  # keys of identity providers are called by their URLs
    service = services.service(prefix)
    if service is not None:
        close = get_close_matches(test.folded, list(service.condition_keys), n=1, cutoff=0.75)
        hint = service.condition_keys[close[0]].name if close else None
        message = f"`{service.prefix}` has no condition key `{test.key}`"
        yield Draft("INVALID_SERVICE_CONDITION_KEY", message, (test.place,), hint)
    elif services.is_complete and not services.knows_key_prefix(prefix):
        yield Draft("INVALID_SERVICE", f"there is no service `{prefix}` with condition keys", (test.place,))


def known_key(subject: Subject, test: Test) -> ConditionKey | None:
    """What is known of a test's key."""
    found = global_key(test.key)
    return found.key if found is not None else subject.services.condition_key(test.key)


def arity(subject: Subject) -> Iterator[Draft]:
    """Set prefixes where there are no sets, and none where there are (C-14, C-16)."""
    for statement, test in tests(subject):
        key = known_key(subject, test)
        if key is None or test.operator is None or test.base == "Null":
            continue
        prefix = test.operator.prefix
        if key.multivalued and not prefix:
            message = f"`{test.key}` may have several values, which `{test.name}` cannot decide"
            yield Draft("MISSING_QUALIFIER", message, (test.place,), f"ForAnyValue:{test.name}")
        if not key.multivalued and prefix == "ForAllValues" and statement.allows:
            message = f"`{test.name}` also holds where `{test.key}` is missing"
            yield Draft("FORALLVALUES_WITH_SINGLE_VALUED_KEY", message, (test.place,), test.name.partition(":")[2])


def types(subject: Subject) -> Iterator[Draft]:
    """Operators of another family than the key's type."""
    for _, test in tests(subject):
        key, family = known_key(subject, test), _FAMILIES.get(test.base)
        if key is None or family is None or family == key.type:
            continue
        if key.type == "ARN" and test.base in ("StringLike", "StringNotLike"):
            if all(value.text == "*" for value in test.values):
                continue  # asks whether the key is there
            message = f"`{test.name}` lets `*` cross the colons of the ARN in `{test.key}`"
            hint = test.name.replace("StringLike", "ArnLike").replace("StringNotLike", "ArnNotLike")
            yield Draft("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", message, (test.place,), hint)
        elif family not in _ALSO.get(key.type, ()):
            message = f"`{test.key}` is of type {key.type}, which `{test.name}` does not compare"
            yield Draft("TYPE_MISMATCH", message, (test.place,))


def of_actions(subject: Subject) -> Iterator[Draft]:
    """Keys of a service that requests for a listed action never have."""
    for statement, test in tests(subject):
        if statement.action is None or statement.action.negated or test.operator is None or test.holds_without_key:
            continue
        if test.base == "Null" or global_key(test.key) is not None or subject.services.condition_key(test.key) is None:
            continue
        if test.folded in _OF_SESSIONS or not _PREFIX.fullmatch(test.key.partition(":")[0]) or test.folded.startswith("saml:"):
            continue
        without = [value for value in statement.action.values if _lacks(subject, value, test)]
        if without:
            actions = ", ".join(f"`{value.text}`" for value in without[:3]) + (" …" if len(without) > 3 else "")
            message = f"requests for {actions} have no `{test.key}`"
            yield Draft("UNSUPPORTED_ACTION_FOR_CONDITION_KEY", message, (test.place, *(value.place for value in without)))


def _lacks(subject: Subject, value: Value, test: Test) -> bool:
    """Whether an action without wildcards is known and its requests have no such key."""
    service = subject.services_of(value)
    action = service.action(value.text.partition(":")[2]) if service is not None else None
    if service is None or action is None or service.may_have(action, test.folded):
        return False
    return service.condition_key(test.folded) is None or service.says_who_has(test.folded)


CHECKS = (exist, arity, types, of_actions)
