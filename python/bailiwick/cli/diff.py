"""`bailiwick diff`: two policies or two snapshots, in the text and in the decisions."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast, get_args

from bailiwick.cli.arrow_tables import TableFormat, path_format, pyarrow, read_table
from bailiwick.cli.batch import FORMATS
from bailiwick.cli.check import read_context
from bailiwick.cli.explain import wants_color
from bailiwick.cli.text_rows import TextFormat, read_rows
from bailiwick.errors import MalformedPolicyDocument, ValidationError
from bailiwick.models import PolicyKind

if TYPE_CHECKING:
    from bailiwick.diff.decisions import DecisionDifference
    from bailiwick.diff.sides import Side
    from bailiwick.engine import Engine

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_DIFFERENT = 1
#: Requests shown of each group, unless `--limit` says otherwise.
_SHOWN = 20


def add_to(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "diff",
        help="what changes between two policies or snapshots",
        description="Tells what differs between OLD and NEW: statements, attachments, and, for the requests of a log or a grid, "
        "decisions; newly allowed ones first. Each is a policy, a folder of policies, an account dump, a folder with "
        "account.json and what stands beside it, organization.json, or a policy test file. Exit code 0 if nothing differs, 1 if "
        "something does, 2 on an error.",
    )
    add = parser.add_argument
    add("old", metavar="OLD")
    add("new", metavar="NEW")
    add("--kind", choices=[str(kind) for kind in PolicyKind], default="identity", help="of policies that stand alone")
    add("--json", action="store_true", help="print everything as one JSON object")
    add("--limit", type=int, metavar="N", help=f"show at most N requests of a group; 0 shows all ({_SHOWN} as text, all as JSON)")
    add("--threads", type=int, metavar="N", help="at most this many; all cores otherwise")
    beside = parser.add_argument_group("beside an account that is a lone file, for both sides").add_argument
    beside("--organization", metavar="FILE", help="organization.json")
    beside("--resource-policies", metavar="FILE", help="JSON Lines with resource, account, policy")
    beside("--managed-policies", metavar="FILE", help="JSON Lines with arn, document")
    beside("--services", metavar="FILE", help="partitions and services that the host registers")
    asked = parser.add_argument_group("requests").add_argument
    asked("--requests", metavar="FILE", help="a log as `bailiwick batch` reads it: CSV, JSON Lines, Parquet or Arrow IPC")
    asked("--format", choices=FORMATS, help="of requests whose name has no ending")
    asked("--principals", nargs="+", metavar="ARN", help="a grid: who (all users and roles otherwise); @FILE has one a line")
    asked("--actions", nargs="+", metavar="SERVICE:NAME", help="what; @FILE has one a line")
    asked("--resources", nargs="+", metavar="ARN", help="where; @FILE has one a line")
    asked("--context", action="append", default=[], metavar="KEY=VALUE", help="a condition key of all requests of the grid")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compares, and prints what differs."""
    from bailiwick.diff.sides import Beside, load_side
    from bailiwick.diff.snapshots import SnapshotDifference, compare_held, compare_snapshots

    names = ("organization", "resource_policies", "managed_policies", "services")
    beside = Beside(**{name: getattr(options, name) for name in names})
    old, new = (load_side(path, kind=PolicyKind(options.kind), beside=beside) for path in (options.old, options.new))
    if old.alone and new.alone:  # two versions of one policy, whatever their files are called
        old = _renamed(old, new)
    if old.snapshot is not None and new.snapshot is not None:
        text = compare_snapshots(old.snapshot, new.snapshot)
    else:
        text = SnapshotDifference(tuple(compare_held(old.documents, new.documents, old.registry, new.registry)))
    decisions = _decisions(options, old, new)
    if options.json:
        print(json.dumps({"text": asdict(text), "decisions": _plain(decisions)}, indent=2, default=str))
    else:
        from bailiwick.diff.text import difference_text

        print(difference_text(text, decisions, color=wants_color(sys.stdout)))
    return EXIT_DIFFERENT if text or decisions else 0


def _renamed(old: Side, new: Side) -> Side:
    from dataclasses import replace

    return replace(old, documents=(replace(old.documents[0], id=new.documents[0].id),))


