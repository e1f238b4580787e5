"""The report for people."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from rich.console import Console
from rich.text import Text

from bailiwick.validate.finding import FindingType
from bailiwick.validate.project import PolicyFinding, Report

_STYLES = {
    FindingType.ERROR: "bold red",
    FindingType.SECURITY_WARNING: "bold magenta",
    FindingType.WARNING: "yellow",
    FindingType.SUGGESTION: "cyan",
}
_WORDS = {
    FindingType.ERROR: ("error", "errors"),
    FindingType.SECURITY_WARNING: ("security warning", "security warnings"),
    FindingType.WARNING: ("warning", "warnings"),
    FindingType.SUGGESTION: ("suggestion", "suggestions"),
}


def print_text(report: Report, console: Console) -> None:
    """Findings by file and policy, each with its line; then how many there are."""
    for (file, policy, kind), found in groupby(report.open, key=lambda one: (one.file, one.policy, one.kind)):
        name = f", {policy}" if policy else ""
        console.print(Text.assemble((f"{file}{name}", "bold"), (f" ({kind})", "dim")), soft_wrap=True)
        for one in found:
            _print(one, console)
        console.print()
    for note in report.notes:
        console.print(Text(f"note: {note}", style="dim"), soft_wrap=True)
    console.print(_summary(report), soft_wrap=True)


def _print(one: PolicyFinding, console: Console) -> None:
    found = one.finding
    style = _STYLES[found.type]
    place = f"{found.line}:{found.column}"
    heading = Text.assemble(f"  {place:<9}", (_WORDS[found.type][0], style), f" {found.code}  ", found.message)
    console.print(heading, soft_wrap=True)
    if one.excerpt.text.strip():
        console.print(Text(f"           | {one.excerpt.text}", style="dim"), soft_wrap=True, no_wrap=True)
        carets = f"{' ' * one.excerpt.start}{'^' * one.excerpt.length}"
        console.print(Text.assemble(("           | ", "dim"), (carets, style)), soft_wrap=True)
    if found.hint is not None:
        console.print(Text.assemble("           hint: ", (found.hint, "green")), soft_wrap=True)
    console.print(Text(f"           mend: {found.mend}"), soft_wrap=True)


def _summary(report: Report) -> Text:
    counted = Counter(one.finding.type for one in report.open)
    parts = [
        (f"{counted[type_]} {_WORDS[type_][counted[type_] != 1]}", _STYLES[type_]) for type_ in FindingType if counted[type_]
    ]
    found = Text(", ").join(Text(words, style=style) for words, style in parts) if parts else Text("nothing found", style="green")
    accepted = len(report.findings) - sum(counted.values())
    more = f", {accepted} accepted" if accepted else ""
    policies = f"{report.policies} {'policy' if report.policies == 1 else 'policies'}"
    files = f"{report.files} {'file' if report.files == 1 else 'files'}"
    return Text.assemble(found, f"{more} in {policies} of {files}; known: {report.services}")
