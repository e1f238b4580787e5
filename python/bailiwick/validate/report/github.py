"""The report as commands of GitHub's workflows, which show findings beside the lines."""

from __future__ import annotations

from collections.abc import Iterator

from bailiwick.validate.finding import FindingType
from bailiwick.validate.project import PolicyFinding, Report

_COMMANDS = {
    FindingType.ERROR: "error",
    FindingType.SECURITY_WARNING: "warning",
    FindingType.WARNING: "warning",
    FindingType.SUGGESTION: "notice",
}


def github_report(report: Report) -> Iterator[str]:
    """One command a line; findings that are accepted are left out."""
    for one in report.open:
        yield _command(one)
    for note in report.notes:
        yield f"::notice title=bailiwick validate::{_data(note)}"


def _command(one: PolicyFinding) -> str:
    found, place = one.finding, one.finding.location
    properties = {
        "file": one.file,
        "line": place.line,
        "endLine": place.end_line,
        "title": f"{found.code}{f' ({one.policy})' if one.policy else ''}",
    }
    if place.line == place.end_line:
        properties |= {"col": place.column, "endColumn": place.end_column}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    hint = f"\nhint: {found.hint}" if found.hint else ""
    return f"::{_COMMANDS[found.type]} {listed}::{_data(f'{found.message}{hint}{chr(10)}{found.mend}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
