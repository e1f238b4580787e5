"""Self-contained cases: JSON text to a request and its layers, and the answer as one output object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bailiwick.errors import MalformedPolicyDocument
from bailiwick.models import Decision, Outcome, PolicyKind, Registry, ServiceProfile
from bailiwick.reference import case_request
from bailiwick.reference.case_request import read_request
from bailiwick.reference.case_text import CaseError as CaseError
from bailiwick.reference.case_text import invalid, needed, object_of, plain, string, text_of, tree_of
from bailiwick.reference.evaluate import evaluate, is_role, label
from bailiwick.reference.grammar import parse
from bailiwick.reference.json_text import Node
from bailiwick.reference.request import Layers, Policy, Request
from bailiwick.reference.text import fold

_TOP = ("id", "request", "layers", "expect")
_LAYERS = ("identity", "boundary", "session", "resource", "scp", "rcp", "endpoint")


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
        text = text_of(case)
        root = tree_of(text)
        name = next((plain(member.node) for member in root.members if member.name == "id"), None)
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
        top = _top(tree_of(f'{{"request":{written}}}'))
        try:
            request = read_request(object_of(needed(top, "", "request"), "/request", case_request.MEMBERS), known)
            kind, _profile = resource_kind(request, known)
            key = (kind, request.resource.split(":")[2] if request.resource is not None else request.action)
            if key not in parsed:
                text = f'{{"request":{written},"layers":{layers}}}'
                try:
                    parsed[key] = read_layers(text, _top(tree_of(text)), request, known)
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
    text = text_of(case)
    return read_case(text, _top(tree_of(text)), registry)


def read_case(text: str, top: dict[str, Node], registry: Registry) -> tuple[Request, Layers]:
    """The request and the layers; documents are parsed before the request is checked (B-45)."""
    members = object_of(needed(top, "", "request"), "/request", case_request.MEMBERS)
    request = read_request(members, registry, check=False)
    layers = read_layers(text, top, request, registry)
    return read_request(members, registry), layers


def _top(root: Node) -> dict[str, Node]:
    """The members of a case; those whose values are texts, numbers, booleans or lists of them may say something to people."""

    def is_plain(node: Node) -> bool:
        return node.kind not in ("object", "array")

    def is_note(node: Node) -> bool:
        return all(is_plain(item) for item in node.items) if node.kind == "array" else is_plain(node)

    return object_of(root, "", (*_TOP, *(member.name for member in root.members if is_note(member.node))))


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
    members = object_of(top["layers"], "/layers", _LAYERS)
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
        members = object_of(node, path, ("id", "document"))
        id = string(members, path, "id") or id
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
