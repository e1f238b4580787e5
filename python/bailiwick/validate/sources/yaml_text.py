"""YAML with offsets, as the tree that JSON has; needs the extra `yaml`."""

from __future__ import annotations

from typing import Any

from bailiwick._yaml import pyyaml
from bailiwick.errors import ValidationError
from bailiwick.reference.json_text import Member, Node

#: Aliases are copied, so a few lines can stand for a tree that fills the memory.
_MOST_NODES = 200_000
_DEEPEST = 100
_TAG = "tag:yaml.org,2002:"
#: Short forms of functions whose long form is no `Fn::`.
_PLAIN = ("Ref", "Condition")


def read_yaml(text: str, where: str) -> Node:
    """The one document of a text.

    Short forms of CloudFormation's functions (`!Sub`) become long ones (`{"Fn::Sub": …}`); dates stay the text they are
    written as, since `Version: 2012-10-17` is one.

    Raises:
        ValidationError: It is not YAML, or PyYAML is not installed.
    """
    try:
        yaml = pyyaml()
    except ImportError:
        raise ValidationError(f"{where}: reading YAML needs PyYAML\nhint: pip install 'bailiwick[yaml]'") from None
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1} column {mark.column + 1}: " if mark is not None else ""
        raise ValidationError(f"{where}: {place}{error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ValidationError(f"{where}: {error}") from None
    if node is None:
        raise ValidationError(f"{where}: the file is empty")
    return _Tree(where).node(node, 0)


class _Tree:
    def __init__(self, where: str) -> None:
        self.where, self.count = where, 0

    def node(self, node: Any, depth: int) -> Node:
        self.count += 1
        if self.count > _MOST_NODES or depth > _DEEPEST:
            raise ValidationError(f"{self.where}: too large, or nested too deeply")
        start, end = node.start_mark.index, node.end_mark.index
        found = self._plain(node, start, end, depth)
        tag = str(node.tag)
        if not tag.startswith("!") or len(tag) == 1:
            return found
        name = tag[1:] if tag[1:] in _PLAIN else f"Fn::{tag[1:]}"
        return Node("object", start, end, None, members=[Member(name, start, found, end)])

    def _plain(self, node: Any, start: int, end: int, depth: int) -> Node:
        if node.id == "sequence":
            return Node("array", start, end, None, items=[self.node(item, depth + 1) for item in node.value])
        if node.id == "mapping":
            members = [
                Member(str(key.value), key.start_mark.index, self.node(value, depth + 1), key.end_mark.index)
                for key, value in node.value
                if key.id == "scalar"
            ]
            return Node("object", start, end, None, members=members)
        text = str(node.value)
        if node.style is None and node.tag == f"{_TAG}bool":
            return Node("boolean", start, end, text.lower() in ("true", "yes", "on"))
        if node.style is None and node.tag == f"{_TAG}null":
            return Node("null", start, end, None)
        if node.style is None and node.tag in (f"{_TAG}int", f"{_TAG}float"):
            return Node("number", start, end, text)
        return Node("string", start, end, text)
