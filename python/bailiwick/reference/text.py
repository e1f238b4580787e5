"""Text: fold (N-02) and globs (N-03)."""

from __future__ import annotations


def fold(text: str) -> str:
    """A–Z, and À–Þ except ×, move by 0x20; every other scalar stays (N-02).

    >>> fold("É"), fold("\\u212a")
    ('é', '\\u212a')
    """
    return text.translate(_FOLDED)


_UPPER = [*range(ord("A"), ord("Z") + 1), *range(0xC0, 0xDF)]
_FOLDED = {scalar: scalar + 0x20 for scalar in _UPPER if scalar != 0xD7}


ANY = "any"
ONE = "one"

#: A pattern: ANY, ONE, or a literal scalar wrapped in a one-element tuple, so that a `*` put in by a variable stays text.
Tokens = list[str | tuple[str]]


def tokens(pattern: str) -> Tokens:
    """The tokens of a text in which every `*` and `?` is wild."""
    return [ANY if scalar == "*" else ONE if scalar == "?" else (scalar,) for scalar in pattern]


def literal(text: str) -> Tokens:
    """The tokens of a text in which nothing is wild."""
    return [(scalar,) for scalar in text]


def matches(pattern: Tokens, text: str) -> bool:
    """Whether a pattern matches all of a text: two pointers, one place to go back to (N-03).

    >>> matches(tokens("a*b?c"), "axxbyc"), matches(tokens("a*b?c"), "abc")
    (True, False)
    """
    at = place = 0
    star: int | None = None
    resume = 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == ANY:
            star, resume = at, place
            at += 1
        elif at < len(pattern) and (pattern[at] == ONE or pattern[at] == (text[place],)):
            at += 1
            place += 1
        elif star is not None:
            # The last `*` takes one scalar more: what an earlier one could take, it can take instead.
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(token == ANY for token in pattern[at:])


def glob(pattern: str, text: str) -> bool:
    """`matches` for a pattern as written."""
    return matches(tokens(pattern), text)
