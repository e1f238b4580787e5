"""YAML to trees. Needs PyYAML, the extra `bailiwick[yaml]`.

The scalars are those of JSON: `true`, `false`, `null`, whole numbers, text. YAML 1.1 would read `no` as false, `012345678901`
as an octal number and `12:30:00` as a number of seconds; in a file of account ids, times and words that is a trap.
"""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from bailiwick._yaml import pyyaml
from bailiwick.errors import ValidationError
from bailiwick.source_text import Place
from bailiwick.testing.tree import Tree, fault

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_CORE = "tag:yaml.org,2002:"
#: What PyYAML takes untagged scalars for; what they are to us is decided below.
_TAGS = ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "seq", "map")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
#: Values that aliases may repeat; a file of a few lines must not become one that fills the memory.
_MOST = 100_000


def read_yaml(text: str, file: str) -> Tree:
    """The one document of a text.

    Raises:
        PolicyTestError: The text is not YAML, or is of a kind that test files have no use for.
        ValidationError: PyYAML is not installed.
    """
    yaml = _yaml()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.reader.ReaderError as error:
        raise fault(_place_of(text, error.position, file), "a character that YAML does not allow") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = f"{error.problem or error.context}".removesuffix(".").lower()
        raise fault(_place(mark, file) if mark is not None else Place(file, 1), f"not YAML: {words}") from None
    return Tree(Place(file, 1), None) if root is None else _Reader(yaml, file).tree(root)


def _yaml() -> ModuleType:
    try:
        return pyyaml()
    except ImportError:
        message = "test files in YAML need PyYAML: pip install 'bailiwick[yaml]'; JSON Lines (.jsonl) need nothing"
        raise ValidationError(message) from None


def _place(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


def _place_of(text: str, offset: int, file: str) -> Place:
    before = text[:offset]
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


class _Reader:
    def __init__(self, yaml: ModuleType, file: str) -> None:
        self.yaml, self.file = yaml, file
        self.open: set[int] = set()
        #: What was read of a node, and how many values it holds.
        self.known: dict[int, tuple[Tree, int]] = {}
        self.count = self.repeated = 0

    def tree(self, node: Any) -> Tree:
        """The tree of a node; of one that aliases name, the same again."""
        if id(node) in self.known:
            found, values = self.known[id(node)]
            self.repeated += values
            self.count += values
            if self.repeated > _MOST:
                raise fault(found.place, f"aliases repeat this until there are more than {_MOST:,} values")
            return found
        before = self.count
        self.count += 1
        found = self.read(node, _place(node.start_mark, self.file))
        self.known[id(node)] = found, self.count - before
        return found

    def read(self, node: Any, place: Place) -> Tree:
        if node.tag.removeprefix(_CORE) not in _TAGS:
            raise fault(place, f"tag `{node.tag.replace(_CORE, '!!')}`: leave it out")
        if isinstance(node, self.yaml.ScalarNode):
            return Tree(place, self.scalar(node))
        if id(node) in self.open:
            raise fault(place, "an alias that stands inside what it names")
        self.open.add(id(node))
        if isinstance(node, self.yaml.SequenceNode):
            found = Tree(place, [self.tree(item) for item in node.value])
        else:
            found = self.mapping(node, place)
        self.open.remove(id(node))
        return found

    def mapping(self, node: Any, place: Place) -> Tree:
        members: dict[str, Tree] = {}
        names: dict[str, Place] = {}
        for key, value in node.value:
            here = _place(key.start_mark, self.file)
            if not isinstance(key, self.yaml.ScalarNode):
                raise fault(here, "expected a name, found a list or a mapping")
            if key.value in members:
                raise fault(here, f"`{key.value}` is given twice, first in line {names[key.value].line}")
            members[key.value], names[key.value] = self.tree(value), here
        return Tree(place, members, names)

    def scalar(self, node: Any) -> Any:
        if node.style or node.tag == f"{_CORE}str":  # in quotes, a block of text, or said to be text
            return node.value
        if node.value in _WORDS:
            return _WORDS[node.value]
        return int(node.value) if _NUMBER.fullmatch(node.value) else node.value
