"""From documents to findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bailiwick.errors import ValidationError
from bailiwick.models import DEFAULT_PROFILE, PolicyKind, Registry
from bailiwick.reference.grammar import faults as grammar_faults
from bailiwick.reference.json_text import Fault, Node
from bailiwick.reference.text import fold
from bailiwick.validate import checks
from bailiwick.validate.access import Access
from bailiwick.validate.catalogue import CATALOGUE
from bailiwick.validate.document import Document, read_document
from bailiwick.validate.finding import Finding, Location, in_order
from bailiwick.validate.overlaps import without_overlaps
from bailiwick.validate.policy import Policy, read_policy
from bailiwick.validate.resource_kinds import RESOURCE_KINDS, ResourceKind
from bailiwick.validate.services import ServiceReference, installed_reference
from bailiwick.validate.subject import Draft, Subject
from bailiwick.validate.syntax import code_of
from bailiwick.validate.text_size import quota_of, size_of


def validate_policy(
    text: str | bytes,
    *,
    kind: PolicyKind | str,
    services: ServiceReference | None = None,
    registry: Registry | None = None,
    resource_type: str | None = None,
    quota: int | None = None,
    must_not_grant: Sequence[Access] = (),
    turned_on: Collection[str] = (),
) -> list[Finding]:
    """Everything there is to say of one policy document; never raises for what the document says (V-04).

    Args:
        text: The document as JSON text; bytes are to be UTF-8.
        kind: Where it is used (`identity`, `resource`, `scp`, `rcp`, `trust`, `boundary`, `session`, `endpoint`).
        services: Knowledge of services; `None` is what is installed (the extra `services`), an empty `ServiceReference()`
            is none. Checks that need knowledge are silent about services that are not in it (V-05).
        registry: The host's partitions and services.
        resource_type: For kind `resource`: what holds the policy, as CloudFormation calls it (`AWS::S3::Bucket`).
        quota: The most characters that are stored, where the use is known (Q-10…17).
        must_not_grant: Access of which the policy is to grant nothing (V-22); what it may grant is `ACCESS_GRANTED`.
        turned_on: Codes of checks that are off by default and wanted here.

    Returns:
        Findings by place, then type, then code (V-03).

    Raises:
        ValidationError: An unknown kind or resource type.

    >>> allow = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}'
    >>> [(found.code, found.line, found.column) for found in validate_policy(allow, kind="identity")]
    [('PASS_ROLE_WITH_STAR_IN_RESOURCE', 1, 70)]
    """
    return validate_document(
        read_document(text),
        kind=kind_of(kind),
        services=services if services is not None else installed_reference(),
        registry=registry or Registry(),
        resource_kind=resource_kind_of(resource_type),
        quota=quota,
        must_not_grant=must_not_grant,
        turned_on=turned_on,
    )


def kind_of(kind: PolicyKind | str) -> PolicyKind:
    """A kind by its name."""
    try:
        return PolicyKind(kind)
    except ValueError:
        names = ", ".join(f"`{known}`" for known in PolicyKind)
        raise ValidationError(f"kind `{kind}`: expected one of {names}") from None


def resource_kind_of(name: str | None) -> ResourceKind | None:
    """A sort of resource by CloudFormation's name."""
    if name is None:
        return None
    if name not in RESOURCE_KINDS:
        known = ", ".join(f"`{known}`" for known in RESOURCE_KINDS)
        raise ValidationError(f"resource type `{name}`: expected one of {known}")
    return RESOURCE_KINDS[name]


