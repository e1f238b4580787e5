"""Assertions about decisions, whose failures explain themselves."""

from __future__ import annotations

from typing import Any

from bailiwick.engine import Engine
from bailiwick.errors import BailiwickError
from bailiwick.models import Context, Decision, Principal, Snapshot
from bailiwick.reference.trace import explain
from bailiwick.snapshot_case import case_of
from bailiwick.snapshot_documents import documents_of
from bailiwick.testing.case import OUTCOMES, Expectation, WantedStatement, statement_name
from bailiwick.testing.difference import difference_lines, request_lines, trace_lines


def assert_allowed(
    engine: Engine,
    principal: str | Principal,
    action: str,
    resource: str,
    context: Context | None = None,
    *,
    reason: str | None = None,
    statement: str | None = None,
    snapshot: Snapshot | None = None,
    **options: Any,
) -> Decision:
    """Asserts that a request is allowed.

    Args:
        engine: What decides.
        principal: As for `Engine.check`, and so are `action`, `resource`, `context` and `options`.
        action: `service:Name`.
        resource: `*` or an ARN.
        context: Condition keys and values.
        reason: The reason code that it must have (E-41).
        statement: Sid of a statement that must be among the deciding ones.
        snapshot: What the engine was made of; with it a failure tells which statement decided, or which came nearest.
        **options: More of `Engine.check`.

    Returns:
        The decision.

    Raises:
        AssertionError: The decision is another one; its text tells why.
        UnknownPrincipal: The snapshot does not know the principal.
        ValidationError: The request is not well formed.
    """
    __tracebackhide__ = True
    expected = _expected("allow", reason, statement)
    return _asserted(engine, expected, (principal, action, resource, context), snapshot, options)


def assert_denied(
    engine: Engine,
    principal: str | Principal,
    action: str,
    resource: str,
    context: Context | None = None,
    *,
    explicit: bool | None = None,
    reason: str | None = None,
    statement: str | None = None,
    snapshot: Snapshot | None = None,
    **options: Any,
) -> Decision:
    """Asserts that a request is denied; `explicit` says by a Deny statement or for want of an Allow. See `assert_allowed`."""
    __tracebackhide__ = True
    outcome = {None: "deny", True: "explicit_deny", False: "implicit_deny"}[explicit]
    return _asserted(engine, _expected(outcome, reason, statement), (principal, action, resource, context), snapshot, options)


def _expected(outcome: str, reason: str | None, statement: str | None) -> Expectation:
    wanted = () if statement is None else (WantedStatement(sid=statement),)
    return Expectation(outcome=outcome, reason=reason, statements=wanted)


def _asserted(
    engine: Engine,
    expected: Expectation,
    request: tuple[str | Principal, str, str, Context | None],
    snapshot: Snapshot | None,
    options: dict[str, Any],
) -> Decision:
    __tracebackhide__ = True
    decision = engine.check(*request, **options)
    differences = expected.differences(decision)
    if not differences:
        return decision
    word = "allowed" if decision.decision in OUTCOMES["allow"] else "denied"
    lines = [f"{word}, expected {expected.outcome}" if differences[0][0] == "decision" else "decided otherwise than expected"]
    lines += [f"  {line}" for line in request_lines(decision.principal, request[1], request[2], request[3] or {})]
    lines += [f"  {line}" for line in difference_lines(differences)]
    lines += [f"  {line}" for line in _why(decision, request, snapshot, options)]
    raise AssertionError("\n".join(lines))


def _why(
    decision: Decision,
    request: tuple[str | Principal, str, str, Context | None],
    snapshot: Snapshot | None,
    options: dict[str, Any],
) -> list[str]:
    """The trace where there is a snapshot to trace, else what the decision itself tells."""
    if snapshot is not None and options.get("endpoint_policies") is None:
        known = {name: value for name, value in options.items() if name != "endpoint_policies"}
        try:
            trace = explain(case_of(snapshot, *request, **known), registry=snapshot.registry)
        except BailiwickError:  # the engine was updated since; the decision stands without
            pass
        else:
            return list(trace_lines(decision, trace, documents_of(snapshot)))
    lines = [f"decided by {statement_name(one)} ({one.layer})" for one in decision.matched]
    lines += [decision.message] if decision.message is not None else []
    lines += [f"not in the context: {', '.join(decision.missing_keys)}"] if decision.missing_keys else []
    return lines
