"""cedarpy: policies and entities are parsed once into handles, requests and their contexts are ready-made.

Actions are compared as entities, so wildcards stand for the actions that are asked for. An exact resource is compared as an
entity; patterns are compared with the ARN, which is in the context: attributes of resource entities cost the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import cedarpy
from peers.work import AskedActions, Call, CannotExpress, Request, Statement, Translated, Way, Work, no_variables

NO_ENTITIES = cedarpy.Entities.from_json_str("[]")


class Peer:
    """cedarpy."""

    def __init__(self, work: Work) -> None:
        self._actions = AskedActions(work)

    def translate(self, statement: Statement) -> str:
        """A policy of Cedar."""
        effect = "permit" if statement.is_allow else "forbid"
        tests = [_condition(*condition) for condition in statement.conditions]
        action, resource = "action", "resource"
        if statement.actions is None:
            tests.append(f"!({_action(self._actions.matching(statement.not_actions or []))})")
        elif "*" not in statement.actions:
            action = _action(self._actions.matching(statement.actions))
        if statement.resources is None:
            tests.append(f"!({_any_resource(statement.not_resources or [])})")
        elif len(statement.resources) == 1 and _is_exact(statement.resources[0]):
            resource = f"resource == Resource::{_quoted(no_variables(statement.resources)[0])}"
        elif "*" not in statement.resources:
            tests.append(_any_resource(statement.resources))
        return f"{effect} (principal, {action}, {resource})" + "".join(f" when {{ {test} }}" for test in tests) + ";"

    def build(self, work: Work, translated: Translated) -> dict[str, Way]:
        """One request at a time, with all policies and with those of the caller; and a batch for each caller with its own."""
        handles = {caller: _parsed(translated.slice(work.bound[caller])) for caller in work.callers()}
        asked = [_request(request) for request in work.requests]

        def sliced(count: int) -> Call:
            pairs = [(asked[at], handles[work.requests[at].principal]) for at in range(count)]
            ask = cedarpy.is_authorized
            return lambda: [ask(request, handle, NO_ENTITIES).allowed for request, handle in pairs]

        def batch(count: int) -> Call:
            rows: dict[str, list[int]] = {}
            for at in range(count):
                rows.setdefault(work.requests[at].principal, []).append(at)
            parts = [([asked[at] for at in numbers], handles[caller]) for caller, numbers in rows.items()]
            order = list(chain.from_iterable(rows.values()))
            return lambda: _in_order(order, [cedarpy.is_authorized_batch(part, handle, NO_ENTITIES) for part, handle in parts])

        return {"all policies": _whole(work, translated, asked), "sliced": sliced, "sliced batch": batch}


def _whole(work: Work, translated: Translated, asked: list[Any]) -> Way:
    """All policies in one handle; callers are entities, members of the sets that bind them."""
    kept: list[tuple[Any, Any]] = []

    def prepare(count: int) -> Call:
        if not kept:
            kept.append((_parsed(_scoped(work, translated)), _members(work)))
        ask, (handle, entities) = cedarpy.is_authorized, kept[0]
        return lambda: [ask(request, handle, entities).allowed for request in asked[:count]]

    return prepare


def _scoped(work: Work, translated: Translated) -> Iterator[str]:
    holders: dict[str, list[str]] = {}
    for caller, names in work.bound.items():
        for name in names:
            holders.setdefault(name, []).append(caller)
    for name, callers in holders.items():
        scope = f"principal in Set::{_quoted(name)}"
        if len(callers) == 1:
            scope = f"principal == User::{_quoted(callers[0])}"
        elif len(callers) == len(work.bound):
            scope = "principal"
        for text in translated.sets[name]:
            yield text.replace("(principal,", f"({scope},", 1)


def _members(work: Work) -> Any:
    callers = [
        {
            "uid": {"type": "User", "id": caller},
            "attrs": {},
            "parents": [{"type": "Set", "id": name} for name in work.bound[caller]],
        }
        for caller in work.callers()
    ]
    return cedarpy.Entities.from_json_str(json.dumps(callers))


def _parsed(policies: Any) -> Any:
    return cedarpy.PolicySet.from_str("\n".join(policies))


def _request(request: Request) -> dict[str, Any]:
    return {
        "principal": {"type": "User", "id": request.principal},
        "action": {"type": "Action", "id": request.action},
        "resource": {"type": "Resource", "id": request.resource},
        "context": json.dumps({**request.context, "arn": request.resource}),
    }


def _in_order(order: list[int], results: list[list[Any]]) -> list[bool]:
    answers = [False] * len(order)
    for at, result in zip(order, chain.from_iterable(results), strict=True):
        answers[at] = result.allowed
    return answers


def _action(actions: list[str]) -> str:
    if len(actions) == 1:
        return f"action == Action::{_quoted(actions[0])}"
    return f"action in [{', '.join(f'Action::{_quoted(action)}' for action in actions)}]"


def _any_resource(patterns: list[str]) -> str:
    return " || ".join(_like("context.arn", pattern) for pattern in no_variables(patterns))


def _like(value: str, pattern: str) -> str:
    if "?" in pattern:
        raise CannotExpress("`?` in a pattern")
    return f"{value} == {_quoted(pattern)}" if _is_exact(pattern) else f"{value} like {_quoted(pattern)}"


def _is_exact(pattern: str) -> bool:
    return "*" not in pattern and "?" not in pattern


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _condition(operator: str, key: str, values: list[str]) -> str:
    has, value = f"context has {_quoted(key)}", f"context[{_quoted(key)}]"
    known = ", ".join(_quoted(one) for one in no_variables(values))
    if operator == "Null":
        return has if values == ["false"] else f"!({has})"
    if operator == "ForAnyValue:StringEquals":
        return f"{has} && {value}.containsAny([{known}])"
    if operator == "ForAllValues:StringEquals":
        return f"!({has}) || [{known}].containsAll({value})"
    positive, negated, may_lack = _base(operator)
    test = f"({' || '.join(_test(positive, value, one) for one in values)})"
    if negated:
        # A key that is not there differs from every value.
        return f"!({has} && {test})"
    return f"!({has}) || {test}" if may_lack else f"{has} && {test}"


def _base(operator: str) -> tuple[str, bool, bool]:
    """The operator without negation and `IfExists`; whether it was negated; whether its key may lack."""
    may_lack = operator.endswith("IfExists")
    name = operator.removesuffix("IfExists")
    plain = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "NotIpAddress": "IpAddress"}
    return plain.get(name, name), name in plain, may_lack


_TESTS: dict[str, Callable[[str, str], str]] = {
    "StringEquals": lambda value, one: f"{value} == {_quoted(one)}",
    "StringLike": _like,
    "Bool": lambda value, one: f"{value} == {_quoted(one)}",
    "IpAddress": lambda value, one: f"ip({value}).isInRange(ip({_quoted(one)}))",
}


def _test(operator: str, value: str, one: str) -> str:
    if operator in ("ArnEquals", "ArnLike") and _is_exact(one):
        return f"{value} == {_quoted(one)}"
    if operator not in _TESTS:
        raise CannotExpress(f"operator {operator}")
    return _TESTS[operator](value, one)
