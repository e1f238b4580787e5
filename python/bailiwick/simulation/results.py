"""From decided pairs to the results of one action (S-10…30)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bailiwick.context import fold
from bailiwick.simulation.decide import Pair
from bailiwick.simulation.shapes import Decided, EvaluationResult, MatchedStatement, ResourceSpecificResult

#: The more restrictive, the later.
_RANK: tuple[Decided, ...] = ("allowed", "implicitDeny", "explicitDeny")
_NAMES: Mapping[str, str] = {
    "identity": "IAM Policy",
    "resource": "Resource Policy",
    "boundary": "Permissions Boundary Policy",
}


def result_of(action: str, pairs: Sequence[Pair], name: str, *, by_resource: bool) -> EvaluationResult:
    """The result of an action.

    Args:
        action: As it was given.
        pairs: One for each resource, in the order of the request.
        name: `EvalResourceName`.
        by_resource: Whether concrete resources were asked for (S-11).
    """
    found: EvaluationResult = {
        "EvalActionName": action,
        "EvalResourceName": name,
        "EvalDecision": worst(pair.decision for pair in pairs),
        "MatchedStatements": _united(pairs),
        "MissingContextValues": _missing(pairs),
    }
    if any("scp" in pair.layers for pair in pairs):
        found["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": all(_passes(pair, "scp") for pair in pairs)}
    if any("boundary" in pair.layers for pair in pairs):
        allowed = all(_passes(pair, "boundary") for pair in pairs)
        found["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    details = [detail for detail in map(_details, pairs) if detail is not None]
    if by_resource and details:
        names = dict.fromkeys(name for detail in details for name in detail)
        found["EvalDecisionDetails"] = {name: worst(detail[name] for detail in details if name in detail) for name in names}
    if by_resource:
        found["ResourceSpecificResults"] = [_specific(pair) for pair in pairs]
    return found


def worst(decisions: Iterable[Decided]) -> Decided:
    """The most restrictive of several (S-11)."""
    return max(decisions, key=_RANK.index)


def _passes(pair: Pair, layer: str) -> bool:
    return pair.layers.get(layer, "allowed") == "allowed"


def _details(pair: Pair) -> dict[str, Decided] | None:
    """What each kind of policy came to, for requests across accounts; `None` where the simulation ends with the SCPs (S-24)."""
    if pair.resource == "*" or not _passes(pair, "scp"):
        return None
    if not pair.crosses_accounts:
        return {}
    layers: Mapping[str, Decided] = {"resource": "implicitDeny", **pair.layers}
    return {name: layers[layer] for layer, name in _NAMES.items() if layer in layers}


def _specific(pair: Pair) -> ResourceSpecificResult:
    found: ResourceSpecificResult = {
        "EvalResourceName": pair.resource,
        "EvalResourceDecision": pair.decision,
        "MatchedStatements": list(pair.matched),
        "MissingContextValues": list(pair.missing),
    }
    details = _details(pair)
    if details is not None:
        found["EvalDecisionDetails"] = details
    if "boundary" in pair.layers:
        found["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": _passes(pair, "boundary")}
    return found


def _united(pairs: Iterable[Pair]) -> list[MatchedStatement]:
    """The statements of all pairs, each once (S-20)."""
    found: list[MatchedStatement] = []
    for pair in pairs:
        found += [one for one in pair.matched if one not in found]
    return found


def _missing(pairs: Iterable[Pair]) -> list[str]:
    """The missing keys of all pairs, each once, sorted (S-30)."""
    spellings: dict[str, str] = {}
    for pair in pairs:
        for key in pair.missing:
            spellings.setdefault(fold(key), key)
    return [spelling for _, spelling in sorted(spellings.items())]
