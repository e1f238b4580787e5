"""Requests put to the reference evaluator, which says what every statement says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bailiwick.errors import ValidationError
from bailiwick.models import DEFAULT_PROFILE, Decision, PolicyKind, Registry, ServiceProfile
from bailiwick.reference.case import CaseError, decide, read, resource_kind
from bailiwick.reference.document import Document
from bailiwick.reference.evaluate import Said, applicable, ask
from bailiwick.reference.grammar import parse
from bailiwick.reference.request import Layers, Policy, Request
from bailiwick.reference.text import fold

#: Reasons of decisions for which no statement is looked at (E-07, E-26, B-23).
_BEFORE_POLICIES = ("partition_mismatch", "always_allowed")
_LISTS = {"identity": PolicyKind.IDENTITY, "session": PolicyKind.SESSION, "endpoint": PolicyKind.ENDPOINT}
_LEVELS = {"scp": PolicyKind.SCP, "rcp": PolicyKind.RCP}


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, and what the statements of the layers that bind the request say of it; none if none was looked at."""

    decision: Decision
    request: Request
    said: tuple[Said, ...]


class Questions:
    """Asks the reference evaluator; a document that many requests are put to is parsed once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._parsed: dict[tuple[str, PolicyKind, ServiceProfile], Document] = {}

    def ask(self, case: Mapping[str, Any], decision: Decision | None = None) -> Answer:
        """Decides a self-contained case.

        Args:
            case: Its documents are given as `{id, document}`.
            decision: The decision where it is known already; it is not made again.

        Raises:
            ValidationError: The request has no decision.
            MalformedPolicyDocument: A document breaks a rule of the grammar.
        """
        try:
            request, _no_layers = read({"request": case["request"]}, self.registry)
        except CaseError as error:
            raise ValidationError(str(error.members["message"]), str(error.members["path"])) from None
        layers = self._layers(case["layers"], request)
        if decision is None:
            decision = decide(request, layers, strict=True)
        early = decision.reason in _BEFORE_POLICIES or fold(request.action) == "sts:getcalleridentity"
        said = [] if early else ask(request, applicable(request, layers))
        return Answer(decision, request, tuple(said))

    def _layers(self, given: Mapping[str, Any], request: Request) -> Layers:
        found: dict[str, Any] = {}
        for layer, kind in _LISTS.items():
            if layer in given:
                listed = given[layer] if isinstance(given[layer], list) else [given[layer]]
                found[layer] = [self._policy(one, kind) for one in listed]
        for layer, kind in _LEVELS.items():
            if layer in given:
                found[layer] = [[self._policy(one, kind) for one in level] for level in given[layer]]
        if "boundary" in given:
            found["boundary"] = [self._policy(given["boundary"], PolicyKind.BOUNDARY)]
        if "resource" in given:
            found["resource"] = [self._policy(given["resource"], *resource_kind(request, self.registry))]
        return Layers(**found)

    def _policy(self, given: Mapping[str, str], kind: PolicyKind, profile: ServiceProfile = DEFAULT_PROFILE) -> Policy:
        key = (given["document"], kind, profile)
        if key not in self._parsed:
            self._parsed[key] = parse(key[0], kind, profile=profile, registry=self.registry)
        return Policy(given["id"], self._parsed[key])
