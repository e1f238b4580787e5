"""The configuration of validation: what it says, what is wrong with it, what it does to findings."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bailiwick import PolicyKind, Registry, ValidationError
from bailiwick.validate import Access, Config, FindingType, Report, installed_reference, load_config, validate_files

WHOLE = """
[validate]
fail_on = "security-warning"
kind = "identity"
audit = true
services = "services.json"
service_reference = ["docs.json", "more/"]

[validate.severity]
ID_IN_IDENTITY_POLICY = "off"
EQUIVALENT_TO_NULL_FALSE = "warning"

[[validate.files]]
files = "queues/*.json"
kind = "resource"
resource_type = "AWS::SQS::Queue"

[[validate.suppress]]
code = ["PASS_ROLE_WITH_STAR_IN_RESOURCE", "REDUNDANT_ACTION"]
files = "deploy/*"
policy = "Deploy*"
sid = "Pass"
reason = "Deployments pass any role; reviewed 2026-02"
until = 2026-12-31

[[validate.must_not_grant]]
actions = "s3:DeleteBucket"
resources = ["arn:aws:s3:::payroll"]
"""
AS_YAML = """
validate:
  fail_on: security-warning
  kind: identity
  audit: true
  services: services.json
  service_reference: [docs.json, more/]
  severity: {ID_IN_IDENTITY_POLICY: "off", EQUIVALENT_TO_NULL_FALSE: warning}
  files:
  - {files: queues/*.json, kind: resource, resource_type: "AWS::SQS::Queue"}
  suppress:
  - code: [PASS_ROLE_WITH_STAR_IN_RESOURCE, REDUNDANT_ACTION]
    files: deploy/*
    policy: Deploy*
    sid: Pass
    reason: Deployments pass any role; reviewed 2026-02
    until: 2026-12-31
  must_not_grant:
  - actions: s3:DeleteBucket
    resources: ["arn:aws:s3:::payroll"]
"""


def write(tmp_path: Path, text: str, name: str = "bailiwick.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "name"), [(WHOLE, "c.toml"), (AS_YAML, "c.yaml"), (AS_YAML, "c.yml")])
def test_everything_that_can_be_said(tmp_path: Path, text: str, name: str) -> None:
    config = load_config(write(tmp_path, text, name))
    (file,), (suppression,) = config.files, config.suppressions
    assert (config.fail_on, config.kind, config.audit) == (FindingType.SECURITY_WARNING, PolicyKind.IDENTITY, True)
    assert (config.services, config.service_references) == (
        tmp_path / "services.json",
        (tmp_path / "docs.json", tmp_path / "more"),
    )
    assert (file.files, file.kind, file.resource_type) == ("queues/*.json", PolicyKind.RESOURCE, "AWS::SQS::Queue")
    assert config.severity == {"ID_IN_IDENTITY_POLICY": None, "EQUIVALENT_TO_NULL_FALSE": FindingType.WARNING}
    assert suppression.codes == {"PASS_ROLE_WITH_STAR_IN_RESOURCE", "REDUNDANT_ACTION"}
    assert (suppression.files, suppression.policy, suppression.sid) == ("deploy/*", "Deploy*", "Pass")
    assert suppression.until == date(2026, 12, 31)
    assert config.must_not_grant == (Access(("s3:DeleteBucket",), ("arn:aws:s3:::payroll",)),)


def test_an_empty_table_is_the_default(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "[validate]\n"))
    assert (config.fail_on, config.kind, config.suppressions, config.turned_on) == (FindingType.WARNING, None, (), frozenset())


def test_other_tables_are_none_of_its_business(tmp_path: Path) -> None:
    load_config(write(tmp_path, "[validate]\n[other]\na = 1\n"))


SUPPRESS = '[[validate.suppress]]\ncode = "REDUNDANT_ACTION"\n'


@pytest.mark.parametrize(
    ("text", "pointer", "words"),
    [
        ("[validate", "", "expected ']'"),
        ("[other]\n", "", "expected a table `validate`"),
        ('[validate]\nfail_on = "never"\n', "/validate/fail_on", "should be 'error', 'security-warning'"),
        ('[validate]\nkind = "policy"\n', "/validate/kind", "should be 'identity'"),
        ("[validate]\ncolour = 1\n", "/validate/colour", "extra inputs are not permitted"),
        ('[validate.severity]\nNO_SUCH = "off"\n', "/validate/severity/NO_SUCH", "there is no finding `NO_SUCH`"),
        ('[validate.severity]\nREDUNDANT_ACTION = "loud"\n', "/validate/severity/REDUNDANT_ACTION", "should be 'error'"),
        (SUPPRESS, "/validate/suppress/0/reason", "field required"),
        (SUPPRESS + 'reason = ""\n', "/validate/suppress/0/reason", "at least 3 characters"),
        (SUPPRESS + 'reason = "fine"\nuntil = "soon"\n', "/validate/suppress/0/until", "valid date"),
        ('[[validate.suppress]]\ncode = "NO_SUCH"\nreason = "fine"\n', "/validate/suppress/0/code/0", "no finding `NO_SUCH`"),
        ('[[validate.files]]\nfiles = "*"\n', "/validate/files/0/kind", "field required"),
        ("validate = 1\n", "/validate", "should be"),
        ('[validate]\nfail_on = "x"\nkind = "y"\n', "/validate/fail_on", r"\(and 1 more\)"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(tmp_path: Path, text: str, pointer: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ValidationError, match=words) as raised:
        load_config(path)
    assert "bailiwick.toml: " in str(raised.value)
    assert raised.value.path == pointer


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"nowhere\.toml: No such file"):
        load_config(tmp_path / "nowhere.toml")
    with pytest.raises(ValidationError, match=r"c\.yaml: "):
        load_config(write(tmp_path, "a: [", "c.yaml"))
    with pytest.raises(ValidationError, match="expected a table `validate`"):
        load_config(write(tmp_path, "", "c.yaml"))


def test_other_names_of_findings_are_understood(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[validate.severity]\nPASS_ROLE_WITH_NOTRESOURCE = "off"\n'))
    assert config.severity == {"PASS_ROLE_WITH_NOT_RESOURCE": None}


# What it does -------------------------------------------------------------------------------------------------------------

WIDE = {"Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
QUEUE = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:SendMessage", "Resource": "*"}


def policy(*statements: dict[str, Any], **top: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def run(tmp_path: Path, text: str, config: str = "[validate]\n", *, file: str = "a.json", **options: Any) -> Report:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return validate_files(
        [path],
        config=load_config(write(tmp_path, config)),
        services=installed_reference(),
        registry=Registry(),
        today=options.pop("today", date(2026, 6, 1)),
        **options,
    )


def codes(report: Report) -> list[str]:
    return [one.finding.code for one in report.open]


def test_without_a_configuration(tmp_path: Path) -> None:
    report = run(tmp_path, policy(WIDE))
    assert codes(report) == ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]
    (one,) = report.findings
    assert (one.sid, one.policy, one.pointer, one.kind) == ("Pass", "", "", PolicyKind.IDENTITY)
    assert report.fails(FindingType.WARNING)
    assert report.fails(FindingType.SECURITY_WARNING)
    assert not report.fails(FindingType.ERROR)
    assert not report.fails(None)


def test_severities(tmp_path: Path) -> None:
    down = run(tmp_path, policy(WIDE), '[validate.severity]\nPASS_ROLE_WITH_STAR_IN_RESOURCE = "suggestion"\n')
    assert [one.finding.type for one in down.open] == [FindingType.SUGGESTION]
    assert not down.fails(FindingType.WARNING)
    assert codes(run(tmp_path, policy(WIDE), '[validate.severity]\nPASS_ROLE_WITH_STAR_IN_RESOURCE = "off"\n')) == []


def test_what_does_not_parse_stays_an_error(tmp_path: Path) -> None:
    report = run(tmp_path, policy({**WIDE, "Effect": "allow"}), '[validate.severity]\nINVALID_EFFECT = "off"\n')
    assert [(one.finding.code, one.finding.type) for one in report.open] == [("INVALID_EFFECT", FindingType.ERROR)]


def test_checks_that_are_off_by_default(tmp_path: Path) -> None:
    one = run(tmp_path, policy(WIDE), '[validate.severity]\nRESOURCE_STAR = "error"\n')
    assert sorted(codes(one)) == ["PASS_ROLE_WITH_STAR_IN_RESOURCE", "RESOURCE_STAR"]
    every = run(tmp_path, policy(WIDE), "[validate]\naudit = true\n")
    assert {"RESOURCE_STAR", "PERMISSIONS_MANAGEMENT_ACTIONS"} & set(codes(every))
    but = run(tmp_path, policy(WIDE), '[validate]\naudit = true\n[validate.severity]\nRESOURCE_STAR = "off"\n')
    assert set(codes(every)) - set(codes(but)) == {"RESOURCE_STAR"}


def suppression(**more: str) -> str:
    lines = {"code": "PASS_ROLE_WITH_STAR_IN_RESOURCE", "reason": "known", **more}
    return "[[validate.suppress]]\n" + "".join(
        f"{name} = {value if name == 'until' else json.dumps(value)}\n" for name, value in lines.items()
    )


@pytest.mark.parametrize(
    ("more", "covers"),
    [
        ({}, True),
        ({"code": "REDUNDANT_ACTION"}, False),
        ({"files": "iam/*"}, True),
        ({"files": "*.json"}, True),
        ({"files": "a.json"}, False),
        ({"files": "iam/deep/a.json"}, True),
        ({"sid": "Pass"}, True),
        ({"sid": "P*"}, True),
        ({"sid": "Other"}, False),
        ({"policy": "x"}, False),
        ({"until": "2026-06-01"}, True),
        ({"until": "2026-05-31"}, False),
    ],
)
def test_what_is_accepted(tmp_path: Path, more: dict[str, str], covers: bool) -> None:
    report = run(tmp_path, policy(WIDE), suppression(**more), file="iam/deep/a.json")
    assert (codes(report) == []) is covers
    assert len(report.findings) == 1
    if covers:
        assert report.findings[0].suppression is not None
        assert report.findings[0].suppression.reason == "known"
        assert not report.fails(FindingType.SUGGESTION)


def test_a_suppression_of_a_policy_in_a_file(tmp_path: Path) -> None:
    template = {"Resources": {name: {"Type": "AWS::IAM::Policy", "Properties": {"P": json.loads(policy(WIDE))}} for name in "AB"}}
    report = run(tmp_path, json.dumps(template), suppression(policy="A"))
    assert [(one.policy, one.suppression is not None) for one in report.findings] == [("A", True), ("B", False)]


def test_suppressions_that_are_outdated_or_about_nothing_are_noted(tmp_path: Path) -> None:
    old = run(tmp_path, policy(WIDE), suppression(until="2026-05-31"))
    assert old.notes == ("suppression of `PASS_ROLE_WITH_STAR_IN_RESOURCE` in `*` ended on 2026-05-31",)
    unused = run(tmp_path, policy(WIDE), suppression(code="REDUNDANT_ACTION", files="a.json"))
    assert unused.notes == ("suppression of `REDUNDANT_ACTION` in `a.json` is about nothing that was found",)
    assert run(tmp_path, policy(WIDE), suppression(code="REDUNDANT_ACTION", files="b.json")).notes == ()
    assert run(tmp_path, policy(WIDE), suppression(code="REDUNDANT_ACTION")).notes == ()


def test_files_that_do_not_say_what_they_are(tmp_path: Path) -> None:
    kinds = '[[validate.files]]\nfiles = "scp/*"\nkind = "scp"\n[[validate.files]]\nfiles = "*"\nkind = "boundary"\n'
    assert [one.kind for one in run(tmp_path, policy({**WIDE, "Effect": "x"}), kinds, file="scp/a.json").findings] == ["scp"]
    assert [one.kind for one in run(tmp_path, policy({**WIDE, "Effect": "x"}), kinds, file="b.json").findings] == ["boundary"]
    template = {"Resources": {"A": {"Type": "AWS::IAM::Policy", "Properties": {"P": json.loads(policy(WIDE))}}}}
    assert [one.kind for one in run(tmp_path, json.dumps(template), kinds).findings] == ["identity"]


def test_what_holds_a_resource_policy(tmp_path: Path) -> None:
    kinds = '[[validate.files]]\nfiles = "*"\nkind = "resource"\nresource_type = "AWS::S3::Bucket"\n'
    assert "UNSUPPORTED_RESOURCE_ARN_IN_POLICY" not in codes(run(tmp_path, policy(QUEUE)))
    of_bucket = run(tmp_path, policy({**QUEUE, "Resource": "arn:aws:sqs:us-east-1:111122223333:q"}), kinds)
    assert set(codes(of_bucket)) & {"UNSUPPORTED_ACTION_IN_POLICY", "UNSUPPORTED_RESOURCE_ARN_IN_POLICY"}
    option = run(tmp_path, policy({**QUEUE, "Resource": "arn:aws:sqs:us-east-1:111122223333:q"}), resource_type="AWS::S3::Bucket")
    assert codes(option) == codes(of_bucket)


def test_access_that_nobody_may_have(tmp_path: Path) -> None:
    forbidden = '[[validate.must_not_grant]]\nactions = "iam:PassRole"\n'
    assert "ACCESS_GRANTED" in codes(run(tmp_path, policy(WIDE), forbidden))
    assert "ACCESS_GRANTED" not in codes(run(tmp_path, policy({**WIDE, "Action": "iam:GetRole"}), forbidden))


# Files --------------------------------------------------------------------------------------------------------------------


def validated(*paths: Path, **options: Any) -> Report:
    return validate_files(
        paths, config=Config(), services=installed_reference(), registry=Registry(), today=date(2026, 6, 1), **options
    )


def test_directories_are_searched_and_other_files_in_them_passed_over(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/p.json").write_text(policy(WIDE))
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "notes.txt").write_text(policy(WIDE))
    (tmp_path / "bad.yaml").write_text("Statement: [")
    (tmp_path / "Statement.json").write_text('{"Statement": [')
    report = validated(tmp_path)
    assert [(Path(one.file).name, one.finding.code) for one in report.findings] == [
        ("Statement.json", "JSON_SYNTAX_ERROR"),
        ("p.json", "PASS_ROLE_WITH_STAR_IN_RESOURCE"),
    ]
    assert report.files == 2


def test_given_files_must_hold_policies_unless_others_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text('{"name": "x"}')
    with pytest.raises(ValidationError, match=r"package\.json: no policy found"):
        validated(path)
    assert validated(path, others="ignore").files == 0
    with pytest.raises(ValidationError, match=r"nowhere\.json: No such file"):
        validated(tmp_path / "nowhere.json")


def test_the_line_of_a_finding_is_cut_to_what_fits(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    roles = [f"arn:aws:iam::{number:012}:role/*" for number in range(20)]
    path.write_text(policy(*[{**WIDE, "Sid": f"S{number}", "Resource": role} for number, role in enumerate(roles)]))
    report = validated(path)
    assert len(report.findings) == 20
    for one in report.findings:
        excerpt = one.excerpt
        assert len(excerpt.text) <= 97
        assert excerpt.text[excerpt.start : excerpt.start + excerpt.length] == '"iam:PassRole"'
