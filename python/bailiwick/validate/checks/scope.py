"""Checks of conditions that do not do what the statement is for."""

from __future__ import annotations

from collections.abc import Iterator

from bailiwick.models import PolicyKind
from bailiwick.reference.text import fold
from bailiwick.validate.global_keys import CALLER_KEYS, global_key, is_always_present
from bailiwick.validate.patterns import matcher
from bailiwick.validate.policy import Statement, Test
from bailiwick.validate.subject import Draft, Subject

#: Keys that say little without one of their partners.
_PAIRS = {
    "aws:vpcsourceip": ("aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"),
    "aws:ec2instancesourceprivateipv4": ("aws:Ec2InstanceSourceVpc",),
    "aws:sourceorgpaths": ("aws:SourceOrgID",),
}
#: Keys of the resource's owner, which a policy on the resource itself knows.
_OF_THE_OWNER = frozenset({"s3:resourceaccount", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"})
#: Keys that few services supply.
_OF_FEW_SERVICES = frozenset({"aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"})
_OF_IDENTITIES = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP)
_DYNAMODB_READS = ("dynamodb:getitem", "dynamodb:batchgetitem", "dynamodb:query", "dynamodb:scan")


def pairs(subject: Subject) -> Iterator[Draft]:
    """Addresses inside a network are many; which network it is must be said as well."""
    for statement in subject.statements:
        for test in statement.tests:
            partners = _PAIRS.get(test.folded)
            if partners is not None and test.base != "Null" and not {fold(key) for key in partners} & statement.keys:
                message = f"`{test.key}` says little without {' or '.join(f'`{key}`' for key in partners)}"
                yield Draft("MISSING_PAIRED_CONDITION_KEYS", message, (test.place,), partners[0])


def chosen_by_the_caller(subject: Subject) -> Iterator[Draft]:
    """Headers."""
    for statement in subject.statements:
        for test in statement.tests:
            if test.folded in CALLER_KEYS and test.base != "Null":
                message = f"the caller chooses `{test.key}`"
                yield Draft("UNTRUSTWORTHY_CONDITION_KEY", message, (test.place,))


def irrelevant(subject: Subject) -> Iterator[Draft]:
    """The owner of the resource that holds the policy is always the same."""
    if subject.kind is not PolicyKind.RESOURCE:
        return
    for statement in subject.statements:
        for test in statement.tests:
            if test.folded in _OF_THE_OWNER:
                message = f"`{test.key}` is always the owner of the resource that holds this policy"
                yield Draft("IRRELEVANT_CONDITION_KEY_IN_POLICY", message, (test.place,))


def of_few_services(subject: Subject) -> Iterator[Draft]:
    """Keys that are missing in calls of most services, in statements about all of them."""
    for statement in subject.statements:
        action = statement.action
        if action is None or not (action.negated or any(value.text.startswith("*") for value in action.values)):
            continue
        for test in statement.tests:
            if test.folded in _OF_FEW_SERVICES:
                message = f"few services supply `{test.key}`, and the statement is about all of them"
                yield Draft("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", message, (test.place,))


def attributes(subject: Subject) -> Iterator[Draft]:
    """`dynamodb:Attributes` is what a request asks for by name; one that asks for everything has none."""
    for statement in subject.allows:
        test = next((test for test in statement.tests if test.folded == "dynamodb:attributes"), None)
        if test is not None and "dynamodb:select" not in statement.keys and _reaches(statement, _DYNAMODB_READS):
            message = f"a read that names no attributes passes `{test.key}` and returns them all"
            hint = '"StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}'
            yield Draft("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", message, (test.place,), hint)


def _reaches(statement: Statement, actions: tuple[str, ...]) -> bool:
    listed = statement.action
    if listed is None or listed.negated:
        return False
    return any(matcher(fold(value.text))(action) for value in listed.values for action in actions)


def prefixes(subject: Subject) -> Iterator[Draft]:
    """A shorter prefix lists what a longer one does."""
    for statement in subject.statements:
        for test in statement.tests:
            if test.folded == "s3:prefix" and test.base.startswith("String") and test.negated == statement.allows:
                message = f"a request with a shorter prefix gets around `{test.name}` on `{test.key}`"
                yield Draft("S3_PREFIX_IN_NEGATIVE_CONTEXT", message, (test.place,))


def denies_that_fail_open(subject: Subject) -> Iterator[Draft]:
    """A Deny meant for what is unsafe, that does not apply where the key is missing: `Bool MultiFactorAuthPresent false`."""
    signed = subject.kind in _OF_IDENTITIES
    for statement in subject.statements:
        if statement.effect != "Deny":
            continue
        for test in statement.tests:
            if _is_against_unsafe(test) and not is_always_present(test.key, signed=signed) and not _asks_for(statement, test):
                message = f"where `{test.key}` is missing, this Deny does not apply"
                yield Draft("DENY_FAILS_OPEN_ON_MISSING_KEY", message, (test.place,), f"{test.name}IfExists")


def _is_against_unsafe(test: Test) -> bool:
    """Bool `false`, or an order of numbers: what is missing is not true, and has no number.

    Of global keys alone: which requests have a service's key is for the service to say.
    """
    if test.operator is None or test.operator.prefix or test.holds_without_key or global_key(test.key) is None:
        return False
    if test.base == "Bool":
        return any(value.text.lower() == "false" for value in test.values)
    return test.base.startswith("Numeric") and "Than" in test.base


def _asks_for(statement: Statement, test: Test) -> bool:
    """Whether the statement says in another test that it is about requests that have the key."""
    return any(other.base == "Null" and other.folded == test.folded for other in statement.tests)


def allows_by_absence(subject: Subject) -> Iterator[Draft]:
    """An Allow all of whose tests are negated and hold for a request that has none of the keys."""
    signed = subject.kind in _OF_IDENTITIES
    for statement in subject.allows:
        tests = [test for test in statement.tests if not is_always_present(test.key, signed=signed)]
        if not tests or len(tests) < len(statement.tests):
            continue
        if all(test.negated and test.holds_without_key for test in tests):
            keys = ", ".join(f"`{test.key}`" for test in tests)
            places = tuple(test.place for test in tests)
            message = f"a request without {keys} is allowed"
            yield Draft("ALLOW_NEGATED_TEST_ON_OPTIONAL_KEY", message, places)


CHECKS = (
    pairs,
    chosen_by_the_caller,
    irrelevant,
    of_few_services,
    attributes,
    prefixes,
    denies_that_fail_open,
    allows_by_absence,
)
