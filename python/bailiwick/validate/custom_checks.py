"""Custom checks of a policy's text: access that it must not grant, and public access (V-22, V-23)."""

from __future__ import annotations

from bailiwick.models import DEFAULT_PROFILE, PolicyKind, Registry
from bailiwick.reference.grammar import parse
from bailiwick.reference.json_text import Node
from bailiwick.validate.access import Access, CheckResult, access_not_granted, no_public_access
from bailiwick.validate.document import read_document
from bailiwick.validate.policy import Policy, read_policy
from bailiwick.validate.resource_kinds import ResourceKind
from bailiwick.validate.run import kind_of, resource_kind_of, service_of


def check_access_not_granted(
    text: str | bytes, *, kind: PolicyKind | str, access: Access, registry: Registry | None = None
) -> CheckResult:
    """Whether a policy grants nothing of some access (V-22).

    With actions alone: none of them on any resource. With resources alone: no action on any of them. With both: none of the
    actions on any of the resources. Patterns that have a text in common count as possible, and conditions as satisfiable.

    Args:
        text: The policy as JSON text; bytes are to be UTF-8.
        kind: Where it is used.
        access: What it must not grant; at most 100 actions and 100 resources.
        registry: The host's partitions and services.

    Raises:
        MalformedPolicyDocument: The policy does not parse.
        ValidationError: An unknown kind, or access of nothing or of too much.

    >>> allow = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"}}'
    >>> check_access_not_granted(allow, kind="identity", access=Access(("s3:PutObject",))).result
    'PASS'
    >>> secret = Access(resources=("arn:aws:s3:::a/secret",))
    >>> check_access_not_granted(allow, kind="identity", access=secret).reasons[0].description
    'some action on `arn:aws:s3:::a/secret` may be allowed'
    """
    return access_not_granted(_parsed(text, kind_of(kind), None, registry), kind_of(kind), access)


def check_no_public_access(
    text: str | bytes, *, resource_type: str | None = None, registry: Registry | None = None
) -> CheckResult:
    """Whether the policy of a resource lets nobody in whom it does not name or pin by a condition (V-23).

    Args:
        text: The policy as JSON text; bytes are to be UTF-8.
        resource_type: What holds it, as CloudFormation calls it (`AWS::S3::Bucket`).
        registry: The host's partitions and services.

    Raises:
        MalformedPolicyDocument: The policy does not parse.
        ValidationError: An unknown resource type.
    """
    return no_public_access(_parsed(text, PolicyKind.RESOURCE, resource_kind_of(resource_type), registry))


def _parsed(text: str | bytes, kind: PolicyKind, resource_kind: ResourceKind | None, registry: Registry | None) -> Policy:
    registry = registry or Registry()
    root = read_document(text).root
    # Of a text that is no JSON an empty object is read, and the parser says what is wrong.
    policy = read_policy(root if root is not None else Node("object", 0, 0, None))
    service = service_of(policy, resource_kind)
    parse(text, kind, profile=registry.profile(service) if service is not None else DEFAULT_PROFILE, registry=registry)
    return policy
