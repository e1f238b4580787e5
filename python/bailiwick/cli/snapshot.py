"""Options that name a snapshot, and the snapshot they name."""

from __future__ import annotations

import argparse
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic import ValidationError as ShapeError

from bailiwick.account import load_account
from bailiwick.errors import ValidationError
from bailiwick.models import Registry, ServiceProfile, Snapshot, TrustMode


class _Profile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    trust_mode: TrustMode = "default"
    implicit_resource: bool = False
    canonical_user: bool = False
    rcp: bool = True
    anonymous_allowed: bool = False
    policy_depth: int = 0


class _Services(BaseModel):
    model_config = ConfigDict(extra="forbid")

    partitions: list[str] = []
    services: dict[str, _Profile] = {}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--account` and the files that may stand beside it."""
    group = parser.add_argument_group("snapshot")
    add = group.add_argument
    # Not `nargs="+"`: it would take the file of requests that follows for a page.
    pages = "get-account-authorization-details; given again for each further page"
    add("--account", required=True, action="append", metavar="FILE", help=pages)
    add("--organization", metavar="FILE", help="organization.json: roots, units, accounts, SCPs and RCPs")
    add("--resource-policies", metavar="FILE", help="JSON Lines with resource, account, policy")
    add("--managed-policies", metavar="FILE", help="JSON Lines with arn, document: policies that the dump attaches but lacks")
    add("--services", metavar="FILE", help="JSON with the partitions and services that the host registers")


def snapshot_of(options: argparse.Namespace) -> Snapshot:
    """Reads the files."""
    return load_account(
        options.account if len(options.account) > 1 else options.account[0],
        organization=options.organization,
        resource_policies=options.resource_policies,
        managed_policies=options.managed_policies,
        registry=registry_of(options.services),
    )


def registry_of(path: str | None) -> Registry:
    """Reads `--services`."""
    if path is None:
        return Registry()
    try:
        found = _Services.model_validate_json(Path(path).read_bytes())
    except ShapeError as error:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        raise ValidationError(f"{path}: {first['msg'].lower()}", f"/{where}") from None
    services = {name.lower(): ServiceProfile(**profile.model_dump()) for name, profile in found.services.items()}
    return Registry(partitions=frozenset(found.partitions), services=services)
