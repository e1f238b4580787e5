"""Policies in files: what is found, what it is called, what it is for, and where in the file its findings stand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bailiwick import PolicyKind, Registry, ValidationError
from bailiwick.validate import Finding, installed_reference, validate_policy
from bailiwick.validate.catalogue import CATALOGUE
from bailiwick.validate.run import validate_document
from bailiwick.validate.sources import FoundPolicy, policies_in
from tests.analyzer import DATA, rows
from tests.test_validate import parse_error

READ: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}],
}
PASS: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]}
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
BUCKET: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}],
}


def found(content: Any, name: str = "x.json") -> list[FoundPolicy]:
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    return policies_in(text.encode(), name)


def findings(policy: FoundPolicy) -> list[Finding]:
    return validate_document(
        policy.document, kind=policy.kind, services=installed_reference(), registry=Registry(), quota=policy.quota
    )


def shown(text: str, one: Finding) -> str:
    """What stands at the place of a finding."""
    place = one.location
    line = text.split("\n")[place.line - 1]
    assert (
        text[place.offset : place.end_offset].split("\n")[0]
        == line[place.column - 1 :][: len(text[place.offset : place.end_offset])]
    )
    return text[place.offset : place.end_offset]


def test_a_file_that_is_a_policy() -> None:
    (policy,) = found(READ)
    assert (policy.name, policy.pointer, policy.kind, policy.is_guess) == ("", "", PolicyKind.IDENTITY, True)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (READ, PolicyKind.IDENTITY),
        (TRUST, PolicyKind.TRUST),
        (BUCKET, PolicyKind.RESOURCE),
        ({"Version": "2012-10-17"}, PolicyKind.IDENTITY),
    ],
)
def test_the_kind_is_guessed_from_the_elements(document: Any, kind: PolicyKind) -> None:
    assert [policy.kind for policy in found(document)] == [kind]


def test_broken_json_is_a_finding() -> None:
    (policy,) = found('{"Version": "2012-10-17",\n "Statement": [}')
    assert [(one.code, one.line, one.column) for one in findings(policy)] == [("JSON_SYNTAX_ERROR", 2, 16)]


def test_bytes_of_a_policy_are_read_as_the_parser_reads_them() -> None:
    (policy,) = policies_in(b"\xef\xbb\xbf" + json.dumps(READ).encode(), "x.json")
    assert [one.parse_error for one in findings(policy)] == ["INVALID_ENCODING"]


@pytest.mark.parametrize("content", ["[]", '{"a": 1}', "[1, 2]", '"x"', "{}x", "null"])
def test_a_file_without_a_policy(content: str) -> None:
    if content == "{}x":
        assert found(content)  # broken JSON is taken for a broken policy
        return
    with pytest.raises(ValidationError, match=r"x\.json: no policy found: no object with `Statement`"):
        found(content)


def test_policies_stand_anywhere_in_other_json_as_objects_or_texts() -> None:
    content = {"rules": [{"name": "a", "doc": PASS}, {"name": "b", "text": json.dumps(PASS)}], "note": "Statement"}
    text = json.dumps(content, indent=1)
    one, two = found(text)
    assert (one.pointer, two.pointer) == ("/rules/0/doc", "/rules/1/text")
    for policy in (one, two):
        (warning,) = findings(policy)
        assert (warning.code, warning.path) == ("PASS_ROLE_WITH_STAR_IN_RESOURCE", "/Statement/0/Action")
        assert shown(text, warning).strip('\\"') == "iam:PassRole"


def test_places_in_a_text_with_escapes() -> None:
    inner = json.dumps({"Version": "2012-10-17", "Id": "\U0001f512é\n", "Statement": [PASS["Statement"][0]]}, indent=2)
    for ascii_only in (True, False):
        text = json.dumps({"a": {"policy": inner}}, ensure_ascii=ascii_only)
        (policy,) = found(text)
        by_code = {one.code: one for one in findings(policy)}
        assert shown(text, by_code["PASS_ROLE_WITH_STAR_IN_RESOURCE"]) == '\\"iam:PassRole\\"'


def dump(**lists: Any) -> dict[str, Any]:
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [], **lists}


def test_a_dump_of_an_account() -> None:
    inline = [{"PolicyName": "r", "PolicyDocument": READ}]
    versions = [{"Document": PASS, "IsDefaultVersion": False}, {"Document": READ, "IsDefaultVersion": True}]
    content = dump(
        UserDetailList=[{"UserName": "ann", "UserPolicyList": [{"PolicyName": "pass", "PolicyDocument": PASS}]}],
        GroupDetailList=[
            {"GroupName": "ops", "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": quote(json.dumps(PASS))}]},
        ],
        RoleDetailList=[{"RoleName": "app", "AssumeRolePolicyDocument": TRUST, "RolePolicyList": inline}],
        Policies=[
            {"PolicyName": "aws", "Arn": "arn:aws:iam::aws:policy/aws", "PolicyVersionList": versions},
            {"PolicyName": "own", "Arn": "arn:aws:iam::111122223333:policy/own", "PolicyVersionList": versions},
        ],
    )
    listed = found(content)
    assert [(policy.name, policy.kind, policy.quota, policy.pointer) for policy in listed] == [
        ("user/ann pass", PolicyKind.IDENTITY, 2048, "/UserDetailList/0/UserPolicyList/0/PolicyDocument"),
        ("group/ops p", PolicyKind.IDENTITY, 5120, "/GroupDetailList/0/GroupPolicyList/0/PolicyDocument"),
        ("role/app trust policy", PolicyKind.TRUST, None, "/RoleDetailList/0/AssumeRolePolicyDocument"),
        ("role/app r", PolicyKind.IDENTITY, 10240, "/RoleDetailList/0/RolePolicyList/0/PolicyDocument"),
        ("policy/own", PolicyKind.IDENTITY, 6144, "/Policies/1/PolicyVersionList/1/Document"),
    ]
    text = json.dumps(content, indent=1)
    (warning,) = findings(listed[1])
    assert shown(text, warning) == "%22iam%3APassRole%22"


def test_a_dump_without_policies_is_no_mistake() -> None:
    assert found(dump()) == []


def test_an_organization_file() -> None:
    scp = "SERVICE_CONTROL_POLICY"
    content = {
        "Roots": [],
        "Policies": [
            {"PolicySummary": {"Name": "FullAWSAccess", "Type": scp, "AwsManaged": True}, "Content": json.dumps(READ)},
            {"PolicySummary": {"Name": "no", "Type": scp, "AwsManaged": False}, "Content": json.dumps(PASS)},
            {"PolicySummary": {"Id": "p-1", "Type": "RESOURCE_CONTROL_POLICY"}, "Content": BUCKET},
        ],
    }
    assert [(policy.name, policy.kind) for policy in found(content)] == [("no", PolicyKind.SCP), ("p-1", PolicyKind.RCP)]


def test_json_lines() -> None:
    text = json.dumps({"document": READ}) + "\n\n" + json.dumps({"a": 1}) + "\n" + json.dumps({"document": PASS}) + "\n"
    one, two = found(text, "x.jsonl")
    assert [(policy.name, policy.pointer) for policy in (one, two)] == [("line 1", "/0/document"), ("line 4", "/3/document")]
    (warning,) = findings(two)
    assert (warning.line, shown(text, warning)) == (4, '"iam:PassRole"')
    with pytest.raises(ValidationError, match=r"x\.jsonl: no policy found"):
        found('{"a": 1}\n', "x.jsonl")


def resource(address: str, mode: str = "managed", **values: Any) -> dict[str, Any]:
    return {"address": address, "mode": mode, "type": address.split(".")[-2], "values": values}


def plan(**values: Any) -> dict[str, Any]:
    texts: dict[str, Any] = {
        "assume_role_policy": json.dumps(TRUST),
        "inline_policy": [{"name": "p", "policy": json.dumps(PASS)}],
    }
    resources = [
        resource("aws_iam_role.app", **texts),
        resource("aws_iam_policy.p", policy=json.dumps(READ)),
        resource("aws_iam_policy_document.x", mode="data", json=json.dumps(PASS)),
        resource("aws_organizations_policy.s", type="SERVICE_CONTROL_POLICY", content=json.dumps(PASS)),
        resource("aws_unheard_of.u", p=json.dumps(BUCKET)),
    ]
    child = {"address": "module.m", "resources": [resource("module.m.aws_sqs_queue_policy.q", **values)]}
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources, "child_modules": [child]}},
        "prior_state": {"values": {"root_module": {"resources": [{"values": {"policy": json.dumps(PASS)}}]}}},
    }


def test_a_terraform_plan() -> None:
    listed = found(plan(policy=json.dumps(BUCKET)))
    root = "/planned_values/root_module"
    in_module = f"{root}/child_modules/0/resources/0/values/policy"
    assert [(policy.name, policy.kind, policy.resource_type, policy.pointer) for policy in listed] == [
        ("aws_iam_role.app assume_role_policy", PolicyKind.TRUST, None, f"{root}/resources/0/values/assume_role_policy"),
        ("aws_iam_role.app", PolicyKind.IDENTITY, None, f"{root}/resources/0/values/inline_policy/0/policy"),
        ("aws_iam_policy.p", PolicyKind.IDENTITY, None, f"{root}/resources/1/values/policy"),
        ("aws_organizations_policy.s", PolicyKind.SCP, None, f"{root}/resources/3/values/content"),
        ("aws_unheard_of.u", PolicyKind.RESOURCE, None, f"{root}/resources/4/values/p"),
        ("module.m.aws_sqs_queue_policy.q", PolicyKind.RESOURCE, "AWS::SQS::Queue", in_module),
    ]
    assert [policy.is_guess for policy in listed] == [False, False, False, False, True, False]


def test_values_that_are_known_after_apply_are_no_policies() -> None:
    assert len(found(plan(policy=None))) == 5


def test_a_terraform_state() -> None:
    module = {"resources": [resource("aws_iam_policy.p", policy=json.dumps(PASS))]}
    (policy,) = found({"terraform_version": "1.9.0", "values": {"root_module": module}})
    assert policy.pointer == "/values/root_module/resources/0/values/policy"


def template(*statements: Any, type_: str = "AWS::IAM::ManagedPolicy") -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "Resources": {"Thing": {"Type": type_, "Properties": {"PolicyDocument": document}}, "Other": {"Type": "AWS::SNS::Topic"}}
    }


def test_a_template() -> None:
    (policy,) = found(template(*PASS["Statement"]))
    assert (policy.name, policy.kind, policy.quota, policy.pointer) == (
        "Thing",
        PolicyKind.IDENTITY,
        6144,
        "/Resources/Thing/Properties/PolicyDocument",
    )
    assert [one.code for one in findings(policy)] == ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]


@pytest.mark.parametrize(
    ("resource", "codes"),
    [
        ({"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"}, []),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, []),
        ({"Ref": "BucketArn"}, []),
        ({"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Bucket"}, "/*"]]}, []),
        ({"Fn::ImportValue": "x"}, []),
        ({"Fn::Sub": ["arn:aws:s3:::${Name}", {"Name": {"Ref": "Bucket"}}]}, []),
        ({"Fn::Sub": ["arn:aws:s3:::${Name}", {"Name": "x/*"}]}, []),
        ({"Fn::Sub": ["arn:aws:s3:::${Name}", {"Name": "x"}]}, ["ACTION_WITHOUT_RESOURCE"]),
        ({"Fn::Sub": "arn:aws:s3:::b/${!aws:username}/*"}, []),
        ({"Fn::If": ["IsProd", "arn:aws:s3:::a/*", "bucket"]}, []),
        ([{"Fn::If": ["IsProd", "arn:aws:s3:::a/*", "bucket"]}], ["INVALID_ARN_PREFIX"]),
        ([{"Fn::If": ["IsProd", {"Ref": "AWS::NoValue"}, "arn:aws:s3:::a/*"]}], []),
        ([{"Fn::If": ["IsProd", ["arn:aws:s3:::a/*", "bucket"], {"Ref": "AWS::NoValue"}]}], ["INVALID_ARN_PREFIX"]),
        ({"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q"}, ["ACTION_WITHOUT_RESOURCE"]),
        ({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::x/*"]]}, []),
        ("bucket", ["INVALID_ARN_PREFIX"]),
    ],
)
def test_functions_are_carried_out_as_far_as_they_are_known(resource: Any, codes: list[str]) -> None:
    (policy,) = found(template({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}))
    assert [one.code for one in findings(policy)] == codes


def test_what_is_unknown_hides_nothing_else() -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:NoSuch", {"Ref": "Action"}], "Resource": {"Ref": "Arn"}}
    (policy,) = found(template(statement))
    assert [(one.code, one.path) for one in findings(policy)] == [("INVALID_ACTION", "/Statement/0/Action/1")]


def test_a_statement_that_a_condition_takes_away() -> None:
    statement = {"Fn::If": ["C", BUCKET["Statement"][0], {"Ref": "AWS::NoValue"}]}
    (policy,) = found(template(statement, type_="AWS::SQS::QueuePolicy"))
    assert (policy.kind, policy.resource_type) == (PolicyKind.RESOURCE, "AWS::SQS::Queue")
    assert "PUBLIC_ACCESS" in [one.code for one in findings(policy)]


def test_organizations_policies_in_templates() -> None:
    properties = {"Type": "RESOURCE_CONTROL_POLICY", "Content": BUCKET}
    content = {"Resources": {"S": {"Type": "AWS::Organizations::Policy", "Properties": properties}}}
    assert [policy.kind for policy in found(content)] == [PolicyKind.RCP]


YAML = """\
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {Service: !Sub "ec2.${AWS::URLSuffix}"}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Action: [iam:PassRole]  # too wide
                Resource: '*'
              - Effect: Allow
                Action: s3:GetObject
                Resource: !Sub "${Bucket.Arn}/*"
                Condition:
                  Bool: {aws:SecureTransport: true}
