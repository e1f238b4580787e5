"""JSON and JSON Lines to trees."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

from bailiwick.reference.json_text import Fault as JsonFault
from bailiwick.reference.json_text import Node, Reader, Stop, line_starts
from bailiwick.source_text import Place
from bailiwick.testing.tree import Tree, fault

_DEPTH = 64
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")


def read_json(text: str, file: str, first_line: int = 1) -> Tree:
    """The one value of a text.

    Raises:
        PolicyTestError: The text is not JSON.
    """
    places = _Places(text, file, first_line)
    reader = Reader(text, depth=_DEPTH, policy=False)
    try:
        root = reader.read()
    except Stop as stop:
        raise _error(stop.fault, places) from None
    if reader.faults and (repeated := [one for one in reader.faults if one.code == "DUPLICATE_KEY"]):
        raise _error(repeated[0], places)
    return _tree(root, places)


def read_json_lines(text: str, file: str) -> list[Tree]:
    """The values of the lines that are not blank."""
    lines = enumerate(text.split("\n"), 1)
    return [read_json(line, file, number) for number, line in lines if line.strip()]


class _Places:
    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.starts, self.file, self.first_line = line_starts(text), file, first_line

    def at(self, offset: int) -> Place:
        line = bisect_right(self.starts, offset)
        return Place(self.file, self.first_line + line - 1, offset - self.starts[line - 1] + 1)


def _error(found: JsonFault, places: _Places) -> Exception:
    return fault(places.at(found.offset), f"not JSON: {found.message}")


def _tree(node: Node, places: _Places) -> Tree:
    place = places.at(node.start)
    if node.kind == "object":
        names = {member.name: places.at(member.start) for member in node.members}
        return Tree(place, {member.name: _tree(member.node, places) for member in node.members}, names)
    if node.kind == "array":
        return Tree(place, [_tree(item, places) for item in node.items])
    value: Any = node.value
    if node.kind == "number" and _NUMBER.fullmatch(str(value)):
        value = int(str(value))
    return Tree(place, value)
