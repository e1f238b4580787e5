"""Options that name a snapshot, and the snapshot they name."""

from __future__ import annotations

import argparse

from bailiwick.account import load_account
from bailiwick.models import Registry, Snapshot
from bailiwick.services import load_registry


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
    return Registry() if path is None else load_registry(path)
