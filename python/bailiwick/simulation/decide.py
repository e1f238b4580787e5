"""One action on one resource, decided by the compiled engine, with the details that results show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bailiwick.agreement import require_compiled
from bailiwick.errors import InvalidInput, ValidationError
from bailiwick.models import Outcome, Registry
from bailiwick.reference.case import CaseError, read
from bailiwick.reference.evaluate import ORDER, Result, Said
from bailiwick.reference.request import Layers
from bailiwick.reference.trace import look
from bailiwick.simulation.caller import Caller
from bailiwick.simulation.policies import Policies, SourcePolicy
from bailiwick.simulation.shapes import Decided, MatchedStatement

_DECIDED: Mapping[str, Decided] = {
    "ALLOW": "allowed",
    "DENY": "explicitDeny",
    "NONE": "implicitDeny",
    Outcome.EXPLICIT_DENY: "explicitDeny",
    Outcome.IMPLICIT_DENY: "implicitDeny",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """What was decided of one action on one resource.

    Attributes:
        resource: `*` or an ARN.
        decision: `EvalDecision`.
        matched: Statements that decided, in the order of E-40.
        missing: Condition keys that relevant statements read and the context lacks.
        layers: What each layer came to by itself.
        crosses_accounts: Caller and resource are of different accounts (S-06).
    """

    resource: str
    decision: Decided
    matched: tuple[MatchedStatement, ...]
    missing: tuple[str, ...]
    layers: Mapping[str, Decided]
    crosses_accounts: bool


class Simulation:
    """Policies, a caller and a context; asked for one pair after the other.

    The documents are parsed once by the reference evaluator, which says where statements stand and what each layer comes to;
    the decisions are the compiled engine's, and the two must agree.
    """

    def __init__(self, policies: Policies, caller: Caller, context: Mapping[str, list[str]], registry: Registry) -> None:
        self.policies, self.caller, self.context, self.registry = policies, caller, context, registry
        self.layers, self._sources = _layers(policies)
        self._parsed: Layers | None = None

    def decide(self, action: str, resource: str) -> Pair:
        """Decides one pair.

        Raises:
            InvalidInput: A policy is malformed (S-03).
            ValidationError: The resource is not well formed (M-10).
            PolicyEvaluation: The evaluators differ.
        """
        request = self.caller.request(action, resource, self.context)
        if self.policies.resource is None:
            # Without a resource's own policy only the caller's side is asked, as AWS's simulator does (B-51).
            request["trust_mode"] = "default"
        asked, parsed = self._read(request)
        seen = look(asked, parsed)
        require_compiled(json.dumps({"request": request, "layers": self.layers}), seen.decision, self.registry)
        return Pair(
            resource=resource,
            decision="allowed" if seen.decision.allowed else _DECIDED[seen.decision.decision],
            matched=tuple(self._statement(said) for said in self._matched(seen.said, seen.decision.matched)),
            missing=seen.decision.missing_keys,
            layers=_decided(seen.results),
            crosses_accounts=self.caller.crosses_accounts(resource),
        )

    def _read(self, request: Mapping[str, Any]) -> tuple[Any, Layers]:
        """The request, and the layers; of these only the resource's is parsed anew, since its kind depends on the resource."""
        layers = self.layers if self._parsed is None else {name: self.layers[name] for name in self.layers if name == "resource"}
        try:
            asked, parsed = read({"request": request, "layers": layers}, self.registry)
        except CaseError as error:
            raise self._fault(error) from None
        if self._parsed is None:
            self._parsed = parsed
        held = self._parsed
        return asked, Layers(identity=held.identity, boundary=held.boundary, scp=held.scp, resource=parsed.resource)

    def _fault(self, error: CaseError) -> Exception:
        found = error.members
        source = self._sources.get(str(found["policy"]))
        if source is None:
            return ValidationError(str(found["message"]), str(found["path"]))
        place = f"line {found['line']} column {found['column']}"
        return InvalidInput(f"{source.id}: {place} at `{found['path']}`: {found['message']} [{found['code']}]")

    def _matched(self, said: tuple[Said, ...], matched: tuple[Any, ...]) -> list[Said]:
        """The statements that S-20 lets be seen, in the order of E-40."""
        shown = ("resource", "boundary", "identity")
        found = [one for one in said if one.applies and one.reference in matched and one.layer in shown]
        if any(one.statement.effect == "Allow" for one in found):
            found = [one for one in found if one.layer != "boundary"]
        return sorted(found, key=lambda one: (ORDER.index(one.layer), self._sources[one.policy].id.encode(), one.statement.index))

    def _statement(self, said: Said) -> MatchedStatement:
        source, statement = self._sources[said.policy], said.statement
        return {
            "SourcePolicyId": source.id,
            "SourcePolicyType": source.type,
            "StartPosition": {"Line": statement.line, "Column": statement.column},
            "EndPosition": {"Line": statement.end_line, "Column": statement.end_column},
        }


def _decided(results: Mapping[str, Result]) -> dict[str, Decided]:
    return {layer: _DECIDED[result.result] for layer, result in results.items()}


def _layers(policies: Policies) -> tuple[dict[str, Any], dict[str, SourcePolicy]]:
    """The layers of a case, and which policy each of its ids stands for: names alone may repeat."""
    sources: dict[str, SourcePolicy] = {}

    def policy(source: SourcePolicy) -> dict[str, str]:
        id = f"{len(sources)}"
        sources[id] = source
        return {"id": id, "document": source.document}

    layers: dict[str, Any] = {"identity": [policy(source) for source in policies.identity]}
    if policies.boundary is not None:
        layers["boundary"] = policy(policies.boundary)
    if policies.resource is not None:
        layers["resource"] = policy(policies.resource)
    if policies.scp is not None:
        layers["scp"] = [[policy(source) for source in level] for level in policies.scp]
    return layers, sources
