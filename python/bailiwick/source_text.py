"""Policy text that knows where it was read, so that messages can name the file and the line of a statement."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file; line and column count from 1, columns in scalar values (B-02)."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class SourceFile:
    """A text that was read from a file, or a part of it that starts at a line and column."""

    __slots__ = ("_starts", "file", "first_column", "first_line", "text")

    def __init__(self, file: str, text: str, first_line: int = 1, first_column: int = 1) -> None:
        self.file, self.text, self.first_line, self.first_column = file, text, first_line, first_column
        self._starts: list[int] | None = None

    def place(self, offset: int) -> Place:
        """The place of an offset in scalar values."""
        if self._starts is None:
            # Found when first asked for: most documents are never asked where they stand.
            self._starts = [0]
            end = self.text.find("\n")
            while end >= 0:
                self._starts.append(end + 1)
                end = self.text.find("\n", end + 1)
        line = bisect_right(self._starts, offset)
        first = self.first_column if line == 1 else 1
        return Place(self.file, self.first_line + line - 1, first + offset - self._starts[line - 1])


class SourceText(str):
    """The text of a document, equal to the plain text in all else.

    Attributes:
        quoted: The document stands in its file as a string, so that its own lines are not lines of the file.
    """

    __slots__ = ("_offset", "_source", "quoted")
    _source: SourceFile
    _offset: int
    quoted: bool

    @classmethod
    def at(cls, text: str, source: SourceFile, offset: int, *, quoted: bool = False) -> Self:
        """A text that starts at an offset of its source."""
        found = cls(text)
        found._source, found._offset, found.quoted = source, offset, quoted
        return found

    def part(self, text: str, offset: int) -> SourceText:
        """A document that stands in this text as a string, which starts at an offset."""
        return SourceText.at(text, self._source, self._offset + offset, quoted=True)

    @property
    def place(self) -> Place:
        """Where the document starts."""
        return self._source.place(self._offset)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled, it is the text alone: its source may be a whole account.
        return str, (str(self),)


def place_of(document: str, line: int = 1, column: int = 1) -> Place | None:
    """The place in its file of a line and column of a document; `None` if the document is of no file.

    The lines of a quoted document do not exist in its file: all of it stands where it starts.

    >>> text = SourceText.at('{"Statement": []}', SourceFile("a.json", '[\\n  {"Statement": []}]'), 4)
    >>> str(place_of(text)), str(place_of(text, 1, 15))
    ('a.json:2:3', 'a.json:2:17')
    """
    if not isinstance(document, SourceText):
        return None
    start = document.place
    if document.quoted:
        return start
    return Place(start.file, start.line + line - 1, column + (start.column - 1 if line == 1 else 0))