def validate_document(
    document: Document,
    *,
    kind: PolicyKind,
    services: ServiceReference,
    registry: Registry,
    resource_kind: ResourceKind | None = None,
    quota: int | None = None,
    must_not_grant: Sequence[Access] = (),
    turned_on: Collection[str] = (),
) -> list[Finding]:
    """`validate_policy` for a document that was read, and for knowledge that was chosen."""
    found = [_of_fault(fault, document, kind) for fault in document.faults]
    if document.root is not None:
        policy = read_policy(document.root)
        profile = registry.profile(service) if (service := service_of(policy, resource_kind)) else DEFAULT_PROFILE
        faults = grammar_faults(document.root, kind, profile=profile, registry=registry)
        found += [_of_fault(fault, document, kind) for fault in faults]
        subject = Subject(
            policy=policy,
            kind=kind,
            services=services,
            registry=registry,
            resource_kind=resource_kind,
            size=size_of(document.text, kind),
            quota=quota if quota is not None else quota_of(kind, resource_kind),
            must_not_grant=tuple(must_not_grant),
        )
        found += [_of_draft(draft, document) for draft in _drafts(subject, turned_on)]
    certain = [one for one in without_overlaps(found) if not _is_guess(one, document)]
    return in_order(certain)


def _drafts(subject: Subject, turned_on: Collection[str]) -> Iterator[Draft]:
    for check in (*checks.ALL, *(checks.OF_AUDITS if turned_on else ())):
        for draft in check(subject):
            if CATALOGUE[draft.code].is_on or draft.code in turned_on:
                yield draft


def service_of(policy: Policy, resource_kind: ResourceKind | None) -> str | None:
    """The service that holds a resource policy: the known one, or the one that all actions are of (B-25)."""
    if resource_kind is not None:
        return resource_kind.service
    prefixes = {
        fold(value.text.partition(":")[0])
        for statement in policy.statements
        if statement.action is not None
        for value in statement.action.values
        if ":" in value.text
    }
    return prefixes.pop() if len(prefixes) == 1 else None


def _of_draft(draft: Draft, document: Document) -> Finding:
    entry = CATALOGUE[draft.code]
    places = [document.location(place.path, place.start, place.end) for place in draft.places]
    return Finding(
        code=draft.code,
        type=entry.type,
        message=draft.message,
        mend=entry.mend,
        locations=tuple(places),
        hint=draft.hint,
    )


def _of_fault(fault: Fault, document: Document, kind: PolicyKind) -> Finding:
    start, end, text = _extent(fault, document.root)
    code = code_of(fault, kind, text)
    location: Location = document.location(fault.path, start, end)
    entry = CATALOGUE[code]
    return Finding(
        code=code, type=entry.type, message=fault.message, mend=entry.mend, locations=(location,), parse_error=fault.code
    )


def _extent(fault: Fault, root: Node | None) -> tuple[int, int, str | None]:
    """Start and end of what a fault is about, and its text if it is one."""
    if root is None:
        return fault.offset, fault.offset, None
    todo = [root]
    while todo:
        node = todo.pop()
        if node.start == fault.offset and fault.code not in _AT_BRACE:
            return node.start, node.end, str(node.value) if node.kind == "string" else None
        for member in node.members:
            if member.start == fault.offset:
                return member.start, member.end, None
            if member.node.start <= fault.offset < member.node.end:
                todo.append(member.node)
        todo += [item for item in node.items if item.start <= fault.offset < item.end]
    return fault.offset, fault.offset + 1, None


#: What is missing is missed at the brace, not in the whole object.
_AT_BRACE = ("MISSING_STATEMENT", "MISSING_EFFECT", "MISSING_PRINCIPAL", "MISSING_ACTION", "MISSING_RESOURCE")


#: Findings that compare texts: not certain if one of them is not complete.
_COMPARING = ("REDUNDANT_", "ACTION_WITHOUT_RESOURCE")


def _is_guess(found: Finding, document: Document) -> bool:
    """Whether a finding is about a text that a template will complete; for comparisons, whether such a text is part of it."""
    if not document.partial:
        return False
    if found.code.startswith(_COMPARING):
        return any(one.offset <= start < one.end_offset for one in found.locations for start in document.partial)
    return found.location.offset in document.partial
