"""Checks of what a statement does in the end: nothing, or too much."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bailiwick.models import PolicyKind
from bailiwick.validate.access import access_not_granted, grants_to_public
from bailiwick.validate.patterns import meet
from bailiwick.validate.policy import Statement
from bailiwick.validate.services import Action, Service
from bailiwick.validate.services.model import as_glob
from bailiwick.validate.subject import Draft, Subject

_VARIABLE = re.compile(r"\$\{[^}]*\}")


def without_resource(subject: Subject) -> Iterator[Draft]:
    """Actions that none of the statement's resources can be used with."""
    if subject.kind not in (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP):
        return
    for statement in subject.statements:
        if statement.action is None or statement.action.negated or statement.resource is None or statement.resource.negated:
            continue
        resources = [_glob(value.text, variables=subject.policy.has_variables) for value in statement.resource.values]
        # A pattern of everything that a service has is what people write where only `*` would do; services differ in what
        # they make of it.
        if not resources or any(resource.split(":", 5)[-1].startswith("*") for resource in resources):
            continue
        # Many actions work on the same types; comparing each with each resource would take the product of a long statement.
        known: dict[tuple[str, ...] | None, bool] = {}
        for value in statement.action.values:
            service = subject.services_of(value)
            if service is None or "*" in value.text or "?" in value.text:
                continue
            action = service.action(value.text.partition(":")[2])
            if action is None:
                continue
            formats = formats_of(service, action)
            if formats not in known:
                known[formats] = works_on(formats, resources)
            if not known[formats]:
                what = "any of these resources" if action.resources else "a resource, only with `*`"
                message = f"`{value.text}` cannot be used with {what}"
                yield Draft("ACTION_WITHOUT_RESOURCE", message, (value.place, statement.resource.place))


def _glob(text: str, *, variables: bool) -> str:
    return _VARIABLE.sub("*", text) if variables else text


def formats_of(service: Service, action: Action) -> tuple[str, ...] | None:
    """ARN formats of what an action works on, none if it knows no resources; `None` if they are not known."""
    arns = tuple(service.arns_of(action))
    return None if action.resources and not arns else arns


def works_on(formats: tuple[str, ...] | None, resources: list[str]) -> bool:
    """Whether one of the globs matches a resource of a format; yes if the formats are not known."""
    return formats is None or any(_meet(arn, resource) for arn in formats for resource in resources)


def _meet(arn: str, resource: str) -> bool:
    """Whether an ARN format and a pattern have an ARN in common, segment by segment."""
    one, two = as_glob(arn).split(":", 5), resource.split(":", 5)
    two += ["*"] * (6 - len(two))
    # Most names in formats may be paths; that buckets have none tells `arn:aws:s3:::b/*` from a bucket.
    if arn.endswith("${BucketName}") and two[5].count("/") > one[5].count("/"):
        return False
    # A region is never empty where there is one; an account is, in ARNs of things that belong to AWS.
    if one[3] == "*" and not two[3]:
        return False
    # Formats leave out the region or account that policies may write as `*`, and name vendors where policies have accounts.
    return all(meet(*pair) for pair in zip(one, two, strict=False))


def public(subject: Subject) -> Iterator[Draft]:
    """V-23."""
    if subject.kind is not PolicyKind.RESOURCE:
        return
    for statement in grants_to_public(subject.policy):
        place = statement.principal_place or statement.place
        message = "everybody may do this, in any account and without one"
        yield Draft("PUBLIC_ACCESS", message, (place,))


def negated_resources(subject: Subject) -> Iterator[Draft]:
    """Allow with `NotResource` reaches whatever is not listed, in every service that the actions name."""
    for statement in subject.allows:
        if statement.resource is not None and statement.resource.negated and not _is_limit(subject, statement):
            message = "everything that is not listed here is allowed, what is made later included"
            yield Draft("ALLOW_WITH_NOT_RESOURCE", message, (statement.resource.place,))


def _is_limit(subject: Subject, statement: Statement) -> bool:
    """Policies that only limit what others grant."""
    return subject.kind in (PolicyKind.SCP, PolicyKind.BOUNDARY, PolicyKind.ENDPOINT) or not statement.allows


def mfa(subject: Subject) -> Iterator[Draft]:
    """An Allow that holds only without MFA is a test the wrong way round."""
    for statement in subject.allows:
        for test in statement.tests:
            if test.folded == "aws:multifactorauthpresent" and test.base == "Bool":
                if any(value.text.lower() == "false" for value in test.values):
                    message = f"`{test.name}` allows callers who did not use MFA"
                    yield Draft("ALLOW_WITHOUT_MFA", message, (test.place,))
                elif test.operator is not None and test.operator.if_exists:
                    message = f"`{test.name}` also allows long-term access keys, whose requests have no `{test.key}`"
                    yield Draft("ALLOW_WITHOUT_MFA", message, (test.place,), "Bool")


def forbidden(subject: Subject) -> Iterator[Draft]:
    """V-22, for what the configuration forbids."""
    if subject.kind in (PolicyKind.SCP, PolicyKind.RCP, PolicyKind.BOUNDARY):
        return
    for access in subject.must_not_grant:
        by_index = {statement.index: statement for statement in subject.statements}
        for reason in access_not_granted(subject.policy, subject.kind, access).reasons:
            yield Draft("ACCESS_GRANTED", reason.description, (by_index[reason.statement_index].place,))


CHECKS = (without_resource, public, negated_resources, mfa, forbidden)