"""


def test_a_template_in_yaml() -> None:
    trust, policy = found(YAML, "t.yaml")
    assert (trust.name, trust.kind) == ("Role AssumeRolePolicyDocument", PolicyKind.TRUST)
    assert findings(trust) == []
    (warning,) = findings(policy)
    assert (warning.code, warning.line, shown(YAML, warning)) == ("PASS_ROLE_WITH_STAR_IN_RESOURCE", 18, "iam:PassRole")


@pytest.mark.parametrize("name", ["t.yml", "t.template"])
def test_other_names_of_yaml(name: str) -> None:
    assert len(found(YAML, name)) == 2
    assert len(found(json.dumps(template(*PASS["Statement"])), name)) == 1


def test_what_yaml_hides_and_policies_do_not_have() -> None:
    text = "Version: 2012-10-17\nStatement:\n- Effect: Allow\n  Effect: Deny\n  Action: s3:GetObject\n  Resource: '*'\n"
    (policy,) = found(text, "p.yaml")
    assert [(one.code, one.parse_error, one.line) for one in findings(policy)] == [("DUPLICATE_KEY", "DUPLICATE_KEY", 4)]


def test_a_text_of_a_policy_in_yaml_is_found_where_it_starts() -> None:
    text = f"policy: |\n  {json.dumps(PASS)}\n"
    (policy,) = found(text, "p.yaml")
    assert [(one.code, one.line) for one in findings(policy)] == [("PASS_ROLE_WITH_STAR_IN_RESOURCE", 1)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", r"t\.yaml: line 2 column 1: "),
        ("", r"t\.yaml: the file is empty"),
        ("a: 1", r"t\.yaml: no policy found"),
        ("a: &a [x]\nb: *c\n", r"t\.yaml: line 2 column 4: found undefined alias"),
        ("a: 1\n---\nb: 2\n", r"t\.yaml: line 2 column 1: but found another document"),
        ("[" * 2000, r"t\.yaml: "),
        ("\0", r"t\.yaml: "),
        (f"a: &a [x]\nb: &b [{'*a, ' * 999}]\nc: &c [{'*b, ' * 999}]\nd: [{'*c, ' * 999}]", r"t\.yaml: too large"),
        ("a: &a [*a]", r"t\.yaml: too large, or nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_yaml(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        found(text, "t.yaml")


def test_deep_json_is_a_finding_and_no_crash() -> None:
    (policy,) = found("[" * 100_000)
    assert [one.type for one in findings(policy)] == ["ERROR"]


def test_yaml_without_the_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ValidationError, match=r"reading YAML needs PyYAML\nhint: pip install 'bailiwick\[yaml\]'"):
        found(YAML, "t.yaml")


@pytest.mark.corpus
@pytest.mark.skipif(not DATA.is_dir(), reason="the data lies beside the checkout or nowhere")
def test_real_templates_and_dumps_are_read() -> None:
    documents = [row["document"] for row in rows("policies/templated")]
    for document in documents:
        content = {"Resources": {"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}}}
        (policy,) = found(content)
        findings(policy)
    paths = [path for path in DATA.glob("account_dumps/*.json") if path.name != "manifest.json"]
    for path in paths:
        for policy in policies_in(path.read_bytes(), path.name):
            findings(policy)
    assert (len(documents), len(paths) > 30) == (208, True)


@pytest.mark.corpus
@pytest.mark.skipif(not DATA.is_dir(), reason="the data lies beside the checkout or nowhere")
@pytest.mark.parametrize("path", sorted(DATA.glob("policies/*.jsonl.gz")), ids=lambda path: path.name.split(".")[0])
def test_real_documents_have_findings_of_the_parser_if_they_do_not_parse(path: Path) -> None:
    kind = path.name.split(".")[0].partition("_")[0]
    kind = {"vpc": "endpoint"}.get(kind, kind if kind in list(PolicyKind) else "identity")
    for row in rows(f"policies/{path.name.removesuffix('.jsonl.gz')}"):
        text = json.dumps(row["document"])
        found = validate_policy(text, kind=kind, turned_on=CATALOGUE.keys())
        errors = {(one.parse_error, one.path, one.line, one.column) for one in found if one.parse_error is not None}
        error = parse_error(text, kind)
        assert error in errors if error is not None else errors == set(), row["id"]
