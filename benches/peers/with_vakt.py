"""vakt: policies of built-in rules, checked by `RulesChecker`, which its manual calls the fastest for patterns.

In one memory storage, and in one for each caller that holds what binds it.
"""

from __future__ import annotations

from typing import Any

import vakt
from peers.work import Call, CannotExpress, Statement, Translated, Way, Work, expression, no_variables
from vakt import rules


class Peer:
    """vakt."""

    def __init__(self, work: Work) -> None:
        del work  # nothing of it is needed to translate

    def translate(self, statement: Statement) -> dict[str, Any]:
        """The arguments of a policy without its subjects."""
        context = {}
        for operator, key, values in statement.conditions:
            if key in context:
                raise CannotExpress("two conditions on one key")
            context[key] = _rule(operator, no_variables(values))
        return {
            "effect": vakt.ALLOW_ACCESS if statement.is_allow else vakt.DENY_ACCESS,
            "actions": _side(statement.actions, statement.not_actions),
            "resources": _side(statement.resources, statement.not_resources),
            "context": context,
        }

    def build(self, work: Work, translated: Translated) -> dict[str, Way]:
        """All policies, and those of the caller."""
        asked = [
            vakt.Inquiry(
                subject=request.principal, action=request.action, resource=request.resource, context=dict(request.context)
            )
            for request in work.requests
        ]
        kept: dict[str, vakt.Guard] = {}

        def whole(count: int) -> Call:
            if "" not in kept:
                kept[""] = _guard_of_all(work, translated)
            allowed, inquiries = kept[""].is_allowed, asked[:count]
            return lambda: [allowed(inquiry) for inquiry in inquiries]

        def sliced(count: int) -> Call:
            callers = [request.principal for request in work.requests[:count]]
            for caller in dict.fromkeys(callers):
                if caller not in kept:
                    kept[caller] = _guard([(rules.logic.Any(), one) for one in translated.slice(work.bound[caller])])
            pairs = [(asked[at], kept[caller].is_allowed) for at, caller in enumerate(callers)]
            return lambda: [allowed(inquiry) for inquiry, allowed in pairs]

        return {"all policies": whole, "sliced": sliced}


def _guard_of_all(work: Work, translated: Translated) -> Any:
    holders: dict[str, list[str]] = {}
    for caller, names in work.bound.items():
        for name in names:
            holders.setdefault(name, []).append(caller)
    policies = []
    for name, callers in holders.items():
        subject = rules.list.In(*callers) if len(callers) > 1 else rules.operator.Eq(callers[0])
        if len(callers) == len(work.bound):
            subject = rules.logic.Any()
        policies += [(subject, one) for one in translated.sets[name]]
    return _guard(policies)


def _guard(policies: list[tuple[Any, dict[str, Any]]]) -> Any:
    storage = vakt.MemoryStorage()
    for number, (subject, one) in enumerate(policies):
        storage.add(vakt.Policy(number, subjects=[subject], **one))
    return vakt.Guard(storage, vakt.RulesChecker())


def _side(patterns: list[str] | None, not_patterns: list[str] | None) -> list[Any]:
    if patterns is not None:
        return [_pattern(pattern) for pattern in no_variables(patterns)]
    return [rules.logic.Not(rules.logic.Or(*(_pattern(pattern) for pattern in no_variables(not_patterns or []))))]


def _pattern(pattern: str) -> Any:
    """The cheapest rule that says it."""
    if pattern == "*":
        return rules.logic.Any()
    if "*" not in pattern and "?" not in pattern:
        return rules.operator.Eq(pattern)
    if pattern.find("*") == len(pattern) - 1 and "?" not in pattern:
        return rules.string.StartsWith(pattern[:-1])
    return rules.string.RegexMatch(expression(pattern))


def _rule(operator: str, values: list[str]) -> Any:
    if operator in ("StringEquals", "Bool"):
        return rules.operator.Eq(values[0]) if len(values) == 1 else rules.list.In(*values)
    if operator == "StringLike":
        return rules.logic.Or(*(_pattern(value) for value in values))
    if operator == "IpAddress":
        return rules.logic.Or(*(rules.net.CIDR(value) for value in values))
    if operator == "Null" and values == ["false"]:
        return rules.logic.Any()
    raise CannotExpress(f"operator {operator}")
