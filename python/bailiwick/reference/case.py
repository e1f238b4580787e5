"""Self-contained cases: JSON text to a request and its layers, and the answer as one output object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bailiwick.errors import MalformedPolicyDocument
from bailiwick.models import Decision, Outcome, PolicyKind, Principal, PrincipalKind, Registry, ServiceProfile
from bailiwick.reference.evaluate import evaluate, is_role, label
from bailiwick.reference.grammar import parse
from bailiwick.reference.json_text import Node, Reader, Stop, pointer, position
from bailiwick.reference.request import Layers, Policy, Request, joined
from bailiwick.reference.text import fold

DEPTH = 64
_TOP = ("id", "request", "layers", "expect")
_REQUEST = (
    "principal",
    "action",
    "resource",
    "resource_account",
    "context",
    "trust_mode",
    "anonymous_allowed",
    "management_account",
    "resource_in_management_account",
)
_LAYERS = ("identity", "boundary", "session", "resource", "scp", "rcp", "endpoint")
_FIELDS = ("account", "arn", "id", "role_arn", "issuer_arn", "issuer_id", "name", "canonical_id")
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_ACTION = re.compile(r"[A-Za-z0-9.-]+:[A-Za-z0-9_.-]+", re.ASCII)
_WITH_ACCOUNT = (PrincipalKind.ROOT, PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)


class CaseError(Exception):
    """Why a case has no decision (B-45)."""

    def __init__(
        self, code: str, path: str, message: str, place: tuple[int, int] | None = None, policy: str | None = None
    ) -> None:
        super().__init__(message)
        line, column = place or (None, None)
        self.members = {"code": code, "path": path, "line": line, "column": column, "message": message, "policy": policy}


def invalid(path: str, message: str) -> CaseError:
    """A `ValidationError` at a place of the case."""
    return CaseError("ValidationError", path, message)


def simulate(case: str | bytes | Mapping[str, Any], *, registry: Registry | None = None, strict: bool = False) -> dict[str, Any]:
    """Decides one case; never raises for what the case says.

    Args:
        case: JSON text, or the same as Python objects.
        registry: Host's partitions and services.
        strict: Let an error of the evaluator itself through instead of answering `internal_error` (N-07).

    Returns:
        `id`, `decision`, `reason`, `deciding_layer`, `matched`, `missing_keys`, `indeterminate`; or `id` and `error`.
    """
    known = registry or Registry()
    name: Any = None
    try:
        text = _text(case)
        root = _read(text)
        name = next((_plain(member.node) for member in root.members if member.name == "id"), None)
        request, layers = read_case(text, _top(root), known)
    except CaseError as error:
        return {"id": name, "error": error.members}
    return {"id": name, **answer(decide(request, layers, strict=strict))}


def simulate_many(
    layers: str, requests: Iterable[Mapping[str, Any]], *, registry: Registry | None = None
) -> list[dict[str, Any]]:
    """Decides several requests put to the same layers, given as JSON text; the documents are parsed once."""
    known = registry or Registry()
    parsed: dict[tuple[PolicyKind, str], Layers | CaseError] = {}
    found = []
    for one in requests:
        written = json.dumps(one, ensure_ascii=False)
        top = _top(_read(f'{{"request":{written}}}'))
        try:
            request = read_request(_object(_need(top, "", "request"), "/request", _REQUEST), known)
            kind, _profile = resource_kind(request, known)
            key = (kind, request.resource.split(":")[2] if request.resource is not None else request.action)
            if key not in parsed:
                text = f'{{"request":{written},"layers":{layers}}}'
                try:
                    parsed[key] = read_layers(text, _top(_read(text)), request, known)
                except CaseError as error:
                    parsed[key] = error
            held = parsed[key]
            if isinstance(held, CaseError):
                raise held
        except CaseError as error:
            found.append({"id": None, "error": error.members})
            continue
        found.append({"id": None, **answer(evaluate(request, held))})
    return found


def decide(request: Request, layers: Layers, *, strict: bool = False) -> Decision:
    """`evaluate`, total: an error of our own denies (N-07)."""
    try:
        return evaluate(request, layers)
    except Exception:
        if strict:
            raise
        return Decision(
            decision=Outcome.IMPLICIT_DENY,
            reason="internal_error",
            principal=label(request),
            action=request.action,
            resource=request.resource or "*",
        )


def answer(decision: Decision) -> dict[str, Any]:
    """A decision as the members of an output object."""
    return {
        "decision": str(decision.decision),
        "reason": decision.reason,
        "deciding_layer": decision.deciding_layer,
        "matched": [
            {"layer": one.layer, "level": one.level, "policy": one.policy, "statement": one.statement, "sid": one.sid}
            for one in decision.matched
        ],
        "missing_keys": list(decision.missing_keys),
        "indeterminate": decision.indeterminate,
    }


def read(case: str | bytes | Mapping[str, Any], registry: Registry) -> tuple[Request, Layers]:
    """The request and the layers of a case.

    Raises:
        CaseError: There is no decision to be had.
    """
    text = _text(case)
    return read_case(text, _top(_read(text)), registry)


def _text(case: str | bytes | Mapping[str, Any]) -> str:
    if isinstance(case, str):
        return case
    if isinstance(case, bytes):
        try:
            return case.decode("utf-8")
        except UnicodeDecodeError:
            raise CaseError("INVALID_ENCODING", "", "the case is not UTF-8") from None
    return json.dumps(case, ensure_ascii=False)


def _read(text: str) -> Node:
    try:
        return Reader(text, depth=DEPTH, policy=False).read()
    except Stop as stop:
        fault = stop.fault
        raise CaseError(fault.code, fault.path, fault.message, position(text, fault.offset)) from None


def _plain(node: Node | None) -> Any:
    """A node as Python objects, for ids."""
    if node is None:
        return None
    if node.kind == "object":
        return {member.name: _plain(member.node) for member in node.members}
    if node.kind == "array":
        return [_plain(item) for item in node.items]
    return json.loads(str(node.value)) if node.kind == "number" else node.value


def _object(node: Node, path: str, known: tuple[str, ...]) -> dict[str, Node]:
    if node.kind != "object":
        raise invalid(path, "expected an object")
    found: dict[str, Node] = {}
    for member in node.members:
        if member.name not in known:
            raise invalid(pointer(path, member.name), f"unknown member `{member.name}`")
        if member.name in found:
            raise invalid(pointer(path, member.name), f"member `{member.name}` is given twice")
        found[member.name] = member.node
    return found


def _top(root: Node) -> dict[str, Node]:
    """The members of a case; those whose values are texts, numbers, booleans or lists of them may say something to people."""

    def is_plain(node: Node) -> bool:
        return node.kind not in ("object", "array")

    def is_note(node: Node) -> bool:
        return all(is_plain(item) for item in node.items) if node.kind == "array" else is_plain(node)

    return _object(root, "", (*_TOP, *(member.name for member in root.members if is_note(member.node))))


def _need(members: dict[str, Node], path: str, name: str) -> Node:
    if name not in members:
        raise invalid(path, f"member `{name}` is missing")
    return members[name]


def _string(members: dict[str, Node], path: str, name: str) -> str | None:
    node = members.get(name)
    if node is None or node.kind == "null":
        return None
    if node.kind != "string":
        raise invalid(f"{path}/{name}", "expected a string")
    return str(node.value)


def _flag(members: dict[str, Node], path: str, name: str) -> bool | None:
    node = members.get(name)
    if node is None or node.kind == "null":
        return None
    if node.kind != "boolean":
        raise invalid(f"{path}/{name}", "expected `true` or `false`")
    return bool(node.value)


def _needed_string(members: dict[str, Node], path: str, name: str) -> str:
    found = _string(members, path, name)
    if found is None:
        raise invalid(path, f"member `{name}` is missing")
    return found


def read_case(text: str, top: dict[str, Node], registry: Registry) -> tuple[Request, Layers]:
    """The request and the layers; documents are parsed before the request is checked (B-45)."""
    members = _object(_need(top, "", "request"), "/request", _REQUEST)
    request = read_request(members, registry, check=False)
    layers = read_layers(text, top, request, registry)
    return read_request(members, registry), layers


# Requests -------------------------------------------------------------------------------------------------------------


def read_request(members: dict[str, Node], registry: Registry, *, check: bool = True) -> Request:
    """The request; `check` refuses what is not well formed (B-20)."""
    path = "/request"
    principal = _principal(_need(members, path, "principal"))
    action, resource = _needed_string(members, path, "action"), _needed_string(members, path, "resource")
    mode = _string(members, path, "trust_mode")
    if mode not in (None, "default", "resource_required"):
        raise invalid(f"{path}/trust_mode", f"trust mode `{mode}`: expected `default` or `resource_required`")
    context = _context(members["context"]) if "context" in members else {}
    account = _string(members, path, "resource_account")
    flags = [_flag(members, path, name) for name in ("anonymous_allowed", "management_account", "resource_in_management_account")]
    if check:
        _check(action, resource, account)
    named = (resource.split(":", 5) + [""] * 5)[4]
    owner = principal.account if resource == "*" else account or (named if _ACCOUNT.fullmatch(named) else principal.account)
    managing = bool(flags[1])
    same = principal.account is not None and owner == principal.account
    return Request(
        principal=principal,
        action=action,
        resource=None if resource == "*" else resource,
        resource_account=owner,
        context=joined(context),
        profile=registry.profile(fold(action.split(":")[0])),
        trust_mode=mode,  # type: ignore[arg-type]  # one of the two, or None: checked above
        anonymous_allowed=flags[0],
        from_management_account=managing,
        in_management_account=flags[2] if flags[2] is not None else managing and same,
        spellings={fold(key): key for key in reversed(context)},
    )


def _check(action: str, resource: str, account: str | None) -> None:
    if not _ACTION.fullmatch(action):
        raise invalid("/request/action", f"action `{action}`: expected `service:Name`")
    parts = resource.split(":", 5)
    whole = len(parts) == 6 and parts[0] == "arn" and parts[1] and parts[2] and parts[5]
    if resource != "*" and not whole:
        raise invalid("/request/resource", f"resource `{resource}`: expected `*` or an ARN of six segments")
    if account is None:
        return
    if not _ACCOUNT.fullmatch(account):
        raise invalid("/request/resource_account", f"resource account `{account}`: expected 12 digits")
    if resource != "*" and _ACCOUNT.fullmatch(parts[4]) and parts[4] != account:
        raise invalid("/request/resource_account", "the resource account differs from that in the ARN")


def _context(node: Node) -> dict[str, list[str]]:
    """C-06, C-07."""
    if node.kind != "object":
        raise invalid("/request/context", "expected an object")
    found: dict[str, list[str]] = {}
    for member in node.members:
        if member.node.kind == "null":
            continue
        items = member.node.items if member.node.kind == "array" else [member.node]
        if any(item.kind not in ("string", "number", "boolean") for item in items):
            raise invalid(pointer("/request/context", member.name), "expected a string, a number, a boolean or a list")
        texts = [str(item.value).lower() if item.kind == "boolean" else str(item.value) for item in items]
        found.setdefault(member.name, []).extend(texts)
    return found


def _principal(node: Node) -> Principal:
    path = "/request/principal"
    if node.kind == "string":
        found = named_principal(str(node.value))
        if found is None:
            raise invalid(path, f"principal `{node.value}`: expected an ARN, a service name or `anonymous`")
        return found
    members = _object(node, path, ("kind", "slr", *_FIELDS))
    kind = _needed_string(members, path, "kind")
    if kind not in [str(known) for known in PrincipalKind]:
        raise invalid(path, f"unknown kind `{kind}` of principal")
    fields: dict[str, Any] = {name: _string(members, path, name) for name in _FIELDS}
    slr = bool(_flag(members, path, "slr"))
    if fields["account"] is None:
        parts = (fields["arn"] or fields["role_arn"] or "").split(":")
        fields["account"] = parts[4] if len(parts) > 4 and _ACCOUNT.fullmatch(parts[4]) else None
    principal = Principal(kind=PrincipalKind(kind), slr=slr, **fields)
    if principal.kind in _WITH_ACCOUNT:
        if principal.account is None or not _ACCOUNT.fullmatch(principal.account):
            raise invalid(path, "this kind of principal has an `account` of 12 digits")
        arn = principal.arn or (principal.role_arn if principal.kind is PrincipalKind.ROLE_SESSION else None)
        if arn is None:
            raise invalid(path, "this kind of principal has an `arn`")
    elif principal.kind is not PrincipalKind.ANONYMOUS and principal.name is None:
        raise invalid(path, "this kind of principal has a `name`")
    return _with_role(principal)


def _with_role(principal: Principal) -> Principal:
    """B-27: a session's role without a path, if it is not given."""
    if principal.kind is not PrincipalKind.ROLE_SESSION or principal.role_arn is not None or principal.arn is None:
        return principal
    parts = principal.arn.split(":", 5)
    names = parts[5].split("/") if len(parts) == 6 else []
    if len(names) < 3:
        return principal
    role = f"arn:{parts[1]}:iam::{parts[4]}:role/{names[1]}"
    return Principal(
        kind=principal.kind,
        account=principal.account,
        arn=principal.arn,
        id=principal.id,
        role_arn=role,
        slr=principal.slr,
        canonical_id=principal.canonical_id,
    )


