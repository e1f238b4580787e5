"""A case that is changed step by step, to see what the changes come to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from bailiwick._json import JsonObject, read_json
from bailiwick.cases import simulate
from bailiwick.context import fold
from bailiwick.errors import ValidationError
from bailiwick.models import PrincipalKind, Registry
from bailiwick.reference.case import CaseError, read
from bailiwick.reference.evaluate import ORDER, Said, applicable, ask, levels_of
from bailiwick.reference.request import Layers, Request, joined
from bailiwick.reference.trace import Trace, trace

_COMPARED = ("decision", "reason", "deciding_layer", "matched", "missing_keys", "indeterminate")
#: Layers of one document, of a list of them, and of levels of lists.
_SINGLE, _LISTS, _LEVELS = ("boundary", "resource"), ("identity", "session", "endpoint"), ("scp", "rcp")


class Impossible(Exception):
    """A change that makes no case, such as a statement that cannot be written."""


class Place(NamedTuple):
    """Which policy of a case: its layer, the level of an SCP or RCP, its number in the list."""

    layer: str
    level: int = 0
    at: int = 0


class Draft:
    """A case in one form: every policy an object of `id` and the text of its `document`."""

    def __init__(self, case: dict[str, Any], registry: Registry, request: Request, layers: Layers) -> None:
        self.case, self.registry, self.request, self.layers = case, registry, request, layers

    @classmethod
    def of(cls, case: str | bytes | Mapping[str, Any], registry: Registry) -> Draft:
        """The draft of any case that has a decision.

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
        return cls({"request": asked, "layers": held}, registry, request, layers)

    def trace(self) -> Trace:
        """The decision and every step to it."""
        return trace(self.request, self.layers)

    def said(self) -> list[tuple[Place, Said]]:
        """What every statement says, in the order of the trace, and which policy it is of."""
        bound = applicable(self.request, self.layers)
        places = [
            Place(layer, level, at)
            for layer in ORDER
            for level, policies in enumerate(levels_of(bound, layer))
            for at, policy in enumerate(policies)
            for _statement in policy.document.statements
        ]
        return list(zip(places, ask(self.request, bound), strict=True))

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
        return Draft(self.case, self.registry, request, self.layers)

    def with_policy(self, layer: str, level: int, id: str, document: str) -> Draft:
        """The same case with one more policy in a layer of several."""
        added = {"id": id, "document": document}
        held = self.case["layers"].get(layer, [])
        listed = [[*one, added] if at == level else one for at, one in enumerate(held)] if layer in _LEVELS else [*held, added]
        return self._with_layer(layer, listed)

    def with_resource_policy(self, id: str, document: str) -> Draft:
        """The same case with a policy of the resource, which had none."""
        return self._with_layer("resource", {"id": id, "document": document})

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
            return self._with_layer(place.layer, made)
        if place.layer in _LISTS:
            return self._with_layer(place.layer, _put(held, place.at, made))
        return self._with_layer(place.layer, _put(held, place.level, _put(held[place.level], place.at, made)))

    def is_allowed_by_both(self) -> bool:
        """Whether both evaluators allow it, for the same reasons."""
        text = self._text()
        compiled, plain = (simulate(text, engine, registry=self.registry) for engine in ("compiled", "reference"))
        return all(compiled.get(name) == plain.get(name) for name in _COMPARED) and plain.get("decision") == "ALLOW"

    def is_user_or_root(self) -> bool:
        """Whether the caller's sessions can carry MFA (X-11…13)."""
        return self.request.principal.kind in (PrincipalKind.USER, PrincipalKind.ROOT)

    def _with_layer(self, layer: str, value: Any) -> Draft:
        case = {**self.case, "layers": {**self.case["layers"], layer: value}}
        made = Draft(case, self.registry, self.request, self.layers)
        try:
            _request, layers = read(made._text(), self.registry)
        except CaseError as error:
            raise Impossible(str(error.members["message"])) from None
        return Draft(case, self.registry, self.request, layers)

    def _text(self) -> str:
        context = {self.request.spellings[key]: values for key, values in self.request.context.items()}
        return json.dumps({**self.case, "request": {**self.case["request"], "context": context}})


def _plain(layer: str, value: Any) -> Any:
    """A layer as the case writes it, in the one form; ids as in B-44."""
    if layer in _SINGLE:
        return _policy(value, layer)
    if layer in _LEVELS:
        return [[_policy(one, f"{layer}/{at}/{number}") for number, one in enumerate(level)] for at, level in enumerate(value)]
    listed = value if isinstance(value, list) else [value]
    return [_policy(one, f"{layer}/{at}") for at, one in enumerate(listed)]


def _put(listed: list[Any], at: int, value: Any) -> list[Any]:
    return [*listed[:at], value, *listed[at + 1 :]]


def _policy(value: Any, id: str) -> dict[str, str]:
    document = value
    if isinstance(value, dict) and "document" in value:
        id, document = value.get("id") or id, value["document"]
    return {"id": id, "document": document.text if isinstance(document, JsonObject) else document}
