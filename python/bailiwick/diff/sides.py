"""What `bailiwick diff` compares: a policy, a folder of policies, an account with what stands beside it, a policy test file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bailiwick._json import read_file, read_json
from bailiwick.account import load_account
from bailiwick.errors import ValidationError
from bailiwick.models import Account, Organization, OrganizationTarget, Policy, PolicyKind, Registry, Role, Snapshot, User
from bailiwick.organization import load_organization
from bailiwick.services import load_registry
from bailiwick.snapshot_documents import HeldDocument, documents_of
from bailiwick.source_text import SourceFile, SourceText
from bailiwick.testing.folder import NOBODY, read_folder

#: Files beside `account.json`, by the argument of `load_account` that they are for.
_BESIDE = {
    "organization": "organization.json",
    "resource_policies": "resource-policies.jsonl",
    "managed_policies": "managed-policies.jsonl",
}
_ACCOUNT = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_ALL = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Files that complete an account which is given as a lone file.

    Attributes:
        organization: `organization.json`.
        resource_policies: `resource-policies.jsonl`.
        managed_policies: JSON Lines with `arn`, `document`.
        services: `services.json`; of all sides.
    """

    organization: str | None = None
    resource_policies: str | None = None
    managed_policies: str | None = None
    services: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two things that are compared.

    Attributes:
        path: Where it was read from.
        documents: Its documents.
        registry: What the host registers.
        snapshot: All of it, where it says who holds the policies.
        alone: It is a lone document.
    """

    path: str
    documents: tuple[HeldDocument, ...]
    registry: Registry
    snapshot: Snapshot | None = None
    alone: bool = False

    def asked(self, principals: Iterable[str]) -> Snapshot:
        """The snapshot that decides requests; a lone document binds all principals.

        Raises:
            ValidationError: It does not say whom its policies bind.
        """
        if self.snapshot is not None:
            return self.snapshot
        if not self.alone:
            raise ValidationError(
                f"{self.path}: a folder of policies does not say who holds them; give an account or a test file"
            )
        return bound(self.documents[0], principals, self.registry)


def load_side(path: str, *, kind: PolicyKind = PolicyKind.IDENTITY, beside: Beside | None = None) -> Side:
    """Reads what a path leads to.

    Args:
        path: A policy document, an account as AWS prints it, `organization.json`, a policy test file, a folder with
            `account.json` and what may stand beside it, or a folder of policies.
        kind: Of policies that stand alone.
        beside: Files that complete a lone account.

    Raises:
        ValidationError: It is none of these.
    """
    place, beside = Path(path), beside or Beside()
    if place.is_dir():
        return _account_folder(place, beside) if (place / "account.json").exists() else _policy_folder(place, kind, beside)
    if ".policytest." in place.name:
        return _test_file(path)
    text = read_file(place)
    found = read_json(text, path)
    members = set(found) if isinstance(found, dict) else set()
    registry = _registry(beside.services)
    if "Statement" in members:
        document = HeldDocument(id=place.stem, kind=kind, text=SourceText.at(text, SourceFile(path, text), 0))
        return Side(path=path, documents=(document,), registry=registry, alone=True)
    if "Roots" in members:  # organizations have `Policies` as well
        return _side(path, Snapshot(organization=load_organization(path), registry=registry))
    if members & set(_ACCOUNT):
        names = {name: getattr(beside, name) for name in _BESIDE}
        return _side(path, load_account(path, registry=registry, **names))
    raise ValidationError(f"{path}: expected a policy document, an account, an organization or a policy test file")


def _side(path: str, snapshot: Snapshot) -> Side:
    return Side(path=path, documents=tuple(documents_of(snapshot)), registry=snapshot.registry, snapshot=snapshot)


def _registry(services: str | None) -> Registry:
    return load_registry(services) if services is not None else Registry()


def _account_folder(folder: Path, beside: Beside) -> Side:
    names: dict[str, Any] = {}
    for name, file in _BESIDE.items():
        given = getattr(beside, name)
        names[name] = given if given is not None else os.fspath(folder / file) if (folder / file).exists() else None
    services = beside.services
    if services is None and (folder / "services.json").exists():
        services = os.fspath(folder / "services.json")
    return _side(os.fspath(folder), load_account(folder / "account.json", registry=_registry(services), **names))


def _policy_folder(folder: Path, kind: PolicyKind, beside: Beside) -> Side:
    texts = read_folder(os.fspath(folder))
    documents = tuple(HeldDocument(id=name, kind=kind, text=text) for name, text in texts.items())
    return Side(path=os.fspath(folder), documents=documents, registry=_registry(beside.services))


def _test_file(path: str) -> Side:
    from bailiwick.testing.files import load_suite
    from bailiwick.testing.sources import SnapshotSource

    source = load_suite(path).source
    snapshot = source.snapshot if isinstance(source, SnapshotSource) else None
    return Side(path=path, documents=tuple(source.documents), registry=source.registry, snapshot=snapshot)


def bound(document: HeldDocument, principals: Iterable[str], registry: Registry) -> Snapshot:
    """A snapshot in which a lone document binds users, roles and role sessions.

    An identity policy is all that they hold; a boundary or a service control policy stands over users and roles that may do
    everything, so that what it lets through is what is allowed. The organization that a service control policy needs is
    `o-0000000000`.

    Raises:
        ValidationError: It is of a kind that binds resources, and nothing says which.
    """
    policy = Policy(id=document.id, document=document.text)
    everything = Policy(id=f"{document.id}:everything", document=_ALL)
    if document.kind not in (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SCP):
        raise ValidationError(f"{document.id}: a lone {document.kind} policy decides nothing; give an account that holds it")
    held = policy if document.kind is PolicyKind.IDENTITY else everything
    boundary = document.id if document.kind is PolicyKind.BOUNDARY else None
    scps = (policy,) if document.kind is PolicyKind.SCP else ()
    accounts: dict[tuple[str, str], Account] = {}
    for principal in dict.fromkeys(principals):
        parts = principal.split(":", 5)
        if len(parts) == 6 and parts[2] in ("iam", "sts"):
            place = (parts[1], parts[4])
            account = accounts.setdefault(place, Account(id=parts[4], partition=parts[1], policies=(policy, everything)))
            accounts[place] = _with(account, parts, held.id, boundary)
    organization = _organization([account.id for account in accounts.values()], scps) if scps else None
    return Snapshot(accounts=tuple(accounts.values()), organization=organization, registry=registry)


def _with(account: Account, parts: list[str], policy: str, boundary: str | None) -> Account:
    """The account with the user or role of an ARN; sessions are of a role without a path (B-27)."""
    kind, _, rest = parts[5].partition("/")
    if parts[2] == "iam" and kind == "user":
        return replace(account, users=(*account.users, User(arn=":".join(parts), policies=(policy,), boundary=boundary)))
    name = rest if kind == "role" else rest.split("/", 1)[0]
    arn = f"arn:{parts[1]}:iam::{parts[4]}:role/{name}"
    if kind not in ("role", "assumed-role") or any(role.arn == arn for role in account.roles):
        return account
    return replace(account, roles=(*account.roles, Role(arn=arn, trust=NOBODY, policies=(policy,), boundary=boundary)))


def _organization(accounts: list[str], scps: tuple[Policy, ...]) -> Organization:
    root = OrganizationTarget(id="r-0000", scps=tuple(policy.id for policy in scps))
    full = Policy(id="FullAWSAccess", document=_ALL)
    below = (OrganizationTarget(id=account, parent="r-0000", scps=(full.id,)) for account in dict.fromkeys(accounts))
    return Organization(id="o-0000000000", management_account="000000000000", targets=(root, *below), scps=(*scps, full))
