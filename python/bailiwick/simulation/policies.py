"""The policies of a simulation: those that are supplied, those that are attached, and those that are left out (S-02)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bailiwick.context import target_chain
from bailiwick.errors import InvalidInput, NoSuchEntity
from bailiwick.models import Account, Group, Organization, Role, Snapshot, User
from bailiwick.reference.text import glob
from bailiwick.simulation.caller import Identity
from bailiwick.simulation.shapes import SourceType

_TYPES = ("inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp")


@dataclass(frozen=True, slots=True)
class SourcePolicy:
    """A policy and how results name it (S-21).

    Attributes:
        id: `SourcePolicyId`.
        type: `SourcePolicyType`.
        document: Its text.
        arn: ARN of a managed policy, id of an organization's.
        owner: Kind and name of the identity that an inline policy is of, and the policy's name.
    """

    id: str
    type: SourceType
    document: str
    arn: str | None = None
    owner: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Policies:
    """The layers of a simulation (S-05)."""

    identity: tuple[SourcePolicy, ...] = ()
    boundary: SourcePolicy | None = None
    scp: tuple[tuple[SourcePolicy, ...], ...] | None = None
    resource: SourcePolicy | None = None
    is_service_linked: bool = False
    is_of_management_account: bool = False

    def all(self) -> Iterator[SourcePolicy]:
        """Every policy but those of the organization."""
        yield from self.identity
        yield from (one for one in (self.boundary, self.resource) if one is not None)


def supplied(request: Mapping[str, Any]) -> Policies:
    """The policies that stand in the request.

    Raises:
        InvalidInput: There is more than one boundary.
    """
    texts = request.get("PolicyInputList", [])
    boundaries = request.get("PermissionsBoundaryPolicyInputList", [])
    if len(boundaries) > 1:
        raise InvalidInput(f"PermissionsBoundaryPolicyInputList: expected at most 1 policy, found {len(boundaries)}")
    levels = request.get("OrderedOrganizationPolicyInputList")
    policy = request.get("ResourcePolicy")
    scp = tuple(_level(at, level.get("ServiceControlPolicyInputList", [])) for at, level in enumerate(levels or [], 1))
    return Policies(
        identity=tuple(SourcePolicy(f"PolicyInputList.{at}", "none", text) for at, text in enumerate(texts, 1)),
        boundary=SourcePolicy("PermissionsBoundaryPolicyInputList.1", "none", boundaries[0]) if boundaries else None,
        scp=scp or None,
        resource=SourcePolicy("ResourcePolicy", "resource", policy) if policy is not None else None,
    )


def _level(level: int, texts: Sequence[str]) -> tuple[SourcePolicy, ...]:
    name = f"OrderedOrganizationPolicyInputList.{level}.ServiceControlPolicyInputList"
    return tuple(SourcePolicy(f"{name}.{at}", "none", text) for at, text in enumerate(texts, 1))


def attached(snapshot: Snapshot, identity: Identity, request: Mapping[str, Any]) -> Policies:
    """The policies of an identity, those that stand in the request with them, without those that it leaves out.

    A boundary in the request stands in place of the identity's own.

    Raises:
        NoSuchEntity: The snapshot does not hold the identity.
        InvalidInput: A policy identifier is malformed, or there is more than one boundary.
    """
    excluded = [_Excluded.read(one, at) for at, one in enumerate(request.get("PolicyExclusionList", []))]
    account = next((account for account in snapshot.accounts if account.id == identity.account), None)
    held = _held(account, identity) if account is not None else None
    if account is None or held is None:
        raise NoSuchEntity(f"{identity.kind} `{identity.arn}` is not in the snapshot")
    given, organization = supplied(request), snapshot.organization
    own = [source for source in _identity(account, held) if not any(one.leaves_out(source) for one in excluded)]
    boundary = given.boundary or _boundary(account, held)
    if boundary is not None and boundary is not given.boundary and any(one.leaves_out_boundary(boundary) for one in excluded):
        boundary = None
    without_scps = any(one.type == "scp" for one in excluded)
    return Policies(
        identity=(*given.identity, *own),
        boundary=boundary,
        scp=None if without_scps else _scps(organization, account.id, excluded),
        resource=given.resource,
        is_service_linked=isinstance(held, Role) and held.slr,
        is_of_management_account=organization is not None and organization.management_account == account.id,
    )


def _held(account: Account, identity: Identity) -> User | Group | Role | None:
    kinds: dict[str, tuple[User | Group | Role, ...]] = {
        "user": account.users,
        "group": account.groups,
        "role": account.roles,
    }
    return next((one for one in kinds[identity.kind] if one.arn == identity.arn), None)


def _identity(account: Account, held: User | Group | Role) -> Iterator[SourcePolicy]:
    """Its own policies, and those of a user's groups."""
    yield from _of(account, held)
    if isinstance(held, User):
        for name in held.groups:
            yield from _of(account, next(group for group in account.groups if _name(group.arn) == name))


