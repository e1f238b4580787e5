"""Steps that edit policies: a statement for exactly this request where a layer lacks one, an exception to a Deny."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from bailiwick.explanation.document_edit import document_of, knows_variables, with_statement, with_test, without_statement
from bailiwick.explanation.draft import Draft, Impossible, Place
from bailiwick.explanation.step import Made, Step
from bailiwick.models import PolicyKind, Principal, PrincipalKind
from bailiwick.reference import Gap
from bailiwick.reference.case import resource_kind
from bailiwick.reference.evaluate import Said

#: Id of a policy that a step adds.
ADDED = "why-not"
_K = PrincipalKind


def statement_step(draft: Draft, gap: Gap) -> Made:
    """The statement that closes a gap for this caller, action and resource.

    Raises:
        Impossible: No statement can.
    """
    makers = {
        "identity": _identity,
        "boundary": _boundary,
        "session": _session,
        "endpoint": _endpoint,
        "scp": _scp,
        "resource": _resource,
    }
    return Made(*makers[gap.layer](draft, gap), lambda other: statement_step(other, gap))


def exception_step(draft: Draft, place: Place, said: Said) -> Made:
    """The caller excepted from a Deny; where a policy cannot name the caller, the Deny taken out.

    Raises:
        Impossible: Neither can be written.
    """
    return Made(*_exception(draft, place, said), lambda other: exception_step(other, place, said))


# One more statement ---------------------------------------------------------------------------------------------------


def _allow(draft: Draft) -> dict[str, Any]:
    """An Allow of the request's action on its resource."""
    return {"Effect": "Allow", "Action": draft.request.action, "Resource": _exact_resource(draft.request.resource)}


def _exact_resource(resource: str | None) -> str:
    """The pattern that matches this resource alone (M-22)."""
    if resource is None:
        return "*"
    parts = resource.split(":", 5)
    if any(scalar in part for part in parts[:5] for scalar in "*?"):
        raise Impossible("wildcards of these segments cannot be written as text")
    return ":".join([*parts[:5], _exact(parts[5])])


def _exact(text: str) -> str:
    """A text in which `*`, `?` and `${` mean themselves."""
    return "".join(f"${{{scalar}}}" if scalar in "*?" else scalar for scalar in text.replace("${", "${$}{"))


def _only_caller(draft: Draft) -> dict[str, Any]:
    """The condition that only the caller fulfils, if one can be written."""
    arn = draft.value("aws:PrincipalArn")
    return {"Condition": {"ArnEquals": {"aws:PrincipalArn": _exact(arn)}}} if arn is not None else {}


def _more(draft: Draft, others: str) -> str:
    """What an exact statement allows beyond the request."""
    everywhere = "" if draft.request.resource is not None else f"{draft.request.action} on every resource"
    return " and ".join(part for part in (others, everywhere) if part)


def _identity(draft: Draft, _gap: Gap) -> tuple[Step, Draft]:
    principal = draft.request.principal
    owner, others = {
        _K.USER: (principal.arn, ""),
        _K.ROLE_SESSION: (principal.role_arn, _sessions_of(principal)),
        _K.FEDERATED_USER: (principal.issuer_arn, f"the same to `{principal.issuer_arn}` and all its sessions"),
    }.get(principal.kind, (None, ""))
    if owner is None:
        raise Impossible("nobody's identity policies bind this caller")
    statement = _allow(draft)
    words = f"add an inline policy to `{owner}` that allows this"
    return _added(draft, "identity", 0, statement, words, _more(draft, others))


def _sessions_of(principal: Principal) -> str:
    return f"the same to every session of `{principal.role_arn}`"


def _others(draft: Draft, words: str) -> str:
    """To whom a statement with `_only_caller` allows the same."""
    if not _only_caller(draft):
        return words
    return _sessions_of(draft.request.principal) if draft.request.principal.kind is _K.ROLE_SESSION else ""


def _boundary(draft: Draft, _gap: Gap) -> tuple[Step, Draft]:
    others = _others(draft, "the same to everyone whose boundary it is, as far as other policies allow it")
    statement, grants = {**_allow(draft), **_only_caller(draft)}, _more(draft, others)
    if not draft.has("boundary"):
        return _added(draft, "boundary", 0, statement, "set a permissions boundary that allows this", grants)
    words = f"let the permissions boundary `{draft.policy(Place('boundary'))['id']}` allow this as well"
    return _edited(draft, Place("boundary"), statement, words, grants)


def _session(draft: Draft, _gap: Gap) -> tuple[Step, Draft]:
    words = "pass the session a policy that allows this as well"
    return _added(draft, "session", 0, _allow(draft), words, _more(draft, ""))


def _endpoint(draft: Draft, _gap: Gap) -> tuple[Step, Draft]:
    named, others = _named(draft)
    words = "add an endpoint policy that allows this as well"
    return _added(draft, "endpoint", 0, {**_allow(draft), **named}, words, _more(draft, others))


def _scp(draft: Draft, gap: Gap) -> tuple[Step, Draft]:
    level = gap.level or 0
    grants = _more(draft, _others(draft, "the same to everyone below, as far as other policies allow it"))
    words = f"attach a service control policy at level {level} that allows this"
    return _added(draft, "scp", level, {**_allow(draft), **_only_caller(draft)}, words, grants)


