"""Reports of validation: for terminals, for programs, for code scanning, for workflows."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif
from rich.console import Console

from bailiwick import Registry
from bailiwick.validate import Config, FindingType, Report, ServiceReference, installed_reference, validate_files
from bailiwick.validate.catalogue import CATALOGUE
from bailiwick.validate.config import Suppression
from bailiwick.validate.report import github_report, json_report, print_text, sarif_report

TEXT = """{
 "Version": "2012-10-17",
 "Statement": [{
  "Sid": "Bad",
  "Effect": "Allow",
  "Action": ["s3:GetObjekt", "iam:PassRole", "s3:GetObject*", "s3:GetObject"],
  "Resource": "*"
 }]
}
"""
#: A template with a name that has everything that reports must escape.
WIDE = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}
TEMPLATE = {"Resources": {"Pölicy, 100%:": {"Type": "AWS::IAM::Policy", "Properties": {"D": WIDE}}}}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Two files, with an error, warnings of both sorts and a suggestion, of which one is accepted."""
    monkeypatch.chdir(tmp_path)
    Path("a, b.json").write_text(TEXT, encoding="utf-8")
    Path("t.json").write_text(json.dumps(TEMPLATE, ensure_ascii=False), encoding="utf-8")
    accepted = Suppression(codes=frozenset({"REDUNDANT_ACTION"}), reason="legacy: 100%\nsure")
    outdated = Suppression(codes=frozenset({"INVALID_ACTION"}), reason="x", until=date(2026, 1, 1))
    return validate_files(
        ["a, b.json", "t.json"],
        config=Config(suppressions=(accepted, outdated)),
        services=installed_reference(),
        registry=Registry(),
        today=date(2026, 6, 1),
    )


def nothing(tmp_path: Path) -> Report:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}))
    return validate_files([path], config=Config(), services=ServiceReference(), registry=Registry(), today=date(2026, 6, 1))


# Text ---------------------------------------------------------------------------------------------------------------------


