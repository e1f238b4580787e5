"""The shapes of parameters: names, types, lengths and enumerations, before anything is looked up (L-81)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from bailiwick.errors import ValidationError
from bailiwick.models import Snapshot
from bailiwick.simulation.shapes import ContextKeyType

_ACTION = re.compile(r"[A-Za-z0-9.-]+:[A-Za-z0-9_.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """A string of so many scalars; of these words alone, if there are any."""

    least: int
    most: int
    words: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number within bounds."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list of one shape."""

    of: Shape
    most: int | None = None
    least: int = 0


@dataclass(frozen=True, slots=True)
class Members:
    """An object with some members that must be there, and some that may."""

    needed: Mapping[str, Shape]
    other: Mapping[str, Shape]


Shape: TypeAlias = Text | Number | Items | Members

#: `*`, or an ARN of six segments (M-10).
_CONCRETE = re.compile(r"\*|arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)

_DOCUMENT = Text(1, 131_072)
_RESOURCE = Text(1, 2_048)
_ARN = Text(20, 2_048)
_POLICIES = Items(_DOCUMENT)
_ACTIONS = Items(Text(3, 128, pattern=_ACTION, wanted="`service:Name` without wildcards"), least=1)
_ENTRY = Members(
    {"ContextKeyName": Text(5, 256), "ContextKeyType": Text(0, 16, get_args(ContextKeyType))},
    {"ContextKeyValues": Items(Text(0, 1 << 31))},
)
_INLINE = Members(
    {
        "PolicyName": Text(1, 128),
        "AttachmentType": Text(1, 16),
        "AttachmentName": Text(1, 128),
    },
    {},
)
_EXCLUDED = Members(
    {},
    {
        "PolicyType": Text(1, 32),
        "PolicyArn": _ARN,
        "InlinePolicyIdentifier": _INLINE,
    },
)
_COMMON: Mapping[str, Shape] = {
    "PermissionsBoundaryPolicyInputList": _POLICIES,
    "ResourceArns": Items(Text(1, 2_048, pattern=_CONCRETE, wanted="`*` or an ARN of six segments")),
    "ResourcePolicy": _DOCUMENT,
    "ResourceOwner": _RESOURCE,
    "CallerArn": _RESOURCE,
    "ContextEntries": Items(_ENTRY),
    "ResourceHandlingOption": Text(1, 64),
    "MaxItems": Number(1, 1_000),
    "Marker": Text(1, 320),
}
SHAPES: Mapping[str, Members] = {
    "SimulateCustomPolicy": Members(
        {"PolicyInputList": _POLICIES, "ActionNames": _ACTIONS},
        {
            **_COMMON,
            "OrderedOrganizationPolicyInputList": Items(Members({}, {"ServiceControlPolicyInputList": _POLICIES}), most=7),
        },
    ),
    "SimulatePrincipalPolicy": Members(
        {"PolicySourceArn": _ARN, "ActionNames": _ACTIONS},
        {**_COMMON, "PolicyInputList": _POLICIES, "PolicyExclusionList": Items(_EXCLUDED, most=256)},
    ),
    "GetContextKeysForCustomPolicy": Members({"PolicyInputList": _POLICIES}, {}),
    "GetContextKeysForPrincipalPolicy": Members({"PolicySourceArn": _ARN}, {"PolicyInputList": _POLICIES}),
}


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Refuses parameters that are not of the operation's shape.

    Raises:
        ValidationError: The first that is not, with its JSON pointer.
    """
    _check(SHAPES[operation], request, "")


def check_snapshot(snapshot: object) -> None:
    """Refuses what is no snapshot.

    Raises:
        TypeError: It is something else, such as an engine.
    """
    if not isinstance(snapshot, Snapshot):
        found = type(snapshot).__name__
        raise TypeError(f"expected a Snapshot, found {found}; `engine.snapshot()` gives that of an engine")


def _check(shape: Shape, value: Any, path: str) -> None:
    if isinstance(shape, Members):
        _members(shape, value, path)
    elif isinstance(shape, Items):
        _items(shape, value, path)
    elif isinstance(shape, Number):
        if not isinstance(value, int) or isinstance(value, bool) or not shape.least <= value <= shape.most:
            raise ValidationError(f"expected a whole number from {shape.least} to {shape.most}, found {value!r}", path)
    else:
        _text(shape, value, path)


def _members(shape: Members, value: Any, path: str) -> None:
    if not isinstance(value, Mapping):
        raise ValidationError(f"expected an object, found {type(value).__name__}", path)
    known = {**shape.needed, **shape.other}
    for name in value:
        if name not in known:
            raise ValidationError(f"unknown parameter `{name}`; expected one of {_words(known)}", path)
    for name in shape.needed:
        if name not in value:
            raise ValidationError(f"parameter `{name}` is missing", path)
    for name, item in value.items():
        _check(known[name], item, f"{path}/{name}")


def _items(shape: Items, value: Any, path: str) -> None:
    if not isinstance(value, list | tuple):
        raise ValidationError(f"expected a list, found {type(value).__name__}", path)
    if len(value) < shape.least or (shape.most is not None and len(value) > shape.most):
        bounds = f"at most {shape.most}" if shape.most is not None else f"at least {shape.least}"
        raise ValidationError(f"expected {bounds}, found {len(value)}", path)
    for at, item in enumerate(value):
        _check(shape.of, item, f"{path}/{at}")


def _text(shape: Text, value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise ValidationError(f"expected a string, found {type(value).__name__}", path)
    if shape.words and value not in shape.words:
        raise ValidationError(f"`{value}`: expected one of {_words(shape.words)}", path)
    if not shape.least <= len(value) <= shape.most:
        raise ValidationError(f"expected {shape.least} to {shape.most} characters, found {len(value)}", path)
    if shape.pattern is not None and not shape.pattern.fullmatch(value):
        raise ValidationError(f"`{value}`: expected {shape.wanted}", path)


def _words(words: Mapping[str, Any] | tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)