def named_principal(name: str) -> Principal | None:
    """The principal of an ARN or a name (B-26…28)."""
    if name == "anonymous":
        return Principal(kind=PrincipalKind.ANONYMOUS)
    if not name.startswith("arn:"):
        return Principal(kind=PrincipalKind.SERVICE, name=name) if "." in name else None
    parts = name.split(":", 5)
    if len(parts) < 6 or not parts[1] or not _ACCOUNT.fullmatch(parts[4]):
        return None
    account, (kind, _, rest) = parts[4], parts[5].partition("/")
    match parts[2], kind:
        case "iam", "root" if parts[5] == "root":
            return Principal(kind=PrincipalKind.ROOT, account=account, arn=name)
        case "iam", "user" if rest:
            return Principal(kind=PrincipalKind.USER, account=account, arn=name)
        case "iam", "role" if rest:
            return Principal(kind=PrincipalKind.ROLE_SESSION, account=account, role_arn=name)
        case "sts", "assumed-role" if "/" in rest:
            return _with_role(Principal(kind=PrincipalKind.ROLE_SESSION, account=account, arn=name))
        case "sts", "federated-user" if rest:
            return Principal(kind=PrincipalKind.FEDERATED_USER, account=account, arn=name)
    return None


# Layers ---------------------------------------------------------------------------------------------------------------


