"""The report in SARIF 2.1.0, which code scanning services read."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any

from bailiwick.validate.catalogue import CATALOGUE, Entry
from bailiwick.validate.finding import FindingType, Location, learn_more
from bailiwick.validate.project import PolicyFinding, Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    FindingType.ERROR: "error",
    FindingType.SECURITY_WARNING: "warning",
    FindingType.WARNING: "warning",
    FindingType.SUGGESTION: "note",
}
#: What GitHub sorts security findings by; others have none.
_SECURITY = {FindingType.SECURITY_WARNING: "7.0"}


def sarif_report(report: Report, *, version: str) -> dict[str, Any]:
    """The report as one run; findings that are accepted are suppressed results with their reason.

    Args:
        report: What was found.
        version: Of this package.
    """
    codes = sorted({found.finding.code for found in report.findings})
    driver = {
        "name": "bailiwick validate",
        "semanticVersion": version,
        "rules": [_rule(CATALOGUE[code]) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.finding.code)) for one in report.findings],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "note", "message": {"text": note}} for note in report.notes],
            }
        ],
        "properties": {"services": report.services},
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(entry: Entry) -> dict[str, Any]:
    security = {"security-severity": _SECURITY[entry.type]} if entry.type in _SECURITY else {}
    tags = ["security"] if security else []
    return {
        "id": entry.code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.why},
        "help": {"text": entry.mend, "markdown": f"{entry.why}\n\n**Mend:** {entry.mend}"},
        "defaultConfiguration": {"level": _LEVELS[entry.type]},
        "properties": {"tags": ["iam", *tags], **security, "manual": learn_more(entry.code)},
    }


def _result(one: PolicyFinding, rule: int) -> dict[str, Any]:
    found = one.finding
    hint = f" Did you mean `{found.hint}`?" if found.hint else ""
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": _LEVELS[found.type],
        "message": {"text": f"{found.message}.{hint} {found.mend}"},
        "locations": [_location(one, found.location)],
        "partialFingerprints": {"policyFinding/v1": _fingerprint(one)},
        "properties": {"type": str(found.type), "kind": str(one.kind), "policy": one.policy, "pointer": one.pointer + found.path},
    }
    if len(found.locations) > 1:
        result["relatedLocations"] = [_location(one, other) for other in found.locations[1:]]
    if one.suppression is not None:
        result["suppressions"] = [{"kind": "external", "justification": one.suppression.reason}]
    return result


def _location(one: PolicyFinding, place: Location) -> dict[str, Any]:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "charOffset": place.offset,
        "charLength": max(0, place.end_offset - place.offset),
    }
    logical: dict[str, Any] = {"fullyQualifiedName": f"{one.pointer}{place.path}" or "/", "kind": "element"}
    if one.policy:
        logical["name"] = one.policy
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(one.file)}, "region": region},
        "logicalLocations": [logical],
    }


def _uri(path: str) -> str:
    """A relative URI for relative paths, since services look for files from the repository's root."""
    from urllib.parse import quote

    found = PurePath(path)
    return found.as_uri() if found.is_absolute() else quote(found.as_posix())


def _fingerprint(one: PolicyFinding) -> str:
    """Stays the same while lines move: file, policy, code and what is found fault with."""
    text = "\0".join((one.file, one.policy, one.finding.code, one.finding.path, one.finding.message))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
