"""`bailiwick check`: one request."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bailiwick._json import read_file
from bailiwick.cli.explain import add_explain_options, show, wants_color
from bailiwick.cli.snapshot import add_options, snapshot_of
from bailiwick.engine import Engine
from bailiwick.errors import ValidationError
from bailiwick.models import Decision

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_to(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "check",
        help="decide one request",
        description="Decides one request; exit code 0 if it is allowed, 1 if it is denied, 2 on an error.",
    )
    add_options(parser)
    group = parser.add_argument_group("request")
    group.add_argument("--principal", required=True, metavar="ARN", help="user, role, session, root, service name or `anonymous`")
    group.add_argument("--action", required=True, metavar="SERVICE:NAME")
    group.add_argument("--resource", required=True, metavar="ARN", help="an ARN, or `*`")
    group.add_argument("--resource-account", metavar="ID", help="owner of the resource")
    context_help = "condition keys; a key that is given again is multivalued"
    group.add_argument("--context", action="extend", nargs="+", default=[], metavar="KEY=VALUE", help=context_help)
    group.add_argument("--session-policy", action="append", metavar="FILE", help="a policy passed to the session")
    add_explain_options(parser)
    parser.add_argument("--why-not", action="store_true", help="show what stands in the way, and the smallest changes that help")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decides and prints."""
    snapshot = snapshot_of(options)
    context = read_context(options.context)
    sessions = [read_file(Path(path)) for path in options.session_policy or []] or None
    request = (options.principal, options.action, options.resource, context)
    more: dict[str, Any] = {"resource_account": options.resource_account, "session_policies": sessions}
    engine = Engine.from_snapshot(snapshot)
    decision = engine.check(*request, **more)
    explanation = engine.explain(*request, **more) if options.explain or options.all_statements else None
    why_not = engine.why_not(*request, **more) if options.why_not else None
    if options.json:
        told: dict[str, Any] = {"allowed": decision.allowed, **asdict(decision), "message": decision.message}
        told |= {"explanation": explanation.to_dict()} if explanation is not None else {}
        told |= {"why_not": why_not.to_dict()} if why_not is not None else {}
        print(json.dumps(told))
        return 0 if decision.allowed else 1
    if explanation is not None:
        show(explanation.render(all_statements=options.all_statements), sys.stdout)
    elif why_not is None:
        print_decision(decision)
    if why_not is not None:
        show(why_not.render(headline=explanation is None), sys.stdout)
    return 0 if decision.allowed else 1


def read_context(pairs: list[str]) -> dict[str, list[str]]:
    """`KEY=VALUE` pairs; the key ends at the first `=`."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ValidationError(f"--context `{pair}`: expected KEY=VALUE")
        found.setdefault(key, []).append(value)
    return found


def print_decision(decision: Decision) -> None:
    """Prints a decision for people."""
    word = {"ALLOW": "\033[32mALLOW\033[0m"}.get(decision.decision, f"\033[31m{decision.decision}\033[0m")
    print(f"{word if wants_color(sys.stdout) else decision.decision}  ({decision.reason})")
    if decision.message is not None:
        print(decision.message)
    for matched in decision.matched:
        sid = f" `{matched.sid}`" if matched.sid else ""
        level = f" level {matched.level}" if matched.layer in ("scp", "rcp") else ""
        print(f"  {matched.layer}{level}: {matched.policy}, statement {matched.statement}{sid}")
    if decision.missing_keys:
        print(f"  not in the context: {', '.join(decision.missing_keys)}")
