"""A decision with everything that was looked at, as data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bailiwick.agreement import require_compiled, require_engine
from bailiwick.models import Decision, Registry
from bailiwick.reference import Gap, LayerTrace, StatementTrace, explain

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a request was decided as it was; true in a boolean context iff it is allowed.

    `str()` gives the text that a terminal shows, without colours; `rich.print` gives it with them.

    Attributes:
        decision: The decision, as `Engine.check` gives it.
        layers: Every layer of the request with its policies, statements and elements, in the order of step 1 of the
            algorithm (5.3); none if no policy was read (E-07, E-26).
        gaps: For an implicit deny the layers that lack an Allow, the deciding one first.
        context: The keys of the request, those that the engine derived included, with their values.
    """

    decision: Decision
    layers: tuple[LayerTrace, ...]
    gaps: tuple[Gap, ...]
    context: Mapping[str, tuple[str, ...]]

    def __bool__(self) -> bool:
        return self.decision.allowed

    @property
    def statements(self) -> tuple[StatementTrace, ...]:
        """All statements, in the order of the layers."""
        return tuple(one for layer in self.layers for policy in layer.policies for one in policy.statements)

    @property
    def deciding(self) -> tuple[StatementTrace, ...]:
        """The statements that the decision rests on (E-40); those of the deciding layer first."""
        first = self.decision.deciding_layer
        return tuple(sorted((one for one in self.statements if one.decides), key=lambda one: one.layer != first))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data that `json` can write: the decision's members, then `gaps`, `layers` and `context`."""
        told = asdict(self.decision) | {"message": self.decision.message}
        layers = [asdict(layer) for layer in self.layers]
        context = {key: list(values) for key, values in self.context.items()}
        return {**told, "gaps": [asdict(gap) for gap in self.gaps], "layers": layers, "context": context}

    def render(self, *, all_statements: bool = False) -> RenderableType:
        """The explanation for people: the deciding statements, then what each layer says.

        Args:
            all_statements: Show those as well that had no part in the decision.
        """
        from bailiwick.explanation.render import explanation_text

        return explanation_text(self, all_statements=all_statements)

    def __str__(self) -> str:
        from bailiwick.explanation.render import plain

        return plain(self.render())

    def __rich__(self) -> RenderableType:
        return self.render()


def explain_case(case: str | bytes | Mapping[str, Any], *, registry: Registry | None = None) -> Explanation:
    """Decides a self-contained case and explains the decision; see `bailiwick.simulate` for its members.

    Raises:
        ValidationError: The case has no decision.
        PolicyEvaluation: The two evaluators decide it differently.
    """
    trace = explain(case, registry=registry)
    require_compiled(case, trace.decision, registry or Registry())
    return Explanation(decision=trace.decision, layers=trace.layers, gaps=trace.gaps, context=trace.context)


def explain_decision(decision: Decision, case: Mapping[str, Any], registry: Registry) -> Explanation:
    """The explanation of a decision that the engine made, from the case that must have the same one.

    Raises:
        NoDocuments: It has another.
    """
    trace = explain(case, registry=registry)
    require_engine(decision, trace.decision)
    return Explanation(decision=decision, layers=trace.layers, gaps=trace.gaps, context=trace.context)
