"""Explanations as text with colours.

Everything is made of rows whose last column wraps under itself, so that long ARNs stay readable on a narrow terminal.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bailiwick.models import Decision, Outcome
from bailiwick.reference import Element, Gap, LayerTrace, StatementTrace

if TYPE_CHECKING:
    from bailiwick.explanation.explanation import Explanation

STYLES = {
    "ALLOW": "bold green",
    "EXPLICIT_DENY": "bold red",
    "IMPLICIT_DENY": "bold red",
    "DENY": "red",
    "NONE": "yellow",
    "T": "green",
    "F": "red",
    "I": "yellow",
}
#: Statements, and values of one element, that are shown before the rest is only counted.
SHOWN, VALUES_SHOWN = 5, 3
#: Control characters and their pictures; one for one, so that styles stay where they are.
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
_GAPS = {
    "E-05": "the resource's own policy has to allow it, and does not",
    "E-21": "no session policy allows it",
    "E-22": "no session policies were passed, and without them this session has no permissions of its own",
    "E-24": "the resource's policy does not name the service",
    "E-28": "no endpoint policy allows it",
    "E-31": "caller and resource are of different accounts, and the resource's policy does not allow it",
    "E-34": "the trust policy does not name the provider",
    "M-44": "the resource's policy does not allow everyone",
    "X-02": "anonymous callers cannot reach this service",
}
_WITHOUT_POLICIES = {
    "partition_mismatch": "caller and resource are in different partitions; no policy was read [E-07]",
    "always_allowed": "this needs no permission; no policy was read [E-26]",
    "anonymous": "an anonymous caller has no identity to ask for; no policy was read [E-26]",
}


def plain(renderable: RenderableType) -> str:
    """What a terminal of any width would show, without colours."""
    out = io.StringIO()
    Console(file=out, width=1 << 20, color_system=None, legacy_windows=False).print(renderable)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n")).rstrip("\n")


def rows(lines: Iterable[Sequence[str | Text]]) -> Table:
    """Lines of columns; the last one wraps, the others are as wide as they must be."""
    table = Table.grid(padding=(0, 2, 0, 0))
    listed = [[_visible(cell) for cell in line] for line in lines]
    for _column in listed[0][:-1]:
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in listed:
        table.add_row(*line)
    return table


def _visible(cell: str | Text) -> Text:
    """A cell that cannot steer the terminal, whatever a request or a policy holds."""
    text = cell.copy() if isinstance(cell, Text) else Text()
    text.plain = (cell.plain if isinstance(cell, Text) else cell).translate(_PICTURES)
    return text


def explanation_text(explanation: Explanation, *, all_statements: bool) -> Group:
    """The text of an explanation, deciding statements first."""
    decision = explanation.decision
    shown: list[RenderableType] = [request_text(decision)]
    if not explanation.layers and not explanation.gaps and decision.reason in _WITHOUT_POLICIES:
        return Group(*shown, rows([("", _WITHOUT_POLICIES[decision.reason])]))
    shown += _decided(explanation)
    if explanation.layers:
        shown += [*heading("layers"), _layers(explanation.layers)]
    if all_statements:
        shown += heading("statements")
        shown += [part for one in explanation.statements for part in statement_lines(one)]
    if decision.missing_keys:
        shown += [*heading("not in the context"), rows([("", ", ".join(decision.missing_keys))])]
    return Group(*shown)


def request_text(decision: Decision) -> RenderableType:
    """What was decided of which request."""
    word = str(decision.decision)
    revision = f", revision {decision.revision}" if decision.revision else ""
    request = rows(
        [
            ("", "caller", decision.principal),
            ("", "action", decision.action),
            ("", "resource", decision.resource),
            ("", "reason", f"{decision.reason}{revision}"),
        ]
    )
    return Group(Text(word, style=STYLES[word]), request)


def heading(words: str) -> list[RenderableType]:
    """A line of space and a title."""
    return [Text(), Text(words, style="bold")]


def _decided(explanation: Explanation) -> list[RenderableType]:
    """What the decision rests on: statements, or the lack of them."""
    decision = explanation.decision
    if decision.decision is Outcome.IMPLICIT_DENY:
        return [*heading("missing"), rows(_gap_line(gap, explanation.layers) for gap in explanation.gaps), *_nearest(explanation)]
    deciding = [one for one in explanation.deciding if one.layer == decision.deciding_layer or one.effect == "Deny"]
    if not deciding:
        return [
            *heading("decided by"),
            rows([("", "root, and sessions that it issued, have every permission of identity policies [E-20]")]),
        ]
    shown = [part for one in deciding[:SHOWN] for part in statement_lines(one)]
    more = [Text(f"  and {len(deciding) - SHOWN} more", style="dim")] if len(deciding) > SHOWN else []
    return [*heading("decided by"), *shown, *more]


def _gap_line(gap: Gap, layers: Sequence[LayerTrace]) -> tuple[str, Text, Text]:
    held = [policy.id for layer in layers if layer.layer == gap.layer for policy in layer.policies if policy.level == gap.level]
    names = f" ({some(held) or 'it has no policy'})" if gap.layer == "scp" else ""
    return "", Text(gap.layer, style="bold"), Text.assemble(gap_words(gap), names, (f"  [{gap.rule}]", "dim"))


def gap_words(gap: Gap) -> str:
    """What a layer lacks."""
    if gap.layer == "scp":
        return f"no service control policy of level {gap.level} allows it"
    if gap.layer == "identity":
        return "no identity policy allows it"
    return "the permissions boundary does not allow it" if gap.layer == "boundary" else _GAPS[gap.rule]


def _nearest(explanation: Explanation) -> list[RenderableType]:
    """The Allow statements that came nearest to closing a gap."""
    layers = {gap.layer for gap in explanation.gaps}
    allows = [one for one in explanation.statements if one.effect == "Allow" and one.layer in layers and not one.applies]
    near = sorted((one for one in allows if _distance(one) <= 1), key=_distance)[:VALUES_SHOWN]
    return [*heading("nearest"), *(part for one in near for part in statement_lines(one))] if near else []


def _distance(statement: StatementTrace) -> int:
    """How many elements an Allow lacks, tests of one key counted once; another service's action is far away."""
    lacking = {element.key or element.name for element in statement.elements if element.value != "T"}
    action = next(element for element in statement.elements if element.name in ("Action", "NotAction"))
    service = action.actual[0].split(":")[0].lower()
    is_near = action.value == "T" or any(pattern.lower().startswith(f"{service}:") for pattern in action.expected)
    return len(lacking) if is_near else 100


