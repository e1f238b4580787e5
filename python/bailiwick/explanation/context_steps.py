"""Steps that need no other policy: the same request with other context keys, or with other tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from bailiwick.context import fold
from bailiwick.explanation.context_values import MFA_AGE, MFA_PRESENT, TAGS, kind_of, proposals
from bailiwick.explanation.draft import Draft
from bailiwick.explanation.step import Made, Step
from bailiwick.reference.conditions import compare, conditions_hold, sign, test_holds
from bailiwick.reference.document import Test
from bailiwick.reference.evaluate import Said
from bailiwick.reference.matching import resource_part
from bailiwick.reference.truth import F, T, Truth

#: Assignments that are tried for one statement.
TRIED = 6


Keys: TypeAlias = Mapping[str, tuple[str, ...]]


def context_steps(draft: Draft, said: Said) -> Iterator[Made]:
    """Steps after which an Allow whose conditions failed applies, or a Deny does not; likelier ones first."""
    allows = said.statement.effect == "Allow"
    assigned = _for_allow(draft, said) if allows else _for_deny(draft, said)
    for keys in islice(assigned, TRIED):
        made = _made(draft, keys, said.statement.tests)
        condition = conditions_hold(said.statement.tests, made.draft.request)
        if condition is F if not allows else condition is T and resource_part(said.statement, made.draft.request) is T:
            yield made


def failing(draft: Draft, said: Said) -> list[Test]:
    """The tests of a statement that do not hold."""
    return [test for test in said.statement.tests if test_holds(test, draft.request) is not T]


def _made(draft: Draft, keys: Keys, tests: tuple[Test, ...]) -> Made:
    made = draft.with_context(keys)
    return Made(_step(made, keys, tests), made, lambda other: _made(other, keys, tests))


def _for_allow(draft: Draft, said: Said) -> Iterator[Keys]:
    """All tests that fail have to hold; each key is given the first value that does it."""
    keys: dict[str, tuple[str, ...]] = {}
    for key in {fold(test.key): test.key for test in failing(draft, said)}.values():
        found = next(_turning(draft, key, _on(key, said.statement.tests), T), None)
        if found is None:
            return
        keys[key] = found
    if keys:
        yield _with_mfa(keys)


def _for_deny(draft: Draft, said: Said) -> Iterator[Keys]:
    """One test that fails is enough."""
    for test in said.statement.tests:
        for values in _turning(draft, test.key, [test], F):
            yield _with_mfa({test.key: values})


def _on(key: str, tests: tuple[Test, ...]) -> list[Test]:
    return [test for test in tests if fold(test.key) == fold(key)]


def _turning(draft: Draft, key: str, tests: list[Test], wanted: Truth) -> Iterator[tuple[str, ...]]:
    """Values of a key that give all its tests a truth value."""
    if _kind(draft, key) == "fixed":
        return
    for values in proposals(tests, draft.request):
        request = draft.with_context(_with_mfa({key: values})).request
        if all(test_holds(test, request) is wanted for test in tests):
            yield values


def _with_mfa(keys: Keys) -> Keys:
    """The age stands beside `true` and only there (X-11)."""
    folded = {fold(key): values for key, values in keys.items()}
    present, age = folded.get(fold(MFA_PRESENT)), folded.get(fold(MFA_AGE))
    if present == ("true",) and age is None:
        return {**keys, MFA_AGE: ("0",)}
    if age and present is None:
        return {**keys, MFA_PRESENT: ("true",)}
    if present is not None and present != ("true",) and age is None:
        return {**keys, MFA_AGE: ()}
    return keys


def _kind(draft: Draft, key: str) -> str:
    return kind_of(key, can_have_mfa=draft.is_user_or_root())


def _step(made: Draft, keys: Keys, tests: tuple[Test, ...]) -> Step:
    is_tag = any(_kind(made, key) == "tag" for key in keys)
    folded = {fold(key) for key in keys}
    shown = {key: values for key, values in keys.items() if fold(key) != fold(MFA_AGE) or fold(MFA_PRESENT) not in folded}
    words = " and ".join(_words(made, key, values, _on(key, tests)) for key, values in shown.items())
    grants = "whatever other policies give to what is tagged so" if is_tag else ""
    return Step(kind="tag" if is_tag else "request", words=words, grants=grants, context=dict(keys))


def _words(made: Draft, key: str, values: tuple[str, ...], tests: list[Test]) -> str:
    folded, tag = fold(key), key.partition("/")[2]
    if folded == fold(MFA_PRESENT) and values == ("true",):
        return "sign in with MFA"
    if folded == "aws:securetransport" and values == ("true",):
        return "use TLS"
    said = _said(made, values, tests)
    if folded.startswith(TAGS):
        what = "caller" if folded.startswith("aws:principaltag/") else "resource"
        return f"tag the {what}: `{tag}` {said}" if values else f"take the tag `{tag}` off the {what}"
    if not values:
        return f"ask without `{key}`"
    return f"call from an address {said}" if folded == "aws:sourceip" else f"ask with `{key}` {said}"


def _said(made: Draft, values: tuple[str, ...], tests: list[Test]) -> str:
    """The values as the policy would put them: a pattern rather than one text that it matches."""
    test = tests[0]
    base, _negated = sign(test.operator.base)
    if base == "Null":
        return "(any value)"
    hits = [text for text, wanted in zip(test.texts, test.values, strict=True) if _is_hit(base, values, wanted, made)]
    if base in ("StringLike", "ArnLike", "ArnEquals", "IpAddress"):
        word = "in" if base == "IpAddress" else "like"
        return f"{word} `{hits[0]}`" if hits else f"not {word} {', '.join(f'`{text}`' for text in test.texts[:3])}"
    if base in ("StringEquals", "StringEqualsIgnoreCase") and not hits and not test.operator.prefix:
        return f"other than {', '.join(f'`{text}`' for text in test.texts[:3])}"
    shown = ", ".join(f"`{value}`" for value in values)
    ordered = base.startswith(("Numeric", "Date"))
    return f"{shown} ({test.operator} {', '.join(f'`{text}`' for text in test.texts[:3])})" if ordered else shown


def _is_hit(base: str, values: tuple[str, ...], wanted: object, made: Draft) -> bool:
    return any(compare(base, value, wanted, made.request) is T for value in values)
