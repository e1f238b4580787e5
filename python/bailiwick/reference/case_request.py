"""The request of a case: who asks for what, with which keys (B-20…28)."""

from __future__ import annotations

import re
from typing import Any

from bailiwick.models import Principal, PrincipalKind, Registry
from bailiwick.reference.case_text import flag, invalid, needed, needed_string, object_of, string
from bailiwick.reference.json_text import Node, pointer
from bailiwick.reference.request import Request, joined
from bailiwick.reference.text import fold

MEMBERS = (
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
_FIELDS = ("account", "arn", "id", "role_arn", "issuer_arn", "issuer_id", "name", "canonical_id")
#: What M-40 calls the `id` of a kind (B-49).
_IDS = {"user": "user_id", "role_session": "role_id"}
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_ACTION = re.compile(r"[A-Za-z0-9.-]+:[A-Za-z0-9_.-]+", re.ASCII)
_WITH_ACCOUNT = (PrincipalKind.ROOT, PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)


def read_request(members: dict[str, Node], registry: Registry, *, check: bool = True) -> Request:
    """The request; `check` refuses what is not well formed (B-20)."""
    path = "/request"
    principal = _principal(needed(members, path, "principal"))
    action, resource = needed_string(members, path, "action"), needed_string(members, path, "resource")
    mode = string(members, path, "trust_mode")
    if mode not in (None, "default", "resource_required"):
        raise invalid(f"{path}/trust_mode", f"trust mode `{mode}`: expected `default` or `resource_required`")
    context = _context(members["context"]) if "context" in members else {}
    account = string(members, path, "resource_account")
    flags = [flag(members, path, name) for name in ("anonymous_allowed", "management_account", "resource_in_management_account")]
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
    members = object_of(node, path, ("kind", "slr", *_FIELDS, *_IDS.values()))
    kind = needed_string(members, path, "kind")
    if kind not in [str(known) for known in PrincipalKind]:
        raise invalid(path, f"unknown kind `{kind}` of principal")
    fields: dict[str, Any] = {name: string(members, path, name) for name in _FIELDS}
    fields["id"] = _id(members, path, kind)
    slr = bool(flag(members, path, "slr"))
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


def _id(members: dict[str, Node], path: str, kind: str) -> str | None:
    given = [name for name in ("id", *_IDS.values()) if name in members]
    if len(given) > 1 or (given and given[0] not in ("id", _IDS.get(kind))):
        raise invalid(path, f"`{given[-1]}`: expected one id, as `id` or as `user_id` of a user or `role_id` of a role session")
    return string(members, path, given[0]) if given else None


def _with_role(principal: Principal) -> Principal:
    """B-27: a session's role without a path, if it is not given."""
    if principal.kind is not PrincipalKind.ROLE_SESSION or principal.role_arn is not None or principal.arn is None:
        return principal
    parts = principal.arn.split(":", 5)
    names = parts[5].split("/") if len(parts) == 6 and parts[0] == "arn" and parts[1] and parts[2] else []
    if len(names) < 3 or names[0] != "assumed-role":
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
