"""Near misses as text with colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from bailiwick.explanation.render import gap_words, heading, request_text, rows, statement_lines
from bailiwick.explanation.step import Step
from bailiwick.models import Outcome

if TYPE_CHECKING:
    from bailiwick.explanation.why_not import Miss, WhyNot

_NOTHING = "nothing that a policy or the context could change stands in the way"


def why_not_text(why_not: WhyNot, *, headline: bool) -> RenderableType:
    """The misses in their order, each with its change."""
    shown: list[RenderableType] = [request_text(why_not.decision)] if headline else [*heading("in the way")]
    if not why_not.misses:
        allowed = why_not.decision.decision is Outcome.ALLOW
        return Group(*shown, rows([("", "the request is allowed" if allowed else _NOTHING)]))
    told: list[list[str]] = []
    for number, miss in enumerate(why_not.misses, 1):
        shown += [Text(), _title(number, miss)]
        for one in (miss.statement,) if miss.statement is not None else miss.near:
            shown += statement_lines(one)
        shown += _change(miss.change, told)
        told.append(_words(miss.change))
    return Group(*shown)


def _title(number: int, miss: Miss) -> RenderableType:
    if miss.gap is not None:
        words = gap_words(miss.gap)
    else:
        words = "a Deny applies" if miss.kind == "deny" else "an Allow lacks only its conditions"
    return rows([(Text(f"{number}.", style="bold"), Text(words, style="bold"))])


def _words(change: tuple[Step, ...]) -> list[str]:
    """What tells two changes apart, whatever the order of their steps."""
    return sorted(step.words for step in change)


def _change(change: tuple[Step, ...], told: list[list[str]]) -> list[RenderableType]:
    if not change:
        return [rows([("", Text("no change was found that makes both evaluators allow it", style="yellow"))])]
    if _words(change) in told:
        return [rows([("", f"the change of {told.index(_words(change)) + 1} takes this away too")])]
    return [rows(line for at, step in enumerate(change) for line in _step(step, first=at == 0))]


def _step(step: Step, *, first: bool) -> list[tuple[str, Text, Text]]:
    head = Text("change" if first else "and", style="bold green")
    lines = [("", head, Text(step.words))]
    blank = Text()
    if step.context:
        keys = ", ".join(f"{key} = {', '.join(values) or 'absent'}" for key, values in step.context.items())
        lines.append(("", blank, Text(f"checked with {keys}", style="dim")))
    if step.added:
        lines.append(("", blank, Text(step.added, style="dim")))
    if step.grants:
        lines.append(("", blank, Text.assemble(("this grants more: ", "yellow"), step.grants)))
    return lines
