"""Documents to validate: JSON with places, wherever it was found."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bailiwick.errors import MalformedPolicyDocument
from bailiwick.reference.grammar import DEPTH, decode
from bailiwick.reference.json_text import Fault, Node, Reader, Stop, line_starts
from bailiwick.validate.finding import Location


@dataclass(frozen=True, slots=True)
class Lines:
    """A text's lines: from offsets to lines and columns (B-02)."""

    starts: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Lines:
        """The lines of a text."""
        return cls(line_starts(text))

    def location(self, path: str, start: int, end: int) -> Location:
        """The piece from `start` to `end`."""
        line, end_line = bisect_right(self.starts, start), bisect_right(self.starts, end)
        column, end_column = start - self.starts[line - 1] + 1, end - self.starts[end_line - 1] + 1
        return Location(start, end, line, column, end_line, end_column, path)


def _same(offset: int) -> int:
    return offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """JSON with places.

    Attributes:
        text: The document as written, for its size.
        root: The document; `None` if it is not JSON.
        faults: What the text and JSON layers have to say.
        lines: Lines of the text that `place` points into.
        place: From offsets of nodes to offsets of that text.
        partial: Starts of nodes whose text holds placeholders of a template: what is found at them is not certain.
    """

    text: str
    root: Node | None
    faults: tuple[Fault, ...]
    lines: Lines
    place: Callable[[int], int] = _same
    partial: frozenset[int] = field(default_factory=frozenset)

    def location(self, path: str, start: int, end: int) -> Location:
        """Where a piece of the document stands in the text it was found in."""
        return self.lines.location(path, self.place(start), self.place(end))


def read_document(text: str | bytes) -> Document:
    """Reads a document that stands alone."""
    try:
        decoded = decode(text)
    except MalformedPolicyDocument as error:
        shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        lines = Lines.of(shown)
        fault = Fault(error.code, lines.starts[error.line - 1] + error.column - 1, "", error.message)
        return Document(text=shown, root=None, faults=(fault,), lines=lines)
    reader = Reader(decoded, depth=DEPTH, policy=True)
    root: Node | None
    try:
        root, faults = reader.read(), tuple(reader.faults)
    except Stop as stop:
        # After an error that ends the scan there is nothing else to say (V-04); what was found before it still holds.
        root, faults = None, (*reader.faults, stop.fault)
    return Document(text=decoded, root=root, faults=faults, lines=Lines.of(decoded))
