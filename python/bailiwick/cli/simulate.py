"""`bailiwick simulate`: self-contained cases, one a line."""

from __future__ import annotations

import argparse
import codecs
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bailiwick.cases import simulate
from bailiwick.cli.explain import add_explain_options, show
from bailiwick.cli.files import output_file
from bailiwick.cli.snapshot import registry_of
from bailiwick.explanation import explain_case
from bailiwick.models import Registry

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_DIFFERENCE = 3
_COMPARED = ("decision", "reason", "deciding_layer", "matched", "missing_keys", "indeterminate")


def add_to(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "simulate",
        help="decide self-contained cases, also as tests of policies",
        description="Decides cases of JSON Lines: `request`, `layers`, if wanted `id`, `expect`. One output line a case, "
        "in order; a bad line is an error line. Exit code 1 if an expectation fails, 3 if `both` evaluators differ.",
    )
    parser.add_argument("cases", metavar="CASES.jsonl", help="one case a line; `-` is stdin")
    parser.add_argument("--engine", choices=["compiled", "reference", "both"], default="compiled")
    add_explain_options(parser)
    parser.add_argument("--json", action="store_true", help="with --explain: JSON Lines with a member `explanation`, not text")
    parser.add_argument("-o", "--output", default="-", metavar="FILE", help="JSON Lines; `-` is stdout")
    parser.add_argument("--services", metavar="FILE", help="JSON with the partitions and services that the host registers")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decides all cases and prints what came of it."""
    registry = registry_of(options.services)
    passed, failed, differ = 0, [], 0
    with output_file(options.output) as out:
        for number, line in _lines(options.cases):
            answer = _answer(line, options.engine, registry)
            if "differs" in answer:
                differ += 1
                print(f"line {number}: the evaluators differ: {json.dumps(answer['differs'])}", file=sys.stderr)
                del answer["differs"]
            _print(answer, line, options, registry, out)
            expected = _expected(line)
            if expected is not None:
                why = expected if isinstance(expected, str) else _failure(answer, expected)
                passed += why is None
                if why is not None:
                    failed.append(f"line {number}{_name(answer)}: {why}")
    for text in failed:
        print(text, file=sys.stderr)
    if passed or failed:
        print(f"{passed} passed, {len(failed)} failed", file=sys.stderr)
    if differ:
        return EXIT_DIFFERENCE
    return 1 if failed else 0


def _print(answer: dict[str, Any], line: bytes, options: argparse.Namespace, registry: Registry, out: TextIO) -> None:
    """The output line of a case, or its explanation."""
    wanted = (options.explain or options.all_statements) and "error" not in answer
    explanation = explain_case(line, registry=registry) if wanted else None
    if explanation is not None and not options.json:
        print(f"case {json.dumps(answer['id'], ensure_ascii=False)}", file=out)
        show(explanation.render(all_statements=options.all_statements), out)
        print(file=out)
        return
    told = {"explanation": explanation.to_dict()} if explanation is not None else {}
    print(json.dumps({**answer, **told}, ensure_ascii=False), file=out)


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    """Numbers and texts of the lines that are not blank; a byte-order mark before the first is no part of it."""
    with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
        for number, written in enumerate(file, 1):
            line = written.removeprefix(codecs.BOM_UTF8) if number == 1 else written
            if line.strip():
                yield number, line.rstrip(b"\r\n")


def _answer(line: bytes, engine: str, registry: Registry) -> dict[str, Any]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"not UTF-8: byte {error.start + 1} of the line"
        fault = {"code": "INVALID_ENCODING", "path": "", "line": 1, "column": error.start + 1, "message": message}
        return {"id": None, "error": fault}
    if engine != "both":
        return simulate(text, "reference" if engine == "reference" else "compiled", registry=registry)
    compiled, plain = simulate(text, "compiled", registry=registry), simulate(text, "reference", registry=registry)
    if _comparable(compiled) != _comparable(plain):
        compiled["differs"] = {"compiled": _comparable(compiled), "reference": _comparable(plain)}
    return compiled


def _comparable(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        return {name: answer["error"][name] for name in ("code", "path", "line", "column")}
    return {name: answer[name] for name in _COMPARED}


def _expected(line: bytes) -> dict[str, Any] | str | None:
    """What a case expects, or why that cannot be tested; `None` if it expects nothing."""
    if b'"expect"' not in line:
        return None
    try:
        case = json.loads(line)
    except ValueError:
        return None
    if not isinstance(case, dict) or "expect" not in case:
        return None
    found = case["expect"]
    if not isinstance(found, dict) or not found:
        return 'expect: expected an object such as {"decision": "ALLOW"}'
    unknown = sorted(set(found) - {*_COMPARED, "error"})
    return f"expect: unknown member `{unknown[0]}`" if unknown else found


def _failure(answer: dict[str, Any], expected: dict[str, Any]) -> str | None:
    """Why an answer is not the expected one."""
    if "error" in answer:
        code = answer["error"]["code"]
        return None if expected.get("error") == code else f"error {code}: {answer['error']['message']}"
    for name, wanted in expected.items():
        found = answer.get(name)
        if found != wanted:
            return f"expected {name} {json.dumps(wanted)}, found {json.dumps(found)}"
    return None


def _name(answer: dict[str, Any]) -> str:
    return f" ({answer['id']})" if answer.get("id") is not None else ""
