"""Condition keys: what follows from the principal and the resource, and how Python values become text (X rules).

The engine derives the same keys itself; this module says so in plain words and feeds the reference evaluator.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

from bailiwick.errors import ValidationError
from bailiwick.models import Account, Context, Organization, Principal, PrincipalKind, Registry, Resource, Role, Snapshot, User

_WANTED = "expected str, bool, int, datetime, IP address, bytes or a list of those"
_WITH_ACCOUNT = frozenset({PrincipalKind.ROOT, PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER})
_TYPES = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ROLE_SESSION: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.SERVICE: "Service",
    PrincipalKind.ANONYMOUS: "Anonymous",
}


def fold(text: str) -> str:
    """`fold` of N-02: ASCII and Latin-1 capital letters, nothing wider."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" or ("À" <= c <= "Þ" and c != "×") else c for c in text)


def context_strings(context: Context) -> dict[str, list[str]]:
    """Keys to their values as text (C-07, X-03).

    >>> context_strings({"aws:SecureTransport": True, "app:size": [1, 2]})
    {'aws:SecureTransport': ['true'], 'app:size': ['1', '2']}

    Raises:
        TypeError: A value of another type, or a date without a time zone; the key is named.
        ValidationError: An integer of thousands of digits.
    """
    found: dict[str, list[str]] = {}
    for key, value in context.items():
        if not isinstance(key, str):
            raise TypeError(f"context key {key!r}: expected str, found {type(key).__name__}")
        values = value if isinstance(value, list | tuple) else [value]
        found[key] = [_text(key, item) for item in values]
    return found


def _text(key: str, value: object) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):  # before `int`, which it is to Python
        return "true" if value else "false"
    if isinstance(value, int):
        try:
            return int.__repr__(value)
        except ValueError:  # Python prints no integer of more digits than it is set to
            raise ValidationError(f"context key `{key}`: an integer of too many digits") from None
    if isinstance(value, datetime):
        return _instant(key, value)
    if isinstance(value, IPv4Address | IPv6Address):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"context key `{key}`: {_WANTED}, found {type(value).__name__}")


