"""Small changes to the text of a policy document; what is not changed stays as it was written."""

from __future__ import annotations

import json
from typing import Any

from bailiwick.context import fold
from bailiwick.reference.grammar import DEPTH
from bailiwick.reference.json_text import Node, Reader


def document_of(statement: dict[str, Any]) -> str:
    """A document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def knows_variables(document: str) -> bool:
    """Whether `${*}` means a literal `*` in it (M-20)."""
    version = _member(_read(document), "Version")
    return version is not None and version.value == "2012-10-17"


def with_statement(document: str, statement: dict[str, Any]) -> str:
    """The document with one more statement at its end."""
    held, written = _statements(document), json.dumps(statement)
    if held.kind == "array":
        return f"{document[: held.end - 1]}, {written}{document[held.end - 1 :]}"
    return f"{document[: held.start]}[{document[held.start : held.end]}, {written}]{document[held.end :]}"


def without_statement(document: str, index: int) -> str | None:
    """The document without a statement; `None` if there is no other."""
    held = _statements(document)
    if held.kind != "array" or len(held.items) == 1:
        return None
    kept = [document[item.start : item.end] for at, item in enumerate(held.items) if at != index]
    return f"{document[: held.start]}[{', '.join(kept)}]{document[held.end :]}"


def with_test(document: str, index: int, operator: str, key: str, value: str) -> str:
    """The document with a test in one statement, or with one more value in the test that is there."""
    held = _statements(document)
    statement = held.items[index] if held.kind == "array" else held
    conditions = _member(statement, "Condition")
    if conditions is None:
        return _with_member(document, statement, "Condition", {operator: {key: value}})
    tests = _member(conditions, operator)
    if tests is None:
        return _with_member(document, conditions, operator, {key: value})
    values = next((member.node for member in tests.members if fold(member.name) == fold(key)), None)
    if values is None:
        return _with_member(document, tests, key, value)
    written = json.dumps(value)
    if values.kind == "array":
        return f"{document[: values.end - 1]}, {written}{document[values.end - 1 :]}"
    return f"{document[: values.start]}[{document[values.start : values.end]}, {written}]{document[values.end :]}"


def _with_member(document: str, node: Node, name: str, value: object) -> str:
    comma = ", " if node.members else ""
    return f"{document[: node.end - 1]}{comma}{json.dumps(name)}: {json.dumps(value)}{document[node.end - 1 :]}"


def _read(document: str) -> Node:
    return Reader(document, depth=DEPTH, policy=True).read()


def _statements(document: str) -> Node:
    found = _member(_read(document), "Statement")
    if found is None:
        raise ValueError("a document that parses has statements")
    return found


def _member(node: Node, name: str) -> Node | None:
    return next((member.node for member in node.members if member.name == name), None)
