"""What an engine was built from: the snapshot its host handed over, and what changed since.

The compiled table holds no policy texts. Where they are asked for, to explain a decision, they come from here; the host's
own objects are kept, so that this costs nothing until a question or many changes come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from bailiwick import changes as c
from bailiwick.context import holder_arn
from bailiwick.models import Account, Group, Organization, Policy, Principal, Registry, Role, Snapshot, User

Identity = User | Role | Group

#: Changes that may wait before they are made: an engine that is never asked to explain does not remember them all.
WAITING = 10_000


class Source:
    """The documents behind an engine, at the engine's newest revision. The engine's lock guards it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._waiting: list[c.Change] = []
        self._names: _Names | None = None

    def changed(self, changes: Iterable[c.Change]) -> None:
        """Takes note of changes that the engine has made."""
        self._waiting += changes
        if len(self._waiting) > WAITING:
            self._current()

    def snapshot(self) -> Snapshot:
        """Everything, as it is now."""
        if self._names is None and not self._waiting:
            return self._snapshot
        return self._current().snapshot()

    def about(self, principal: str | Principal, resource: str) -> Snapshot:
        """What can matter to a request of a caller on a resource, and the whole organization.

        `case_of` makes the same case of it as of the whole snapshot: tests hold that.
        """
        return self._current().about(_names_of(principal), resource)

    def _current(self) -> _Names:
        if self._names is None:
            self._names = _Names(self._snapshot)
        for change in self._waiting:
            self._names.change(change)
        self._waiting = []
        return self._names


def _names_of(principal: str | Principal) -> list[str]:
    if isinstance(principal, str):
        return [principal]
    return [name for name in (principal.arn, principal.role_arn, principal.issuer_arn) if name is not None]


class _Names:
    """A snapshot by the names of its parts."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.registry: Registry = snapshot.registry
        self.organization: Organization | None = snapshot.organization
        self.accounts = {account.id: _Account(account) for account in snapshot.accounts}
        self.resources = {resource.arn: resource for resource in snapshot.resources}

    def snapshot(self) -> Snapshot:
        return Snapshot(
            accounts=tuple(account.all() for account in self.accounts.values()),
            organization=self.organization,
            resources=tuple(self.resources.values()),
            registry=self.registry,
        )

    def about(self, names: Sequence[str], resource: str) -> Snapshot:
        chosen: dict[str, list[str]] = {}
        for name in (*names, resource):
            parts = name.split(":", 5)
            if len(parts) == 6 and parts[4] in self.accounts:
                chosen.setdefault(parts[4], []).append(name)
        holder = holder_arn(self.registry, resource)
        return Snapshot(
            accounts=tuple(self.accounts[id].part(arns) for id, arns in chosen.items()),
            organization=self.organization,
            resources=tuple(self.resources[arn] for arn in (resource, holder) if arn in self.resources),
            registry=self.registry,
        )

    def change(self, change: c.Change) -> None:
        """Makes a change that the engine has accepted."""
        match change:
            case c.PutAccount():
                made = Account(id=change.id, partition=change.partition, canonical_id=change.canonical_id)
                self.accounts[change.id] = _Account(made)
            case c.PutPolicy():
                self.accounts[change.account].policies[change.id] = Policy(id=change.id, document=change.document)
            case c.DeletePolicy():
                del self.accounts[change.account].policies[change.id]
            case c.AttachPolicy():
                self._edit(change.identity, lambda held: {"policies": tuple(dict.fromkeys((*held.policies, change.policy)))})
            case c.DetachPolicy():
                self._edit(
                    change.identity,
                    lambda held: {"policies": tuple(id for id in held.policies if id != change.policy)},
                )
            case c.PutInlinePolicy():
                self._edit(change.identity, lambda held: {"inline": _with(held.inline, change.name, change.document)})
            case c.DeleteInlinePolicy():
                self._edit(
                    change.identity,
                    lambda held: {"inline": tuple(policy for policy in held.inline if policy.id != change.name)},
                )
            case c.SetBoundary():
                self._edit(change.identity, lambda _held: {"boundary": change.policy})
            case c.PutUser():
                self._account(change.user.arn).put(change.user)
            case c.PutRole():
                self._account(change.role.arn).put(change.role)
            case c.PutGroup():
                self._account(change.group.arn).put(change.group)
            case c.DeleteIdentity():
                self._account(change.arn).remove(change.arn)
            case c.PutResource():
                self.resources[change.resource.arn] = change.resource
            case c.DeleteResource():
                del self.resources[change.arn]
            case c.SetOrganization():
                self.organization = change.organization

    def _account(self, arn: str) -> _Account:
        return self.accounts[arn.split(":")[4]]

    def _edit(self, arn: str, members: Callable[[Any], dict[str, Any]]) -> None:
        account = self._account(arn)
        held = account.identities[arn]
        account.identities[arn] = replace(held, **members(held))


class _Account:
    """An account by the names of its parts."""

    def __init__(self, account: Account) -> None:
        self.id, self.partition, self.canonical_id = account.id, account.partition, account.canonical_id
        self.identities: dict[str, Identity] = {}
        #: ARNs of roles and groups, which sessions and users know by their names alone (Q-42).
        self.arns: dict[tuple[type, str], str] = {}
        self.policies = {policy.id: policy for policy in account.policies}
        held: tuple[tuple[Identity, ...], ...] = (account.users, account.groups, account.roles)
        for identity in chain.from_iterable(held):
            self.put(identity)

    def put(self, identity: Identity) -> None:
        self.identities[identity.arn] = identity
        self.arns[type(identity), _name(identity.arn)] = identity.arn

    def remove(self, arn: str) -> None:
        gone = self.identities.pop(arn)
        del self.arns[type(gone), _name(arn)]

    def all(self) -> Account:
        return self._of(self.identities.values(), self.policies.values())

    def part(self, names: Sequence[str]) -> Account:
        """The identities that are named, the groups of the users among them, and the policies of all of these."""
        found = [self.identities[arn] for arn in dict.fromkeys(map(self._arn, names)) if arn in self.identities]
        groups = [self.arns[Group, name] for user in found if isinstance(user, User) for name in user.groups]
        found += [self.identities[arn] for arn in dict.fromkeys(groups)]
        ids = [id for identity in found for id in (*identity.policies, getattr(identity, "boundary", None))]
        return self._of(found, [self.policies[id] for id in dict.fromkeys(ids) if id is not None])

    def _arn(self, name: str) -> str:
        """The role's ARN for a session's; else the name itself."""
        _, assumed, session = name.partition(":assumed-role/")
        return self.arns.get((Role, session.split("/")[0]), name) if assumed else name

    def _of(self, identities: Iterable[Identity], policies: Iterable[Policy]) -> Account:
        listed = list(identities)
        return Account(
            id=self.id,
            partition=self.partition,
            canonical_id=self.canonical_id,
            users=tuple(one for one in listed if isinstance(one, User)),
            groups=tuple(one for one in listed if isinstance(one, Group)),
            roles=tuple(one for one in listed if isinstance(one, Role)),
            policies=tuple(policies),
        )


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _with(inline: tuple[Policy, ...], id: str, document: str) -> tuple[Policy, ...]:
    made = Policy(id=id, document=document)
    if all(policy.id != id for policy in inline):
        return (*inline, made)
    return tuple(made if policy.id == id else policy for policy in inline)