def statement_name(one: StatementTrace) -> Text:
    """Which statement it is, and where it stands."""
    level = f" level {one.level}" if one.layer in ("scp", "rcp") else ""
    sid = f" `{one.sid}`" if one.sid else ""
    place = f": {one.policy}, statement {one.statement}{sid}, line {one.line} column {one.column}"
    return Text.assemble((f"{one.layer}{level}", "bold"), place)


def statement_lines(one: StatementTrace) -> list[RenderableType]:
    """A statement with its elements."""
    says = "applies" if one.applies else "does not apply"
    unsure = ", because a test cannot be decided [N-05]" if one.applies and one.value == "I" else ""
    style = ("red" if one.effect == "Deny" else "green") if one.applies else "dim"
    head = Text.assemble(statement_name(one), ": ", (f"{one.effect} {says}{unsure}", style))
    return [rows([("", head)]), rows(_element_line(element) for element in one.elements)]


def _element_line(element: Element) -> tuple[str, str, Text, str, Text]:
    shown = element.hits or element.expected
    of = f" (of {len(element.expected)})" if element.hits and len(element.hits) < len(element.expected) else ""
    tells = element.key is not None or element.value != "T" or element.name.startswith("Not")
    found = f"found {some(element.actual)}" if element.actual else "missing"
    notes = [note for note in (found if tells else "", element.note) if note]
    style = "" if element.value == "T" else "bold"
    rest = Text.assemble(some(shown), of, *((f"; {note}", style) for note in notes), (f"  [{element.rule}]", "dim"))
    return "", "", Text(element.value, style=STYLES[element.value]), element.name, rest


def some(values: Sequence[str]) -> str:
    """The first of several values."""
    more = f" and {len(values) - VALUES_SHOWN} more" if len(values) > VALUES_SHOWN else ""
    return ", ".join(value if value else '""' for value in values[:VALUES_SHOWN]) + more


def _layers(layers: Sequence[LayerTrace]) -> Table:
    lines = []
    for layer in layers:
        word = layer.result or "exempt"
        lines.append(("", Text(layer.layer, style="bold"), Text(word, style=STYLES.get(word, "dim")), _told(layer)))
    return rows(lines)


def _told(layer: LayerTrace) -> str:
    """What a layer's policies came to."""
    if layer.exempt is not None:
        return f"does not bind this request [{layer.exempt}]"
    statements = [one for policy in layer.policies for one in policy.statements]
    applying = [one for one in statements if one.applies]
    count = f"{len(statements)} statement{'' if len(statements) == 1 else 's'}"
    if not applying:
        alone = "its statement does not apply" if len(statements) == 1 else f"none of {count} applies"
        return alone if statements else "no policy"
    grades = f", grade {some(layer.grants)}" if layer.grants else ""
    named = [f"{_level(one)}{one.policy} statement {one.statement}{f' `{one.sid}`' if one.sid else ''}" for one in applying]
    return f"{len(applying)} of {count}{grades}: {some(named)}"


def _level(one: StatementTrace) -> str:
    return f"level {one.level} " if one.layer in ("scp", "rcp") else ""
