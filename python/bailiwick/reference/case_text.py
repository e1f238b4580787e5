"""The text of a case: JSON, read member by member; what is wrong is a `CaseError` with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bailiwick.reference.json_text import Node, Reader, Stop, pointer, position

DEPTH = 64


class CaseError(Exception):
    """Why a case has no decision (B-45)."""

    def __init__(
        self, code: str, path: str, message: str, place: tuple[int, int] | None = None, policy: str | None = None
    ) -> None:
        super().__init__(message)
        line, column = place or (None, None)
        self.members = {"code": code, "path": path, "line": line, "column": column, "message": message, "policy": policy}


def invalid(path: str, message: str) -> CaseError:
    """A `ValidationError` at a place of the case."""
    return CaseError("ValidationError", path, message)


def text_of(case: str | bytes | Mapping[str, Any]) -> str:
    """A case as JSON text."""
    if isinstance(case, str):
        return case
    if isinstance(case, bytes):
        try:
            return case.decode("utf-8")
        except UnicodeDecodeError:
            raise CaseError("INVALID_ENCODING", "", "the case is not UTF-8") from None
    return json.dumps(case, ensure_ascii=False)


def tree_of(text: str) -> Node:
    """The one value of a text, repeated members included."""
    try:
        return Reader(text, depth=DEPTH, policy=False).read()
    except Stop as stop:
        fault = stop.fault
        raise CaseError(fault.code, fault.path, fault.message, position(text, fault.offset)) from None


def plain(node: Node | None) -> Any:
    """A node as Python objects, for ids."""
    if node is None:
        return None
    if node.kind == "object":
        return {member.name: plain(member.node) for member in node.members}
    if node.kind == "array":
        return [plain(item) for item in node.items]
    return json.loads(str(node.value)) if node.kind == "number" else node.value


def object_of(node: Node, path: str, known: tuple[str, ...]) -> dict[str, Node]:
    """The members of an object, all of them known."""
    if node.kind != "object":
        raise invalid(path, "expected an object")
    found: dict[str, Node] = {}
    for member in node.members:
        if member.name not in known:
            raise invalid(pointer(path, member.name), f"unknown member `{member.name}`")
        if member.name in found:
            raise invalid(pointer(path, member.name), f"member `{member.name}` is given twice")
        found[member.name] = member.node
    return found


def needed(members: dict[str, Node], path: str, name: str) -> Node:
    """A member that must be there."""
    if name not in members:
        raise invalid(path, f"member `{name}` is missing")
    return members[name]


def string(members: dict[str, Node], path: str, name: str) -> str | None:
    """A text, or `None`; `null` is as good as absent."""
    node = members.get(name)
    if node is None or node.kind == "null":
        return None
    if node.kind != "string":
        raise invalid(f"{path}/{name}", "expected a string")
    return str(node.value)


def flag(members: dict[str, Node], path: str, name: str) -> bool | None:
    """A boolean, or `None`; `null` is as good as absent."""
    node = members.get(name)
    if node is None or node.kind == "null":
        return None
    if node.kind != "boolean":
        raise invalid(f"{path}/{name}", "expected `true` or `false`")
    return bool(node.value)


def needed_string(members: dict[str, Node], path: str, name: str) -> str:
    """A text that must be there."""
    found = string(members, path, name)
    if found is None:
        raise invalid(path, f"member `{name}` is missing")
    return found
