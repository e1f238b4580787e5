"""`bailiwick actions`: what patterns of actions stand for, and what policies grant."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bailiwick.cli.validate import add_knowledge, default_config, reference_of
from bailiwick.errors import ValidationError
from bailiwick.validate.contract import contract
from bailiwick.validate.grants import Grant, granted, unknown
from bailiwick.validate.policy import read_policy
from bailiwick.validate.services import HOW_TO_INSTALL, AccessLevel, Action, ServiceReference
from bailiwick.validate.sources import FoundPolicy, policies_in

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_to(commands: Commands) -> None:
    """Adds the command and its own commands."""
    parser = commands.add_parser(
        "actions",
        help="expand and contract patterns of actions; say what policies grant",
        description="Knows the actions of services: `expand` lists what patterns match, `contract` finds the fewest patterns, "
        "`levels` and `granted` say what policies grant.",
    )
    inner = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    expand = inner.add_parser("expand", help="list the actions that patterns match")
    expand.add_argument("patterns", nargs="+", metavar="PATTERN", help="`s3:Get*`; `-` reads them from stdin, one a line")
    _add_format(expand, _expand)
    shrink = inner.add_parser("contract", help="find the fewest patterns for actions, and for no others")
    shrink.add_argument("actions", nargs="+", metavar="ACTION", help="`s3:GetObject`; `-` reads them from stdin, one a line")
    _add_format(shrink, _contract)
    levels = inner.add_parser("levels", help="count the granted actions by service and access level")
    levels.add_argument("files", nargs="+", metavar="FILES")
    _add_format(levels, _levels)
    grants = inner.add_parser("granted", help="list the actions that policies really grant")
    grants.add_argument("files", nargs="+", metavar="FILES")
    _add_format(grants, _granted)


def _add_format(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_knowledge(parser)
    parser.set_defaults(run=run)


def _services(options: argparse.Namespace) -> ServiceReference:
    found = reference_of([*default_config().service_references, *(Path(path) for path in options.service_reference)])
    if not found:
        raise ValidationError(f"nothing is known of services\nhint: {HOW_TO_INSTALL}, or give --service-reference")
    return found


def _texts(given: list[str]) -> Iterator[str]:
    """Arguments, and lines of stdin in place of `-`."""
    for text in given:
        if text == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield text


def _expand(options: argparse.Namespace) -> int:
    """Lists actions with their access levels; exit code 1 if a pattern matches none."""
    services = _services(options)
    unmatched, found = [], {}
    for pattern in _texts(options.patterns):
        actions = services.expand(pattern)
        unmatched += [pattern] if not actions else []
        found.update(dict.fromkeys(actions))
    listed = sorted(found, key=str.lower)
    if options.json:
        print(json.dumps([_described(services, name) for name in listed], indent=1))
    else:
        width = max((len(name) for name in listed), default=0)
        for name in listed:
            action = services.action(name)
            print(f"{name:<{width}}  {(action and action.level) or ''}".rstrip())
    for pattern in unmatched:
        print(f"`{pattern}` matches no action that is known", file=sys.stderr)
    _say(services)
    return 1 if unmatched else 0


def _described(services: ServiceReference, name: str) -> dict[str, Any]:
    """What is known of an action; keys and further actions of one resource type alone count as well."""
    action = services.action(name) or Action(name=name)
    return {
        "action": name,
        "level": action.level,
        "resource_types": [resource.type for resource in action.resources],
        "condition_keys": _each(action.condition_keys, (resource.condition_keys for resource in action.resources)),
        "dependent_actions": _each(action.dependent_actions, (resource.dependent_actions for resource in action.resources)),
    }


def _each(first: Iterable[str], more: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys([*first, *(name for names in more for name in names)]))


def _contract(options: argparse.Namespace) -> int:
    """Prints patterns."""
    services = _services(options)
    patterns = contract(_texts(options.actions), services)
    if options.json:
        print(json.dumps(list(patterns), indent=1))
    else:
        for pattern in patterns:
            print(pattern)
    _say(services)
    return 0


def _policies(files: Iterable[str], services: ServiceReference) -> Iterator[tuple[str, FoundPolicy, tuple[Grant, ...]]]:
    for file in files:
        try:
            data = Path(file).read_bytes()
        except OSError as error:
            raise ValidationError(f"{file}: {error.strerror or error}") from error
        for policy in policies_in(data, Path(file).name):
            if policy.document.root is not None:
                name = f"{file}, {policy.name}" if policy.name else file
                content = read_policy(policy.document.root)
                for pattern in unknown(content, services):
                    print(f"{name}: `{pattern}` matches no action that is known", file=sys.stderr)
                yield name, policy, granted(content, services)


def _granted(options: argparse.Namespace) -> int:
    """Lists what policies grant."""
    services = _services(options)
    found = list(_policies(options.files, services))
    if options.json:
        print(
            json.dumps([{"policy": name, "grants": [asdict(grant) for grant in grants]} for name, _, grants in found], indent=1)
        )
    else:
        console = Console(highlight=False)
        for name, _, grants in found:
            table = Table(box=None, pad_edge=False)
            for heading in ("action", "level", "on", ""):
                table.add_column(heading, overflow="fold")
            for grant in grants:
                marks = [word for word, holds in (("if", grant.is_conditional), ("partly denied", grant.is_limited)) if holds]
                table.add_row(grant.action, grant.level or "", ", ".join(grant.resources), ", ".join(marks))
            console.print(name, style="bold", soft_wrap=True, markup=False)
            _print_table(console, table)
    _say(services)
    return 0


def _levels(options: argparse.Namespace) -> int:
    """Counts what policies grant."""
    services = _services(options)
    found = [(name, _counted(grants)) for name, _, grants in _policies(options.files, services)]
    if options.json:
        print(json.dumps([{"policy": name, "services": counted} for name, counted in found], indent=1))
    else:
        console = Console(highlight=False)
        for name, counted in found:
            console.print(name, style="bold", soft_wrap=True, markup=False)
            _print_table(console, _table(counted, services))
    _say(services)
    return 0


def _print_table(console: Console, table: Table) -> None:
    """The table and an empty line; rows end with their last word."""
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())
    print()


def _counted(grants: tuple[Grant, ...]) -> dict[str, dict[str, int]]:
    """Granted actions by service, by access level."""
    found: dict[str, Counter[str]] = {}
    for grant in grants:
        found.setdefault(grant.action.partition(":")[0], Counter())[grant.level or "unknown"] += 1
    return {service: dict(levels) for service, levels in sorted(found.items())}


def _table(counted: dict[str, dict[str, int]], services: ServiceReference) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("service")
    for level in AccessLevel:
        table.add_column(level, justify="right")
    for prefix, levels in counted.items():
        service = services.service(prefix)
        everything = Counter(action.level for action in service.actions.values()) if service is not None else Counter()
        table.add_row(prefix, *(_cell(levels.get(level, 0), everything[level]) for level in AccessLevel))
    return table


def _cell(granted_: int, everything: int) -> str:
    """How many of how many; `all` where none is missing."""
    if not granted_:
        return "-" if everything else ""
    return f"all {granted_}" if granted_ >= everything else f"{granted_} of {everything}"


def _say(services: ServiceReference) -> None:
    print(f"known: {services}", file=sys.stderr)
