"""Writes the pages of the manual that follow from the code: `make pages`.

`docs/reference/cli.md` follows from the parsers of the command line, `docs/reference/errors.md` from the parser's codes and the
catalogue of findings.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from bailiwick.cli import parser
from bailiwick.reference import codes
from bailiwick.validate.catalogue import CATALOGUE

DOCS = Path(__file__).resolve().parents[1] / "docs"
Parser = argparse.ArgumentParser

_CLI_HEAD = """\
# Command line

Made from the parsers of the commands (`make pages` writes this page); `bailiwick COMMAND --help` says the same.

Data goes to stdout, messages to stderr. Exit codes: 0 done or allowed; 1 denied, or an expectation failed, or a finding that
counts; 2 an error in what was given; 3 the two evaluators differ; 130 interrupted.
"""
_ERRORS_HEAD = """\
# Parse errors

What keeps a document from compiling; made from the parser's table and the catalogue of findings (`make pages` writes this
page). `MalformedPolicyDocument` has the code, a JSON pointer, line and column. Of several errors the one with the smallest
offset is reported, of two at one place the one that stands earlier here ([B-01](../interpretations.md)); `bailiwick
validate` reports all of them. The rules are those of [Semantics](../semantics.md#documents-g). Behind each finding is an
example.
"""


def main() -> None:
    """Writes the pages."""
    for name, text in generated().items():
        (DOCS / name).write_text(text, encoding="utf-8")


def generated() -> dict[str, str]:
    """The pages by their names below `docs`."""
    return {"reference/cli.md": "\n".join(_cli()), "reference/errors.md": "\n".join(_errors())}


# The command line ---------------------------------------------------------------------------------------------------------


def _cli() -> Iterator[str]:
    yield _CLI_HEAD
    yield from _commands(parser(), level=2)


def _commands(root: Parser, level: int) -> Iterator[str]:
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield from _command(command, helps[name] or "", level)


def _command(command: Parser, words: str, level: int) -> Iterator[str]:
    yield f"{'#' * level} {command.prog}"
    yield ""
    yield _escaped(command.description or f"{words[0].upper()}{words[1:]}.")
    yield ""
    yield "```text"
    yield _usage(command)
    yield "```"
    yield ""
    for group in command._action_groups:
        rows = [*_rows(command, group)]
        if rows:
            yield f"| {group.title if group.title != 'positional arguments' else 'arguments'} | |"
            yield "|---|---|"
            yield from rows
            yield ""
    yield from _commands(command, level + 1)


def _usage(command: Parser) -> str:
    """The usage, one option a line: how wide a terminal is does not matter."""
    words = [command.prog]
    for action in command._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        words.append(_usage_of(action))
    if any(isinstance(action, argparse._SubParsersAction) for action in command._actions):
        words.append("COMMAND …")
    lines, indent = [words[0]], " " * (len(words[0]) + 1)
    for word in words[1:]:
        if len(lines[-1]) + len(word) > 90:
            lines.append(indent + word)
        else:
            lines[-1] += f" {word}"
    return "\n".join(lines)


def _usage_of(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return value
    text = f"{action.option_strings[-1]} {value}".rstrip()
    return text if action.required else f"[{text}]"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    name = action.metavar or action.dest.upper()
    if action.choices is not None and action.metavar is None:
        name = f"{{{','.join(str(choice) for choice in action.choices)}}}"
    name = name if isinstance(name, str) else " ".join(name)
    return {"*": f"[{name} …]", "+": f"{name} …", "?": f"[{name}]"}.get(str(action.nargs), name)


def _rows(command: Parser, group: argparse._ArgumentGroup) -> Iterator[str]:
    formatter = command._get_formatter()
    for action in group._group_actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction) or action.help == argparse.SUPPRESS:
            continue
        value = _value(action)
        names = [f"{name} {value}".rstrip() for name in action.option_strings] or [value]
        words = [formatter._expand_help(action)] if action.help else []
        words += ["required"] if action.required and action.option_strings else []
        shown = ", ".join(f"`{name}`" for name in names)
        yield f"| {shown} | {_escaped('; '.join(words))} |"


def _escaped(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") if "`" not in words else words.replace("|", "\\|")


# The errors of the parser -------------------------------------------------------------------------------------------------


def _errors() -> Iterator[str]:
    yield _ERRORS_HEAD
    yield "| code | rule | what, as a finding | mend |"
    yield "|---|---|---|---|"
    for code, rule in rules_of_codes().items():
        for entry in sorted(CATALOGUE.values(), key=lambda entry: entry.code != code):
            if code in entry.parse_errors:
                what = f"[{entry.title}](../findings.md#{entry.code.lower()})"
                yield f"| `{code}` | {rule} | {what} | {entry.mend} |"
    yield ""


def rules_of_codes() -> dict[str, str]:
    """The rule of each code, as the comments of the table say; a code without a comment is of the first rule above it."""
    found, rule = {}, ""
    source = Path(codes.__file__).read_text(encoding="utf-8")
    for code, comment in re.findall(r'^    "(\w+)",(?:  # (.+))?$', source, re.MULTILINE):
        found[code] = comment or rule
        rule = found[code].split(",")[0]
    return found


if __name__ == "__main__":
    main()
