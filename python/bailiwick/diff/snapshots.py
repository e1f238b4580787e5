"""Two snapshots: documents, and who holds what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bailiwick.diff.documents import DocumentChange, compare_documents, whole_document
from bailiwick.models import Account, Group, Organization, Registry, Role, Snapshot, User
from bailiwick.snapshot_documents import HeldDocument, documents_of
from bailiwick.source_text import place_of

#: Subject and member -> its values.
Members: TypeAlias = Mapping[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChange:
    """Something besides documents that differs.

    Attributes:
        subject: ARN of an identity or resource, id of an account or target, `organization`, `services`.
        member: `policies`, `groups`, `boundary`, `tags`, `scps`, …; `exists` if it came or went.
        removed: Values that went.
        added: Values that came.
    """

    subject: str
    member: str
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotDifference:
    """What differs in the text."""

    documents: tuple[DocumentChange, ...] = ()
    entities: tuple[EntityChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.documents or self.entities)


def compare_snapshots(old: Snapshot, new: Snapshot) -> SnapshotDifference:
    """Compares documents by their ids and all else by its name.

    Raises:
        MalformedPolicyDocument: A document that differs breaks a rule of the grammar.
    """
    documents = compare_held(documents_of(old), documents_of(new), old.registry, new.registry)
    return SnapshotDifference(tuple(documents), tuple(_entities(_members(old), _members(new))))


def compare_held(
    old: Iterable[HeldDocument], new: Iterable[HeldDocument], before: Registry, after: Registry
) -> Iterator[DocumentChange]:
    """The documents that differ, those that came and changed first, in their order."""
    sides = [_by_id(side) for side in (old, new)]
    for key, held in sides[1].items():
        known = sides[0].get(key)
        profile = held.profile(after)
        if known is None:
            statements = whole_document(held.text, "added", held.kind, profile=profile, registry=after)
            yield DocumentChange(change="added", id=held.id, kind=held.kind, statements=statements, place=place_of(held.text))
        elif known.text != held.text:
            statements = compare_documents(known.text, held.text, held.kind, profile=profile, registry=after)
            if statements:
                yield DocumentChange(
                    change="changed", id=held.id, kind=held.kind, statements=statements, place=place_of(held.text)
                )
    for key, held in sides[0].items():
        if key not in sides[1]:
            statements = whole_document(held.text, "removed", held.kind, profile=held.profile(before), registry=before)
            yield DocumentChange(change="removed", id=held.id, kind=held.kind, statements=statements, place=place_of(held.text))


def _by_id(documents: Iterable[HeldDocument]) -> dict[tuple[str, int], HeldDocument]:
    """By id and number: accounts of one file may hold different texts of one of AWS's own policies."""
    found: dict[tuple[str, int], HeldDocument] = {}
    counts = Counter[str]()
    for document in documents:
        found[document.id, counts[document.id]] = document
        counts[document.id] += 1
    return found


def _entities(before: Members, after: Members) -> Iterator[EntityChange]:
    gone = {subject for subject, member in before if member == "exists"} - {subject for subject, member in after}
    come = {subject for subject, member in after if member == "exists"} - {subject for subject, member in before}
    for subject, member in dict.fromkeys([*before, *after]):
        one, other = before.get((subject, member), ()), after.get((subject, member), ())
        removed = tuple(value for value in one if value not in other)
        added = tuple(value for value in other if value not in one)
        if (removed or added) and (member == "exists" or subject not in gone | come):
            yield EntityChange(subject=subject, member=member, removed=removed, added=added)


def _members(snapshot: Snapshot) -> Members:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for account in snapshot.accounts:
        found |= _of_account(account)
    for resource in snapshot.resources:
        found[resource.arn, "exists"] = ("resource",)
        found[resource.arn, "account"] = (resource.account,)
        found[resource.arn, "tags"] = _tags(resource.tags)
    if snapshot.organization is not None:
        found |= _of_organization(snapshot.organization)
    registry = snapshot.registry
    found["services", "partitions"] = tuple(sorted(registry.partitions))
    found["services", "profiles"] = tuple(f"{name}: {profile}" for name, profile in sorted(registry.services.items()))
    return found


def _of_account(account: Account) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    yield (account.id, "exists"), ("account",)
    yield (account.id, "canonical id"), _optional(account.canonical_id)
    people: list[User | Role] = [*account.users, *account.roles]
    holders: list[User | Role | Group] = [*people, *account.groups]
    for holder in holders:
        yield (holder.arn, "exists"), (type(holder).__name__.lower(),)
        yield (holder.arn, "policies"), tuple(dict.fromkeys(holder.policies))
    for person in people:
        yield (person.arn, "id"), _optional(person.id)
        yield (person.arn, "boundary"), _optional(person.boundary)
        yield (person.arn, "tags"), _tags(person.tags)
    for user in account.users:
        yield (user.arn, "groups"), user.groups


def _of_organization(organization: Organization) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    yield ("organization", "id"), (organization.id,)
    yield ("organization", "management account"), (organization.management_account,)
    enabled = {"scp": organization.scp_enabled, "rcp": organization.rcp_enabled}
    yield ("organization", "policy types"), tuple(name for name, on in enabled.items() if on)
    for target in organization.targets:
        yield (f"target {target.id}", "exists"), ("target",)
        yield (f"target {target.id}", "parent"), _optional(target.parent)
        yield (f"target {target.id}", "scps"), target.scps
        yield (f"target {target.id}", "rcps"), target.rcps


def _optional(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _tags(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in tags.items())
