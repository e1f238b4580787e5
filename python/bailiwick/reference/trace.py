"""Why a decision is what it is: every layer, policy, statement and element with its truth value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bailiwick.errors import ValidationError
from bailiwick.models import Decision, Outcome, PrincipalKind, Registry
from bailiwick.reference.case import CaseError, read
from bailiwick.reference.evaluate import (
    ORDER,
    Result,
    Said,
    applicable,
    ask,
    before_policies,
    crosses_accounts,
    gates,
    is_reachable,
    is_role,
    judge,
    levels_of,
    results_of,
    trust_mode,
)
from bailiwick.reference.matching import GRADES
from bailiwick.reference.request import Layers, Request
from bailiwick.reference.trace_element import Element, elements_of


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """One statement: where it stands, what its elements come to, whether it applies.

    Attributes:
        layer: Name of the layer (E-02).
        level: Index of the SCP or RCP level, 0 elsewhere.
        policy: Policy id.
        statement: 0-based position in the document.
        sid: Its `Sid`, if it has one.
        effect: `Allow` or `Deny`.
        line: Line of its `{` in the document's text, from 1.
        column: Column of it, from 1.
        end_line: Line of the place after its `}` (S-22).
        end_column: Column of that place.
        value: Its match value, `T`, `F` or `I` (N-05).
        applies: An Allow on `T`, a Deny on `T` or `I`.
        decides: It is one of the decision's matched statements (E-40).
        grade: Best grade of the caller in an Allow of a resource policy (M-42).
        elements: What its elements come to.
    """

    layer: str
    level: int
    policy: str
    statement: int
    sid: str | None
    effect: str
    line: int
    column: int
    end_line: int
    end_column: int
    value: str
    applies: bool
    decides: bool
    grade: str | None
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class PolicyTrace:
    """One document of a layer, with its statements in order."""

    id: str
    level: int
    statements: tuple[StatementTrace, ...]


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """One layer.

    Attributes:
        layer: Its name (E-02).
        result: `DENY`, `ALLOW` or `NONE` (E-03); `None` if it does not bind this request.
        exempt: The rule by which a layer that is there does not bind.
        levels: For SCPs and RCPs the result of each level, root first.
        grants: Grades by which a resource policy allows (E-04), best first.
        policies: Its documents, in the order in which they were given.
    """

    layer: str
    result: str | None
    exempt: str | None
    levels: tuple[str, ...]
    grants: tuple[str, ...]
    policies: tuple[PolicyTrace, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A layer that would have to allow and does not (E-13).

    Attributes:
        layer: Its name.
        level: Index of the SCP level that allows nothing; `None` elsewhere.
        rule: The rule that asks for an Allow here.
    """

    layer: str
    level: int | None
    rule: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A decision and everything that was looked at; `layers` is empty if no policy was read (E-07, E-26).

    Attributes:
        decision: The decision.
        layers: In the order of step 1 of the algorithm.
        gaps: For an implicit deny all layers that lack an Allow, the deciding one first.
        context: The keys of the request with their values; spellings equal under fold are one (C-05).
    """

    decision: Decision
    layers: tuple[LayerTrace, ...]
    gaps: tuple[Gap, ...]
    context: Mapping[str, tuple[str, ...]]

    @property
    def statements(self) -> Iterator[StatementTrace]:
        """All statements, in the order of the layers."""
        return (one for layer in self.layers for policy in layer.policies for one in policy.statements)


def explain(case: str | bytes | Mapping[str, Any], *, registry: Registry | None = None) -> Trace:
    """Decides a case and tells every step (C-23: nothing is cut short).

    Raises:
        ValidationError: The case has no decision.
    """
    try:
        request, layers = read(case, registry or Registry())
    except CaseError as error:
        raise ValidationError(f"{error.members['message']} [{error.members['code']}]", str(error.members["path"])) from None
    return trace(request, layers)


@dataclass(frozen=True, slots=True)
class Look:
    """A decision and what it came from; what `Trace` tells in words.

    Attributes:
        decision: The decision.
        bound: The layers that bind the request.
        said: What every statement says, in the order of `ask`.
        results: Results of the layers.
        gaps: As in `Trace`.
    """

    decision: Decision
    bound: Layers
    said: tuple[Said, ...] = ()
    results: Mapping[str, Result] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()


def look(request: Request, layers: Layers) -> Look:
    """Decides a request to layers that were read."""
    bound = applicable(request, layers)
    early = before_policies(request)
    if early is not None:
        return Look(early, bound)
    said = ask(request, bound)
    decision, results = judge(request, bound, said), results_of(bound, said)
    levels = [_level("scp", at, said) for at in range(len(bound.scp or []))]
    return Look(decision, bound, tuple(said), results, tuple(_gaps(request, decision, results, levels)))


def trace(request: Request, layers: Layers) -> Trace:
    """The trace of a request to layers that were read."""
    context = {request.spellings[key]: tuple(values) for key, values in request.context.items()}
    seen = look(request, layers)
    if not seen.results and not seen.gaps:
        return Trace(seen.decision, (), seen.gaps, context)
    told = iter([statement_trace(one, request, seen.decision) for one in seen.said])
    found = tuple(
        _layer(layer, request, seen, told)
        for layer in ORDER
        if getattr(layers, layer) is not None or getattr(seen.bound, layer) is not None
    )
    return Trace(seen.decision, found, seen.gaps, context)


def statement_trace(said: Said, request: Request, decision: Decision) -> StatementTrace:
    """One statement, told."""
    statement = said.statement
    return StatementTrace(
        layer=said.layer,
        level=said.level,
        policy=said.policy,
        statement=statement.index,
        sid=statement.sid,
        effect=statement.effect,
        line=statement.line,
        column=statement.column,
        end_line=statement.end_line,
        end_column=statement.end_column,
        value=said.value.value,
        applies=said.applies,
        decides=said.applies and said.reference in decision.matched,
        grade=said.grade if statement.effect == "Allow" else None,
        elements=elements_of(said, request),
    )


def _layer(layer: str, request: Request, seen: Look, told: Iterator[StatementTrace]) -> LayerTrace:
    """Takes the layer's statements, which come in the order of `ask`."""
    policies = tuple(
        PolicyTrace(policy.id, level, tuple(islice(told, len(policy.document.statements))))
        for level, listed in enumerate(levels_of(seen.bound, layer))
        for policy in listed
    )
    result = seen.results.get(layer)
    count = len(getattr(seen.bound, layer)) if layer in ("scp", "rcp") and result is not None else 0
    grants = result.grants if result is not None else frozenset[str]()
    return LayerTrace(
        layer=layer,
        result=result.result if result is not None else None,
        exempt=None if result is not None else _exemption(layer, request),
        levels=tuple(_level(layer, at, seen.said) for at in range(count)),
        grants=tuple(grade for grade in GRADES if grade in grants),
        policies=policies,
    )


