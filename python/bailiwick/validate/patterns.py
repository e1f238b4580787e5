"""Questions about globs (N-03): what they match, whether one covers another, whether two meet."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from bailiwick.reference.text import glob

#: Comparing two globs takes the product of their lengths; names and ARNs are far from this.
_MOST_STEPS = 200_000


@lru_cache(maxsize=4096)
def matcher(pattern: str) -> Callable[[str], bool]:
    """A test for whole texts, in linear time unless the pattern holds a `?`."""
    if "?" in pattern:
        return lambda text: glob(pattern, text)
    first, *rest = pattern.split("*")
    if not rest:
        return lambda text: text == pattern
    *middle, last = rest

    def matches(text: str) -> bool:
        end = len(text) - len(last)
        if len(first) > end or not text.startswith(first) or not text.endswith(last):
            return False
        at = len(first)
        for piece in middle:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return matches


def covers(pattern: str, other: str) -> bool:
    """Whether everything that `other` matches is matched by `pattern`; may miss some that are covered.

    A `*` of `other` must be taken by a `*`, a `?` by a `*` or a `?`.

    >>> covers("s3:Get*", "s3:GetObject*"), covers("s3:Get*", "s3:*Object"), covers("a?c", "abc")
    (True, False, True)
    """
    if pattern == other or pattern == "*":
        return True
    if not _may_cover(pattern, other):
        return False
    at = place = 0
    star, resume = -1, 0
    while place < len(other):
        wanted = pattern[at] if at < len(pattern) else ""
        if wanted == "*":
            star, resume = at, place
            at += 1
        elif wanted and (wanted == other[place] or (wanted == "?" and other[place] != "*")):
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(scalar == "*" for scalar in pattern[at:])


def _may_cover(pattern: str, other: str) -> bool:
    """Looks at the literal text before the first wildcard alone."""
    literal = literal_prefix(pattern)
    return bool(other.startswith(literal)) and (len(literal) < len(pattern) or pattern == other)


def literal_prefix(pattern: str) -> str:
    """The text before the first wildcard."""
    ends = [at for at in (pattern.find("*"), pattern.find("?")) if at >= 0]
    return pattern[: min(ends)] if ends else pattern


@lru_cache(maxsize=65536)
def meet(one: str, other: str) -> bool:
    """Whether some text is matched by both globs; said of very long ones without looking.

    >>> meet("a*c", "ab*"), meet("a*", "b*"), meet("role/?", "role/")
    (True, False, False)
    """
    head, tail = literal_prefix(one), literal_prefix(other)
    if not (head.startswith(tail) or tail.startswith(head)):
        return False
    if len(one) * len(other) > _MOST_STEPS:
        return True
    # reachable[j]: the part of `one` read so far and the first j scalars of `other` have a text in common
    reachable = [False] * (len(other) + 1)
    reachable[0] = True
    for j, scalar in enumerate(other):
        reachable[j + 1] = reachable[j] and scalar == "*"
    for wanted in one:
        after = [reachable[0] and wanted == "*"] + [False] * len(other)
        for j, scalar in enumerate(other):
            if wanted == "*":
                after[j + 1] = reachable[j + 1] or after[j]
            elif scalar == "*":
                after[j + 1] = after[j] or reachable[j + 1]
            else:
                after[j + 1] = reachable[j] and (wanted == scalar or "?" in (wanted, scalar))
        reachable = after
    return reachable[len(other)]
