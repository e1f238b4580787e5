"""`organization.json`: what the Organizations API prints, in one object.

Members: `Organization` (describe-organization), `Roots` (list-roots), `OrganizationalUnits` and `Accounts` (each with `Id` and
`ParentId`), and `Policies`, each with `PolicySummary`, `Content` (text or object) and `Targets` (ids, or objects
with `TargetId`). A policy type counts if the root's `PolicyTypes` say `ENABLED`, or, where the root has no such member, if the
file has policies of it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bailiwick._json import Reader, read_file, read_json
from bailiwick.errors import ValidationError
from bailiwick.models import Organization, OrganizationTarget, Policy

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


def load_organization(source: str | os.PathLike[str] | Mapping[str, Any]) -> Organization:
    """Reads an organization.

    Raises:
        ValidationError: The file is not of the shape, or a policy is attached to a target that is not there.
    """
    if isinstance(source, Mapping):
        file = Reader(dict(source), "")
    else:
        file = Reader(read_json(read_file(Path(source)), os.fspath(source)), "")
    described = Reader(file.value.get("Organization"), "/Organization")
    roots = file.items("Roots")
    if len(roots) != 1:
        raise ValidationError(f"an organization has 1 root, found {len(roots)}", "/Roots")
    places: dict[str, str | None] = {roots[0].text("Id"): None}
    for item in (*file.items("OrganizationalUnits"), *file.items("Accounts")):
        if item.text("Id") in places:
            raise ValidationError(f"`{item.text('Id')}` is in the organization twice", item.path)
        places[item.text("Id")] = item.text("ParentId")
    policies: dict[str, dict[str, str]] = {SCP: {}, RCP: {}}
    attached: dict[str, dict[str, list[str]]] = {SCP: defaultdict(list), RCP: defaultdict(list)}
    for policy in file.items("Policies"):
        summary = Reader(policy.value.get("PolicySummary"), f"{policy.path}/PolicySummary")
        kind, name = summary.text("Type"), summary.text("Id")
        if kind not in policies:
            continue  # tag, backup and other policies decide nothing here
        if name in policies[kind]:
            raise ValidationError(f"policy `{name}` is in the organization twice", policy.path)
        policies[kind][name] = policy.document("Content")
        for target in _targets(policy):
            if target not in places:
                raise ValidationError(f"target `{target}` is not in the organization", f"{policy.path}/Targets")
            attached[kind][target].append(name)
    enabled = {item.text("Type") for item in roots[0].items("PolicyTypes") if item.optional_text("Status") == "ENABLED"}
    if roots[0].value.get("PolicyTypes") is None:
        # A file that does not say which types are enabled must not lose the policies that it has.
        enabled = {kind for kind, found in policies.items() if found}
    return Organization(
        id=described.text("Id"),
        management_account=described.optional_text("MasterAccountId") or described.text("ManagementAccountId"),
        targets=tuple(
            OrganizationTarget(id=name, parent=parent, scps=tuple(attached[SCP][name]), rcps=tuple(attached[RCP][name]))
            for name, parent in places.items()
        ),
        scps=tuple(Policy(id=name, document=text) for name, text in policies[SCP].items()),
        rcps=tuple(Policy(id=name, document=text) for name, text in policies[RCP].items()),
        scp_enabled=SCP in enabled,
        rcp_enabled=RCP in enabled,
    )


def _targets(policy: Reader) -> list[str]:
    found = policy.value.get("Targets") or []
    if all(isinstance(target, str) for target in found):
        return list(found)
    return [target.text("TargetId") for target in policy.items("Targets")]
