"""`-k`: which cases to run, by words of their names."""

from __future__ import annotations

import re
from collections.abc import Callable

from bailiwick.errors import ValidationError

_TOKEN = re.compile(r"""\s*(?:(\()|(\))|"([^"]*)"|'([^']*)'|([^\s()"']+))""")


def selector(expression: str) -> Callable[[str], bool]:
    """Whether a name is meant: words that it holds in any case, `and`, `or`, `not` and brackets; quotes for text with spaces.

    >>> wanted = selector("ann and not (put or 'delete bucket')")
    >>> wanted("Ann reads"), wanted("ann puts"), wanted("bob reads")
    (True, False, False)

    Raises:
        ValidationError: It is no such expression.
    """
    return _Parser(expression).parse()


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while expression[at:].strip():
            found = _TOKEN.match(expression, at)
            if found is None:
                raise self.error("a quote without its end")
            at = found.end()
            opening, closing, double, single, word = found.groups()
            quoted = double if double is not None else single
            if quoted is not None:
                self.tokens.append(("text", quoted))
            elif opening or closing or word in ("and", "or", "not"):
                self.tokens.append((opening or closing or word, ""))
            else:
                self.tokens.append(("text", word))

    def error(self, message: str) -> ValidationError:
        return ValidationError(f"-k `{self.expression}`: {message}")

    def parse(self) -> Callable[[str], bool]:
        found = self.either()
        if self.tokens:
            raise self.error(f"expected `and` or `or` before `{self.tokens[0][1] or self.tokens[0][0]}`")
        return found

    def takes(self, kind: str) -> bool:
        if self.tokens and self.tokens[0][0] == kind:
            self.tokens.pop(0)
            return True
        return False

    def either(self) -> Callable[[str], bool]:
        sides = [self.both()]
        while self.takes("or"):
            sides.append(self.both())
        return lambda name: any(side(name) for side in sides)

    def both(self) -> Callable[[str], bool]:
        sides = [self.one()]
        while self.takes("and"):
            sides.append(self.one())
        return lambda name: all(side(name) for side in sides)

    def one(self) -> Callable[[str], bool]:
        if self.takes("not"):
            inner = self.one()
            return lambda name: not inner(name)
        if self.takes("("):
            inner = self.either()
            if not self.takes(")"):
                raise self.error("expected `)`")
            return inner
        if not self.tokens or self.tokens[0][0] != "text":
            raise self.error("expected a word")
        word = self.tokens.pop(0)[1].lower()
        return lambda name: word in name.lower()
