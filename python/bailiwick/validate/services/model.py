"""What is known of services: actions, access levels, resource types, condition keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

from bailiwick.reference.text import fold
from bailiwick.validate.patterns import matcher

#: Below this many services a reference cannot say that a service does not exist.
COMPLETE = 200
_FREE = re.compile(r"\$\{[^}]*\}|<[^>]*>")


class AccessLevel(StrEnum):
    """What an action does to a resource, least first."""

    LIST = "List"
    READ = "Read"
    WRITE = "Write"
    TAGGING = "Tagging"
    PERMISSIONS = "Permissions management"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResource:
    """A resource type that an action works on.

    Attributes:
        type: Name of the type in the same service.
        required: The action always needs a resource of this type.
        condition_keys: Keys that are present when it works on this type.
        dependent_actions: Further actions the caller needs for it.
    """

    type: str
    required: bool = False
    condition_keys: tuple[str, ...] = ()
    dependent_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of a service; without `resources` it knows only the resource `*`."""

    name: str
    level: AccessLevel | None = None
    resources: tuple[ActionResource, ...] = ()
    condition_keys: tuple[str, ...] = ()
    dependent_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A resource type; its ARN formats hold `${…}` where names stand."""

    name: str
    arns: tuple[str, ...] = ()
    condition_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionKey:
    """A condition key.

    Attributes:
        name: The key; `${…}` or `<…>` stands for any text.
        type: `String`, `Numeric`, `Date`, `Bool`, `IPAddress`, `ARN` or `Binary`.
        multivalued: A request may have several values.
    """

    name: str
    type: str = "String"
    multivalued: bool = False

    @property
    def pattern(self) -> str:
        """The folded name as a glob; `/tag-key` stands for the key of any tag."""
        folded = fold(self.name)
        return f"{folded.removesuffix('tag-key')}*" if folded.endswith("/tag-key") else as_glob(folded)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service. Actions are by folded name, resource types by name, keys by folded name as written.

    `rcp` says whether resource control policies reach it, `None` if that is not known.
    """

    prefix: str
    name: str = ""
    rcp: bool | None = None
    actions: Mapping[str, Action] = field(default_factory=dict)
    resource_types: Mapping[str, ResourceType] = field(default_factory=dict)
    condition_keys: Mapping[str, ConditionKey] = field(default_factory=dict)

    def action(self, name: str) -> Action | None:
        """The action of a name in any case."""
        return self.actions.get(fold(name))

    def actions_matching(self, glob: str) -> tuple[Action, ...]:
        """Actions whose names match, in the order of their names."""
        folded = fold(glob)
        if folded not in self._matched:
            if "*" in folded or "?" in folded:
                test = matcher(folded)
                found = tuple(action for name, action in self.actions.items() if test(name))
            else:
                found = (self.actions[folded],) if folded in self.actions else ()
            self._matched[folded] = found
        return self._matched[folded]

    def condition_key(self, folded: str) -> ConditionKey | None:
        """The key of a folded name; keys with a part that is free match by it."""
        exact = self.condition_keys.get(folded)
        if exact is not None:
            return exact
        return next((key for key in self._open_keys if matcher(key.pattern)(folded)), None)

    @cached_property
    def _matched(self) -> dict[str, tuple[Action, ...]]:
        return {}

    @cached_property
    def _open_keys(self) -> tuple[ConditionKey, ...]:
        return tuple(key for key in self.condition_keys.values() if "*" in key.pattern)

    def arns_of(self, action: Action) -> Iterator[str]:
        """ARN formats of the resource types that an action works on."""
        for resource in action.resources:
            kind = self.resource_types.get(resource.type)
            if kind is not None:
                yield from kind.arns

    def may_have(self, action: Action, folded: str) -> bool:
        """Whether a request for an action may have a condition key of a service."""
        return any(folded == fold(key) or matcher(ConditionKey(name=key).pattern)(folded) for key in self._keys_of(action))

    def says_who_has(self, folded: str) -> bool:
        """Whether the service says of one of its keys which requests have it; short descriptions list keys alone."""
        if folded not in self._told:
            self._told[folded] = any(self.may_have(action, folded) for action in self.actions.values())
        return self._told[folded]

    @cached_property
    def _told(self) -> dict[str, bool]:
        return {}

    def _keys_of(self, action: Action) -> Iterator[str]:
        yield from action.condition_keys
        for resource in action.resources:
            yield from resource.condition_keys
            kind = self.resource_types.get(resource.type)
            if kind is not None:
                yield from kind.condition_keys


@lru_cache(maxsize=16384)
def as_glob(text: str) -> str:
    """A text in which `${…}` and `<…>` stand for anything, as a glob.

    >>> as_glob("arn:${Partition}:s3:::${BucketName}/${ObjectName}")
    'arn:*:s3:::*/*'
    """
    return _FREE.sub("*", text)


