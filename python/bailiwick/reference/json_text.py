"""JSON with offsets: what the text and the JSON layer have to say of a document (G-01…05, B-01…03).

Members that are repeated are kept, numbers keep their lexemes, and everything knows where it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from bailiwick.reference.codes import RANK


@dataclass(slots=True)
class Node:
    """A value: its kind, where it starts and ends, and its content.

    `value` is the text of a string, the lexeme of a number, a bool, `None`, a list of nodes or a list of members.
    """

    kind: str  # object, array, string, number, boolean, null
    start: int
    end: int
    value: object
    members: list[Member] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Member:
    """A member of an object: its name, where the name starts and ends, its value."""

    name: str
    start: int
    node: Node
    end: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: code, offset in scalar values, pointer, words.

    `counts_at` is the offset that decides between errors, if it is another one: a scalar inside a string counts as an error
    of that string (B-01).
    """

    code: str
    offset: int
    path: str
    message: str
    counts_at: int | None = None

    @property
    def rank(self) -> tuple[int, int, int]:
        """The smallest of several is reported (N-09)."""
        return (self.offset if self.counts_at is None else self.counts_at, RANK[self.code], self.offset)


class Stop(Exception):
    """An error that ends the scan."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


_SPACE = re.compile(r"[ \t\n\r]*")
#: What a string may hold as it stands.
_PLAIN = re.compile(r"[ !#-\[\]-\xff]+")


def legal(scalar: str) -> bool:
    """G-02."""
    return scalar in "\t\n\r" or "\u0020" <= scalar <= "\u00ff"


def pointer(path: str, name: str | int) -> str:
    """RFC 6901."""
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"


class Reader:
    """One left-to-right scan of a text.

    Attributes:
        faults: Errors met that do not end the scan.
    """

    def __init__(self, text: str, *, depth: int, policy: bool) -> None:
        self.text, self.at, self.depth, self.policy = text, 0, depth, policy
        self.faults: list[Fault] = []

    def read(self) -> Node:
        """The one value of the text.

        Raises:
            Stop: The text is not JSON, or nests too deeply.
        """
        self._space()
        node = self._value("", 1, "")
        self._space()
        if self.at < len(self.text):
            self._syntax("", "expected the end of the text")
        return node

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _syntax(self, path: str, message: str) -> None:
        """Ends the scan here; an illegal scalar is that first (G-02 before G-03)."""
        scalar = self._peek()
        if self.policy and scalar and not legal(scalar):
            raise Stop(Fault("INVALID_CHARACTER", self.at, path, "a character outside U+0020 to U+00FF"))
        found = f"found `{scalar}`" if scalar else "found the end of the text"
        raise Stop(Fault("JSON_SYNTAX_ERROR", self.at, "", f"{message}, {found}"))

    def _space(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr] # matches the empty text

    def _value(self, path: str, level: int, outer: str) -> Node:
        """Reads a value; `outer` is the pointer of what encloses it."""
        start, scalar = self.at, self._peek()
        if scalar in ("{", "[") and level > self.depth:
            raise Stop(Fault("JSON_TOO_DEEP", start, path, f"nested deeper than {self.depth} levels"))
        if scalar == "{":
            return self._object(path, level)
        if scalar == "[":
            return self._array(path, level)
        if scalar == '"':
            content = self._string(path)
            return Node("string", start, self.at, content)
        if scalar == "-" or ("0" <= scalar <= "9" and scalar != ""):
            return self._number(path, outer)
        for word, kind, value in (("true", "boolean", True), ("false", "boolean", False), ("null", "null", None)):
            if scalar == word[0]:
                self._word(word, outer)
                return Node(kind, start, self.at, value)
        self._syntax(outer, "expected a value")
        raise AssertionError

    def _word(self, word: str, path: str) -> None:
        for wanted in word:
            if self._peek() != wanted:
                self._syntax(path, f"expected `{word}`")
            self.at += 1

    def _object(self, path: str, level: int) -> Node:
        node = Node("object", self.at, self.at, None)
        self.at += 1
        self._space()
        names: set[str] = set()
        if self._peek() == "}":
            self.at += 1
            node.end = self.at
            return node
        while True:
            self._space()
            start = self.at
            if self._peek() != '"':
                self._syntax(path, "expected a member name in double quotes")
            name = self._string(path)
            end = self.at
            here = pointer(path, name)
            if name in names:
                self.faults.append(Fault("DUPLICATE_KEY", start, here, f"member `{name}` is given twice"))
            names.add(name)
            self._space()
            if self._peek() != ":":
                self._syntax(path, "expected `:`")
            self.at += 1
            self._space()
            node.members.append(Member(name, start, self._value(here, level + 1, path), end))
            self._space()
            if self._peek() not in (",", "}") or not self._peek():
                self._syntax(path, "expected `,` or `}`")
            self.at += 1
            if self.text[self.at - 1] == "}":
                node.end = self.at
                return node

    def _array(self, path: str, level: int) -> Node:
        node = Node("array", self.at, self.at, None)
        self.at += 1
        self._space()
        if self._peek() == "]":
            self.at += 1
            node.end = self.at
            return node
        while True:
            self._space()
            node.items.append(self._value(pointer(path, len(node.items)), level + 1, path))
            self._space()
            if self._peek() not in (",", "]") or not self._peek():
                self._syntax(path, "expected `,` or `]`")
            self.at += 1
            if self.text[self.at - 1] == "]":
                node.end = self.at
                return node

    def _number(self, path: str, outer: str) -> Node:
        start = self.at
        if self._peek() == "-":
            self.at += 1
        if self._peek() == "0":
            self.at += 1
        else:
            self._digits(outer)
        if self._peek() == ".":
            self.at += 1
            self._digits(outer)
        if self._peek() in ("e", "E") and self._peek():
            self.at += 1
            if self._peek() in ("+", "-") and self._peek():
                self.at += 1
            self._digits(outer)
            lexeme = self.text[start : self.at]
            self.faults.append(Fault("INVALID_NUMBER_LEXEME", start, path, f"number `{lexeme}`: write it without exponent"))
        return Node("number", start, self.at, self.text[start : self.at])

    def _digits(self, path: str) -> None:
        if not ("0" <= self._peek() <= "9" and self._peek()):
            self._syntax(path, "expected a digit")
        while "0" <= self._peek() <= "9" and self._peek():
            self.at += 1

    def _string(self, path: str) -> str:
        """Reads a string; `path` is the pointer of the value, or of the enclosing object for a name."""
        start = self.at
        self.at += 1
        found: list[str] = []
        while True:
            if plain := _PLAIN.match(self.text, self.at):
                found.append(plain.group())
                self.at = plain.end()
            scalar = self._peek()
            if scalar == '"':
                self.at += 1
                return "".join(found)
            if scalar == "\\":
                found.append(self._escape(path, start))
                continue
            if scalar == "" or scalar in "\t\n\r" or (scalar < " " and not self.policy):
                self._syntax(path, "expected the end of the string")
            if self.policy and not legal(scalar):
                self._illegal(self.at, path, start)
            found.append(scalar)
            self.at += 1

    def _illegal(self, offset: int, path: str, string: int) -> None:
        self.faults.append(Fault("INVALID_CHARACTER", offset, path, "a character outside U+0020 to U+00FF", string))

    def _escape(self, path: str, string: int) -> str:
        """Reads an escape of the string that starts at `string`."""
        start = self.at
        self.at += 1
        plain = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
        scalar = self._peek()
        if scalar in plain and scalar:
            self.at += 1
            if self.policy and not legal(plain[scalar]):
                self._illegal(start, path, string)
            return plain[scalar]
        if scalar != "u":
            self._syntax(path, "expected an escape")
        self.at += 1
        unit = self._hex(path)
        if self.policy and 0xD800 <= unit < 0xE000:
            self._illegal(start, path, string)  # whatever follows: no scalar above U+00FF is legal
            return "\ufffd"
        if 0xD800 <= unit < 0xDC00 and self.text.startswith("\\u", self.at):
            back = self.at
            self.at += 2
            low = self._hex(path)
            if 0xDC00 <= low < 0xE000:
                unit = 0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00)
            else:
                self.at = back
        if 0xD800 <= unit < 0xE000:
            raise Stop(Fault("JSON_SYNTAX_ERROR", start, "", "a lone surrogate"))
        if self.policy and not legal(chr(unit)):
            self._illegal(start, path, string)
        return chr(unit)

    def _hex(self, path: str) -> int:
        value = 0
        for _ in range(4):
            scalar = self._peek()
            if scalar == "" or scalar not in "0123456789abcdefABCDEF":
                self._syntax(path, "expected four hexadecimal digits")
            value = value * 16 + int(scalar, 16)
            self.at += 1
        return value


def line_starts(text: str) -> list[int]:
    """Offsets at which lines begin."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def position(text: str, offset: int, starts: list[int] | None = None) -> tuple[int, int]:
    """Line and column of an offset, both from 1 (B-02); `starts` are those of the text, for who asks often."""
    if starts is None:
        starts = line_starts(text)
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1
