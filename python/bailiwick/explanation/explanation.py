"""A decision with everything that was looked at, as data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from bailiwick.cases import simulate
from bailiwick.errors import NoDocuments
from bailiwick.models import Decision, MatchedStatement, Outcome, Registry
from bailiwick.reference import Gap, LayerTrace, StatementTrace, Trace, explain

if TYPE_CHECKING:
    from rich.console import RenderableType

_COMPARED = ("decision", "reason", "deciding_layer", "matched", "missing_keys", "indeterminate")


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
        NoDocuments: The two evaluators decide it differently.
    """
    trace = explain(case, registry=registry)
    compiled = simulate(case, registry=registry)
    decision = replace(
        trace.decision,
        decision=Outcome(compiled["decision"]),
        matched=tuple(MatchedStatement(**one) for one in compiled["matched"]),
        missing_keys=tuple(compiled["missing_keys"]),
        **{name: compiled[name] for name in ("reason", "deciding_layer", "indeterminate")},
    )
    return _explanation(decision, trace)


def explain_decision(decision: Decision, case: Mapping[str, Any], registry: Registry) -> Explanation:
    """The explanation of a decision that the engine made, from the case that must have the same one.

    Raises:
        NoDocuments: It has another.
    """
    return _explanation(decision, explain(case, registry=registry))


def _explanation(decision: Decision, trace: Trace) -> Explanation:
    same_decision(decision, trace.decision)
    return Explanation(decision=decision, layers=trace.layers, gaps=trace.gaps, context=trace.context)


def same_decision(decision: Decision, plain: Decision) -> None:
    """Refuses to explain a decision that the reference evaluator does not make.

    Raises:
        NoDocuments: They differ.
    """
    if any(getattr(plain, name) != getattr(decision, name) for name in _COMPARED):
        raise NoDocuments(
            f"the engine says {_words(decision)}, its documents say {_words(plain)}; "
            "an engine from bytes must be given the snapshot that the bytes were made from"
        )


def _words(decision: Decision) -> str:
    matched = ", ".join(f"`{one.policy}` statement {one.statement}" for one in decision.matched)
    return f"{decision.decision} ({decision.reason}{': ' + matched if matched else ''})"
