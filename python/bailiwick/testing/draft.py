"""A case in the making: members of the file laid over each other, each with the place that said it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from pydantic import BaseModel

from bailiwick.context import fold
from bailiwick.testing.tree import Fault, Path, Tree

#: The sides of a request; each may be a list, which stands for all combinations.
SIDES = ("principal", "action", "resource")
#: Members of entries that are no members of a case.
_STRUCTURE = frozenset({"columns", "rows", "principals", "actions", "resources"})


class Faults:
    """What does not fit, with its places."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: list[Fault] = []

    def add(self, path: Path, message: str, *, name: bool = False) -> None:
        """Notes a fault at a path; with `name`, at the member's name."""
        self.found.append(Fault(self.tree.place_of(path, name=name), message))


@dataclass(frozen=True, slots=True)
class Given:
    """A value, and the path at which the file gives it."""

    value: Any
    path: Path


@dataclass(frozen=True, slots=True)
class Draft:
    """Members of a case, and its context keys by their fold."""

    members: Mapping[str, Given] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, Given]] = field(default_factory=dict)

    def with_entry(self, entry: BaseModel, path: Path) -> Draft:
        """What an entry of the file says, over this."""
        found = self
        for name in entry.model_fields_set - _STRUCTURE:
            value = getattr(entry, name)
            if name == "context":
                for key, one in value.items():
                    found = found.with_key(key, Given(one, (*path, "context", key)))
            elif value is not None:
                found = found.with_member(name, Given(value, (*path, name)))
        return found

    def with_member(self, name: str, given: Given) -> Draft:
        """This with another value of a member."""
        return replace(self, members={**self.members, name: given})

    def with_key(self, key: str, given: Given) -> Draft:
        """This with another value of a context key; `None` takes the key away."""
        return replace(self, keys={**self.keys, fold(key): (key, given)})

    def value(self, name: str) -> Any:
        """A member, or `None`."""
        given = self.members.get(name)
        return given.value if given is not None else None

    def context(self) -> dict[str, Any]:
        """The context keys that have values."""
        return {key: given.value for key, given in self.keys.values() if given.value is not None}

    def single(self) -> Iterator[Draft]:
        """One draft for each combination of what the sides list."""
        sides = []
        for name in SIDES:
            given = self.members[name]
            if isinstance(given.value, list):
                sides.append([Given(one, (*given.path, at)) for at, one in enumerate(given.value)])
            else:
                sides.append([given])
        for parts in product(*sides):
            yield replace(self, members={**self.members, **dict(zip(SIDES, parts, strict=True))})

    def request(self) -> str:
        """The request in few words, as the file says it."""
        principal = self.value("principal")
        who = principal if isinstance(principal, str) else principal.arn or principal.name or principal.kind
        return f"{who} {self.value('action')} {self.value('resource')}"