def _decisions(options: argparse.Namespace, old: Side, new: Side) -> DecisionDifference | None:
    """What both say of the requests; `None` if none were given."""
    from bailiwick.diff.decisions import DecisionDifference

    grid = options.actions is not None or options.resources is not None or options.principals is not None
    if options.requests is not None and grid:
        raise ValidationError("--requests and a grid (--principals, --actions, --resources) exclude each other")
    if options.requests is None and not grid:
        return None
    limit = options.limit if options.limit is not None else None if options.json else _SHOWN
    found = DecisionDifference(limit=limit or None)
    if grid:
        if options.actions is None or options.resources is None:
            raise ValidationError("a grid needs --actions and --resources")
        principals = _listed(options.principals) if options.principals is not None else _everyone(old, new)
        engines = _engines(old, new, principals)
        sides = principals, _listed(options.actions), _listed(options.resources)
        context = {key: values[0] if len(values) == 1 else values for key, values in read_context(options.context).items()}
        found.add_grid(*engines, *sides, context, options.threads)
    else:
        _ask_log(options, old, new, found)
    return found


def _engines(old: Side, new: Side, principals: Sequence[str]) -> tuple[Engine, Engine]:
    from bailiwick.engine import Engine
    from bailiwick.snapshot_documents import located

    found = []
    for side in (old, new):
        try:
            found.append(Engine.from_snapshot(side.asked(principals)))
        except MalformedPolicyDocument as error:
            raise located(error, next((one for one in side.documents if one.id == error.policy), None)) from None
    return found[0], found[1]


def _ask_log(options: argparse.Namespace, old: Side, new: Side, found: DecisionDifference) -> None:
    form = path_format(options.requests) or options.format
    if form is None:
        raise ValidationError(f"say the format with --format {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    alone = old.alone or new.alone
    if alone and options.requests == "-":
        raise ValidationError("a lone policy binds the principals of the requests, which are read twice: `-` cannot be")
    if form in get_args(TextFormat):
        principals = list(_row_principals(options.requests, cast(TextFormat, form))) if alone else []
        engines = _engines(old, new, principals)
        with read_rows(options.requests, cast(TextFormat, form)) as rows:
            for chunk in rows.chunks:
                found.add_rows(*engines, chunk, options.threads)
        return
    pa = pyarrow()
    principals = list(_table_principals(options.requests, cast(TableFormat, form))) if alone else []
    engines = _engines(old, new, principals)
    with read_table(options.requests, cast(TableFormat, form)) as table:
        for batch in table.batches:
            found.add_table(*engines, pa.Table.from_batches([batch]), options.threads)


def _row_principals(path: str, form: TextFormat) -> Iterator[str]:
    with read_rows(path, form) as rows:
        for chunk in rows.chunks:
            yield from dict.fromkeys(str(row["principal"]) for row in chunk)


def _table_principals(path: str, form: TableFormat) -> Iterator[str]:
    with read_table(path, form) as table:
        for batch in table.batches:
            yield from (str(name) for name in batch.column("principal").unique().to_pylist())


def _listed(given: Sequence[str]) -> list[str]:
    """Names, and the lines of the files that `@FILE` leads to."""
    found: list[str] = []
    for one in given:
        if one.startswith("@"):
            with open(one[1:], encoding="utf-8") as file:
                found += [line.strip() for line in file if line.strip()]
        else:
            found.append(one)
    return found


def _everyone(old: Side, new: Side) -> list[str]:
    """The users and roles of both sides."""
    from bailiwick.context import identities_of

    snapshots = [side.snapshot for side in (old, new) if side.snapshot is not None]
    found = [identity.arn for snapshot in snapshots for account in snapshot.accounts for identity in identities_of(account)]
    if not found:
        raise ValidationError(f"--principals: {os.fspath(old.path)} and {new.path} hold no users and roles; name some")
    return list(dict.fromkeys(found))


def _plain(decisions: DecisionDifference | None) -> dict[str, Any] | None:
    if decisions is None:
        return None
    answers = ("decision", "reason", "deciding_layer")
    return {
        "asked": decisions.asked,
        "undecided": dict(decisions.undecided),
        **{
            group: {
                "count": decisions.counts[group],
                "requests": [
                    {
                        **one.request,
                        "old": dict(zip(answers, one.old, strict=True)),
                        "new": dict(zip(answers, one.new, strict=True)),
                    }
                    for one in changed
                ],
            }
            for group, changed in decisions.changed.items()
        },
    }
