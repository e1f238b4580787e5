"""Parsed policy documents: what the grammar leaves for evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bailiwick.reference.variables import Part


@dataclass(frozen=True, slots=True)
class PrincipalValue:
    """One value of a principal element.

    `kind`: everyone, account, user, role, session, federated_user, id, service, federated, canonical_user.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ResourceValue:
    """`*` (`segments` is `None`), or six segments of parts."""

    text: str
    segments: tuple[tuple[Part, ...], ...] | None


@dataclass(frozen=True, slots=True)
class ArnValue:
    """A policy value of an Arn operator: `*`, one variable, or six segments."""

    whole: Part | None
    segments: tuple[tuple[Part, ...], ...] | None


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator as written: set prefix, base name, suffix (G-33)."""

    prefix: str
    base: str
    if_exists: bool

    def __str__(self) -> str:
        return f"{self.prefix + ':' if self.prefix else ''}{self.base}{'IfExists' if self.if_exists else ''}"


@dataclass(frozen=True, slots=True)
class Test:
    """One (operator, key, values) (C-01); `values` are parsed for the operator, `texts` as written."""

    operator: Operator
    key: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `principal`, `action` and `resource` say whether they list or leave out (`Not…`), and what.

    It stands from its `{` to just after its `}` (S-22).
    """

    index: int
    sid: str | None
    effect: str
    principal: tuple[bool, tuple[PrincipalValue, ...]] | None
    action: tuple[bool, tuple[str, ...]]
    resource: tuple[bool, tuple[ResourceValue, ...]] | None
    tests: tuple[Test, ...]
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Document:
    """The statements of a document, in order."""

    statements: tuple[Statement, ...]
