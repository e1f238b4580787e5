"""A case that is changed step by step, to see what the changes come to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from bailiwick._json import JsonObject, read_json
from bailiwick.agreement import DECIDED
from bailiwick.cases import Evaluator, simulate
from bailiwick.context import fold
from bailiwick.errors import MalformedPolicyDocument, ValidationError
from bailiwick.models import DEFAULT_PROFILE, PolicyKind, PrincipalKind, Registry
from bailiwick.reference.case import CaseError, read, resource_kind
from bailiwick.reference.document import Document
from bailiwick.reference.evaluate import ORDER, Said, applicable, levels_of
from bailiwick.reference.grammar import parse
from bailiwick.reference.matching import action_part, principal_part
from bailiwick.reference.request import Layers, Policy, Request, joined
from bailiwick.reference.trace import Look, look
from bailiwick.reference.truth import F

#: Layers of one document, of a list of them, and of levels of lists.
_SINGLE, _LISTS, _LEVELS = ("boundary", "resource"), ("identity", "session", "endpoint"), ("scp", "rcp")


ENGINES: tuple[Evaluator, ...] = ("reference", "compiled")


class Impossible(Exception):
    """A change that makes no case, such as a statement that cannot be written."""


class Place(NamedTuple):
    """Which policy of a case: its layer, the level of an SCP or RCP, its number in the list."""

    layer: str
    level: int = 0
    at: int = 0


class Draft:
    """A case in one form: every policy an object of `id` and the text of its `document`.

    No step changes who asks for which action, so statements that are about others are left out of what is looked at.
    """

    def __init__(self, case: dict[str, Any], registry: Registry, request: Request, layers: Layers) -> None:
        self.case, self.registry, self.request, self._layers = case, registry, request, layers
        self._look: Look | None = None

    @classmethod
    def of(cls, case: str | bytes | Mapping[str, Any], registry: Registry) -> tuple[Draft, Layers]:
        """The draft of a case that has a decision, and its layers with all statements.

        Raises:
            ValidationError: It has none.
        """
        text = case.decode("utf-8") if isinstance(case, bytes) else case if isinstance(case, str) else json.dumps(case)
        try:
            request, layers = read(text, registry)
        except CaseError as error:
            raise ValidationError(f"{error.members['message']} [{error.members['code']}]", str(error.members["path"])) from None
        given = read_json(text, "case")
        asked = {name: value for name, value in given["request"].items() if name != "context"}
        held = {layer: _plain(layer, value) for layer, value in given.get("layers", {}).items()}
        return cls({"request": asked, "layers": held}, registry, request, _concerning(request, layers)), layers

    def look(self) -> Look:
        """The decision and what it comes from."""
        if self._look is None:
            self._look = look(self.request, self._layers)
        return self._look

    def said(self) -> Iterator[tuple[Place, Said]]:
        """What the statements say that are about this caller and action, and which policies they are of."""
        seen = self.look()
        places = (
            Place(layer, level, at)
            for layer in ORDER
            for level, policies in enumerate(levels_of(seen.bound, layer))
            for at, policy in enumerate(policies)
            for _statement in policy.document.statements
        )
        return zip(places, seen.said, strict=False)  # nothing is said where no policy is read

    def value(self, key: str) -> str | None:
        """The one value of a context key, if it has one."""
        values = self.request.values(key)
        return values[0] if len(values) == 1 else None

    def with_context(self, keys: Mapping[str, tuple[str, ...]]) -> Draft:
        """The same case with other values of some keys; none at all takes a key out."""
        spelled = {self.request.spellings[key]: values for key, values in self.request.context.items()}
        changed = {fold(key) for key in keys}
        context = {key: values for key, values in spelled.items() if fold(key) not in changed}
        context |= {key: list(values) for key, values in keys.items() if values}
        request = replace(self.request, context=joined(context), spellings={fold(key): key for key in context})
        return Draft(self.case, self.registry, request, self._layers)

    def with_policy(self, layer: str, level: int, id: str, document: str) -> Draft:
        """The same case with one more policy: in a layer of several, or where there was none."""
        made = {"id": id, "document": document}
        if layer in _SINGLE:
            return self._with(Place(layer), made, made)
        held = self.case["layers"].get(layer, [])
        if layer in _LISTS:
            return self._with(Place(layer, 0, len(held)), made, [*held, made])
        return self._with(Place(layer, level, len(held[level])), made, _put(held, level, [*held[level], made]))

    def has(self, layer: str) -> bool:
        """Whether a layer of one policy has it; it may be there and hold none (B-32)."""
        return bool(self.case["layers"].get(layer))

    def policy(self, place: Place) -> dict[str, str]:
        """`id` and `document` of a policy."""
        held = self.case["layers"][place.layer]
        if place.layer in _SINGLE:
            return dict(held)
        return dict((held[place.level] if place.layer in _LEVELS else held)[place.at])

    def with_document(self, place: Place, document: str) -> Draft:
        """The same case with another text of a policy."""
        made, held = {**self.policy(place), "document": document}, self.case["layers"][place.layer]
        if place.layer in _SINGLE:
            return self._with(place, made, made)
        if place.layer in _LISTS:
            return self._with(place, made, _put(held, place.at, made))
        return self._with(place, made, _put(held, place.level, _put(held[place.level], place.at, made)))

    def is_allowed_by_both(self) -> bool:
        """Whether both evaluators allow it, for the same reasons."""
        context = {self.request.spellings[key]: values for key, values in self.request.context.items()}
        text = json.dumps({**self.case, "request": {**self.case["request"], "context": context}})
        plain, compiled = (simulate(text, engine, registry=self.registry) for engine in ENGINES)
        return plain.get("decision") == "ALLOW" and all(compiled.get(name) == plain[name] for name in DECIDED)

    def is_user_or_root(self) -> bool:
        """Whether the caller's sessions can carry MFA (X-11…13)."""
        return self.request.principal.kind in (PrincipalKind.USER, PrincipalKind.ROOT)

    def _with(self, place: Place, policy: dict[str, str], value: Any) -> Draft:
        """The case with another value of a layer, in which one policy is new."""
        read_anew = Policy(policy["id"], self._parsed(place.layer, policy["document"]))
        held = getattr(self._layers, place.layer) or []
        if place.layer in _SINGLE:
            listed: list[Any] = [read_anew]
        elif place.layer in _LISTS:
            listed = _put(held, place.at, read_anew)
        else:
            listed = _put(held, place.level, _put(held[place.level], place.at, read_anew))
        layers = _concerning(self.request, replace(self._layers, **{place.layer: listed}))
        case = {**self.case, "layers": {**self.case["layers"], place.layer: value}}
        return Draft(case, self.registry, self.request, layers)

    def _parsed(self, layer: str, document: str) -> Document:
        kind, profile = (
            (PolicyKind(layer), DEFAULT_PROFILE) if layer != "resource" else resource_kind(self.request, self.registry)
        )
        try:
            return parse(document, kind, profile=profile, registry=self.registry)
        except MalformedPolicyDocument as error:
            raise Impossible(error.message) from None


