"""Documents inside other texts: which offset of the one is which of the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bailiwick.reference.json_text import Node
from bailiwick.validate.document import Document, Lines, read_document


def of_object(node: Node, text: str, lines: Lines) -> Document:
    """A document that stands in JSON as it is: read again, since policies are stricter than JSON."""
    start = node.start
    inner = read_document(text[start : node.end])
    return replace(inner, lines=lines, place=lambda offset: start + offset)


def of_string(node: Node, text: str, lines: Lines) -> Document:
    """A document that stands in JSON as a text, in URL encoding or not."""
    content = str(node.value)
    origins = _literal_offsets(text, node)
    if content.lstrip()[:1] == "%":
        content, inner_offsets = _unquoted(content)
        origins = [origins[at] for at in inner_offsets]
    inner = read_document(content)
    return replace(inner, lines=lines, place=_by_table([*origins, node.end - 1]))


def of_text(content: str, node: Node, lines: Lines) -> Document:
    """A document in a text whose offsets are not known one by one: all of it is where the text starts."""
    start = node.start
    return replace(read_document(content), lines=lines, place=lambda _: start)


def _by_table(table: list[int]) -> Callable[[int], int]:
    return lambda offset: table[min(offset, len(table) - 1)]


def _literal_offsets(text: str, node: Node) -> list[int]:
    """For each scalar of a string literal's content, where it is written."""
    found: list[int] = []
    at = node.start + 1
    while at < node.end - 1:
        found.append(at)
        if text[at] != "\\":
            at += 1
        elif text[at + 1] != "u":
            at += 2
        else:
            unit = int(text[at + 2 : at + 6], 16)
            # A surrogate pair is one scalar of the content.
            at += 12 if 0xD800 <= unit < 0xDC00 else 6
    return found


def _unquoted(content: str) -> tuple[str, list[int]]:
    """A text without its URL encoding, and where each scalar was written."""
    data, at_byte = bytearray(), []
    at = 0
    while at < len(content):
        digits = content[at + 1 : at + 3]
        if content[at] == "%" and len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            data.append(int(digits, 16))
            at_byte.append(at)
            at += 3
        else:
            encoded = content[at].encode("utf-8", "surrogatepass")
            data += encoded
            at_byte += [at] * len(encoded)
            at += 1
    text = bytes(data).decode("utf-8", "replace")
    starts = [0]
    for scalar in text:
        starts.append(starts[-1] + len(scalar.encode("utf-8")))
    return text, [at_byte[min(start, len(at_byte) - 1)] for start in starts[:-1]]
