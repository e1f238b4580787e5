"""Values that know where they stand: what a test file says, before anything is made of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bailiwick.errors import ValidationError
from bailiwick.source_text import Place

#: Names of members and positions in lists, from the root.
Path: TypeAlias = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Tree:
    """A value of a file.

    Attributes:
        place: Where it starts.
        value: A text, an int, a bool, `None`, a list of trees, or a mapping of names to trees.
        names: For a mapping, where each of its names stands.
    """

    place: Place
    value: Any
    names: dict[str, Place] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {name: item.plain() for name, item in self.value.items()}
        return [item.plain() for item in self.value] if isinstance(self.value, list) else self.value

    def place_of(self, path: Path, *, name: bool = False) -> Place:
        """The place of what a path leads to, or of the last thing on its way that is there.

        Args:
            path: Names and positions.
            name: The place of the member's name in place of its value's.
        """
        here = self
        place = here.place
        for part in path:
            inside = here.value
            if isinstance(inside, dict) and part in inside:
                place, here = here.names[str(part)] if name else inside[part].place, inside[part]
            elif isinstance(inside, list) and isinstance(part, int) and part < len(inside):
                here = inside[part]
                place = here.place
            # What is not there is passed over: pydantic puts names of alternatives into its paths.
        return place


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong with a file: where, and what would have worked."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class PolicyTestError(ValidationError):
    """A policy test file that cannot be used.

    Attributes:
        faults: All that is wrong with it, in the order of the file.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def fault(place: Place, message: str) -> PolicyTestError:
    """An error with one fault."""
    return PolicyTestError([Fault(place, message)])


def hint(wrong: str, known: Iterable[str]) -> str:
    """`; did you mean …?`, if something known is near."""
    near = difflib.get_close_matches(wrong, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
