"""A request to a snapshot, as the self-contained case that must have the same answer.

What the engine finds through its tables is written out here in plain Python: who the caller is, which policies bind it, which
keys follow. The reference evaluator decides the case; `Engine.explain` shows its trace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bailiwick.context import (
    context_strings,
    derived_context,
    find_identity,
    find_resource,
    fold,
    identities_of,
    known_resources,
    target_chain,
)
from bailiwick.documents import PolicyDocument, text_of
from bailiwick.errors import UnknownPrincipal
from bailiwick.models import (
    Account,
    Context,
    Group,
    Organization,
    Principal,
    PrincipalKind,
    Role,
    Snapshot,
    TrustMode,
    User,
)

_ACCOUNT = re.compile(r"[0-9]{12}\Z")
_SERVICE = re.compile(r"(?=.*\.)[a-z0-9][a-z0-9.-]{0,127}\Z")


def resolve_principal(snapshot: Snapshot, principal: str | Principal) -> Principal:
    """What the snapshot knows of a caller (M-40, B-26…28).

    Raises:
        UnknownPrincipal: The snapshot does not hold its account or identity.
    """
    given = principal if isinstance(principal, Principal) else None
    name = principal if isinstance(principal, str) else principal.arn or principal.role_arn or principal.name or ""
    if given is not None and given.kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED_CALLER):
        return Principal(kind=given.kind, name=given.name)
    if given is not None and given.kind is PrincipalKind.ANONYMOUS:
        return Principal(kind=given.kind)
    if given is not None and given.kind is PrincipalKind.ROLE_SESSION and given.role_arn is not None:
        found = _named(snapshot, given.role_arn)
        if found is not None and given.arn is not None:
            session = _named(snapshot, given.arn)
            found = session if session is not None and session.role_arn == given.role_arn else None
    else:
        found = _named(snapshot, name)
    issuer = find_identity(snapshot, given.issuer_arn) if given is not None else None
    if found is None or (given is not None and not _fits(given, found, issuer)):
        raise UnknownPrincipal(f"principal `{name}` is not in the snapshot{_hint(snapshot, name)}")
    if given is None:
        return found
    return replace(
        found,
        id=given.id or found.id,
        issuer_arn=given.issuer_arn,
        issuer_id=given.issuer_id or (issuer.id if issuer is not None else None),
        slr=given.slr or found.slr,
        canonical_id=given.canonical_id or found.canonical_id,
        session_tags=given.session_tags,
    )


def _fits(given: Principal, found: Principal, issuer: User | Role | None) -> bool:
    """Whether what a host says of a caller goes together with what the snapshot knows."""
    if given.kind is not found.kind or given.account not in (None, found.account):
        return False
    if given.kind is not PrincipalKind.FEDERATED_USER or given.issuer_arn is None:
        return True
    # Who issued the session is of its account (L-57).
    is_root = given.issuer_arn.endswith(":root")
    return (is_root or isinstance(issuer, User)) and given.issuer_arn.split(":")[4:5] == [found.account]


def _named(snapshot: Snapshot, name: str) -> Principal | None:
    if name == "anonymous":
        return Principal(kind=PrincipalKind.ANONYMOUS)
    if not name.startswith("arn:"):
        return Principal(kind=PrincipalKind.SERVICE, name=name) if _SERVICE.match(name) else None
    parts = name.split(":", 5)
    if len(parts) < 6:
        return None
    account = _account(snapshot, parts[4])
    if account is None or account.partition != parts[1]:
        return None
    kind, _, rest = parts[5].partition("/")
    match parts[2], kind:
        case "iam", "root" if not rest:
            return _of(PrincipalKind.ROOT, account, arn=name)
        case "iam", "user":
            user = next((user for user in account.users if user.arn == name), None)
            return _of(PrincipalKind.USER, account, arn=name, id=user.id) if user is not None else None
        case "iam", "role":
            role = next((role for role in account.roles if role.arn == name), None)
            return _session(role, account, None) if role is not None else None
        case "sts", "assumed-role":
            role_name, _, session = rest.partition("/")
            named = (role for role in account.roles if role.arn.rsplit("/", 1)[-1] == role_name)
            role = next(named, None)
            return _session(role, account, name) if role is not None and session and "/" not in session else None
        case "sts", "federated-user" if rest:
            return _of(PrincipalKind.FEDERATED_USER, account, arn=name)
    return None


def _of(kind: PrincipalKind, account: Account, *, arn: str, id: str | None = None) -> Principal:
    return Principal(kind=kind, account=account.id, arn=arn, id=id, canonical_id=account.canonical_id)


def _session(role: Role, account: Account, arn: str | None) -> Principal:
    return Principal(
        kind=PrincipalKind.ROLE_SESSION,
        account=account.id,
        arn=arn,
        id=role.id,
        role_arn=role.arn,
        slr=role.slr,
        canonical_id=account.canonical_id,
    )


def _hint(snapshot: Snapshot, name: str) -> str:
    arns = [identity.arn for account in snapshot.accounts for identity in identities_of(account)]
    twin = next((arn for arn in arns if fold(arn) == fold(name)), None)
    return f"; did you mean `{twin}`?" if twin is not None else ""


def _account(snapshot: Snapshot, account_id: str | None) -> Account | None:
    return next((account for account in snapshot.accounts if account.id == account_id), None)


def case_of(
    snapshot: Snapshot,
    principal: str | Principal,
    action: str,
    resource: str,
    context: Context | None = None,
    *,
    resource_account: str | None = None,
    session_policies: Any = None,
    endpoint_policies: Any = None,
    trust_mode: TrustMode | None = None,
    anonymous_allowed: bool | None = None,
) -> dict[str, Any]:
    """The self-contained case of a request, with the options of `Engine.check`.

    Raises:
        UnknownPrincipal: The snapshot does not know the principal.
        TypeError: A context value is of a type that has no meaning.
    """
    caller = resolve_principal(snapshot, principal)
    owner = _owner(snapshot, caller, resource, resource_account)
    given = context_strings(context or {})
    folded = {fold(key) for key in given}
    derived = derived_context(snapshot, caller, resource, owner)
    organization = snapshot.organization
    manager = organization.management_account if organization is not None else None
    request: dict[str, Any] = {
        "principal": _principal(caller),
        "action": action,
        "resource": resource,
        "context": {key: value for key, value in derived.items() if fold(key) not in folded} | given,
        "management_account": manager is not None and caller.account == manager,
        "resource_in_management_account": manager is not None and owner == manager,
    }
    profile = snapshot.registry.profile(fold(action.split(":")[0]))
    request["anonymous_allowed"] = profile.anonymous_allowed if anonymous_allowed is None else anonymous_allowed
    if owner is not None and resource != "*":
        request["resource_account"] = owner
    if trust_mode is not None:
        request["trust_mode"] = trust_mode
    layers = _layers(snapshot, caller, action, resource, owner)
    if session_policies is not None:
        layers["session"] = _passed("session", session_policies)
    if endpoint_policies is not None:
        layers["endpoint"] = _passed("endpoint", endpoint_policies)
    return {"request": request, "layers": layers}


def _principal(caller: Principal) -> dict[str, Any]:
    names = ("account", "arn", "id", "role_arn", "issuer_arn", "issuer_id", "name", "canonical_id")
    found = {name: getattr(caller, name) for name in names if getattr(caller, name) is not None}
    return {"kind": str(caller.kind), **found} | ({"slr": True} if caller.slr else {})


def _owner(snapshot: Snapshot, caller: Principal, resource: str, given: str | None) -> str | None:
    """B-21."""
    if given is not None or resource == "*":
        return given if resource != "*" else caller.account
    known = find_resource(snapshot, resource)
    if known is not None:
        return known.account
    named = (resource.split(":", 5) + [""] * 5)[4]
    return named if _ACCOUNT.match(named) else caller.account


def _layers(snapshot: Snapshot, caller: Principal, action: str, resource: str, owner: str | None) -> dict[str, Any]:
    layers: dict[str, Any] = {}
    bound = {
        PrincipalKind.USER: caller.arn,
        PrincipalKind.ROLE_SESSION: caller.role_arn,
        PrincipalKind.FEDERATED_USER: caller.issuer_arn,
    }.get(caller.kind)
    identity = find_identity(snapshot, bound)
    account = _account(snapshot, caller.account)
    if identity is not None and account is not None:
        layers["identity"] = _identity_policies(identity, account)
        if identity.boundary is not None:
            layers["boundary"] = _managed(account, identity.boundary)
    policy = _resource_policy(snapshot, action, resource)
    if policy is not None:
        layers["resource"] = policy
    organization = snapshot.organization
    if organization is not None and organization.scp_enabled:
        layers |= _levels(organization, caller.account, "scp")
    if organization is not None and organization.rcp_enabled:
        layers |= _levels(organization, owner, "rcp")
    return layers


def _policy(id: str, document: str) -> dict[str, str]:
    return {"id": id, "document": document}


def _passed(layer: str, documents: Any) -> list[dict[str, str]]:
    """Policies that come with a request: one document, or several (B-32)."""
    listed = [documents] if isinstance(documents, str | Mapping | PolicyDocument) else documents
    return [_policy(f"{layer}/{at}", text_of(document)) for at, document in enumerate(listed)]


def _managed(account: Account, id: str) -> dict[str, str]:
    return _policy(id, next(policy.document for policy in account.policies if policy.id == id))


def _attached(identity: User | Role | Group, account: Account) -> list[dict[str, str]]:
    inline = [_policy(f"{identity.arn}:{policy.id}", policy.document) for policy in identity.inline]
    return inline + [_managed(account, id) for id in dict.fromkeys(identity.policies)]


def _identity_policies(identity: User | Role, account: Account) -> list[dict[str, str]]:
    found = _attached(identity, account)
    if isinstance(identity, User):
        for name in identity.groups:
            group = next(group for group in account.groups if group.arn.rsplit("/", 1)[-1] == name)
            found += _attached(group, account)
    return found


def _resource_policy(snapshot: Snapshot, action: str, resource: str) -> dict[str, str] | None:
    if resource == "*":
        return None
    identity = find_identity(snapshot, resource)
    if isinstance(identity, Role):
        return _policy(f"{identity.arn}:trust", identity.trust) if fold(action).startswith("sts:") else None
    for known in known_resources(snapshot, resource):
        if known.policy is not None:
            return _policy(known.arn, known.policy)
    return None


def _levels(organization: Organization, account: str | None, layer: str) -> dict[str, Any]:
    chain = target_chain(organization, account)
    if chain is None:
        return {}
    policies = {policy.id: policy for policy in (organization.scps if layer == "scp" else organization.rcps)}
    targets = {target.id: target for target in organization.targets}
    levels = [targets[name].scps if layer == "scp" else targets[name].rcps for name in chain]
    return {layer: [[_policy(id, policies[id].document) for id in level] for level in levels]}
