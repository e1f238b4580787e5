"""From layers to a decision (section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bailiwick.models import Decision, MatchedStatement, Outcome, PrincipalKind, TrustMode
from bailiwick.reference.conditions import conditions_hold
from bailiwick.reference.document import ArnValue, Statement
from bailiwick.reference.matching import action_part, principal_part, resource_part
from bailiwick.reference.request import Layers, Policy, Request
from bailiwick.reference.text import fold
from bailiwick.reference.truth import F, I, T, Truth, all_of
from bailiwick.reference.variables import Part, Variable

ORDER = ("rcp", "scp", "resource", "endpoint", "boundary", "session", "identity")
_K = PrincipalKind
_WITH_ACCOUNT = (_K.ROOT, _K.USER, _K.ROLE_SESSION, _K.FEDERATED_USER)
_WITH_IDENTITY = (_K.USER, _K.ROLE_SESSION, _K.FEDERATED_USER)
_WITH_SESSION = (_K.ROOT, _K.ROLE_SESSION, _K.FEDERATED_USER)


@dataclass(frozen=True, slots=True)
class Said:
    """What one statement says of a request."""

    layer: str
    level: int
    policy: str
    statement: Statement
    principal: Truth
    action: Truth
    resource: Truth
    condition: Truth
    grade: str | None

    @property
    def value(self) -> Truth:
        """The match value (N-05)."""
        return all_of([self.principal, self.action, self.resource, self.condition])

    @property
    def applies(self) -> bool:
        """An Allow on T, a Deny on T or I (N-05)."""
        return self.value is T or (self.statement.effect == "Deny" and self.value is I)

    @property
    def concerns(self) -> bool:
        """Principal, action and resource parts are each T or I (B-42)."""
        return F not in (self.principal, self.action, self.resource)

    @property
    def reference(self) -> MatchedStatement:
        """How E-40 names the statement."""
        return MatchedStatement(self.layer, self.level, self.policy, self.statement.index, self.statement.sid)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a layer (E-03) and its grants (E-04)."""

    result: str
    grants: frozenset[str]


def evaluate(request: Request, layers: Layers) -> Decision:
    """Decides a request."""
    early = before_policies(request)
    if early is not None:
        return early
    bound = applicable(request, layers)
    return judge(request, bound, ask(request, bound))


def judge(request: Request, bound: Layers, said: list[Said]) -> Decision:
    """The decision that follows from what the statements of the layers that bind say."""
    results = results_of(bound, said)
    outcome, reason, deciding, needed = _combine(request, results)
    if outcome is Outcome.EXPLICIT_DENY:
        chosen = [one for one in said if one.applies and one.statement.effect == "Deny"]
    elif outcome is Outcome.ALLOW:
        needed = {"rcp", "scp", "endpoint", *needed}
        chosen = [one for one in said if one.applies and one.statement.effect == "Allow" and one.layer in needed]
    else:
        chosen = []
    return Decision(
        decision=outcome,
        reason=reason,
        deciding_layer=deciding,
        matched=tuple(dict.fromkeys(one.reference for one in sorted(chosen, key=_order))),
        missing_keys=missing_keys(request, said),
        indeterminate=outcome is Outcome.EXPLICIT_DENY and any(one.value is I for one in chosen),
        principal=label(request),
        action=request.action,
        resource=request.resource or "*",
    )


def label(request: Request) -> str:
    """The caller as messages name it (E-42)."""
    principal = request.principal
    return principal.arn or principal.role_arn or principal.name or "anonymous"


def _order(said: Said) -> tuple[int, int, bytes, int, str]:
    """The order of E-40."""
    policy, statement = said.policy.encode("utf-8", "surrogatepass"), said.statement
    return ORDER.index(said.layer), said.level, policy, statement.index, statement.sid or ""


def _plain(request: Request, outcome: Outcome, reason: str, deciding: str | None) -> Decision:
    return Decision(
        decision=outcome,
        reason=reason,
        deciding_layer=deciding,
        principal=label(request),
        action=request.action,
        resource=request.resource or "*",
    )


def before_policies(request: Request) -> Decision | None:
    """The decisions for which no policy is read (E-07, E-26, B-22, B-23)."""
    mine, its = _partition(request), (request.resource or "").split(":")[1:2]
    if mine is not None and its and mine != its[0]:
        return _plain(request, Outcome.IMPLICIT_DENY, "partition_mismatch", None)
    kind, action = request.principal.kind, fold(request.action)
    if action in ("sts:getcalleridentity", "sts:getsessiontoken") and kind is _K.ANONYMOUS:
        return _plain(request, Outcome.IMPLICIT_DENY, "anonymous", "resource")
    always = action == "sts:getcalleridentity" and kind is not _K.FEDERATED_CALLER
    if always or (action == "sts:getsessiontoken" and kind in (_K.USER, _K.ROOT)):
        return _plain(request, Outcome.ALLOW, "always_allowed", None)
    return None


