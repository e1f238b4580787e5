"""CloudFormation's functions inside policies: what is known of a text before the stack is made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bailiwick.reference.json_text import Fault, Member, Node, legal, pointer

#: What stands for pseudo parameters: of the right form, so that checks of forms hold.
_PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/stack/1",
    "AWS::NotificationARNs": "arn:aws:sns:us-east-1:111122223333:topic",
}
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_UNKNOWN = "unknown"
_NONE = "AWS::NoValue"


@dataclass(slots=True)
class Template:
    """A template while its policies are completed.

    Attributes:
        partial: Starts of texts that hold something unknown.
    """

    partial: set[int] = field(default_factory=set)

    def resolve(self, node: Node) -> Node | None:
        """The node with its functions carried out as far as possible; `None` for `AWS::NoValue`.

        What is unknown becomes a placeholder and is noted in `partial`.
        """
        call = _call(node)
        if call is not None:
            return self._value(node, *call)
        if node.kind == "object":
            members = [
                Member(member.name, member.start, value, member.end)
                for member in node.members
                if (value := self.resolve(member.node)) is not None
            ]
            return Node("object", node.start, node.end, None, members=members)
        if node.kind == "array":
            return Node("array", node.start, node.end, None, items=list(self._items(node)))
        return node

    def _items(self, node: Node) -> Iterator[Node]:
        """Items of a list; both branches of a condition belong to it, and lists in it are spliced."""
        for item in node.items:
            call = _call(item)
            if call is None or call[0] != "Fn::If":
                value = self.resolve(item)
                if value is not None:
                    yield value
                continue
            for branch in call[1].items[1:]:
                value = self.resolve(branch)
                if value is not None:
                    yield from value.items if value.kind == "array" else [value]

    def _value(self, node: Node, name: str, argument: Node) -> Node | None:
        if name == "Ref" and argument.kind == "string":
            text = str(argument.value)
            if text == _NONE:
                return None
            return self._text(node, _PSEUDO.get(text))
        if name == "Fn::If" and len(argument.items) == 3:
            branches = [value for branch in argument.items[1:] if (value := self.resolve(branch)) is not None]
            return branches[0] if branches else None
        if name == "Fn::Sub":
            return self._substituted(node, argument)
        if name == "Fn::Join" and len(argument.items) == 2 and argument.items[1].kind == "array":
            return self._joined(node, argument.items[0], argument.items[1])
        return self._text(node, None)

    def _substituted(self, node: Node, argument: Node) -> Node:
        pattern, *given = argument.items if argument.kind == "array" and argument.items else [argument]
        if pattern.kind != "string":
            return self._text(node, None)
        values = {member.name: self.resolve(member.node) for mapping in given[:1] for member in mapping.members}

        def known(found: re.Match[str]) -> str:
            name = found[2].strip()
            value = values.get(name)
            if found[1]:
                return f"${{{found[2]}}}"
            if value is not None and value.kind == "string" and value.start not in self.partial:
                return str(value.value)
            if name in _PSEUDO and name not in values:
                return _PSEUDO[name]
            self.partial.add(node.start)
            return _UNKNOWN

        return Node("string", node.start, node.end, _VARIABLE.sub(known, str(pattern.value)))

    def _joined(self, node: Node, separator: Node, pieces: Node) -> Node:
        texts = []
        for piece in pieces.items:
            value = self.resolve(piece)
            if value is None:
                continue
            texts.append(str(value.value) if value.kind == "string" else _UNKNOWN)
            if value.start in self.partial or value.kind != "string":
                self.partial.add(node.start)
        return Node("string", node.start, node.end, str(separator.value).join(texts))

    def _text(self, node: Node, text: str | None) -> Node:
        if text is None:
            self.partial.add(node.start)
        return Node("string", node.start, node.end, _UNKNOWN if text is None else text)


def _call(node: Node) -> tuple[str, Node] | None:
    """Name and argument of a function: an object with one member called so."""
    if node.kind != "object" or len(node.members) != 1:
        return None
    name = node.members[0].name
    return (name, node.members[0].node) if name == "Ref" or name.startswith("Fn::") else None


def faults_of_tree(node: Node, path: str = "") -> Iterator[Fault]:
    """What the JSON layer would say of a tree that was not read by it: repeated members, illegal characters (G-02, G-04)."""
    if node.kind == "string" and not all(legal(scalar) for scalar in str(node.value)):
        yield Fault("INVALID_CHARACTER", node.start, path, "a character outside U+0020 to U+00FF")
    names: set[str] = set()
    for member in node.members:
        here = pointer(path, member.name)
        if member.name in names:
            yield Fault("DUPLICATE_KEY", member.start, here, f"member `{member.name}` is given twice")
        names.add(member.name)
        yield from faults_of_tree(member.node, here)
    for at, item in enumerate(node.items):
        yield from faults_of_tree(item, f"{path}/{at}")


def render(node: Node) -> str:
    """A node as JSON without white space, for its size."""
    if node.kind == "object":
        return "{" + ",".join(f"{json.dumps(member.name)}:{render(member.node)}" for member in node.members) + "}"
    if node.kind == "array":
        return "[" + ",".join(render(item) for item in node.items) + "]"
    return str(node.value) if node.kind == "number" else json.dumps(node.value, ensure_ascii=False)
