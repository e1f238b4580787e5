"""A policy document as checks see it: what is well-formed in it, and where it stands.

Made from any JSON: what the grammar refuses is left out, since the grammar has said so already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bailiwick.reference.document import Operator
from bailiwick.reference.json_text import Member, Node, pointer
from bailiwick.reference.operators import BASES
from bailiwick.reference.text import fold


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: JSON pointer, and offsets in the text."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """A text, and where it stands. `node` says what JSON type it was written as."""

    text: str
    path: str
    node: Node

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.path, self.node.start, self.node.end)


@dataclass(frozen=True, slots=True)
class Element:
    """An element that lists texts: `Action`, `NotResource` …, as one of a pair of which one is negated."""

    name: str
    negated: bool
    values: tuple[Value, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Principal:
    """One value of a principal element; `key` is `*` for the bare string."""

    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class Test:
    """One (operator, key, values); `operator` is `None` if it is unknown."""

    name: str
    operator: Operator | None
    key: str
    folded: str
    place: Place
    values: tuple[Value, ...]

    @property
    def base(self) -> str:
        """Base operator, empty if it is unknown."""
        return self.operator.base if self.operator is not None else ""

    @property
    def negated(self) -> bool:
        """Whether the operator is of the negated ones (C-04)."""
        return "Not" in self.base

    @property
    def holds_without_key(self) -> bool:
        """Whether the test is T for a key that is missing (C-14…C-16, C-20)."""
        if self.operator is None:
            return False
        if self.base == "Null":
            return any(value.text.lower() == "true" for value in self.values)
        if self.operator.if_exists or self.operator.prefix == "ForAllValues":
            return True
        return self.negated and not self.operator.prefix


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Elements that are absent or of a wrong type are `None` or empty."""

    index: int
    path: str
    node: Node
    sid: Value | None
    effect: str | None
    action: Element | None
    resource: Element | None
    principals: tuple[Principal, ...]
    principal_place: Place | None
    not_principal: bool
    tests: tuple[Test, ...]
    condition: Node | None
    members: Mapping[str, Member] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.path, self.node.start, self.node.end)

    @property
    def keys(self) -> frozenset[str]:
        """Folded keys of all tests."""
        return frozenset(test.folded for test in self.tests)

    @property
    def allows(self) -> bool:
        """Whether the effect is `Allow`."""
        return self.effect == "Allow"


@dataclass(frozen=True, slots=True)
class Policy:
    """A document: its top-level members and its statements."""

    root: Node
    members: Mapping[str, Member]
    version: str | None
    statements: tuple[Statement, ...]

    @property
    def has_variables(self) -> bool:
        """Whether `${…}` is a variable (M-20)."""
        return self.version == "2012-10-17"


def read_policy(root: Node) -> Policy:
    """The policy in a JSON value; one without statements if it is none."""
    members = _members(root)
    version = _text(members.get("Version"), "")
    statements = []
    if (member := members.get("Statement")) is not None:
        for index, (node, path) in enumerate(_statements(member.node)):
            statements.append(_statement(index, node, path))
    return Policy(root, members, version.text if version is not None else None, tuple(statements))


def _statements(node: Node) -> Iterator[tuple[Node, str]]:
    if node.kind == "object":
        yield node, "/Statement"
    for at, item in enumerate(node.items):
        if item.kind == "object":
            yield item, f"/Statement/{at}"


def _members(node: Node) -> dict[str, Member]:
    """The first member of each name."""
    found: dict[str, Member] = {}
    for member in node.members:
        found.setdefault(member.name, member)
    return found


def _statement(index: int, node: Node, path: str) -> Statement:
    members = _members(node)
    effect = _text(members.get("Effect"), path)
    name = next((name for name in ("Principal", "NotPrincipal") if name in members), None)
    condition = members.get("Condition")
    return Statement(
        index,
        path,
        node,
        _text(members.get("Sid"), path),
        effect.text if effect is not None else None,
        _element(members, "Action", path),
        _element(members, "Resource", path),
        _principals(members[name].node, f"{path}/{name}") if name else (),
        _place(members[name].node, f"{path}/{name}") if name else None,
        name == "NotPrincipal",
        tuple(_tests(condition.node, f"{path}/Condition")) if condition is not None else (),
        condition.node if condition is not None else None,
        members,
    )


def _place(node: Node, path: str) -> Place:
    return Place(path, node.start, node.end)


def _text(member: Member | None, path: str) -> Value | None:
    if member is None or member.node.kind != "string":
        return None
    return Value(str(member.node.value), pointer(path, member.name), member.node)


def _element(members: dict[str, Member], name: str, path: str) -> Element | None:
    written = name if name in members else f"Not{name}"
    if written not in members:
        return None
    node, here = members[written].node, f"{path}/{written}"
    return Element(written, written != name, tuple(_values(node, here)), _place(node, here))


def _values(node: Node, path: str, kinds: tuple[str, ...] = ("string",)) -> Iterator[Value]:
    items = [(node, path)] if node.kind != "array" else [(item, f"{path}/{at}") for at, item in enumerate(node.items)]
    for item, here in items:
        if item.kind in kinds:
            text = str(item.value) if item.kind != "boolean" else "true" if item.value else "false"
            yield Value(text, here, item)


def _principals(node: Node, path: str) -> tuple[Principal, ...]:
    if node.kind == "string":
        return (Principal("*", Value(str(node.value), path, node)),)
    return tuple(
        Principal(member.name, value) for member in node.members for value in _values(member.node, pointer(path, member.name))
    )


def _tests(node: Node, path: str) -> Iterator[Test]:
    for operator in node.members:
        here = pointer(path, operator.name)
        parsed = _operator(operator.name)
        for member in operator.node.members:
            place = Place(pointer(here, member.name), member.start, member.node.end)
            values = tuple(_values(member.node, place.path, ("string", "number", "boolean")))
            yield Test(operator.name, parsed, member.name, fold(member.name), place, values)


def _operator(name: str) -> Operator | None:
    """G-33."""
    head, colon, rest = name.partition(":")
    prefix, rest = (head, rest) if colon and head in ("ForAllValues", "ForAnyValue") else ("", name)
    base = rest.removesuffix("IfExists")
    return Operator(prefix, base, base != rest) if base in BASES else None
