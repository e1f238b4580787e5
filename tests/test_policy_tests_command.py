"""`bailiwick test`: what it prints and writes, and how it exits."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bailiwick.cli import main
from bailiwick.testing.junit import junit_xml
from bailiwick.testing.schema import json_schema
from tests.policy_suites import EXAMPLE, HEAD, Capture, policy_folder, suite_of

__all__ = ["policy_folder"]  # a fixture is used by its name


BODY = """\
cases:
  - {name: good, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow}
  - {name: bad <&>, principal: bob, action: s3:GetObject, resource: bucket/k, expect: allow}
  - {name: odd, principal: "arn:aws:iam::999999999999:user/x", action: s3:GetObject, resource: bucket/k, expect: deny}
"""


def test_the_command_tells_what_failed_and_exits_with_1(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "PASSED" not in out
    assert f"FAILED {folder}/t.policytest.yaml:9:5  bad <&>" in out
    assert f"ERROR {folder}/t.policytest.yaml:10:5  odd" in out
    assert "1 passed, 1 failed, 1 error in" in out


def test_the_command_runs_what_is_meant(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder), "-k", "good", "-v"]) == 0
    assert f"PASSED {folder}/t.policytest.yaml:8:5  good" in capsys.readouterr().out
    assert main(["test", str(folder), "-k", "nothing"]) == 2
    assert "-k `nothing`: no case is called so" in capsys.readouterr().err
    assert main(["test", str(folder), "-x"]) == 1
    assert "1 passed, 1 failed in" in capsys.readouterr().out


def test_files_that_cannot_be_used_exit_with_2_and_are_told_together(folder: Path, capsys: Capture) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.policytest.yaml").write_text(HEAD + "cases: 7\n", encoding="utf-8")
    assert main(["test", str(folder)]) == 2
    err = capsys.readouterr().err
    assert "a.policytest.yaml:7:8: `cases`: expected a list" in err
    assert "b.policytest.yaml:7:8: `cases`: expected a list" in err
    assert main(["test", str(folder / "policies")]) == 2
    assert "no policy test files" in capsys.readouterr().err
    assert main(["test", str(folder / "none.yaml")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_junit_has_a_test_case_for_each_and_survives_what_xml_cannot_write(folder: Path) -> None:
    suite_of(folder, BODY.replace("odd", '"odd \\x01"'))
    assert main(["test", str(folder), "--junit", str(folder / "out.xml")]) == 1
    root = ElementTree.parse(folder / "out.xml").getroot()
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {"tests": "3", "failures": "1", "errors": "1"}
    cases = root.findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == ["good", "bad <&>", "odd \N{REPLACEMENT CHARACTER}"]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["error"]]
    assert cases[1].get("line") == "9"
    assert cases[1][0].get("message") == "decision: expected allow, got implicit_deny"
    assert "the identity layer has no Allow statement" in str(cases[1][0].text)


def test_evaluators_that_differ_are_told_and_exit_with_3(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from bailiwick.testing import run

    suite_of(folder, BODY.split("  - {name: bad")[0])
    assert main(["test", str(folder), "--engine", "both"]) == 0
    monkeypatch.setattr(run, "same", lambda one, other: False)
    assert main(["test", str(folder), "--engine", "both"]) == 3
    assert "the evaluators differ: the reference says ALLOW (identity)" in capsys.readouterr().out


def test_the_schema_is_printed(capsys: Capture) -> None:
    assert main(["test", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_the_example_passes_with_both_evaluators_and_is_covered(capsys: Capture) -> None:
    assert main(["test", str(EXAMPLE), "--engine", "both", "--coverage", "--fail-under", "100"]) == 0
    assert "not exercised" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("library", "arguments", "extra"), [("yaml", [], "bailiwick[yaml]"), ("watchfiles", ["--watch"], "bailiwick[watch]")]
)
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    library: str, arguments: list[str], extra: str, folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite_of(folder, BODY)
    monkeypatch.setitem(sys.modules, library, None)
    assert main(["test", str(folder), *arguments]) == 2
    assert f"pip install '{extra}'" in capsys.readouterr().err


def test_too_little_coverage_exits_with_1(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder), "-k", "good", "--fail-under", "60"]) == 0
    assert main(["test", str(folder), "-k", "good", "--fail-under", "90"]) == 1
    captured = capsys.readouterr()
    assert captured.err == "coverage 75.0% is below 90%\n"
    assert "not exercised" not in captured.out


def test_the_coverage_page_is_written(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder), "-k", "good", "--coverage-html", str(folder / "new/html")]) == 0
    assert f"coverage page: {folder / 'new/html/index.html'}" in capsys.readouterr().out
    assert "Policy coverage 75.0%" in (folder / "new/html/index.html").read_text(encoding="utf-8")


def test_junit_of_nothing_is_a_document() -> None:
    assert ElementTree.fromstring(junit_xml([])).get("tests") == "0"
