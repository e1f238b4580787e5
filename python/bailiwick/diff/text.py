"""Differences as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from bailiwick.diff.decisions import GROUPS, ChangedDecision, DecisionDifference
from bailiwick.diff.documents import DocumentChange, ElementChange, StatementChange
from bailiwick.diff.snapshots import EntityChange, SnapshotDifference

Paint: TypeAlias = Callable[[str, str], str]

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_COLORS = {"+": "32", "-": "31", "~": "33", "newly_allowed": "31", "newly_denied": "33", "denied_otherwise": "36"}
_HEADS = {
    "newly_allowed": "newly allowed",
    "newly_denied": "newly denied",
    "denied_otherwise": "denied in another way",
}
_REQUEST = ("principal", "action", "resource", "resource_account")


def difference_text(text: SnapshotDifference, decisions: DecisionDifference | None, *, color: bool = False) -> str:
    """What differs, for people."""

    def paint(word: str, kind: str) -> str:
        return f"\033[{_COLORS[kind]}m{word}\033[0m" if color else word

    lines: list[str] = []
    for document in text.documents:
        lines += _document(document, paint)
    for subject in dict.fromkeys(one.subject for one in text.entities):
        lines += _entity(subject, [one for one in text.entities if one.subject == subject], paint)
    if not lines:
        lines.append("no statement and no attachment differs")
    if decisions is not None:
        lines += ["", *_decisions(decisions, paint)]
    return "\n".join(lines)


def _document(one: DocumentChange, paint: Paint) -> Iterator[str]:
    sign = _SIGNS[one.change]
    place = f"  {one.place}" if one.place is not None else ""
    yield f"{paint(sign, sign)} {one.kind} policy {one.id}{place}"
    for statement in one.statements:
        yield from _statement(statement, paint)


def _statement(one: StatementChange, paint: Paint) -> Iterator[str]:
    sign = _SIGNS[one.change]
    number = one.new if one.new is not None else one.old
    sid = f" `{one.sid}`" if one.sid is not None else ""
    place = f"  {one.place}" if one.place is not None else ""
    yield f"  {paint(sign, sign)} statement {number}{sid} ({one.effect}){place}"
    for element in one.elements:
        if one.change == "changed" or element.element != "Effect":
            yield f"      {_element(element, paint, signs=one.change == 'changed')}"


def _element(one: ElementChange, paint: Paint, *, signs: bool) -> str:
    if not signs:
        return f"{one.element}: {', '.join(f'`{value}`' for value in (*one.removed, *one.added))}"
    values = [f"{paint('-', '-')} `{value}`" for value in one.removed] + [f"{paint('+', '+')} `{value}`" for value in one.added]
    return f"{one.element}: {'  '.join(values)}"


def _entity(subject: str, changes: list[EntityChange], paint: Paint) -> Iterator[str]:
    exists = next((one for one in changes if one.member == "exists"), None)
    if exists is not None:
        sign = "+" if exists.added else "-"
        kind = (*exists.added, *exists.removed)[0]
        yield f"{paint(sign, sign)} {subject if subject.startswith(f'{kind} ') else f'{kind} {subject}'}"
        return
    yield f"{paint('~', '~')} {subject}"
    for one in changes:
        yield f"    {_element(ElementChange(element=one.member, removed=one.removed, added=one.added), paint, signs=True)}"


def _decisions(one: DecisionDifference, paint: Paint) -> Iterator[str]:
    counts = ", ".join(f"{one.counts[group]:,} {_HEADS[group]}" for group in GROUPS)
    yield f"{one.asked:,} request{'s' if one.asked != 1 else ''}: {counts}"
    for reason, count in one.undecided.items():
        yield f"  {count:,} could not be decided by either: {reason}"
    for group in GROUPS:
        if one.counts[group]:
            yield f"{paint(_HEADS[group], group)}:"
            yield from (f"  {_changed(changed)}" for changed in one.changed[group])
            left = one.counts[group] - len(one.changed[group])
            if left:
                yield f"  and {left:,} more"


def _changed(one: ChangedDecision) -> str:
    request: Mapping[str, object] = one.request
    keys = [f"{key}={value}" for key, value in request.items() if key not in _REQUEST and value is not None]
    was, now = (f"{answer[0].lower()} ({answer[1]})" for answer in (one.old, one.new))
    words = [request.get("principal"), request.get("action"), request.get("resource"), *keys]
    return f"{' '.join(str(word) for word in words)}: {was} -> {now}"