def resource_kind(request: Request, registry: Registry) -> tuple[PolicyKind, ServiceProfile]:
    """Kind and profile of the `resource` document (B-25)."""
    if request.resource is None:
        return PolicyKind.RESOURCE, request.profile
    parts = request.resource.split(":", 5)
    service = parts[2] if len(parts) == 6 else ""
    return PolicyKind.TRUST if is_role(request.resource) else PolicyKind.RESOURCE, registry.profile(fold(service))


def read_layers(text: str, top: dict[str, Node], request: Request, registry: Registry) -> Layers:
    """The layers; documents are parsed in the order of B-45."""
    if "layers" not in top:
        return Layers()
    members = _object(top["layers"], "/layers", _LAYERS)
    kind, profile = resource_kind(request, registry)
    default = ServiceProfile()

    def policy(node: Node, path: str, id: str, kind: PolicyKind, profile: ServiceProfile) -> Policy:
        return read_policy(text, node, path, id, kind, profile, registry)

    def listed(node: Node, path: str, id: str, kind: PolicyKind) -> list[Policy]:
        return [policy(item, f"{path}/{at}", f"{id}/{at}", kind, default) for at, item in enumerate(node.items)]

    def collection(name: str, kind: PolicyKind) -> list[Policy] | None:
        node, path = members.get(name), f"/layers/{name}"
        if node is None:
            return None
        return listed(node, path, name, kind) if node.kind == "array" else [policy(node, path, f"{name}/0", kind, default)]

    def single(name: str, kind: PolicyKind, profile: ServiceProfile) -> list[Policy] | None:
        node, path = members.get(name), f"/layers/{name}"
        if node is None:
            return None
        if node.kind != "array":
            return [policy(node, path, name, kind, profile)]
        if len(node.items) > 1:
            raise invalid(path, "expected one policy at most")
        return [policy(item, f"{path}/0", name, kind, profile) for item in node.items]  # none: there, and silent (E-02)

    def levels(name: str, kind: PolicyKind) -> list[list[Policy]] | None:
        node, path = members.get(name), f"/layers/{name}"
        if node is None:
            return None
        if node.kind != "array":
            raise invalid(path, "expected a list of levels, root first")
        if not node.items:
            raise invalid(path, "an empty list of levels; leave it out if there is no organization")  # E-12
        found = []
        for at, item in enumerate(node.items):
            if item.kind != "array":
                raise invalid(f"{path}/{at}", "expected a list of policies")
            found.append(listed(item, f"{path}/{at}", f"{name}/{at}", kind))
        return found

    return Layers(
        identity=collection("identity", PolicyKind.IDENTITY),
        boundary=single("boundary", PolicyKind.BOUNDARY, default),
        session=collection("session", PolicyKind.SESSION),
        resource=single("resource", kind, profile),
        scp=levels("scp", PolicyKind.SCP),
        rcp=levels("rcp", PolicyKind.RCP),
        endpoint=collection("endpoint", PolicyKind.ENDPOINT),
    )


def read_policy(
    text: str, node: Node, path: str, id: str, kind: PolicyKind, profile: ServiceProfile, registry: Registry
) -> Policy:
    """A document, or an object of `id` and `document`; a document is an object, or a string that holds its text."""
    if node.kind == "object" and any(member.name == "document" for member in node.members):
        members = _object(node, path, ("id", "document"))
        id = _string(members, path, "id") or id
        node = members["document"]
    if node.kind == "object":
        written = text[node.start : node.end]
    elif node.kind == "string":
        written = str(node.value)
    else:
        raise invalid(path, "expected a policy document")
    try:
        return Policy(id, parse(written, kind, profile=profile, registry=registry))
    except MalformedPolicyDocument as error:
        place = (error.line, error.column)
        raise CaseError(error.code, error.path, error.message, place, id) from None
