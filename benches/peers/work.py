"""The work as peers see it: statements, who is bound by which, and requests (see `exchange`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeAlias

#: Decides requests that were prepared, in their order.
Call: TypeAlias = Callable[[], list[bool]]
#: Prepares the first so many requests of the work for one way of asking.
Way: TypeAlias = Callable[[int], Call]


class CannotExpress(Exception):
    """A statement that a peer's language has no words for; says which."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy; of `actions` and `not_actions` one is `None`, and so of the resources."""

    effect: str
    actions: list[str] | None
    not_actions: list[str] | None
    resources: list[str] | None
    not_resources: list[str] | None
    conditions: list[tuple[str, str, list[str]]]

    @property
    def is_allow(self) -> bool:
        """Whether it grants."""
        return self.effect == "Allow"

    def may_be_about(self, action: str) -> bool:
        """Whether it is about this action."""
        return _is_of(action, self.actions, self.not_actions)

    def may_cover(self, resource: str) -> bool:
        """Whether it is about this resource, if its variables stand for the right things."""
        return _is_of(resource, self.resources, self.not_resources)


@dataclass(frozen=True, slots=True)
class Request:
    """A request; keys in lower case, values as text."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be decided."""

    sets: dict[str, list[Statement]]
    bound: dict[str, list[str]]
    requests: list[Request]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Work:
        """The work from plain JSON."""
        sets = {name: [Statement(**one) for one in statements] for name, statements in found["sets"].items()}
        return cls(sets, found["bound"], [Request(*one) for one in found["requests"]])

    def callers(self) -> list[str]:
        """Those who ask."""
        return list(dict.fromkeys(request.principal for request in self.requests))


class Translated:
    """Statements in a peer's language, each translated once; what it has no words for is counted."""

    def __init__(self, work: Work, translate: Callable[[Statement], Any]) -> None:
        self.sets: dict[str, list[Any]] = {}
        self.left_out: dict[str, list[Statement]] = {}
        self.reasons: Counter[str] = Counter()
        # What was left out, by caller and action: a caller may have many thousand statements.
        self._about: dict[tuple[str, str], list[Statement]] = {}
        for name, statements in work.sets.items():
            self.sets[name], self.left_out[name] = [], []
            for statement in statements:
                try:
                    self.sets[name].append(translate(statement))
                except CannotExpress as error:
                    self.left_out[name].append(statement)
                    self.reasons[str(error)] += 1

    def slice(self, names: list[str]) -> list[Any]:
        """The translations in these sets."""
        return [one for name in names for one in self.sets[name]]

    def decides(self, request: Request, names: list[str]) -> bool:
        """Whether nothing that was left out could have a say in the answer."""
        key = request.principal, request.action
        if key not in self._about:
            left_out = (statement for name in names for statement in self.left_out[name])
            self._about[key] = [statement for statement in left_out if statement.may_be_about(request.action)]
        return not any(statement.may_cover(request.resource) for statement in self._about[key])


class Peer(Protocol):
    """What asks a peer; made with the whole work."""

    def __init__(self, work: Work) -> None: ...

    def translate(self, statement: Statement) -> Any:
        """A statement in the peer's words.

        Raises:
            CannotExpress: It has none.
        """
        ...

    def build(self, work: Work, translated: Translated) -> dict[str, Way]:
        """Ways to ask it; `work` holds the requests that can be put to it."""
        ...


class AskedActions:
    """All actions that are asked for: what wildcards stand for in languages that compare actions as a whole."""

    def __init__(self, work: Work) -> None:
        self._asked = sorted({request.action for request in work.requests})
        self._known: dict[str, list[str]] = {}

    def matching(self, patterns: list[str]) -> list[str]:
        """Those that one of the patterns matches; patterns without wildcards stand for themselves if none does."""
        found: dict[str, None] = {}
        for pattern in patterns:
            if pattern not in self._known:
                self._known[pattern] = list(filter(glob(pattern), self._asked))
            found |= dict.fromkeys(self._known[pattern])
        return list(found) or [pattern for pattern in patterns if "*" not in pattern and "?" not in pattern]


@cache
def glob(pattern: str) -> Callable[[str], object]:
    """Matches texts in full against a pattern with `*` and `?`."""
    return re.compile(expression(pattern), re.DOTALL).match


def expression(pattern: str) -> str:
    """A pattern with `*` and `?` as a regular expression for the whole text."""
    return "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern) + r"\Z"


def no_variables(values: list[str]) -> list[str]:
    """The values, if none holds a policy variable.

    Raises:
        CannotExpress: One does.
    """
    if any("${" in value for value in values):
        raise CannotExpress("policy variables")
    return values


def _is_of(text: str, patterns: list[str] | None, not_patterns: list[str] | None) -> bool:
    # A variable may stand for anything.
    if patterns is not None:
        return any("${" in pattern or glob(pattern)(text) for pattern in patterns)
    return not any("${" not in pattern and glob(pattern)(text) for pattern in not_patterns or ())