def _resource(draft: Draft, gap: Gap) -> tuple[Step, Draft]:
    resource = draft.request.resource
    if resource is None or gap.rule == "X-02":
        raise Impossible("there is no resource whose policy could allow this")
    named, others = _named(draft)
    statement = {**_allow(draft), **named}
    kind, _profile = resource_kind(draft.request, draft.registry)
    whose = "trust policy" if kind is PolicyKind.TRUST else "policy"
    if kind is PolicyKind.TRUST:
        del statement["Resource"]
    if draft.has("resource"):
        return _edited(draft, Place("resource"), statement, f"let the {whose} of `{resource}` allow this", others)
    return _added(draft, "resource", 0, statement, f"give `{resource}` a {whose} that allows this; none is known", others)


def _named(draft: Draft) -> tuple[dict[str, Any], str]:
    """The elements that name the caller in a policy of others, and whom else they name."""
    principal = draft.request.principal
    match principal.kind:
        case _K.ANONYMOUS:
            return {"Principal": "*"}, "the same to everyone, without signing in"
        case _K.SERVICE:
            return {"Principal": {"Service": principal.name}}, ""
        case _K.FEDERATED_CALLER:
            return {"Principal": {"Federated": principal.name}}, "the same to everyone whom the provider signs in"
        case _K.ROLE_SESSION:
            return {"Principal": {"AWS": principal.role_arn}}, _sessions_of(principal)
        case _K.ROOT:
            # The root user's name in a policy is the whole account's (M-41).
            only = _only_caller(draft)
            others = "" if only else "the same to everyone of the account whose own policies allow it"
            return {"Principal": {"AWS": principal.arn}, **only}, others
        case _:
            return {"Principal": {"AWS": principal.arn}}, ""


def _added(draft: Draft, layer: str, level: int, statement: dict[str, Any], words: str, grants: str) -> tuple[Step, Draft]:
    """One more policy of one statement in a layer."""
    document = document_of(statement)
    step = Step(
        kind="statement",
        words=words,
        grants=grants,
        layer=layer,
        level=level,
        added=json.dumps(statement),
        document=document,
    )
    return step, draft.with_policy(layer, level, ADDED, document)


def _edited(draft: Draft, place: Place, statement: dict[str, Any], words: str, grants: str) -> tuple[Step, Draft]:
    """One more statement in a policy that is there."""
    policy = draft.policy(place)
    if not knows_variables(policy["document"]) and "${" in str(statement):
        raise Impossible("a policy of 2008-10-17 cannot write a literal `*`")
    document = with_statement(policy["document"], statement)
    step = Step(
        kind="statement",
        words=words,
        grants=grants,
        layer=place.layer,
        level=place.level,
        policy=policy["id"],
        added=json.dumps(statement),
        document=document,
    )
    return step, draft.with_document(place, document)


# An exception ---------------------------------------------------------------------------------------------------------


def _exception(draft: Draft, place: Place, said: Said) -> tuple[Step, Draft]:
    policy, index = draft.policy(place), said.statement.index
    who = _who(draft)
    if who is not None and (knows_variables(policy["document"]) or _exact(who[2]) == who[2]):
        operator, key, name = who
        document = with_test(policy["document"], index, operator, key, _exact(name))
        made = draft.with_document(place, document)
        if not _applies(made, place, index):
            step = _exception_step(place, policy["id"], f"except `{name}` from this Deny", _rest(draft, said, name), document)
            return replace(step, added=json.dumps({operator: {key: _exact(name)}})), made
    shorter = without_statement(policy["document"], index)
    if shorter is None:
        raise Impossible("the Deny is all that the policy says")
    grants = "everything else that this Deny denies, to everyone"
    return _exception_step(place, policy["id"], "remove this Deny", grants, shorter), draft.with_document(place, shorter)


def _exception_step(place: Place, id: str, words: str, grants: str, document: str) -> Step:
    return Step(
        kind="exception",
        words=words,
        grants=grants,
        layer=place.layer,
        level=place.level,
        policy=id,
        document=document,
    )


def _who(draft: Draft) -> tuple[str, str, str] | None:
    """Operator, key and value of a test that spares the caller."""
    arn, service = draft.value("aws:PrincipalArn"), draft.value("aws:PrincipalServiceName")
    if arn is not None:
        return "ArnNotEquals", "aws:PrincipalArn", arn
    return ("StringNotEquals", "aws:PrincipalServiceName", service) if service is not None else None


def _applies(draft: Draft, place: Place, index: int) -> bool:
    return any(said.applies for at, said in draft.said() if at == place and said.statement.index == index)


def _rest(draft: Draft, said: Said, name: str) -> str:
    """What an exception lifts beyond the request."""
    action, resource = said.statement.action, said.statement.resource
    exact = (False, (draft.request.action,)) == action and resource is not None
    if exact and resource is not None and not resource[0]:
        exact = [value.text for value in resource[1]] == [draft.request.resource]
    role = draft.request.principal.kind is _K.ROLE_SESSION
    sessions = " in every session of the role" if role else ""
    return sessions.strip() if exact else f"everything else that this Deny denies to `{name}`{sessions}"
