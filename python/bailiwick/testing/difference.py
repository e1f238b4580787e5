"""A result for people: what was expected, what came instead, and which statement or lack of one made it so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bailiwick.context import context_strings
from bailiwick.errors import BailiwickError
from bailiwick.models import Context, Decision, Outcome
from bailiwick.reference.trace import StatementTrace, Trace, explain
from bailiwick.snapshot_documents import HeldDocument
from bailiwick.source_text import place_of
from bailiwick.testing.case import Case, Difference
from bailiwick.testing.run import Result
from bailiwick.testing.sources import Source

#: Statements shown of those that were near, and scalars of what an element lists.
_NEAREST, _WIDTH = 3, 200
_GUARDRAILS = ("rcp", "scp", "endpoint")
_COLORS = {"FAILED": "31", "ERROR": "31", "PASSED": "32", "allow": "32", "explicit_deny": "31", "implicit_deny": "31"}


def paint(word: str, *, color: bool, style: str | None = None) -> str:
    """A word in the colour of what it says, where colours are wanted."""
    code = style or _COLORS.get(word)
    return f"\033[{code}m{word}\033[0m" if color and code else word


def result_text(result: Result, *, color: bool = False) -> str:
    """A result that is not as expected, over several lines."""
    case = result.case
    word = "ERROR" if result.status == "error" else result.status.upper()
    lines = [f"{paint(word, color=color)} {case.place}  {paint(case.name, color=color, style='1')}"]
    lines += [f"  {line}" for line in request_lines(case.caller, case.action, case.resource, case.context)]
    if case.why is not None:
        lines.append(f"  why: {case.why}")
    if result.error is not None:
        return "\n".join([*lines, f"  {result.error}"])
    lines += [f"  {line}" for line in difference_lines(result.differences, color=color)]
    if result.other is not None:
        lines.append(f"  the evaluators differ: the reference says {result.other.decision} ({result.other.reason})")
    if result.decision is not None:
        lines += [f"  {line}" for line in reason_lines(result.decision, case, result.suite.source)]
    return "\n".join(lines)


def request_lines(caller: str, action: str, resource: str, context: Context) -> Iterator[str]:
    """A request."""
    yield caller
    yield f"{action} on {resource}"
    try:
        keys: Mapping[str, list[str]] = context_strings(context)
    except TypeError:  # the error that follows names the key
        return
    if keys:
        yield "with " + ", ".join(f"{key}={'|'.join(values) or '(missing)'}" for key, values in keys.items())


def difference_lines(differences: Sequence[Difference], *, color: bool = False) -> Iterator[str]:
    """A table of what differs."""
    if not differences:
        return
    rows = [("", "expected", "got"), *differences]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, expected, got in rows:
        # Padded before it is painted: colours have no width.
        wanted = paint(expected, color=color) + " " * (widths[1] - len(expected))
        yield f"  {name:<{widths[0]}}  {wanted}  {paint(got, color=color)}".rstrip()


def reason_lines(decision: Decision, case: Case, source: Source) -> Iterator[str]:
    """Why a decision is what it is: the deciding statements, or those that came nearest."""
    try:
        trace = explain(source.case_of(case), registry=source.registry)
    except BailiwickError:  # a trace is a help, the decision stands without
        return
    yield from trace_lines(decision, trace, source.documents)


def trace_lines(decision: Decision, trace: Trace, documents: Sequence[HeldDocument]) -> Iterator[str]:
    """Why a decision is what it is, from its trace."""
    texts = {document.id: document.text for document in documents}
    if decision.decision is Outcome.IMPLICIT_DENY:
        yield from _nearest(decision, trace, texts)
    else:
        yield from _deciding(decision, trace, texts)


def _deciding(decision: Decision, trace: Trace, texts: Mapping[str, str]) -> Iterator[str]:
    """The statements that decided; of an Allow, those of the guardrails last and in short."""
    word = "allowed" if decision.allowed else "denied"
    if not decision.matched:
        yield f"{word}: {decision.reason}"
    matched = {(one.layer, one.level, one.policy, one.statement) for one in decision.matched}
    found = [one for one in trace.statements if (one.layer, one.level, one.policy, one.statement) in matched]
    guards = [one for one in found if decision.allowed and one.layer in _GUARDRAILS]
    for one in found:
        if one not in guards:
            yield f"{word} by {_where(one, texts)}"
            yield from _elements(one)
    for policy in dict.fromkeys((one.layer, one.policy, one.statement) for one in guards):
        levels = [str(one.level) for one in guards if (one.layer, one.policy, one.statement) == policy]
        yield f"let through by {policy[1]}, statement {policy[2]} ({policy[0]} level {', '.join(levels)})"


def _nearest(decision: Decision, trace: Trace, texts: Mapping[str, str]) -> Iterator[str]:
    """The Allow statements that came nearest in the layer that has none."""
    layer, service = decision.deciding_layer, decision.action.split(":")[0].lower()
    allows = [one for one in trace.statements if one.layer == layer and one.effect == "Allow" and not one.applies]
    if layer is None:
        yield f"denied: {decision.reason}"
    elif not allows:
        yield f"denied: the {layer} layer has no Allow statement that binds this request"
    else:
        yield f"denied: nothing in the {layer} layer allows it; nearest:"
        least = min(_distance(one, service) for one in allows)
        for one in [one for one in allows if _distance(one, service) == least][:_NEAREST]:
            yield f"  {_where(one, texts)}"
            yield from (f"  {line}" for line in _elements(one, failing=True))
    if decision.missing_keys:
        yield f"not in the context: {', '.join(decision.missing_keys)}"


def _distance(one: StatementTrace, service: str) -> int:
    """How many elements fail; actions of other services are further away than those of the same."""
    other = one.elements[0 if one.elements[0].name.endswith("Action") else 1]
    far = (
        other.value != "T"
        and not other.name.startswith("Not")
        and not any(value.lower().startswith(f"{service}:") for value in other.expected)
    )
    return sum(element.value != "T" for element in one.elements) + far


def _where(one: StatementTrace, texts: Mapping[str, str]) -> str:
    sid = f" `{one.sid}`" if one.sid else ""
    level = f" level {one.level}" if one.layer in ("scp", "rcp") else ""
    place = place_of(texts.get(one.policy, ""), one.line, one.column)
    where = f"  {place}" if place is not None else f"  line {one.line} of the document"
    return f"{one.policy}, statement {one.statement}{sid} ({one.effect}, {one.layer}{level}){where}"


def _elements(one: StatementTrace, *, failing: bool = False) -> Iterator[str]:
    for element in one.elements:
        if failing and element.value == "T":
            continue
        yield f"  {element.value}  {element.name}: {_cut(element.expected)}"
        if failing or element.name not in ("Principal", "Action", "Resource"):
            yield f"     found {_cut(element.actual) or 'missing'}"


def _cut(values: tuple[str, ...]) -> str:
    text = ", ".join(f"`{value}`" for value in values)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"
