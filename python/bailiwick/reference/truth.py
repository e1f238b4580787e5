"""Three values (N-04)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """True, false, or indeterminate."""

    T = "T"
    F = "F"
    I = "I"  # noqa: E741  the specification's letter


T, F, I = Truth.T, Truth.F, Truth.I  # noqa: E741  the specification's letters


def negate(value: Truth) -> Truth:
    """Kleene NOT."""
    return {T: F, F: T, I: I}[value]


def all_of(values: Iterable[Truth]) -> Truth:
    """Kleene AND; T of nothing."""
    found = list(values)
    return F if F in found else I if I in found else T


def any_of(values: Iterable[Truth]) -> Truth:
    """Kleene OR; F of nothing."""
    found = list(values)
    return T if T in found else I if I in found else F


def truth(value: bool) -> Truth:
    """A plain truth value."""
    return T if value else F