def _partition(request: Request) -> str | None:
    principal = request.principal
    name = principal.arn or principal.role_arn or principal.name or ""
    return name.split(":")[1] if name.startswith("arn:") else None


def applicable(request: Request, layers: Layers) -> Layers:
    """The layers that bind this request (5.2, E-10, E-11); the others are absent (B-29)."""
    kind, slr = request.principal.kind, request.principal.slr
    scp = kind in _WITH_ACCOUNT and not slr and not request.from_management_account
    retires = fold(request.action) == "kms:retiregrant"
    rcp = not slr and not request.in_management_account and request.profile.rcp and not retires
    endpoint = kind not in (_K.SERVICE, _K.FEDERATED_CALLER)
    return Layers(
        identity=(layers.identity or []) if kind in _WITH_IDENTITY else None,
        boundary=layers.boundary if kind in _WITH_IDENTITY else None,
        session=layers.session if kind in _WITH_SESSION else None,
        resource=layers.resource,
        endpoint=layers.endpoint if endpoint else None,
        scp=layers.scp if scp else None,
        rcp=layers.rcp if rcp else None,
    )


def levels_of(layers: Layers, layer: str) -> list[list[Policy]]:
    """The levels of a layer; a layer without levels is one."""
    found = getattr(layers, layer)
    if found is None:
        return []
    return list(found) if layer in ("scp", "rcp") else [found]


def ask(request: Request, layers: Layers) -> list[Said]:
    """What every statement of every layer says."""
    return [
        _say(layer, level, policy.id, statement, request, has_boundary=layers.boundary is not None)
        for layer in ORDER
        for level, policies in enumerate(levels_of(layers, layer))
        for policy in policies
        for statement in policy.document.statements
    ]


def _say(layer: str, level: int, policy: str, statement: Statement, request: Request, *, has_boundary: bool) -> Said:
    principal, grade = principal_part(statement, request, has_boundary=has_boundary)
    return Said(
        layer=layer,
        level=level,
        policy=policy,
        statement=statement,
        principal=principal,
        action=action_part(statement, request),
        resource=resource_part(statement, request),
        condition=conditions_hold(statement.tests, request),
        grade=grade,
    )


def results_of(layers: Layers, said: list[Said]) -> dict[str, Result]:
    """The results of the layers that are there, in the order of step 1."""
    return {layer: _result(layer, layers, said) for layer in ORDER if getattr(layers, layer) is not None}


def _result(layer: str, layers: Layers, said: list[Said]) -> Result:
    """E-03, E-04."""
    applying = [one for one in said if one.layer == layer and one.applies]
    allows = [one for one in applying if one.statement.effect == "Allow"]
    grants = frozenset(one.grade for one in allows if one.grade is not None)
    if any(one.statement.effect == "Deny" for one in applying):
        return Result("DENY", grants)
    if layer == "rcp":
        return Result("ALLOW", grants)  # RCPFullAWSAccess is implied at every level
    if layer == "scp":
        levels = range(len(layers.scp or []))
        every = all(any(one.level == level for one in allows) for level in levels)
        return Result("ALLOW" if every else "NONE", grants)
    return Result("ALLOW" if allows else "NONE", grants)


