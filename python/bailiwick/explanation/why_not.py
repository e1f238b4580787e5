"""What stands between a denied request and an Allow, and the smallest change that would take it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from bailiwick.explanation.context_steps import context_steps
from bailiwick.explanation.draft import Draft, Impossible, Place
from bailiwick.explanation.explanation import same_decision
from bailiwick.explanation.policy_steps import exception_step, statement_step
from bailiwick.explanation.step import Made, Step
from bailiwick.models import Decision, Outcome, Registry
from bailiwick.reference import Gap, StatementTrace
from bailiwick.reference.evaluate import Said, crosses_accounts
from bailiwick.reference.trace import Trace

if TYPE_CHECKING:
    from rich.console import RenderableType

MissKind: TypeAlias = Literal["deny", "statement", "layer"]

#: Steps of one change; statements that are tried; statements that are named beside a layer.
STEPS, TRIED, NEAR = 8, 20, 3
Told: TypeAlias = list[tuple[tuple[Place, Said], StatementTrace]]
_ORDER = ("request", "tag", "statement", "exception")


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One thing that stands in the way.

    Attributes:
        kind: `deny`: a Deny applies. `statement`: an Allow would apply but for its conditions. `layer`: a layer lacks an Allow.
        layer: The layer it is in.
        level: Its SCP or RCP level.
        statement: The statement, for the first two kinds.
        near: For a layer the Allow statements that lack one element.
        gap: For a layer why it has to allow.
        change: Steps that together make the request allowed; empty if none were found. Both evaluators have allowed the request
            with them.
    """

    kind: MissKind
    layer: str
    level: int = 0
    statement: StatementTrace | None = None
    near: tuple[StatementTrace, ...] = ()
    gap: Gap | None = None
    change: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why a request is not allowed, nearest miss first; no misses if it is allowed.

    `str()` gives the text that a terminal shows, without colours; `rich.print` gives it with them.
    """

    decision: Decision
    misses: tuple[Miss, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data that `json` can write: the decision's members and `misses`."""
        told = asdict(self.decision) | {"message": self.decision.message}
        return {**told, "misses": [asdict(miss) for miss in self.misses]}

    def __str__(self) -> str:
        from bailiwick.explanation.render import plain

        return plain(self.__rich__())

    def __rich__(self) -> RenderableType:
        from bailiwick.explanation.render_why_not import why_not_text

        return why_not_text(self)


def why_not_case(case: str | bytes | Mapping[str, Any], *, limit: int = 5, registry: Registry | None = None) -> WhyNot:
    """What stands between a self-contained case and an Allow; see `bailiwick.simulate` for its members.

    Args:
        case: The case.
        limit: At most this many misses.
        registry: What the host registers besides the built-in services and partitions.

    Raises:
        ValidationError: The case has no decision.
    """
    draft = Draft.of(case, registry or Registry())
    trace = draft.trace()
    return WhyNot(decision=trace.decision, misses=_misses(draft, trace)[:limit])


def why_not_decision(decision: Decision, case: Mapping[str, Any], registry: Registry, limit: int) -> WhyNot:
    """What stands between a decision of the engine and an Allow, from the case that must have the same decision.

    Raises:
        NoExplanation: It has another.
    """
    found = why_not_case(case, limit=limit, registry=registry)
    same_decision(decision, found.decision)
    return WhyNot(decision=decision, misses=found.misses)


def _misses(draft: Draft, trace: Trace) -> tuple[Miss, ...]:
    if trace.decision.decision is Outcome.ALLOW:
        return ()
    told = list(zip(draft.said(), trace.statements, strict=True)) if trace.layers else []
    if trace.decision.decision is Outcome.EXPLICIT_DENY:
        found = [_deny(draft, place, said, one) for (place, said), one in told if one.decides]
    else:
        nearly = list(_nearly(draft, trace, told))
        shown = [miss.statement for miss in nearly]
        found = [*nearly, *(_layer(draft, trace, gap, shown) for gap in trace.gaps)]
    return tuple(sorted(found, key=_rank))


def _rank(miss: Miss) -> tuple[bool, int, int, bool]:
    """Changes of the request before those of policies, few steps before many, exact ones before wider ones."""
    worst = max((_ORDER.index(step.kind) for step in miss.change), default=0)
    return not miss.change, worst, len(miss.change), any(step.grants for step in miss.change)


def _deny(draft: Draft, place: Place, said: Said, one: StatementTrace) -> Miss:
    starts = _lifting(draft, place, said)
    return Miss(kind="deny", layer=one.layer, level=one.level, statement=one, change=_first_change(draft, starts))


def _lifting(draft: Draft, place: Place, said: Said) -> Iterator[Made]:
    yield from context_steps(draft, said)
    yield from _possible(lambda: exception_step(draft, place, said))


def _nearly(draft: Draft, trace: Trace, told: Told) -> Iterator[Miss]:
    """Allow statements that other context keys would make apply."""
    for said, one in _conditional(draft, trace, told):
        change = _first_change(draft, context_steps(draft, said))
        if change:
            yield Miss(kind="statement", layer=one.layer, level=one.level, statement=one, change=change)