def _level(layer: str, level: int, said: Sequence[Said]) -> str:
    """E-03, of one level."""
    effects = {one.statement.effect for one in said if (one.layer, one.level) == (layer, level) and one.applies}
    if "Deny" in effects:
        return "DENY"
    return "ALLOW" if layer == "rcp" or "Allow" in effects else "NONE"


def _exemption(layer: str, request: Request) -> str:
    """Why a layer that is there does not bind (B-29)."""
    if layer in ("scp", "rcp") and request.principal.slr:
        return "E-25"
    return {"scp": "E-10", "rcp": "E-11", "endpoint": "E-28"}.get(layer, "B-29")


def _gaps(request: Request, decision: Decision, results: dict[str, Result], levels: list[str]) -> list[Gap]:
    if decision.decision is not Outcome.IMPLICIT_DENY:
        return []
    found = [Gap("scp", at, "E-03") for at, result in enumerate(levels) if result == "NONE"]
    if "endpoint" in results and results["endpoint"].result == "NONE":
        found.append(Gap("endpoint", None, "E-28"))
    found += [Gap(layer, None, rule) for layer, rule in _own_gaps(request, results)]
    return sorted(found, key=lambda gap: gap.layer != decision.deciding_layer)


def _own_gaps(request: Request, results: dict[str, Result]) -> Iterator[tuple[str, str]]:
    """What steps 3 to 8 of the algorithm miss, in the order of E-13."""
    grants = results["resource"].grants if "resource" in results else frozenset[str]()
    kind = request.principal.kind
    if kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED_CALLER):
        if "DIRECT" not in grants:
            yield "resource", "E-24" if kind is PrincipalKind.SERVICE else "E-34"
        return
    if kind is PrincipalKind.ANONYMOUS:
        if not is_reachable(request):
            yield "resource", "X-02"
        elif "WILDCARD" not in grants or is_role(request.resource):
            yield "resource", "M-44"
        return
    identity, boundary, session = gates(request, results)
    if crosses_accounts(request):
        if not grants:
            yield "resource", "E-31"
    elif grants & {"ROLE", "ISSUER"}:
        identity = True  # E-13: the resource policy grants already
    elif trust_mode(request) == "resource_required" and not grants:
        yield "resource", "E-05"
    if not identity:
        yield "identity", "E-13"
    if not boundary:
        yield "boundary", "E-13"
    if not session:
        yield "session", "E-22" if "session" not in results else "E-21"