def text(report: Report, **options: Any) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False, **options)
    print_text(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_text(report: Report) -> None:
    known = re.escape(report.services)
    assert re.fullmatch(
        rf"""a, b\.json \(identity\)
  6:14     error INVALID_ACTION  `s3` has no action `GetObjekt`
           \| "Action": \["s3:GetObjekt", "iam:PassRole", "s3:GetObject\*", "s3:GetObject"\],
           \|            \^\^\^\^\^\^\^\^\^\^\^\^\^\^
           hint: s3:GetObject
           mend: .*
  6:30     security warning PASS_ROLE_WITH_STAR_IN_RESOURCE  .*
           \| "Action": \["s3:GetObjekt", "iam:PassRole", "s3:GetObject\*", "s3:GetObject"\],
           \|                            \^\^\^\^\^\^\^\^\^\^\^\^\^\^
           mend: .*

t\.json, Pölicy, 100%: \(identity\)
  1:\d+ .* PASS_ROLE_WITH_STAR_IN_RESOURCE  .*
           \| .*
           \| +\^+
           mend: .*

note: suppression of `INVALID_ACTION` in `\*` ended on 2026-01-01
1 error, 2 security warnings, 1 accepted in 2 policies of 2 files; known: {known}
""",
        text(report),
    )


def test_carets_are_below_what_is_found(report: Report) -> None:
    lines = text(report).split("\n")
    for line, carets in pairwise(lines):
        if carets.strip().startswith("| ") and set(carets.split("| ", 1)[1]) == {" ", "^"}:
            start, end = carets.index("^"), carets.rindex("^") + 1
            assert line[start] == line[end - 1] == '"'


def test_colours_are_for_terminals(report: Report) -> None:
    assert "\x1b[" not in text(report)
    coloured = text(report, force_terminal=True, color_system="standard")
    assert "\x1b[1;31merror\x1b[0m INVALID_ACTION" in coloured
    assert "\x1b[1;35msecurity warning\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(report)


def test_nothing_is_said_of_nothing(tmp_path: Path) -> None:
    said = text(nothing(tmp_path))
    assert said.startswith("note: checks that need knowledge of services were omitted: pip install 'bailiwick[services]'")
    assert said.endswith("nothing found in 1 policy of 1 file; known: nothing: 0 services\n")


def test_text_of_policies_is_no_markup(tmp_path: Path) -> None:
    path = tmp_path / "[bold]a.json"
    path.write_text(TEXT.replace("s3:GetObjekt", "[red]x"), encoding="utf-8")
    found = validate_files([path], config=Config(), services=ServiceReference(), registry=Registry(), today=date(2026, 6, 1))
    assert '"[red]x"' in text(found)
    assert "[bold]a.json" in text(found)


# JSON ---------------------------------------------------------------------------------------------------------------------


def test_json(report: Report) -> None:
    found = json.loads(json.dumps(json_report(report)))
    assert found["summary"] == {"files": 2, "policies": 2, "open": {"ERROR": 1, "SECURITY_WARNING": 2}, "suppressed": 1}
    first = found["findings"][0]
    assert first == {
        "file": "a, b.json",
        "policy": None,
        "kind": "identity",
        "pointer": "/Statement/0/Action/0",
        "path": "/Statement/0/Action/0",
        "line": 6,
        "column": 14,
        "end_line": 6,
        "end_column": 28,
        "sid": "Bad",
        "code": "INVALID_ACTION",
        "type": "ERROR",
        "message": "`s3` has no action `GetObjekt`",
        "hint": "s3:GetObject",
        "mend": CATALOGUE["INVALID_ACTION"].mend,
        "parse_error": None,
        "suppressed": None,
        "also_at": [],
    }
    assert [one["suppressed"] for one in found["findings"]] == [None, None, "legacy: 100%\nsure", None]
    assert [len(one["also_at"]) for one in found["findings"]] == [0, 1, 1, 1]
    assert found["findings"][-1]["pointer"] == "/Resources/Pölicy, 100%:/Properties/D/Statement/Action"
    assert (found["services"], len(found["notes"])) == (report.services, 1)


# SARIF --------------------------------------------------------------------------------------------------------------------


def test_sarif_has_the_shape_of_its_schema(report: Report, tmp_path: Path) -> None:
    for one in (report, nothing(tmp_path)):
        value = json.loads(json.dumps(sarif_report(one, version="1.2.3")))
        Sarif.model_validate(value, strict=False)
    wrong = sarif_report(report, version="1.2.3")
    wrong["runs"][0]["results"][0]["level"] = "grave"
    with pytest.raises(ValueError, match="level"):
        Sarif.model_validate(wrong)


def test_sarif(report: Report) -> None:
    (run,) = sarif_report(report, version="1.2.3")["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("bailiwick validate", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["INVALID_ACTION", "PASS_ROLE_WITH_STAR_IN_RESOURCE", "REDUNDANT_ACTION"]
    results = run["results"]
    assert [result["level"] for result in results] == ["error", "warning", "note", "warning"]
    assert all(driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in results)
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%2C%20b.json"
    region = place["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (6, 14, 28)
    assert TEXT[region["charOffset"] : region["charOffset"] + region["charLength"]] == '"s3:GetObjekt"'
    assert results[0]["message"]["text"].startswith("`s3` has no action `GetObjekt`. Did you mean `s3:GetObject`? ")
    assert results[2]["suppressions"] == [{"kind": "external", "justification": "legacy: 100%\nsure"}]
    assert "suppressions" not in results[0]
    assert results[3]["locations"][0]["logicalLocations"][0]["name"] == "Pölicy, 100%:"
    assert len({result["partialFingerprints"]["policyFinding/v1"] for result in results}) == 4
    assert driver["rules"][1]["properties"]["security-severity"] == "7.0"


def test_fingerprints_stay_when_lines_move(report: Report) -> None:
    def prints() -> list[str]:
        again = validate_files(
            ["a, b.json"], config=Config(), services=installed_reference(), registry=Registry(), today=date(2026, 6, 1)
        )
        (run,) = sarif_report(again, version="1")["runs"]
        return [result["partialFingerprints"]["policyFinding/v1"] for result in run["results"]]

    before = prints()
    Path("a, b.json").write_text("\n\n" + TEXT.replace('"Sid"', '  "Sid"'), encoding="utf-8")
    assert prints() == before


def test_paths_that_are_not_below_here_are_uris(tmp_path: Path) -> None:
    path = tmp_path / "a b.json"
    path.write_text(TEXT, encoding="utf-8")
    found = validate_files([path], config=Config(), services=installed_reference(), registry=Registry(), today=date(2026, 6, 1))
    (run,) = sarif_report(found, version="1")["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == path.as_uri()


# GitHub -------------------------------------------------------------------------------------------------------------------


def test_github(report: Report) -> None:
    lines = list(github_report(report))
    assert len(lines) == 4
    assert lines[0].startswith(
        "::error file=a%2C b.json,line=6,endLine=6,title=INVALID_ACTION,col=14,endColumn=28::"
        "`s3` has no action `GetObjekt`%0Ahint: s3:GetObject%0A"
    )
    assert lines[1].startswith("::warning ")
    assert ",title=PASS_ROLE_WITH_STAR_IN_RESOURCE (Pölicy%2C 100%25%3A),col=" in lines[2]
    assert lines[3].startswith("::notice title=bailiwick validate::suppression of `INVALID_ACTION`")
    assert not any("\n" in line for line in lines)


def test_each_type_has_its_command(report: Report) -> None:
    found = report.findings[0]
    commands = [
        next(github_report(replace(report, findings=(replace(found, finding=replace(found.finding, type=type_)),)))).split(" ")[0]
        for type_ in FindingType
    ]
    assert commands == ["::error", "::warning", "::warning", "::notice"]