def _conditional(draft: Draft, trace: Trace, told: Told) -> list[tuple[Said, StatementTrace]]:
    """Allow statements that lack their conditions alone, in layers where an Allow could matter; the nearest first."""
    layers = _layers_that_could(draft, trace)
    found = [
        (said, one)
        for (_place, said), one in told
        if one.layer in layers and one.effect == "Allow" and not one.applies and not _lacking(one, tests=False)
    ]
    return sorted(found, key=lambda pair: len(_lacking(pair[1])))[:TRIED]


def _layers_that_could(draft: Draft, trace: Trace) -> set[str]:
    """Layers in which one more Allow could matter: those with gaps, and a resource policy beside an identity policy."""
    layers = {gap.layer for gap in trace.gaps}
    return layers | {"resource"} if layers & {"identity", "boundary"} and not crosses_accounts(draft.request) else layers


def _lacking(one: StatementTrace, *, tests: bool = True) -> list[str]:
    """Elements of an Allow that are not T."""
    return [element.name for element in one.elements if element.value != "T" and (tests or element.key is None)]


def _layer(draft: Draft, trace: Trace, gap: Gap, shown: list[StatementTrace | None]) -> Miss:
    level = gap.level or 0
    near = [
        one
        for one in trace.statements
        if (one.layer, one.level) == (gap.layer, level) and one.effect == "Allow" and len(_lacking(one)) == 1 and one not in shown
    ]
    starts = _possible(lambda: statement_step(draft, gap))
    change = _first_change(draft, starts)
    return Miss(kind="layer", layer=gap.layer, level=level, near=_of_service(near)[:NEAR], gap=gap, change=change)


def _of_service(statements: list[StatementTrace]) -> tuple[StatementTrace, ...]:
    """Those that lack another element than the action, then those that name other actions of the service."""

    def lacks_action(one: StatementTrace) -> bool:
        return _lacking(one)[0] in ("Action", "NotAction")

    def names_service(one: StatementTrace) -> bool:
        action = next(element for element in one.elements if element.name in ("Action", "NotAction"))
        start = action.actual[0].split(":")[0].lower() + ":"
        return any(pattern.lower().startswith(start) for pattern in action.expected)

    others = [one for one in statements if not lacks_action(one)]
    return (*others, *(one for one in statements if lacks_action(one) and names_service(one)))


# Changes --------------------------------------------------------------------------------------------------------------


def _possible(make: Callable[[], Made]) -> Iterator[Made]:
    try:
        yield make()
    except Impossible:
        return


def _first_change(draft: Draft, starts: Iterable[Made]) -> tuple[Step, ...]:
    """The first start that can be completed."""
    completed = (_completed(draft, made) for made in starts)
    return next((change for change in completed if change), ())


def _completed(draft: Draft, first: Made) -> tuple[Step, ...]:
    """A first step, and those that are still needed after it; nothing if they do not lead to an Allow."""
    steps = [first]
    while len(steps) <= STEPS:
        trace = steps[-1].draft.trace()
        if trace.decision.allowed:
            return _checked(draft, steps)
        following = next(_next(steps[-1].draft, trace), None)
        if following is None:
            return ()
        steps.append(following)
    return ()


def _next(draft: Draft, trace: Trace) -> Iterator[Made]:
    """Steps that take away what decides now, those that need no other policy first."""
    told = list(zip(draft.said(), trace.statements, strict=True)) if trace.layers else []
    if trace.decision.decision is Outcome.EXPLICIT_DENY:
        place, said = next(found for found, one in told if one.decides)
        denies = len(trace.decision.matched)
        for made in _lifting(draft, place, said):
            after = made.draft.trace().decision
            if after.decision is not Outcome.EXPLICIT_DENY or len(after.matched) < denies:
                yield made
    elif trace.gaps:
        for said, _one in _conditional(draft, trace, told):
            for made in context_steps(draft, said):
                then = made.draft.trace()
                if then.decision.decision is not Outcome.EXPLICIT_DENY and len(then.gaps) < len(trace.gaps):
                    yield made
        yield from _possible(lambda: statement_step(draft, trace.gaps[0]))


def _checked(draft: Draft, steps: list[Made]) -> tuple[Step, ...]:
    """The steps without those that are not needed, if both evaluators allow the request after them."""
    for made in list(steps):
        fewer = _replayed(draft, [one for one in steps if one.again is not made.again])
        if fewer and fewer[-1].draft.trace().decision.allowed:
            steps = fewer
    return tuple(made.step for made in steps) if steps[-1].draft.is_allowed_by_both() else ()


def _replayed(draft: Draft, steps: Iterable[Made]) -> list[Made]:
    """The steps made anew, one upon the other; none if they cannot be."""
    made: list[Made] = []
    try:
        for step in steps:
            made.append(step.again(made[-1].draft if made else draft))
    except (Impossible, LookupError):  # a step may name what a step before it made
        return []
    return made
