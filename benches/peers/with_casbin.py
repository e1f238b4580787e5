"""pycasbin: the plain enforcer over all lines, and the fast one keyed by caller and action.

Every statement becomes lines of a caller (or a role of it), an action, a resource pattern and, for each condition key that
requests bring, a value. Wildcards of actions stand for the actions that are asked for. Patterns are compared by a function of
ours, which keeps compiled expressions: the built-in ones know either no inner `*` or compile at every call.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import casbin
from peers.work import AskedActions, Call, CannotExpress, Statement, Translated, Way, Work, glob, no_variables

MODEL = """
[request_definition]
r = sub, act, obj{keys}
[policy_definition]
p = sub, act, obj{keys}, eft
{roles}
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && {who} && pattern(r.obj, p.obj){tests}
"""
ADDRESS = "aws:sourceip"


class Peer:
    """pycasbin."""

    def __init__(self, work: Work) -> None:
        self._actions = AskedActions(work)
        # Each key that requests bring is a field of the model.
        self._keys = sorted({key for request in work.requests for key in request.context})

    def translate(self, statement: Statement) -> list[list[str]]:
        """Lines without their callers."""
        if statement.actions is None or statement.resources is None:
            raise CannotExpress("NotAction and NotResource")
        fields = {key: [""] for key in self._keys}
        for operator, key, values in statement.conditions:
            if key not in fields:
                raise CannotExpress("keys that the model has no field for")
            if operator not in (("IpAddress",) if key == ADDRESS else ("StringEquals", "Bool")):
                raise CannotExpress(f"operator {operator}")
            if fields[key] != [""]:
                raise CannotExpress("two conditions on one key")
            fields[key] = no_variables(values)
        asked = self._actions.matching(statement.actions)
        effect = "allow" if statement.is_allow else "deny"
        return [[*one, effect] for one in product(asked, no_variables(statement.resources), *fields.values())]

    def build(self, work: Work, translated: Translated) -> dict[str, Way]:
        """The plain enforcer, and the fast one."""
        keys = self._keys
        asked = [
            (request.principal, request.action, request.resource, *(request.context.get(key, "") for key in keys))
            for request in work.requests
        ]

        def plain() -> Any:
            lines = ((name, *line) for name in translated.sets for line in _lines(translated, [name]))
            roles = ((caller, name) for caller, names in work.bound.items() for name in names)
            return _enforcer(keys, lines, roles)

        def fast() -> Any:
            lines = ((caller, *line) for caller in work.callers() for line in _lines(translated, work.bound[caller]))
            return _enforcer(keys, lines, None)

        return {"Enforcer": _way(plain, asked), "FastEnforcer": _way(fast, asked)}


def _way(make: Any, asked: list[tuple[str, ...]]) -> Way:
    kept: list[Any] = []

    def prepare(count: int) -> Call:
        if not kept:
            kept.append(make())
        enforcer, rows = kept[0], asked[:count]
        return lambda: list(enforcer.batch_enforce(rows))

    return prepare


def _enforcer(keys: list[str], lines: Iterator[tuple[str, ...]], roles: Iterator[tuple[str, str]] | None) -> Any:
    names = [f"k{at}" for at in range(len(keys))]
    tests = [
        f' && (p.{name} == "" || r.{name} != "" && ipMatch(r.{name}, p.{name}))'
        if key == ADDRESS
        else f' && (p.{name} == "" || r.{name} == p.{name})'
        for key, name in zip(keys, names, strict=True)
    ]
    model = MODEL.format(
        keys="".join(f", {name}" for name in names),
        tests="".join(tests),
        roles="[role_definition]\ng = _, _" if roles is not None else "",
        who="g(r.sub, p.sub)" if roles is not None else "r.sub == p.sub",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.conf"
        path.write_text(model, encoding="utf-8")
        # Filters by caller and action before anything is evaluated.
        enforcer = casbin.Enforcer(str(path)) if roles is not None else casbin.FastEnforcer(str(path), cache_key_order=[0, 1])
    enforcer.add_function("pattern", lambda text, pattern: glob(pattern)(text) is not None)
    policy = enforcer.model["p"]["p"].policy
    for line in lines:
        policy.append(list(line))
    if roles is not None:
        enforcer.model["g"]["g"].policy.extend(list(role) for role in roles)
        enforcer.build_role_links()
    return enforcer


def _lines(translated: Translated, names: list[str]) -> Iterator[list[str]]:
    for lines in translated.slice(names):
        yield from lines
