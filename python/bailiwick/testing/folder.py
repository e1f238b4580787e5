"""A folder of policy files and who holds them -> a snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bailiwick._json import read_file
from bailiwick.errors import ValidationError
from bailiwick.models import Account, Group, Policy, Registry, Resource, Role, Snapshot, User
from bailiwick.organization import load_organization
from bailiwick.source_text import SourceFile, SourceText
from bailiwick.testing import schema
from bailiwick.testing.tree import Fault, PolicyTestError, Tree, hint

_PATH = ("snapshot",)
#: The trust policy of a role that is given none.
NOBODY = '{"Version":"2012-10-17","Statement":{"Sid":"NoTrustGiven","Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:*"}}'


def read_folder(folder: str) -> dict[str, str]:
    """Texts of the `*.json` in and below a folder, by their paths in it without the ending.

    Raises:
        ValidationError: There is no such folder, or none has a policy in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ValidationError(f"{folder}: no such folder")
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.json")):
        text = read_file(path)
        found[path.relative_to(root).with_suffix("").as_posix()] = SourceText.at(text, SourceFile(str(path), text), 0)
    if not found:
        raise ValidationError(f"{folder}: no policies (*.json)")
    return found


def folder_snapshot(entry: schema.SnapshotEntry, registry: Registry, tree: Tree) -> tuple[Snapshot, dict[str, str]]:
    """The snapshot of an entry with `policies`, and the texts of all policies by name.

    Raises:
        PolicyTestError: A principal, group or resource names something that is not there.
        ValidationError: The folder is not there.
    """
    builder = _Builder(entry, read_folder(str(entry.policies)), tree)
    accounts = builder.accounts()
    resources = builder.resources()
    if builder.faults:
        raise PolicyTestError(builder.faults)
    organization = load_organization(entry.organization) if entry.organization is not None else None
    snapshot = Snapshot(accounts=accounts, organization=organization, resources=resources, registry=registry)
    return snapshot, builder.texts


class _Builder:
    def __init__(self, entry: schema.SnapshotEntry, texts: dict[str, str], tree: Tree) -> None:
        self.entry, self.texts, self.tree = entry, texts, tree
        self.faults: list[Fault] = []

    def fault(self, path: Iterable[str | int], message: str, *, name: bool = False) -> None:
        self.faults.append(Fault(self.tree.place_of([*_PATH, *path], name=name), message))

    def policy(self, name: str, path: tuple[str | int, ...]) -> str:
        if name not in self.texts:
            self.fault(path, f"no policy `{name}.json` in `{self.entry.policies}`{hint(name, self.texts)}")
        return name

    def accounts(self) -> tuple[Account, ...]:
        """An account for each that the principals are of; groups stand in all of them."""
        held: dict[tuple[str, str], dict[str, Any]] = defaultdict(lambda: {"users": [], "roles": []})
        for arn, holder in self.entry.principals.items():
            parts = arn.split(":", 5)
            kind = parts[5].partition("/")[0] if len(parts) == 6 else ""
            if kind not in ("user", "role") or parts[2] != "iam":
                self.fault(("principals", arn), f"principal `{arn}`: expected the ARN of a user or role", name=True)
                continue
            account = held[parts[1], parts[4]]
            if kind == "user":
                account["users"].append(self.user(arn, holder))
            else:
                account["roles"].append(self.role(arn, holder))
        return tuple(self.account(partition, id, **people) for (partition, id), people in held.items())

    def account(self, partition: str, id: str, users: list[User], roles: list[Role]) -> Account:
        groups = tuple(
            Group(arn=f"arn:{partition}:iam::{id}:group/{name}", policies=self.attached(group.policies, ("groups", name)))
            for name, group in self.entry.groups.items()
        )
        holders: list[User | Role] = [*users, *roles]
        used = {name for group in groups for name in group.policies}
        used |= {name for holder in holders for name in holder.policies}
        used |= {holder.boundary for holder in holders if holder.boundary is not None}
        policies = tuple(Policy(id=name, document=text) for name, text in self.texts.items() if name in used)
        return Account(id=id, partition=partition, users=tuple(users), roles=tuple(roles), groups=groups, policies=policies)

    def attached(self, names: list[str], path: tuple[str | int, ...]) -> tuple[str, ...]:
        return tuple(self.policy(name, (*path, "policies", at)) for at, name in enumerate(names))

    def user(self, arn: str, holder: schema.HolderEntry) -> User:
        path = ("principals", arn)
        for at, name in enumerate(holder.groups):
            if name not in self.entry.groups:
                self.fault((*path, "groups", at), f"group `{name}` is not one of `groups`{hint(name, self.entry.groups)}")
        if holder.trust is not None:
            self.fault((*path, "trust"), "a user has no trust policy", name=True)
        return User(
            arn=arn,
            id=holder.id,
            policies=self.attached(holder.policies, path),
            groups=tuple(holder.groups),
            boundary=self.policy(holder.boundary, (*path, "boundary")) if holder.boundary is not None else None,
            tags=holder.tags,
        )

    def role(self, arn: str, holder: schema.HolderEntry) -> Role:
        path = ("principals", arn)
        if holder.groups:
            self.fault((*path, "groups"), "a role is in no group", name=True)
        trust = self.texts.get(self.policy(holder.trust, (*path, "trust")), "") if holder.trust is not None else NOBODY
        return Role(
            arn=arn,
            trust=trust,
            id=holder.id,
            policies=self.attached(holder.policies, path),
            boundary=self.policy(holder.boundary, (*path, "boundary")) if holder.boundary is not None else None,
            tags=holder.tags,
            slr=":role/aws-service-role/" in arn,
        )

    def resources(self) -> tuple[Resource, ...]:
        found = []
        for arn, held in self.entry.resources.items():
            text = None
            if held.policy is not None:
                text = self.texts.get(self.policy(held.policy, ("resources", arn, "policy")))
            found.append(Resource(arn=arn, account=held.account, policy=text, tags=held.tags))
        return tuple(found)