def _concerning(request: Request, layers: Layers) -> Layers:
    """The layers without the statements whose principal or action part is F."""
    has_boundary = applicable(request, layers).boundary is not None

    def kept(policy: Policy) -> Policy:
        concerning = (
            statement
            for statement in policy.document.statements
            if action_part(statement, request) is not F
            and principal_part(statement, request, has_boundary=has_boundary)[0] is not F
        )
        return Policy(policy.id, Document(tuple(concerning)))

    found: dict[str, Any] = {}
    for layer in ORDER:
        held = getattr(layers, layer)
        if held is not None:
            found[layer] = [[kept(one) for one in level] for level in held] if layer in _LEVELS else [kept(one) for one in held]
    return Layers(**found)


def _plain(layer: str, value: Any) -> Any:
    """A layer as the case writes it, in the one form; ids as in B-44."""
    if layer in _SINGLE:
        listed = value if isinstance(value, list) else [value]
        return _policy(listed[0], layer) if listed else []
    if layer in _LEVELS:
        return [[_policy(one, f"{layer}/{at}/{number}") for number, one in enumerate(level)] for at, level in enumerate(value)]
    listed = value if isinstance(value, list) else [value]
    return [_policy(one, f"{layer}/{at}") for at, one in enumerate(listed)]


def _put(listed: list[Any], at: int, value: Any) -> list[Any]:
    """The list with another item at a place, or with one more at its end."""
    return [*listed[:at], value, *listed[at + 1 :]]


def _policy(value: Any, id: str) -> dict[str, str]:
    document = value
    if isinstance(value, dict) and "document" in value:
        id, document = value.get("id") or id, value["document"]
    return {"id": id, "document": document.text if isinstance(document, JsonObject) else document}
