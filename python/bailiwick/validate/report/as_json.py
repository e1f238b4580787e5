"""The report for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bailiwick.validate.project import PolicyFinding, Report


def json_report(report: Report) -> dict[str, Any]:
    """The report as JSON values.

    `findings` have `file`, `policy` (name in the file, or `null`), `kind`, `pointer` (JSON pointer in the file), `path`
    (pointer in the policy), `line`, `column`, `end_line`, `end_column` (from 1, the end exclusive), `sid`, `code`, `type`,
    `message`, `hint`, `mend`, `parse_error`, `suppressed` (the reason, or `null`) and `also_at`, the other places that take
    part. `summary` counts the open findings by type, and files and policies.
    """
    counted = Counter(str(found.finding.type) for found in report.open)
    return {
        "services": report.services,
        "notes": list(report.notes),
        "summary": {
            "files": report.files,
            "policies": report.policies,
            "open": dict(sorted(counted.items())),
            "suppressed": len(report.findings) - sum(counted.values()),
        },
        "findings": [_finding(found) for found in report.findings],
    }


def _finding(one: PolicyFinding) -> dict[str, Any]:
    found, place = one.finding, one.finding.location
    return {
        "file": one.file,
        "policy": one.policy or None,
        "kind": str(one.kind),
        "pointer": one.pointer + found.path,
        "path": found.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "sid": one.sid,
        "code": found.code,
        "type": str(found.type),
        "message": found.message,
        "hint": found.hint,
        "mend": found.mend,
        "parse_error": found.parse_error,
        "suppressed": one.suppression.reason if one.suppression is not None else None,
        "also_at": [{"path": other.path, "line": other.line, "column": other.column} for other in found.locations[1:]],
    }
