"""What a check is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from bailiwick.models import PolicyKind, Registry
from bailiwick.reference.text import fold
from bailiwick.validate.access import Access
from bailiwick.validate.policy import Place, Policy, Statement, Value
from bailiwick.validate.resource_kinds import ResourceKind
from bailiwick.validate.services import Service, ServiceReference


@dataclass(frozen=True, slots=True)
class Draft:
    """A finding before its type and its positions are looked up."""

    code: str
    message: str
    places: tuple[Place, ...]
    hint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A policy, and what is known around it.

    Attributes:
        policy: The document.
        kind: Where it is used (N-08).
        services: Knowledge of services; checks that need it are silent without (V-05).
        registry: The host's partitions and services.
        resource_kind: What sort of resource a resource policy belongs to, if known.
        size: Q-01.
        quota: The most that IAM or the service stores, in the same unit.
        must_not_grant: Access that the configuration forbids (V-22).
    """

    policy: Policy
    kind: PolicyKind
    services: ServiceReference
    registry: Registry = field(default_factory=Registry)
    resource_kind: ResourceKind | None = None
    size: int = 0
    quota: int | None = None
    must_not_grant: tuple[Access, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of the policy."""
        return self.policy.statements

    @property
    def allows(self) -> Iterator[Statement]:
        """The statements that allow."""
        return (statement for statement in self.statements if statement.allows)

    def is_hosts(self, prefix: str) -> bool:
        """Whether the host registered a service that the reference does not describe."""
        return fold(prefix) in self.registry.services and fold(prefix) not in self.services.services

    def services_of(self, value: Value) -> Service | None:
        """The service of an action value, if its prefix is literal and known."""
        prefix, colon, _ = value.text.partition(":")
        return self.services.service(prefix) if colon else None


#: A check looks at one subject and says what it finds, in any order.
Check: TypeAlias = Callable[[Subject], Iterator[Draft]]
