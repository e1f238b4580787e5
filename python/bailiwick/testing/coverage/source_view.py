"""The text of a policy as a page shows it: its lines, and where its statements, elements and values stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bailiwick.reference.json_text import Member, Node, Reader
from bailiwick.source_text import place_of

#: A document with a longer line is laid out anew: a list of fifty actions in one line cannot be read.
_WIDEST = 240
#: A list or object this short stays on its line when a document is laid out anew.
_SHORT = 88
_NAME = re.compile(r'"(?:[^"\\]|\\.)*"')
_ELEMENTS = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))

#: Start and end in the text.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PartSpans:
    """Where an element or test stands: its name, and each of its values."""

    name: Span
    values: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class StatementSpans:
    """Where a statement stands, and its parts in the order of `bailiwick.reference.parts`."""

    whole: Span
    parts: tuple[PartSpans, ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """A document to be shown.

    Attributes:
        text: Its text, as it stands in its file or laid out anew.
        first_line: Number of its first line in the file; `None` if it was laid out anew.
        indent: Scalars at the start of every line but the first that are not shown.
        statements: Where its statements stand in `text`.
    """

    text: str
    first_line: int | None
    indent: int
    statements: tuple[StatementSpans, ...]


def view_of(document: str) -> SourceView:
    """A document as it stands, or laid out anew if it has one line or long lines, or stands in its file as a string."""
    place, quoted = place_of(document), getattr(document, "quoted", True)
    lines = document.split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    indent = min(indents, default=0)
    fits = len(lines) > 1 and max(len(lines[0]), *(len(line) - indent for line in lines[1:])) <= _WIDEST
    if fits and not quoted and place is not None:
        return SourceView(str(document), place.line, indent, spans_of(document))
    text = laid_out(document)
    return SourceView(text, None, 0, spans_of(text))


def laid_out(text: str) -> str:
    """A document with its lines anew; every name and value stays as it was written."""
    return _lay(_read(text), text, 0, 0)


def _lay(node: Node, text: str, depth: int, column: int) -> str:
    if node.kind not in ("object", "array"):
        return text[node.start : node.end]
    inside: list[tuple[str, Node]] = [(_written(member, text) + ": ", member.node) for member in node.members]
    inside = inside or [("", item) for item in node.items]
    opening, closing = ("{", "}") if node.kind == "object" else ("[", "]")
    flat = ", ".join(f"{name}{_lay(item, text, 0, 0)}" for name, item in inside)
    nested = node.kind == "object" and any(item.kind == "object" for _, item in inside)
    if "\n" not in flat and not nested and depth > 1 and column + len(flat) <= _SHORT:
        return f"{opening}{flat}{closing}"
    step = "  " * (depth + 1)
    rows = [f"{step}{name}{_lay(item, text, depth + 1, len(step) + len(name))}" for name, item in inside]
    return f"{opening}\n" + ",\n".join(rows) + f"\n{'  ' * depth}{closing}"


def _written(member: Member, text: str) -> str:
    start, end = _name_span(member, text)
    return text[start:end]


def _read(text: str) -> Node:
    return Reader(text, depth=16, policy=True).read()


def _name_span(member: Member, text: str) -> Span:
    found = _NAME.match(text, member.start)
    return (member.start, found.end() if found is not None else member.start)


def spans_of(text: str) -> tuple[StatementSpans, ...]:
    """Where the statements of a document stand in its text."""
    members = {member.name: member.node for member in _read(text).members}
    node = members["Statement"]
    found = node.items if node.kind == "array" else [node]
    return tuple(StatementSpans((one.start, one.end), tuple(_parts(one, text))) for one in found)


def _parts(statement: Node, text: str) -> Iterator[PartSpans]:
    members = {member.name: member for member in statement.members}
    for names in _ELEMENTS:
        member = next((members[name] for name in names if name in members), None)
        if member is not None:
            yield PartSpans(_name_span(member, text), tuple(_values(member.node)))
    if "Condition" in members:
        for operator in members["Condition"].node.members:
            for key in operator.node.members:
                yield PartSpans(_name_span(key, text), tuple(_values(key.node)))


def _values(node: Node) -> Iterator[Span]:
    """The scalars of a value, of a list, or of the lists of a principal."""
    for item in [*node.items, *(member.node for member in node.members)]:
        yield from _values(item)
    if node.kind not in ("object", "array"):
        yield node.start, node.end
