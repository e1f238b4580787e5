"""Two snapshots: documents, and who holds what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from bailiwick.diff.documents import Change, DocumentChange, StatementChange, compare_documents, whole_document
from bailiwick.errors import MalformedPolicyDocument
from bailiwick.models import Account, Group, Organization, Registry, Role, ServiceProfile, Snapshot, User
from bailiwick.reference.grammar import parse
from bailiwick.snapshot_documents import HeldDocument, documents_of, located
from bailiwick.source_text import place_of

#: Subject and member -> its values.
Members: TypeAlias = Mapping[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChange:
    """Something besides documents that differs.

    Attributes:
        subject: ARN of an identity or resource, `account ID`, `target ID`, `organization`, `services`.
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
        ValidationError: A document that differs breaks a rule of the grammar.
    """
    documents = compare_held(documents_of(old), documents_of(new), old.registry, new.registry)
    return SnapshotDifference(tuple(documents), tuple(_entities(_members(old), _members(new))))


def compare_held(
    old: Iterable[HeldDocument], new: Iterable[HeldDocument], before: Registry, after: Registry
) -> Iterator[DocumentChange]:
    """The documents that differ, those that came and changed first, in their order.

    Raises:
        ValidationError: One of them breaks a rule of the grammar; its place is named.
    """
    sides = [_by_id(side) for side in (old, new)]
    for key, held in sides[1].items():
        known = sides[0].get(key)
        if known is None:
            yield _change("added", held, _whole(held, "added", after))
        elif known.text != held.text and (statements := _compared(known, held, after)):
            yield _change("changed", held, statements)
    for key, held in sides[0].items():
        if key not in sides[1]:
            yield _change("removed", held, _whole(held, "removed", before))


def _change(change: Change, held: HeldDocument, statements: tuple[StatementChange, ...]) -> DocumentChange:
    return DocumentChange(change=change, id=held.id, kind=held.kind, statements=statements, place=place_of(held.text))


def _whole(held: HeldDocument, change: Literal["added", "removed"], registry: Registry) -> tuple[StatementChange, ...]:
    try:
        return whole_document(held.text, change, held.kind, profile=held.profile(registry), registry=registry)
    except MalformedPolicyDocument as error:
        raise located(error, held) from None


def _compared(old: HeldDocument, new: HeldDocument, registry: Registry) -> tuple[StatementChange, ...]:
    options: dict[str, Any] = {"profile": new.profile(registry), "registry": registry}
    for held in (old, new):
        try:
            parse(held.text, new.kind, **options)
        except MalformedPolicyDocument as error:
            raise located(error, held) from None
    return compare_documents(old.text, new.text, new.kind, **options)


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
    found["services", "profiles"] = tuple(_profile(name, profile) for name, profile in sorted(registry.services.items()))
    return found


def _of_account(account: Account) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    yield (f"account {account.id}", "exists"), ("account",)
    yield (f"account {account.id}", "canonical id"), _optional(account.canonical_id)
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


def _profile(name: str, profile: ServiceProfile) -> str:
    """A service and what its profile says that the default does not."""
    said = [f"{one.name}={getattr(profile, one.name)}" for one in fields(profile) if getattr(profile, one.name) != one.default]
    return f"{name} ({', '.join(said)})" if said else name


def _optional(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _tags(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in tags.items())
