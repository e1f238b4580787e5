"""What stands between a denied request and an Allow, and the smallest change that would take it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from bailiwick.agreement import require_compiled, require_engine
from bailiwick.context import fold
from bailiwick.explanation.context_steps import context_steps, failing
from bailiwick.explanation.draft import Draft, Impossible, Place
from bailiwick.explanation.policy_steps import exception_step, statement_step
from bailiwick.explanation.step import Made, Step
from bailiwick.models import Decision, Outcome, Registry
from bailiwick.reference import Gap, StatementTrace
from bailiwick.reference.evaluate import Said, crosses_accounts
from bailiwick.reference.request import Layers
from bailiwick.reference.trace import look, statement_trace
from bailiwick.reference.truth import T

if TYPE_CHECKING:
    from rich.console import RenderableType

MissKind: TypeAlias = Literal["deny", "statement", "layer"]

#: Steps of one change; statements that are tried; statements that are named beside a layer; looks at the outcome of steps.
STEPS, TRIED, NEAR, LOOKS = 8, 20, 3, 200
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

    def render(self, *, headline: bool = True) -> RenderableType:
        """The misses for people.

        Args:
            headline: Start with the request and its decision.
        """
        from bailiwick.explanation.render_why_not import why_not_text

        return why_not_text(self, headline=headline)

    def __str__(self) -> str:
        from bailiwick.explanation.render import plain

        return plain(self.render())

    def __rich__(self) -> RenderableType:
        return self.render()


def why_not_case(case: str | bytes | Mapping[str, Any], *, limit: int = 5, registry: Registry | None = None) -> WhyNot:
    """What stands between a self-contained case and an Allow; see `bailiwick.simulate` for its members.

    Args:
        case: The case.
        limit: At most this many misses.
        registry: What the host registers besides the built-in services and partitions.

    Raises:
        ValidationError: The case has no decision.
        PolicyEvaluation: The two evaluators decide it differently.
    """
    draft, layers = Draft.of(case, registry or Registry())
    require_compiled(case, draft.look().decision, draft.registry)
    return WhyNot(decision=draft.look().decision, misses=_Search(draft, layers).misses()[:limit])


def why_not_decision(decision: Decision, case: Mapping[str, Any], registry: Registry, limit: int) -> WhyNot:
    """What stands between a decision of the engine and an Allow, from the case that must have the same decision.

    Raises:
        NoDocuments: It has another.
    """
    draft, layers = Draft.of(case, registry)
    require_engine(decision, draft.look().decision)
    return WhyNot(decision=decision, misses=_Search(draft, layers).misses()[:limit])


class _Search:
    """The search for misses and changes of one case; it ends when it has looked often enough."""

    def __init__(self, draft: Draft, layers: Layers) -> None:
        self.draft, self.layers, self.looks = draft, layers, 0

    def misses(self) -> tuple[Miss, ...]:
        seen = self.draft.look()
        if seen.decision.allowed:
            return ()
        if seen.decision.decision is Outcome.EXPLICIT_DENY:
            found = [self._deny(place, said) for place, said in _deciding(self.draft)]
        else:
            nearly = list(self._nearly())
            shown = [miss.statement for miss in nearly]
            found = [*nearly, *(self._layer(gap, shown) for gap in seen.gaps)]
        return tuple(sorted(found, key=_rank))

    def _told(self, said: Said) -> StatementTrace:
        return statement_trace(said, self.draft.request, self.draft.look().decision)

    def _deny(self, place: Place, said: Said) -> Miss:
        change = self._first_change(_lifting(self.draft, place, said))
        return Miss(kind="deny", layer=said.layer, level=said.level, statement=self._told(said), change=change)

    def _nearly(self) -> Iterator[Miss]:
        """Allow statements that other context keys would make apply."""
        for said in _conditional(self.draft):
            change = self._first_change(context_steps(self.draft, said))
            if change:
                yield Miss(kind="statement", layer=said.layer, level=said.level, statement=self._told(said), change=change)

    def _layer(self, gap: Gap, shown: list[StatementTrace | None]) -> Miss:
        level = gap.level or 0
        change = self._first_change(_possible(lambda: statement_step(self.draft, gap)))
        near = tuple(one for one in self._lacking_one(gap.layer, level) if one not in shown)
        return Miss(kind="layer", layer=gap.layer, level=level, near=near[:NEAR], gap=gap, change=change)

    def _lacking_one(self, layer: str, level: int) -> Iterator[StatementTrace]:
        """Allow statements of a layer that lack one element: another than the action, then the action of the same service."""
        allows = [
            said
            for said in look(self.draft.request, self.layers).said
            if (said.layer, said.level, said.statement.effect) == (layer, level, "Allow") and not said.applies
        ]
        told = [self._told(said) for said in allows if said.action is T or _names_service(said, self.draft.request.action)]
        near = [one for one in told if len([element for element in one.elements if element.value != "T"]) == 1]
        yield from sorted(near, key=lambda one: any(e.value != "T" and e.name in ("Action", "NotAction") for e in one.elements))

    def _first_change(self, starts: Iterable[Made]) -> tuple[Step, ...]:
        """The first start that can be completed."""
        completed = (self._completed(made) for made in starts)
        return next((change for change in completed if change), ())

    def _completed(self, first: Made) -> tuple[Step, ...]:
        """A first step, and those that are still needed after it; nothing if they do not lead to an Allow."""
        steps = [first]
        while len(steps) <= STEPS and self.looks < LOOKS:
            self.looks += 1
            if steps[-1].draft.look().decision.allowed:
                return self._checked(steps)
            following = next(self._next(steps[-1].draft, STEPS - len(steps)), None)
            if following is None:
                return ()
            steps.append(following)
        return ()

    def _next(self, draft: Draft, left: int) -> Iterator[Made]:
        """Steps that take away what decides now, those that need no other policy first; `left` is how many may be taken."""
        seen = draft.look()
        if seen.decision.decision is Outcome.EXPLICIT_DENY:
            place, said = next(_deciding(draft))
            # One exception takes away one Deny.
            can_except = len(seen.decision.matched) <= left
            for made in _lifting(draft, place, said) if can_except else context_steps(draft, said):
                self.looks += 1
                after = made.draft.look().decision
                if after.decision is not Outcome.EXPLICIT_DENY or len(after.matched) < len(seen.decision.matched):
                    yield made
        elif seen.gaps:
            for said in _conditional(draft):
                for made in context_steps(draft, said):
                    self.looks += 1
                    then = made.draft.look()
                    if then.decision.decision is not Outcome.EXPLICIT_DENY and len(then.gaps) < len(seen.gaps):
                        yield made
            yield from _possible(lambda: statement_step(draft, seen.gaps[0]))

    def _checked(self, steps: list[Made]) -> tuple[Step, ...]:
        """The steps without those that are not needed, if both evaluators allow the request after them."""
        for made in list(steps):
            fewer = _replayed(self.draft, [one for one in steps if one.again is not made.again])
            if fewer and fewer[-1].draft.look().decision.allowed:
                steps = fewer
        return tuple(made.step for made in steps) if steps[-1].draft.is_allowed_by_both() else ()


def _rank(miss: Miss) -> tuple[bool, int, int, bool]:
    """Changes of the request before those of policies, few steps before many, exact ones before wider ones."""
    worst = max((_ORDER.index(step.kind) for step in miss.change), default=0)
    return not miss.change, worst, len(miss.change), any(step.grants for step in miss.change)


def _deciding(draft: Draft) -> Iterator[tuple[Place, Said]]:
    """The statements that deny, those of the deciding layer first."""
    matched = draft.look().decision.matched
    return ((place, said) for place, said in draft.said() if said.applies and said.reference in matched)


def _lifting(draft: Draft, place: Place, said: Said) -> Iterator[Made]:
    """Steps that keep a Deny from applying."""
    yield from context_steps(draft, said)
    yield from _possible(lambda: exception_step(draft, place, said))


def _conditional(draft: Draft) -> list[Said]:
    """Allow statements that lack their conditions alone, in layers where one more Allow could matter; the nearest first."""
    layers = {gap.layer for gap in draft.look().gaps}
    if layers & {"identity", "boundary"} and not crosses_accounts(draft.request):
        layers.add("resource")  # it can grant what they do not
    found = [
        said
        for _place, said in draft.said()
        if said.layer in layers and said.statement.effect == "Allow" and not said.applies and said.resource is T
    ]
    return sorted(found, key=lambda said: len(failing(draft, said)))[:TRIED]


def _names_service(said: Said, action: str) -> bool:
    start = fold(action.split(":")[0]) + ":"
    return any(fold(pattern).startswith(start) for pattern in said.statement.action[1])


def _possible(make: Callable[[], Made]) -> Iterator[Made]:
    try:
        yield make()
    except Impossible:
        return


def _replayed(draft: Draft, steps: Iterable[Made]) -> list[Made]:
    """The steps made anew, one upon the other; none if they cannot be."""
    made: list[Made] = []
    try:
        for step in steps:
            made.append(step.again(made[-1].draft if made else draft))
    except (Impossible, LookupError):  # a step may name what a step before it made
        return []
    return made