def _instant(key: str, value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError(f"context key `{key}`: expected a datetime with a time zone, found one without")
    utc = value.astimezone(UTC)
    fraction = f".{utc.microsecond:06d}".rstrip("0") if utc.microsecond else ""
    return f"{utc.strftime('%Y-%m-%dT%H:%M:%S')}{fraction}Z"


def derived_context(
    snapshot: Snapshot, principal: Principal, resource: str, resource_account: str | None
) -> dict[str, str | list[str]]:
    """Keys that follow from the principal and the resource (4.2, 4.4); what is not known is absent (X-20).

    Args:
        snapshot: Where the principal's tags, its organization and the resource's tags are found.
        principal: As `resolve_principal` gives it.
        resource: `*` or an ARN.
        resource_account: Owner of the resource, if known.
    """
    found = _of_principal(snapshot, principal)
    if resource != "*":
        found |= _of_resource(snapshot, resource, resource_account)
    return found


def _of_principal(snapshot: Snapshot, principal: Principal) -> dict[str, str | list[str]]:
    kind, account = principal.kind, principal.account
    values: dict[str, str | list[str] | None] = {"aws:PrincipalType": _TYPES.get(kind)}
    if kind is PrincipalKind.ANONYMOUS:
        values |= {"aws:PrincipalAccount": "anonymous", "aws:userid": "anonymous"}
    if kind is PrincipalKind.SERVICE and principal.name is not None:
        values |= {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": principal.name,
            "aws:PrincipalServiceNamesList": [principal.name],
        }
    if kind in _WITH_ACCOUNT:
        values |= {
            "aws:PrincipalArn": principal.role_arn if kind is PrincipalKind.ROLE_SESSION else principal.arn,
            "aws:PrincipalAccount": account,
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": _user_id(principal),
        }
        values |= _organization_keys(snapshot.organization, account, "Principal")
    if kind is PrincipalKind.USER and principal.arn is not None:
        values["aws:username"] = principal.arn.rsplit("/", 1)[-1]
    if kind in (PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER):
        values["aws:MultiFactorAuthPresent"] = "false"
    found = {key: value for key, value in values.items() if value is not None}
    tags = _overlaid(_identity_tags(snapshot, principal), principal.session_tags)
    return found | {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}


def _user_id(principal: Principal) -> str | None:
    name = principal.arn.rsplit("/", 1)[-1] if principal.arn is not None else None
    match principal.kind:
        case PrincipalKind.ROOT:
            return principal.account
        case PrincipalKind.USER:
            return principal.id
        case PrincipalKind.ROLE_SESSION:
            return f"{principal.id}:{name}" if principal.id is not None and name is not None else None
        case PrincipalKind.FEDERATED_USER:
            return f"{principal.account}:{name}"
        case _:
            return None


def _organization_keys(organization: Organization | None, account: str | None, whose: str) -> dict[str, str | list[str] | None]:
    path = organization_path(organization, account)
    if organization is None or path is None:
        return {}
    return {f"aws:{whose}OrgID": organization.id, f"aws:{whose}OrgPaths": [path]}


def organization_path(organization: Organization | None, account: str | None) -> str | None:
    """`o-…/r-…/ou-…/` down to the unit that holds the account (X-05); `None` outside the organization."""
    chain = target_chain(organization, account)
    if organization is None or chain is None:
        return None
    return "".join(f"{part}/" for part in [organization.id, *chain[:-1]])


def target_chain(organization: Organization | None, account: str | None) -> list[str] | None:
    """Ids of the targets from the root to the account, both included; `None` outside the organization."""
    if organization is None or account is None:
        return None
    parents = {target.id: target.parent for target in organization.targets}
    if account not in parents:
        return None
    chain: list[str] = []
    current: str | None = account
    while current is not None:
        chain.append(current)
        current = parents[current]
    return chain[::-1]


def _identity_tags(snapshot: Snapshot, principal: Principal) -> Mapping[str, str]:
    arn = {
        PrincipalKind.USER: principal.arn,
        PrincipalKind.ROLE_SESSION: principal.role_arn,
        PrincipalKind.FEDERATED_USER: principal.issuer_arn,
    }.get(principal.kind)
    identity = find_identity(snapshot, arn)
    return identity.tags if identity is not None else {}


def identities_of(account: Account) -> list[User | Role]:
    """The users and roles of an account."""
    found: list[User | Role] = [*account.users]
    return [*found, *account.roles]


def find_identity(snapshot: Snapshot, arn: str | None) -> User | Role | None:
    """The user or role of an ARN."""
    for account in snapshot.accounts:
        for identity in identities_of(account):
            if identity.arn == arn:
                return identity
    return None


def _overlaid(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Tags of the session stand over those of the role or user; compared under fold (L-63)."""
    hidden = {fold(key) for key in above}
    return {key: value for key, value in below.items() if fold(key) not in hidden} | dict(above)


def _of_resource(snapshot: Snapshot, resource: str, account: str | None) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    if account is not None:
        found["aws:ResourceAccount"] = account
        keys = _organization_keys(snapshot.organization, account, "Resource")
        found |= {key: value for key, value in keys.items() if value is not None}
    known = find_resource(snapshot, resource)
    identity = find_identity(snapshot, resource)
    tags: Mapping[str, str] = identity.tags if identity is not None else {}
    found |= {f"iam:ResourceTag/{key}": value for key, value in tags.items()}
    if known is not None:
        tags = known.tags
    return found | {f"aws:ResourceTag/{key}": value for key, value in tags.items()}


def find_resource(snapshot: Snapshot, arn: str) -> Resource | None:
    """The known resource that an ARN names or lies below (`ServiceProfile.policy_depth`)."""
    return next(iter(known_resources(snapshot, arn)), None)


def known_resources(snapshot: Snapshot, arn: str) -> list[Resource]:
    """The known resources that an ARN names and lies below, in this order: the first with a policy governs it (B-48)."""
    known = {resource.arn: resource for resource in snapshot.resources}
    names = [arn, holder_arn(snapshot.registry, arn)]
    return [known[name] for name in names if name in known]


def holder_arn(registry: Registry, arn: str) -> str | None:
    """ARN of the resource above this one whose policy governs it too (B-48); `None` if there can be none."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    depth = registry.profile(fold(parts[2])).policy_depth
    above = parts[5].split("/")
    return ":".join([*parts[:5], "/".join(above[:depth])]) if 0 < depth < len(above) else None
