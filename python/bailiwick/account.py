"""Account files as AWS prints them, to a `Snapshot`.

The main file is the output of `get-account-authorization-details`; documents stand in it as objects or as URL-encoded text.
Beside it may stand `organization.json` (`bailiwick.organization`) and `resource-policies.jsonl`, one object a line:
`resource`, `account`, `policy`, and, if wanted, `tags` as AWS's list of `Key` and `Value`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from bailiwick._json import Reader, read_file, read_json, text_of_bytes
from bailiwick.documents import text_of
from bailiwick.errors import ValidationError
from bailiwick.models import Account, Group, Organization, Policy, Registry, Resource, Role, Snapshot, User
from bailiwick.organization import load_organization
from bailiwick.source_text import SourceFile

PathLike: TypeAlias = str | os.PathLike[str]
Source: TypeAlias = PathLike | bytes | Mapping[str, Any]
_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def load_account(
    source: Source | Sequence[PathLike],
    *,
    organization: PathLike | Mapping[str, Any] | Organization | None = None,
    resource_policies: PathLike | Sequence[Resource] | None = None,
    managed_policies: PathLike | Mapping[str, str] | None = None,
    registry: Registry | None = None,
) -> Snapshot:
    """Reads an account, in one file or in several pages; identities of several accounts make several.

    Args:
        source: A file, its bytes, its parsed content, or a list of files that are pages of one answer.
        organization: `organization.json`.
        resource_policies: `resource-policies.jsonl`.
        managed_policies: AWS's managed policies that the dump attaches but does not hold: ARN to text, or a file of
            JSON Lines with `arn` and `document`, which may be gzipped.
        registry: What the host registers besides the built-in services and partitions.

    Raises:
        ValidationError: The file is not of the shape; a policy that is attached is in none of the files: leaving it out
            could lose a Deny.
    """
    pages = list(_pages(source))
    users = [item for page in pages for item in page.items("UserDetailList")]
    groups = [item for page in pages for item in page.items("GroupDetailList")]
    roles = [item for page in pages for item in page.items("RoleDetailList")]
    given = [item for page in pages for item in page.items("Policies")]
    if not users and not groups and not roles and not given:
        raise ValidationError(f"no account: expected a member of {', '.join(f'`{name}`' for name in _LISTS)}")
    accounts = _accounts_of([*users, *groups, *roles])
    policies = _policies(given)
    attached = _attached([*users, *groups, *roles])
    policies |= _supplied([arn for arn in attached if arn not in policies], managed_policies)
    held = tuple(
        _account(place, policies, users=_of(place, users), groups=_of(place, groups), roles=_of(place, roles))
        for place in accounts
    )
    if organization is not None and not isinstance(organization, Organization):
        organization = load_organization(organization)
    if resource_policies is None:
        resources: tuple[Resource, ...] = ()
    elif isinstance(resource_policies, str | os.PathLike):
        resources = load_resource_policies(resource_policies)
    else:
        resources = tuple(resource_policies)
    return Snapshot(accounts=held, organization=organization, resources=resources, registry=registry or Registry())


def load_resource_policies(path: PathLike) -> tuple[Resource, ...]:
    """Reads `resource-policies.jsonl`."""
    found = []
    for number, line in enumerate(read_file(Path(path)).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{os.fspath(path)}, line {number}"
        item = Reader(read_json(line, where, source=SourceFile(os.fspath(path), line, number)), where)
        _refuse_other_cases(item)
        policy = item.document("policy") if item.value.get("policy") is not None else None
        found.append(Resource(arn=item.text("resource"), account=item.text("account"), policy=policy, tags=item.tags("tags")))
    return tuple(found)


def _refuse_other_cases(item: Reader) -> None:
    """A `Policy` that is not read would be a policy that is lost."""
    for name in item.value:
        if name.lower() in ("resource", "account", "policy", "tags") and name != name.lower():
            raise ValidationError(f"unknown member `{name}`, did you mean `{name.lower()}`?", item.path)


def _pages(source: Source | Sequence[PathLike]) -> Iterator[Reader]:
    if isinstance(source, Mapping):
        yield Reader(dict(source), "")
    elif isinstance(source, bytes):
        yield Reader(read_json(text_of_bytes(source, "account"), "account"), "")
    elif isinstance(source, str | os.PathLike):
        yield Reader(read_json(read_file(Path(source)), os.fspath(source)), "")
    else:
        for path in source:
            yield from _pages(path)


def _accounts_of(identities: list[Reader]) -> list[tuple[str, str]]:
    """Partitions and ids of the accounts that the identities are of, in order; AWS prints one, collections hold more."""
    found: dict[tuple[str, str], None] = {}
    for identity in identities:
        parts = identity.text("Arn").split(":")
        if len(parts) < 6:
            raise ValidationError(f"`{identity.text('Arn')}` is no ARN", f"{identity.path}/Arn")
        found[parts[1], parts[4]] = None
    if not found:
        raise ValidationError("no user, group or role: the account's id is not known")
    return list(found)


def _of(place: tuple[str, str], items: list[Reader]) -> list[Reader]:
    """Those of one partition and account."""
    return [item for item in items if tuple(item.text("Arn").split(":")[1:5:3]) == place]


def _account(
    place: tuple[str, str], policies: dict[str, str], *, users: list[Reader], groups: list[Reader], roles: list[Reader]
) -> Account:
    """One account, with its own policies, AWS's, and those that its identities are attached to."""
    partition, id = place
    attached = set(_attached([*users, *groups, *roles]))
    mine = {arn: text for arn, text in policies.items() if arn in attached or arn.split(":")[4:5] in ([id], ["aws"])}
    return Account(
        id=id,
        partition=partition,
        users=tuple(_user(user) for user in users),
        groups=tuple(_group(group) for group in groups),
        roles=tuple(_role(role) for role in roles),
        policies=tuple(Policy(id=arn, document=text) for arn, text in mine.items()),
    )