def _combine(request: Request, results: dict[str, Result]) -> tuple[Outcome, str, str | None, set[str]]:
    """The algorithm of 5.3: outcome, reason, deciding layer, and the layers an Allow rests on (B-41)."""
    kind = request.principal.kind

    def deny(reason: str, layer: str) -> tuple[Outcome, str, str, set[str]]:
        return Outcome.IMPLICIT_DENY, reason, layer, set()

    def allowed(layer: str) -> bool:
        return results[layer].result == "ALLOW"

    # 1. explicit deny anywhere, in either account
    for layer in ORDER:
        if layer in results and results[layer].result == "DENY":
            return Outcome.EXPLICIT_DENY, layer, layer, set()
    # 2. guardrails
    for layer in ("rcp", "scp", "endpoint"):
        if layer in results and not allowed(layer):
            return deny(layer, layer)
    # 3. kinds without an account
    grants = results["resource"].grants if "resource" in results else frozenset()
    if kind in (_K.SERVICE, _K.FEDERATED_CALLER):
        if "DIRECT" in grants:
            return Outcome.ALLOW, "resource", "resource", {"resource"}
        return deny("no_resource_allow", "resource")
    if kind is _K.ANONYMOUS:
        # A trust policy's `*` never means a caller without a signature (M-44).
        if is_reachable(request) and "WILDCARD" in grants and not is_role(request.resource):
            return Outcome.ALLOW, "resource", "resource", {"resource"}
        return deny("anonymous", "resource")
    # 4. what the principal's own account lets it do
    identity, boundary, session = gates(request, results)
    own = identity and boundary and session

    def first_failing() -> tuple[Outcome, str, str, set[str]]:
        if not identity:
            return deny("identity", "identity")
        return deny("boundary", "boundary") if not boundary else deny("session", "session")

    # 5. cross-account
    if crosses_accounts(request):
        if not grants:
            return deny("no_resource_allow", "resource")
        if own:
            return Outcome.ALLOW, "cross_account", "resource", {"resource", "identity", "boundary", "session"}
        return first_failing()
    # 6. same account: grants by the resource policy
    if grants & {"DIRECT", "WILDCARD"} and (kind is not _K.ROOT or session):
        return Outcome.ALLOW, "resource", "resource", {"resource"} | ({"session"} if kind is _K.ROOT else set())
    named = bool(grants & {"ROLE", "ISSUER"})
    if named and boundary and session:
        return Outcome.ALLOW, "resource", "resource", {"resource", "boundary", "session"}
    # 7. same account: identity path
    required = trust_mode(request) == "resource_required"
    if own and (not required or "ACCOUNT" in grants):
        needed = {"identity", "boundary", "session"} | ({"resource"} if required else set())
        return Outcome.ALLOW, "identity", "identity", needed
    # 8. explain
    if required and not grants:
        return deny("no_resource_allow", "resource")
    if named:
        return deny("session", "session") if boundary else deny("boundary", "boundary")  # E-13
    return first_failing()


def is_reachable(request: Request) -> bool:
    """Whether anonymous callers may reach the service (X-02)."""
    given = request.anonymous_allowed
    return request.profile.anonymous_allowed if given is None else given


def gates(request: Request, results: dict[str, Result]) -> tuple[bool, bool, bool]:
    """Whether identity, boundary and session let the request through (step 4)."""
    kind, issuer = request.principal.kind, request.principal.issuer_arn or ""

    def allowed(layer: str) -> bool:
        return layer in results and results[layer].result == "ALLOW"

    implicit = kind is _K.ROOT or (kind is _K.FEDERATED_USER and issuer.endswith(":root"))  # E-20, B-28
    session = allowed("session") if "session" in results else kind is not _K.FEDERATED_USER  # E-21, E-22
    return implicit or allowed("identity"), "boundary" not in results or allowed("boundary"), session


def crosses_accounts(request: Request) -> bool:
    """E-07."""
    return request.resource_account != request.principal.account


def trust_mode(request: Request) -> TrustMode:
    """E-05, B-24."""
    if request.resource is None:
        return "default"
    if request.trust_mode is not None:
        return request.trust_mode
    prefix = fold(request.action).split(":")[0]
    if prefix == "sts" and is_role(request.resource):
        return "resource_required"
    if prefix == "kms" and request.resource.split(":", 5)[5].startswith("alias/"):
        return "default"
    return request.profile.trust_mode


def is_role(resource: str | None) -> bool:
    """Whether a resource is an IAM role, whose policy is its trust policy (B-25)."""
    parts = (resource or "").split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/")


def keys_of(statement: Statement) -> Iterable[str]:
    """Keys that a statement reads, in the order of B-42."""
    for value in statement.resource[1] if statement.resource is not None else ():
        for segment in value.segments or ():
            yield from _variables(segment)
    for test in statement.tests:
        yield test.key
        for value in test.values:
            yield from _variables(parts_of_value(value))


def parts_of_value(value: Any) -> Iterable[Part]:
    """The parts of a test's value that may hold variables: those of String and Arn operators (G-37)."""
    if isinstance(value, tuple):
        yield from value
    elif isinstance(value, ArnValue):
        yield from [value.whole] if value.whole is not None else []
        for segment in value.segments or ():
            yield from segment


def _variables(parts: Iterable[Part]) -> Iterable[str]:
    return (part.key for part in parts if isinstance(part, Variable))


def missing_keys(request: Request, said: list[Said]) -> tuple[str, ...]:
    """S-30, B-42."""
    relevant = [one for one in said if one.concerns and one.layer in ("resource", "boundary", "identity")]
    spellings: dict[str, str] = {}
    for one in sorted(relevant, key=_order):
        for key in keys_of(one.statement):
            if not request.values(key):
                spellings.setdefault(fold(key), key)
    return tuple(spelling for _, spelling in sorted(spellings.items()))
