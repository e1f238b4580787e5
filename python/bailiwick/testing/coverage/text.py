"""Coverage as text."""

from __future__ import annotations

from collections.abc import Iterator

from bailiwick.reference.json_text import line_starts, position
from bailiwick.source_text import place_of
from bailiwick.testing.coverage.measure import Coverage, DocumentCoverage
from bailiwick.testing.coverage.points import Group, Point
from bailiwick.testing.coverage.source_view import StatementSpans, spans_of

GROUPS: tuple[Group, ...] = ("statements", "elements", "conditions")
_HEADS = ("policy", *GROUPS, "covered")


def coverage_text(coverage: Coverage) -> str:
    """A table of the policies, then every gap with its place."""
    documents = coverage.documents()
    rows = [_HEADS, *(_row(short_name(one.document.id), one) for one in documents), _row("all", coverage)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [
        "  ".join(
            f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines = [lines[0], "-" * len(lines[0]), *lines[1:-1], "-" * len(lines[0]), lines[-1]]
    gaps = [line for one in documents for line in _gaps(one)]
    if gaps:
        lines += ["", "not exercised:", *gaps]
    ignored = [line for one in documents for line in _ignored(one)]
    if ignored:
        lines += ["", "ignored:", *ignored]
    if coverage.unbound:
        lines += ["", "attached to nobody:", *(f"  {document.id}" for _source, document in coverage.unbound)]
    return "\n".join(lines)


def short_name(id: str) -> str:
    """The id of a policy without what all ids of an account have in common.

    >>> short_name("arn:aws:iam::111122223333:policy/team/Boundary"), short_name("arn:aws:s3:::harbor")
    ('policy/team/Boundary', 'arn:aws:s3:::harbor')
    """
    parts = id.split(":", 5)
    return parts[5] if len(parts) == 6 and parts[2] == "iam" else id


def _row(name: str, one: DocumentCoverage | Coverage) -> tuple[str, ...]:
    return (name, *(str(one.figures(group)) for group in GROUPS), f"{one.figures().percent:.1f}%")


def _gaps(one: DocumentCoverage) -> Iterator[str]:
    gaps, text = one.gaps(), one.document.text
    starts, spans = line_starts(text), spans_of(text) if gaps else ()
    for point in gaps:
        statement = one.statements[point.statement]
        sid = f" `{statement.sid}`" if statement.sid else ""
        place = place_of(text, *position(text, start_of(point, spans[point.statement]), starts))
        where = f"{place}: " if place is not None else ""
        words = one.words(point)
        yield f"  {where}{short_name(one.document.id)}, statement {statement.index}{sid} ({statement.effect}): {words}"


def start_of(point: Point, spans: StatementSpans) -> int:
    """The offset of what a point is about."""
    if point.part < 0:
        return spans.whole[0]
    part = spans.parts[point.part]
    return part.name[0] if point.value < 0 else part.values[point.value][0]


def _ignored(one: DocumentCoverage) -> Iterator[str]:
    for index, why in sorted(one.ignored.items()):
        yield f"  {short_name(one.document.id)}, statement {index}: {why}"