def _policies(given: list[Reader]) -> dict[str, str]:
    """Managed policies by ARN; pages may repeat one, but not with another text: one of the two could be the Deny."""
    found: dict[str, str] = {}
    for policy in given:
        arn, text = policy.text("Arn"), _default_version(policy)
        if found.setdefault(arn, text) != text:
            raise ValidationError(f"policy `{arn}` is there twice, with different documents", policy.path)
    return found


def _default_version(policy: Reader) -> str:
    """Only the default version is operative (L-40)."""
    versions = policy.items("PolicyVersionList")
    default = [version for version in versions if version.value.get("IsDefaultVersion") is True]
    if len(default) != 1:
        message = f"policy `{policy.text('Arn')}` has {len(default)} default versions, expected 1"
        raise ValidationError(message, policy.path)
    named, found = policy.optional_text("DefaultVersionId"), default[0].optional_text("VersionId")
    if named is not None and found is not None and named != found:
        message = f"the default version of policy `{policy.text('Arn')}` is `{named}` and `{found}` at once"
        raise ValidationError(message, policy.path)
    return default[0].document("Document")


def _attached(identities: list[Reader]) -> list[str]:
    """ARNs of all attached policies and boundaries, in order."""
    found: dict[str, None] = {}
    for identity in identities:
        for arn in _managed(identity):
            found[arn] = None
        boundary = _boundary(identity)
        if boundary is not None:
            found[boundary] = None
    return list(found)


def _managed(identity: Reader) -> tuple[str, ...]:
    return tuple(policy.text("PolicyArn") for policy in identity.items("AttachedManagedPolicies"))


def _boundary(identity: Reader) -> str | None:
    found = identity.value.get("PermissionsBoundary")
    if found is None:
        return None
    return Reader(found, f"{identity.path}/PermissionsBoundary").text("PermissionsBoundaryArn")


def _supplied(missing: list[str], given: PathLike | Mapping[str, str] | None) -> dict[str, str]:
    if not missing:
        return {}
    known = _managed_policies(given)
    absent = [arn for arn in missing if arn not in known]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        message = f"attached policy `{absent[0]}`{more} is not in the file; give its text as `managed_policies`"
        raise ValidationError(message)
    return {arn: known[arn] for arn in missing}


def _managed_policies(given: PathLike | Mapping[str, str] | None) -> Mapping[str, str]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {arn: text_of(document) for arn, document in given.items()}
    found: dict[str, str] = {}
    for number, line in enumerate(read_file(Path(given)).split("\n"), 1):
        if line.strip():
            source = SourceFile(os.fspath(given), line, number)
            item = Reader(read_json(line, f"{os.fspath(given)}, line {number}", source=source), f"line {number}")
            if item.value.get("arn") is not None:  # without one nothing can be attached to it
                arn, text = item.text("arn"), item.document("document")
                if found.setdefault(arn, text) != text:
                    raise ValidationError(f"policy `{arn}` is there twice, with different documents", item.path)
    return found


def _inline(identity: Reader, member: str) -> tuple[Policy, ...]:
    return tuple(
        Policy(id=policy.text("PolicyName"), document=policy.document("PolicyDocument")) for policy in identity.items(member)
    )


def _user(user: Reader) -> User:
    return User(
        arn=user.text("Arn"),
        id=user.optional_text("UserId"),
        inline=_inline(user, "UserPolicyList"),
        policies=_managed(user),
        groups=tuple(user.texts("GroupList")),
        boundary=_boundary(user),
        tags=user.tags(),
    )


def _group(group: Reader) -> Group:
    return Group(arn=group.text("Arn"), inline=_inline(group, "GroupPolicyList"), policies=_managed(group))


def _role(role: Reader) -> Role:
    return Role(
        arn=role.text("Arn"),
        trust=role.document("AssumeRolePolicyDocument"),
        id=role.optional_text("RoleId"),
        inline=_inline(role, "RolePolicyList"),
        policies=_managed(role),
        boundary=_boundary(role),
        tags=role.tags(),
        slr=":role/aws-service-role/" in role.text("Arn"),
    )