class ServiceReference:
    """Services by prefix, with the date of what is known of them.

    An empty one knows nothing: checks that need knowledge are silent (V-05).

    Attributes:
        services: By prefix in lower case; may be read as they are asked for.
        sources: Where the knowledge is from, for people, and the day it is of, if known.

    >>> docs = Service(prefix="docs", actions={"readpage": Action(name="ReadPage", level=AccessLevel.READ)})
    >>> ServiceReference({"docs": docs}).expand("docs:Read*")
    ('docs:ReadPage',)
    """

    def __init__(
        self, services: Mapping[str, Service] | None = None, *, source: str = "nothing", updated: date | None = None
    ) -> None:
        self.services: Mapping[str, Service] = services if services is not None else {}
        self.sources: tuple[tuple[str, date | None], ...] = ((source, updated),)

    @property
    def updated(self) -> date | None:
        """The latest day of its sources."""
        return max((day for _source, day in self.sources if day is not None), default=None)

    @property
    def is_complete(self) -> bool:
        """Whether a service that is not here does not exist."""
        return len(self.services) >= COMPLETE

    def __bool__(self) -> bool:
        return len(self.services) > 0

    def __str__(self) -> str:
        sources = ", ".join(source if day is None else f"{source} of {day}" for source, day in self.sources)
        return f"{sources}: {len(self.services)} {'service' if len(self.services) == 1 else 'services'}"

    def with_services(self, other: ServiceReference) -> ServiceReference:
        """This knowledge, with services of `other` in place of those of the same prefix."""
        if not self:
            return other
        if not other:
            return self
        both = ServiceReference({**self.services, **other.services})
        both.sources = (*self.sources, *other.sources)
        return both

    def service(self, prefix: str) -> Service | None:
        """The service of an action prefix in any case."""
        return self.services.get(fold(prefix))

    def action(self, text: str) -> Action | None:
        """The action `service:Name`, in any case."""
        prefix, _, name = text.partition(":")
        service = self.service(prefix)
        return service.action(name) if service is not None else None

    def matching(self, pattern: str) -> Iterator[tuple[Service, Action]]:
        """Services and actions that an action pattern matches (M-01)."""
        prefix, _, name = ("*", ":", "*") if pattern == "*" else pattern.partition(":")
        for service in self._services_matching(fold(prefix)):
            for action in service.actions_matching(name):
                yield service, action

    def expand(self, pattern: str) -> tuple[str, ...]:
        """Actions that a pattern matches, as `service:Name` in order.

        Of services that are not known a pattern matches nothing here.
        """
        return tuple(sorted((f"{service.prefix}:{action.name}" for service, action in self.matching(pattern)), key=fold))

    def condition_key(self, name: str) -> ConditionKey | None:
        """A service's condition key in any case; keys that start with `aws:` are not of a service."""
        folded = fold(name)
        service = self.services.get(folded.partition(":")[0])
        found = service.condition_key(folded) if service is not None else None
        if found is not None:
            return found
        for owner in self._owners.get(folded.partition(":")[0], ()):
            found = self.services[owner].condition_key(folded)
            if found is not None:
                return found
        return None

    def knows_key_prefix(self, prefix: str) -> bool:
        """Whether a service has keys that start so, or is called so."""
        return fold(prefix) in self.services or fold(prefix) in self._owners

    def arn_formats(self, service: str) -> tuple[tuple[Service, ResourceType, str], ...]:
        """Resource types whose ARNs name a service in the third segment, and their formats."""
        return self._formats.get(service, ())

    def _services_matching(self, glob: str) -> list[Service]:
        if "*" not in glob and "?" not in glob:
            return [self.services[glob]] if glob in self.services else []
        test = matcher(glob)
        return [service for prefix, service in self.services.items() if test(prefix)]

    @cached_property
    def _formats(self) -> dict[str, tuple[tuple[Service, ResourceType, str], ...]]:
        found: dict[str, list[tuple[Service, ResourceType, str]]] = {}
        for service in self.services.values():
            for kind in service.resource_types.values():
                for arn in kind.arns:
                    parts = arn.split(":", 3)
                    if len(parts) == 4:
                        found.setdefault(parts[2], []).append((service, kind, arn))
        return {name: tuple(formats) for name, formats in found.items()}

    @cached_property
    def _owners(self) -> dict[str, tuple[str, ...]]:
        """Prefixes of condition keys that are no prefix of their service (`saml:`, `accounts.google.com:`)."""
        found: dict[str, list[str]] = {}
        for prefix, service in self.services.items():
            for key in {name.partition(":")[0] for name in service.condition_keys}:
                if key not in (prefix, "aws"):
                    found.setdefault(key, []).append(prefix)
        return {key: tuple(prefixes) for key, prefixes in found.items()}
