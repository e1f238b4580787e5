"""Changes of a snapshot, for `Engine.update`: all of a call are made, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bailiwick.models import Group, Organization, Resource, Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAccount:
    """Adds an account without identities."""

    id: str
    partition: str = "aws"
    canonical_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPolicy:
    """Creates a managed policy of an account, or replaces its text for all it is attached to."""

    account: str
    id: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePolicy:
    """Deletes a managed policy that is attached nowhere."""

    account: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachPolicy:
    """Attaches a managed policy to a user, role or group by ARN; attaching again changes nothing (L-41)."""

    identity: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachPolicy:
    """Detaches a managed policy from a user, role or group by ARN."""

    identity: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInlinePolicy:
    """Creates or replaces an inline policy of a user, role or group by ARN (L-42)."""

    identity: str
    name: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteInlinePolicy:
    """Deletes an inline policy of a user, role or group by ARN."""

    identity: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBoundary:
    """Sets the permissions boundary of a user or role by ARN; `None` removes it (L-43)."""

    identity: str
    policy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutUser:
    """Creates a user or replaces it whole."""

    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRole:
    """Creates a role or replaces it whole."""

    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PutGroup:
    """Creates a group or replaces it whole; its members stay."""

    group: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteIdentity:
    """Deletes a user, a role, or a group without members, by ARN."""

    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResource:
    """Creates a known resource or replaces it whole, its policy included."""

    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteResource:
    """Forgets a known resource and its policy."""

    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOrganization:
    """Replaces the organization and its policies; `None` removes it."""

    organization: Organization | None


Change: TypeAlias = (
    PutAccount
    | PutPolicy
    | DeletePolicy
    | AttachPolicy
    | DetachPolicy
    | PutInlinePolicy
    | DeleteInlinePolicy
    | SetBoundary
    | PutUser
    | PutRole
    | PutGroup
    | DeleteIdentity
    | PutResource
    | DeleteResource
    | SetOrganization
)
