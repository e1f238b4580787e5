"""The policy documents of a snapshot, by the ids under which decisions name them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bailiwick.context import fold
from bailiwick.errors import BailiwickError, MalformedPolicyDocument, ValidationError
from bailiwick.models import (
    DEFAULT_PROFILE,
    Account,
    Group,
    Organization,
    PolicyKind,
    Registry,
    Role,
    ServiceProfile,
    Snapshot,
    User,
)
from bailiwick.source_text import place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDocument:
    """A policy document of a snapshot.

    Attributes:
        id: How `MatchedStatement.policy` names it.
        kind: Where it is used; a managed policy that is a boundary alone is of kind `boundary`.
        text: JSON text.
        binds: Some request is put to it: it is attached to an identity or a target, or is the policy of a resource.
        vendor: It is AWS's own: a managed policy of the account `aws`, or a policy of a service-linked role (E-25).
    """

    id: str
    kind: PolicyKind
    text: str
    binds: bool = True
    vendor: bool = False

    def profile(self, registry: Registry) -> ServiceProfile:
        """The service profile under which its grammar is read (B-25)."""
        if self.kind is not PolicyKind.RESOURCE:
            return DEFAULT_PROFILE
        return registry.profile(fold((self.id.split(":") + [""] * 3)[2]))


def located(error: MalformedPolicyDocument, document: HeldDocument | None) -> BailiwickError:
    """An error of a document, at its place in a file where the document is of one."""
    place = place_of(document.text, error.line, error.column) if document is not None else None
    policy = document.id if document is not None else error.policy
    if place is None:
        return MalformedPolicyDocument(error.code, error.path, error.line, error.column, error.message, policy)
    where = f" at `{error.path}`" if error.path else ""
    return ValidationError(f"{place}: policy `{policy}`{where}: {error.message} [{error.code}]")


def documents_of(snapshot: Snapshot) -> list[HeldDocument]:
    """All documents: of identities, managed, of trust, of resources, of the organization; each id and text once."""
    found: dict[tuple[str, str], HeldDocument] = {}
    for document in _all(snapshot):
        known = found.get((document.id, document.text))
        found[document.id, document.text] = document if known is None else _joined(known, document)
    return list(found.values())


def _joined(one: HeldDocument, other: HeldDocument) -> HeldDocument:
    """An AWS managed policy stands in every account that uses it."""
    kind = one.kind if one.binds or not other.binds else other.kind
    return replace(one, binds=one.binds or other.binds, kind=PolicyKind.IDENTITY if one.kind is not other.kind else kind)


def _all(snapshot: Snapshot) -> Iterator[HeldDocument]:
    for account in snapshot.accounts:
        yield from _of_account(account)
    for resource in snapshot.resources:
        if resource.policy is not None:
            yield HeldDocument(id=resource.arn, kind=PolicyKind.RESOURCE, text=resource.policy)
    if snapshot.organization is not None:
        yield from _of_organization(snapshot.organization)


def _of_account(account: Account) -> Iterator[HeldDocument]:
    members = {name for user in account.users for name in user.groups}
    holders: list[User | Role | Group] = [*account.users, *account.roles, *account.groups]
    attached: set[str] = set()
    boundaries: set[str] = set()
    for holder in holders:
        binds = not isinstance(holder, Group) or holder.arn.rsplit("/", 1)[-1] in members
        vendor = isinstance(holder, Role) and holder.slr
        for policy in holder.inline:
            id = f"{holder.arn}:{policy.id}"
            yield HeldDocument(id=id, kind=PolicyKind.IDENTITY, text=policy.document, binds=binds, vendor=vendor)
        if isinstance(holder, Role):
            yield HeldDocument(id=f"{holder.arn}:trust", kind=PolicyKind.TRUST, text=holder.trust, vendor=vendor)
        if binds:
            attached.update(holder.policies)
        if not isinstance(holder, Group) and holder.boundary is not None:
            boundaries.add(holder.boundary)
    for policy in account.policies:
        kind = PolicyKind.BOUNDARY if policy.id in boundaries - attached else PolicyKind.IDENTITY
        vendor = policy.id.split(":")[4:5] == ["aws"]
        binds = policy.id in attached | boundaries
        yield HeldDocument(id=policy.id, kind=kind, text=policy.document, binds=binds, vendor=vendor)


def _of_organization(organization: Organization) -> Iterator[HeldDocument]:
    scps = {id for target in organization.targets for id in target.scps} if organization.scp_enabled else set()
    rcps = {id for target in organization.targets for id in target.rcps} if organization.rcp_enabled else set()
    for policy in organization.scps:
        yield HeldDocument(id=policy.id, kind=PolicyKind.SCP, text=policy.document, binds=policy.id in scps)
    for policy in organization.rcps:
        yield HeldDocument(id=policy.id, kind=PolicyKind.RCP, text=policy.document, binds=policy.id in rcps)
