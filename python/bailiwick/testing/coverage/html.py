"""Coverage as one HTML page that needs nothing else: the source of every policy with its gaps marked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from bailiwick.source_text import place_of
from bailiwick.testing.coverage.measure import Coverage, DocumentCoverage
from bailiwick.testing.coverage.page_style import STYLE
from bailiwick.testing.coverage.points import Point
from bailiwick.testing.coverage.source_view import SourceView, Span, StatementSpans, view_of
from bailiwick.testing.coverage.text import GROUPS, short_name

_WORDS = {
    "matches": "never matched when it applied",
    "fails": "never the only reason why it did not apply",
    "absent": "never asked without the key",
}
_INTRODUCTION = (
    "A statement is covered when a case was seen to which it applied; a value, when it matched in a statement that applied "
    "(of a negated element: when it alone kept the statement from applying); an element or condition test, when it alone kept "
    "the statement from applying; a condition test also, when it was asked without its key."
)


def coverage_page(coverage: Coverage) -> str:
    """The page."""
    documents = coverage.documents()
    figures = coverage.figures()
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Policy coverage {figures.percent:.1f}%</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f"<h1>Policy coverage {figures.percent:.1f}%</h1>\n<p>{escape(_INTRODUCTION)}</p>",
            '<p class="key"><span><mark class="seen">value</mark> was exercised</span>'
            '<span><mark class="gap">value</mark> was not</span>'
            '<span><mark class="part">element</mark> was not seen to fail, or asked without its key</span></p>',
            *_table(coverage, documents),
            *(line for at, one in enumerate(documents) for line in _document(at, one)),
            *_unbound(coverage),
            "</body>\n</html>\n",
        ]
    )


def _table(coverage: Coverage, documents: list[DocumentCoverage]) -> Iterator[str]:
    heads = "".join(f"<th>{group}</th>" for group in GROUPS)
    yield f'<div class="scroll"><table>\n<tr><th>policy</th>{heads}<th>covered</th></tr>'
    for at, one in enumerate(documents):
        name = f'<a href="#p{at}">{escape(short_name(one.document.id))}</a>'
        yield _cells("", name, one)
    yield _cells(' class="all"', "all", coverage)
    yield "</table></div>"


def _cells(kind: str, name: str, one: DocumentCoverage | Coverage) -> str:
    percent = one.figures().percent
    cells = "".join(f"<td>{one.figures(group)}</td>" for group in GROUPS)
    bar = f'<span class="bar"><i style="width:{percent:.1f}%"></i></span>'
    number = f'<span class="percent">{percent:.1f}%</span>'
    return f"<tr{kind}><td>{name}</td>{cells}<td>{bar}{number}</td></tr>"


def _document(at: int, one: DocumentCoverage) -> Iterator[str]:
    place, view, gaps = place_of(one.document.text), view_of(one.document.text), one.gaps()
    where = f"{place.file}, line {place.line}" if place is not None else one.source
    anew = "" if view.first_line is not None else "<small>laid out anew</small>"
    words = f"{len(gaps)} gap{'s' if len(gaps) != 1 else ''}" if gaps else "no gaps"
    if gaps and not one.figures().seen:
        words = "not exercised at all"
    # What nothing was seen of is told in the table; open, it would hide the gaps that one looks for.
    is_open = bool(gaps and one.figures().seen)
    yield f'<details id="p{at}"{" open" if is_open else ""}><summary><b>{escape(one.document.id)}</b>'
    yield f"<small>{one.document.kind}</small><small>{escape(where)}</small>{anew}<small>{words}</small></summary>"
    yield '<div class="code">'
    yield from _Page(one, view).rows()
    yield "</div></details>"


def _unbound(coverage: Coverage) -> Iterator[str]:
    if coverage.unbound:
        yield "<p>Attached to nobody, so that no request is put to them:</p><ul>"
        yield from (f"<li>{escape(document.id)}</li>" for _source, document in coverage.unbound)
        yield "</ul>"


@dataclass(slots=True)
class _Marks:
    """What a page says of a document: classes of spans, notes and classes of lines."""

    spans: dict[Span, str] = field(default_factory=dict)
    notes: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[int, str] = field(default_factory=dict)


class _Page:
    """The rows of one document."""

    def __init__(self, one: DocumentCoverage, view: SourceView) -> None:
        self.one, self.view = one, view
        self.marks = _Marks()
        self.missed = one.points - one.seen
        for index, spans in enumerate(view.statements):
            self.statement(index, spans)

    def statement(self, index: int, spans: StatementSpans) -> None:
        points = {point for point in self.one.points if point.statement == index}
        never = Point(index, -1, -1, "applies") in self.missed
        state = "never" if never else "some" if points & self.missed else "whole"
        if index in self.one.ignored:
            state = "ignored"
        first, last = self.line(spans.whole[0]), self.line(spans.whole[1] - 1)
        for line in range(first, last + 1):
            self.marks.lines[line] = state
        if state == "never":
            self.marks.notes[first].append(("", "the statement never applied"))
        elif state == "ignored":
            self.marks.notes[first].append(("", f"ignored: {self.one.ignored[index]}"))
        else:
            for point in sorted(points):
                self.point(point, spans)

    def point(self, point: Point, spans: StatementSpans) -> None:
        if point.part < 0:
            return
        part, missed = spans.parts[point.part], point in self.missed
        if point.value >= 0:
            span = part.values[point.value]
            negated = self.one.shapes(point.statement)[point.part].negated
            self.marks.spans[span] = "gap" if missed else "seen"
            words = _WORDS["fails" if negated else "matches"]
        else:
            span = part.name
            self.marks.spans[span] = "part" if missed or self.marks.spans.get(span) == "part" else "seen"
            words = _WORDS[point.what]
        if missed:
            self.marks.notes[self.line(span[0])].append(("" if point.value >= 0 else "about-part", words))

    def line(self, offset: int) -> int:
        return self.view.text.count("\n", 0, offset)

    def rows(self) -> Iterator[str]:
        start = 0
        for line, text in enumerate(self.view.text.rstrip().split("\n")):
            skipped = self.view.indent if line else 0
            number = str(self.view.first_line + line) if self.view.first_line is not None else ""
            code = "".join(self.pieces(start + skipped, start + len(text)))
            # What does not fit on a line goes on below it, a little further in than it started.
            inside = max(0, len(text) - len(text.lstrip()) - skipped)
            kind = self.marks.lines.get(line, "")
            yield f'<div class="row {kind}"><span class="n">{number}</span><code style="--in:{inside}">{code}</code>'
            yield f'<span class="notes">{"<br>".join(self.notes(line))}</span></div>'
            start += len(text) + 1

    def pieces(self, start: int, end: int) -> Iterator[str]:
        """A part of the text, its marked spans within marks."""
        at = start
        for (first, last), kind in sorted(self.marks.spans.items()):
            if start <= first and last <= end:
                yield escape(self.view.text[at:first], quote=False)
                yield f'<mark class="{kind}">{escape(self.view.text[first:last], quote=False)}</mark>'
                at = last
        yield escape(self.view.text[at:end], quote=False)

    def notes(self, line: int) -> Iterator[str]:
        for kind, words in dict.fromkeys(self.marks.notes.get(line, ())):
            yield f'<span class="{kind}">{escape(words)}</span>' if kind else escape(words)