def _of(account: Account, held: User | Group | Role) -> Iterator[SourcePolicy]:
    kind: SourceType = "user" if isinstance(held, User) else "group" if isinstance(held, Group) else "role"
    owner = _name(held.arn)
    for policy in held.inline:
        yield SourcePolicy(f"{kind}_{owner}_{policy.id}", kind, policy.document, owner=(kind, owner, policy.id))
    for arn in dict.fromkeys(held.policies):
        yield _managed(account, arn)


def _managed(account: Account, arn: str) -> SourcePolicy:
    text = next(policy.document for policy in account.policies if policy.id == arn)
    is_vendors = arn.split(":")[4:5] == ["aws"]
    return SourcePolicy(_name(arn), "aws-managed" if is_vendors else "user-managed", text, arn=arn)


def _boundary(account: Account, held: User | Group | Role) -> SourcePolicy | None:
    return _managed(account, held.boundary) if not isinstance(held, Group) and held.boundary is not None else None


def _scps(
    organization: Organization | None, account: str, excluded: Sequence[_Excluded]
) -> tuple[tuple[SourcePolicy, ...], ...] | None:
    """The account's service control policies by level (E-02); absent outside an organization and where they are disabled."""
    chain = target_chain(organization, account) if organization is not None and organization.scp_enabled else None
    if organization is None or chain is None:
        return None
    texts = {policy.id: policy.document for policy in organization.scps}
    targets = {target.id: target for target in organization.targets}
    levels = [[SourcePolicy(id, "none", texts[id], arn=id) for id in targets[name].scps] for name in chain]
    return tuple(tuple(one for one in level if not any(out.leaves_out(one) for out in excluded)) for level in levels)


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class _Excluded:
    """A policy identifier: a type, an ARN whose name may have wildcards, or an inline policy."""

    type: str | None = None
    arn: str | None = None
    inline: tuple[str, str, str] | None = field(default=None)

    @classmethod
    def read(cls, one: Mapping[str, Any], at: int) -> _Excluded:
        where = f"PolicyExclusionList.{at + 1}"
        if len(one) != 1:
            raise InvalidInput(f"{where}: expected exactly one of `PolicyType`, `PolicyArn`, `InlinePolicyIdentifier`")
        if "PolicyType" in one:
            if one["PolicyType"] not in _TYPES:
                raise InvalidInput(f"{where}: unknown policy type `{one['PolicyType']}`; expected one of {', '.join(_TYPES)}")
            return cls(type=one["PolicyType"])
        if "PolicyArn" in one:
            arn = one["PolicyArn"]
            parts = arn.split(":", 5)
            if len(parts) < 6 or parts[0] != "arn" or not _is_glob(_name(arn)) or re.search(r"[*?]", arn[: -len(_name(arn))]):
                raise InvalidInput(f"{where}: `{arn}`: expected an ARN whose name may have one `*` and any `?`")
            return cls(arn=arn)
        inline = one["InlinePolicyIdentifier"]
        kind, owner = inline["AttachmentType"], inline["AttachmentName"]
        if kind not in ("user", "group", "role"):
            raise InvalidInput(f"{where}: unknown attachment type `{kind}`; expected `user`, `group` or `role`")
        if not _is_glob(owner):
            raise InvalidInput(f"{where}: `{owner}`: expected a name with one `*` at most")
        return cls(inline=(kind, owner, inline["PolicyName"]))

    def leaves_out(self, source: SourcePolicy) -> bool:
        """Whether a policy of an identity or of the organization is one of these."""
        if self.type is not None:
            return source.owner is not None if self.type == "inline" else source.type == self.type
        if self.arn is not None:
            return source.arn is not None and _matches(self.arn, source.arn)
        if self.inline is None or source.owner is None:
            return False
        (kind, owner, name), (its_kind, its_owner, its_name) = self.inline, source.owner
        return (kind, name) == (its_kind, its_name) and glob(owner, its_owner)

    def leaves_out_boundary(self, source: SourcePolicy) -> bool:
        """Whether a boundary is one of these."""
        return self.type == "permission-boundary" or (self.arn is not None and self.leaves_out(source))


def _is_glob(name: str) -> bool:
    return name != "" and name.count("*") <= 1


def _matches(pattern: str, arn: str) -> bool:
    """Organizations know their policies by ids, which are the names in their ARNs."""
    if pattern.split(":")[2] == "organizations":
        return glob(_name(pattern), arn)
    return glob(pattern, arn)
