"""GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from bailiwick.context import fold
from bailiwick.errors import InvalidInput, MalformedPolicyDocument
from bailiwick.models import PolicyKind, Registry, Snapshot
from bailiwick.reference.evaluate import keys_of
from bailiwick.reference.grammar import parse
from bailiwick.simulation.caller import identity_of
from bailiwick.simulation.parameters import check, check_snapshot
from bailiwick.simulation.policies import SourcePolicy, attached, supplied
from bailiwick.simulation.shapes import ContextKeysResponse, CustomKeysRequest, PrincipalKeysRequest
from bailiwick.simulation.simulate import Authorize


def get_context_keys_for_custom_policy(
    *, registry: Registry | None = None, **request: Unpack[CustomKeysRequest]
) -> ContextKeysResponse:
    """The condition keys that policies read, in conditions and in variables (S-31).

    >>> policy = '''{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*",
    ...     "Resource": "arn:aws:s3:::home/${aws:username}/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}'''
    >>> get_context_keys_for_custom_policy(PolicyInputList=[policy])
    {'ContextKeyNames': ['aws:SecureTransport', 'aws:username']}

    Raises:
        ValidationError: A parameter is not of its shape.
        InvalidInput: A policy is malformed.
    """
    check("GetContextKeysForCustomPolicy", request)
    return _keys(supplied(request).all(), registry or Registry())


def get_context_keys_for_principal_policy(
    snapshot: Snapshot, /, *, authorize: Authorize | None = None, **request: Unpack[PrincipalKeysRequest]
) -> ContextKeysResponse:
    """The condition keys that the policies of a user, group or role read, its groups' and its boundary's included.

    Args:
        snapshot: Where the identity is; `Engine.snapshot` gives that of an engine.
        authorize: Called with `iam:GetContextKeysForPrincipalPolicy` and PolicySourceArn before anything is looked up.
        **request: Parameters of the operation, by AWS's names.

    Raises:
        ValidationError: A parameter is not of its shape.
        InvalidInput: A policy in the request is malformed, or PolicySourceArn names no user, group or role.
        TypeError: The snapshot is none.
        NoSuchEntity: The snapshot does not hold the identity.
    """
    check_snapshot(snapshot)
    check("GetContextKeysForPrincipalPolicy", request)
    if authorize is not None:
        authorize("iam:GetContextKeysForPrincipalPolicy", request["PolicySourceArn"])
    identity = identity_of(request["PolicySourceArn"], snapshot.registry, "PolicySourceArn")
    return _keys(attached(snapshot, identity, request).all(), snapshot.registry)


def _keys(sources: Iterable[SourcePolicy], registry: Registry) -> ContextKeysResponse:
    spellings: dict[str, str] = {}
    for source in sources:
        try:
            document = parse(source.document, PolicyKind.IDENTITY, registry=registry)
        except MalformedPolicyDocument as error:
            raise InvalidInput(f"{source.id}: {error}") from None
        for statement in document.statements:
            for key in keys_of(statement):
                spellings.setdefault(fold(key), key)
    return {"ContextKeyNames": [spelling for _, spelling in sorted(spellings.items())]}
