"""What pydantic found wrong with a test file -> faults at their places, in the words of the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic import ValidationError as ShapeError

from bailiwick.testing import schema
from bailiwick.testing.tree import Fault, Tree, hint

_TYPES = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "union_tag_invalid": "text",
}
_WORDS = {bool: "`{}`", int: "the number `{}`", str: "the text `{}`", list: "a list", dict: "a mapping", type(None): "nothing"}
#: Names that people write who have other policy tests in mind.
_MEANT = {
    "who": "principal",
    "what": "action",
    "where": "resource",
    "sid": "statement",
    "decision": "expect",
    "expected": "expect",
}


def faults_of(error: ShapeError, tree: Tree) -> Iterator[Fault]:
    """One fault for each error."""
    for one in error.errors():
        path = [part for part in one["loc"] if part not in ("(one)", "(list)", "(map)")]
        unknown = one["type"] == "extra_forbidden"
        yield Fault(tree.place_of(path, name=unknown), _message(one, path))


def _message(error: Any, path: list[str | int]) -> str:
    name, found, kind = path[-1] if path else "", error["input"], error["type"]
    where = f"`{name}`: " if isinstance(name, str) and name else ""
    if kind == "extra_forbidden":
        known = _members_at(path[:-1])
        meant = f"; did you mean `{_MEANT[str(name)]}`?" if _MEANT.get(str(name)) in known else hint(str(name), known)
        return f"unknown member `{name}`{meant}"
    if kind == "missing":
        return f"member `{name}` is missing"
    if kind in ("literal_error", "enum"):
        wanted = error["ctx"]["expected"].replace("'", "`")
        return f"{where}expected {wanted}, found `{found}`{hint(str(found), wanted.split('`')[1::2])}"
    if kind in ("too_short", "string_too_short"):
        return f"{where}expected at least one"
    if kind in _TYPES:
        quotes = "; put it in quotes" if kind == "string_type" and isinstance(found, bool | int) else ""
        return f"{where}expected {_TYPES[kind]}, found {_WORDS.get(type(found), '{}').format(found)}{quotes}"
    return f"{where}{error['msg'][:1].lower()}{error['msg'][1:]}"


def _members_at(path: list[str | int]) -> list[str]:
    """The members that an entry at a path may have."""
    models: list[Any] = [schema.PolicyTests]
    for part in path:
        inside: list[Any] = []
        for model in models:
            if isinstance(part, str) and part in model.model_fields:
                inside += _models_in(model.model_fields[part].annotation)
        # Positions in lists and names in mappings lead to what the list or mapping holds.
        models = inside or models
    return [name for model in models for name in model.model_fields]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
