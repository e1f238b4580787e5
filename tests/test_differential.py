"""The two evaluators and the two parsers, on what nobody wrote by hand."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import HealthCheck, event, given, settings

from bailiwick import MalformedPolicyDocument, PolicyKind, _core, reference
from bailiwick.models import BUILT_IN_PROFILES
from tests.campaign import Fast
from tests.drawing import Draw, Json
from tests.strategies import broken_texts, groups

REQUESTS = 8
seen: Counter[str] = Counter()


def answers(case: str) -> tuple[Json, Json]:
    """What the two say of one case."""
    compiled = _core.simulate(case)
    plain = reference.simulate(case)
    compiled["id"] = json.loads(compiled["id"]) if compiled["id"] else None
    for answer in (compiled, plain):
        if "error" in answer:
            answer["error"] = {name: answer["error"][name] for name in ("code", "path", "policy")}
    return compiled, plain


@settings(max_examples=2600, deadline=None, suppress_health_check=list(HealthCheck))
@given(groups(REQUESTS))
def test_whole_decisions_are_equal(group: tuple[list[Json], Json]) -> None:
    requests, layers = group
    for request in requests:
        case = json.dumps({"request": request, "layers": layers}, ensure_ascii=False)
        compiled, plain = answers(case)
        assert compiled == plain, case
        outcome = compiled.get("decision", "error")
        event(outcome)
        seen[outcome] += 1


def test_there_were_enough_cases() -> None:
    assert sum(seen.values()) >= 20_000, "runs after `test_whole_decisions_are_equal`, in the same process"


def test_the_cases_mix() -> None:
    """A quarter of all drawn cases is allowed and a quarter meets an explicit deny: the rest would prove little."""
    mix: Counter[str] = Counter()
    for seed in range(400):
        requests, layers = Draw(Fast(seed)).group(10)
        for request in requests:
            answer = _core.simulate(json.dumps({"request": request, "layers": layers}))
            mix[answer.get("decision", "error")] += 1
    assert mix["ALLOW"] / mix.total() >= 0.25, mix
    assert mix["EXPLICIT_DENY"] / mix.total() >= 0.25, mix


def parse_error(parse: object, text: str, kind: str) -> object:
    try:
        parse(text, kind)  # type: ignore[operator]  # both parsers, behind one shape
    except MalformedPolicyDocument as error:
        return error.code, error.path, error.line, error.column
    return None


def parse_compiled(text: str, kind: str) -> None:
    _core.parse_policy(text.encode("utf-8", "surrogatepass"), kind, "s3")


def parse_plain(text: str, kind: str) -> None:
    reference.parse(text.encode("utf-8", "surrogatepass"), PolicyKind(kind), profile=BUILT_IN_PROFILES["s3"])


@settings(max_examples=4000, deadline=None, suppress_health_check=list(HealthCheck))
@given(broken_texts())
def test_parse_errors_are_equal(broken: tuple[str, str]) -> None:
    kind, text = broken
    compiled, plain = parse_error(parse_compiled, text, kind), parse_error(parse_plain, text, kind)
    event(str(compiled[0] if isinstance(compiled, tuple) else compiled))
    assert compiled == plain, text
