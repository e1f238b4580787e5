"""Accounts and organizations as AWS prints them; a file that says too little never loses a policy."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import bailiwick as bw
from bailiwick.account import load_account, load_resource_policies
from bailiwick.organization import load_organization
from tests.drawing import A, B

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
OWN = f"arn:aws:iam::{A}:policy/own"
ANN = f"arn:aws:iam::{A}:user/ann"


def version(document: Any, *, default: bool = True, id: str = "v1") -> dict[str, Any]:
    return {"VersionId": id, "IsDefaultVersion": default, "Document": document}


def account(**members: Any) -> dict[str, Any]:
    user = {"Arn": ANN, "UserName": "ann", "UserId": "AIDAANNEXAMPLE0000001", "GroupList": [], "AttachedManagedPolicies": []}
    user |= members.pop("user", {})
    policies = [{"Arn": OWN, "PolicyVersionList": [version(ALLOW)]}]
    return {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": policies} | members


ATTACHED = {"AttachedManagedPolicies": [{"PolicyName": "own", "PolicyArn": OWN}]}


@pytest.mark.parametrize("form", [ALLOW, json.dumps(ALLOW), quote(json.dumps(ALLOW)), quote(json.dumps(ALLOW), safe="")])
def test_documents_stand_as_objects_as_text_and_url_encoded(form: Any) -> None:
    engine = bw.Engine.from_account(account(user={"UserPolicyList": [{"PolicyName": "inline", "PolicyDocument": form}]}))
    assert engine.is_allowed(ANN, "s3:GetObject", "*")


def test_only_the_default_version_counts() -> None:
    """L-40."""
    versions = [version(DENY, id="v2", default=False), version(ALLOW, id="v1")]
    file = account(user=ATTACHED, Policies=[{"Arn": OWN, "PolicyVersionList": versions}])
    assert bw.Engine.from_account(file).is_allowed(ANN, "s3:GetObject", "*")
    for wrong in ([], [version(ALLOW, default=False)], [version(ALLOW), version(DENY)]):
        file = account(user=ATTACHED, Policies=[{"Arn": OWN, "PolicyVersionList": wrong}])
        with pytest.raises(bw.ValidationError, match="default versions, expected 1"):
            load_account(file)


def test_an_attached_policy_that_is_nowhere_is_never_left_out(tmp_path: Path) -> None:
    aws = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    file = account(user={"AttachedManagedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": aws}]})
    with pytest.raises(bw.ValidationError, match="is not in the file; give its text as `managed_policies`"):
        load_account(file)
    assert bw.Engine.from_account(file, managed_policies={aws: json.dumps(ALLOW)}).is_allowed(ANN, "s3:GetObject", "*")
    lines = tmp_path / "managed.jsonl"
    lines.write_text(json.dumps({"arn": aws, "document": DENY}) + "\n", encoding="utf-8")
    assert not bw.Engine.from_account(file, managed_policies=lines).is_allowed(ANN, "s3:GetObject", "*")
    boundary = account(user={"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": aws}})
    with pytest.raises(bw.ValidationError, match="is not in the file"):
        load_account(boundary)


def test_pages_of_one_answer_are_one_account(tmp_path: Path) -> None:
    pages = []
    for number, part in enumerate((account(Policies=[], user=ATTACHED), {"Policies": account()["Policies"]})):
        pages.append(tmp_path / f"page{number}.json")
        pages[-1].write_text(json.dumps(part), encoding="utf-8")
    assert bw.Engine.from_account(pages).is_allowed(ANN, "s3:GetObject", "*")


def test_identities_of_several_accounts_make_several() -> None:
    bob: dict[str, Any] = {"Arn": f"arn:aws:iam::{B}:user/bob", "UserName": "bob", **ATTACHED}
    file = account()
    file["UserDetailList"].append(bob)
    engine = bw.Engine.from_account(file)
    assert engine.is_allowed(bob["Arn"], "s3:GetObject", "*")
    assert not engine.is_allowed(ANN, "s3:GetObject", "*")
    assert engine.check(bob["Arn"], "sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{A}:q").reason == "no_resource_allow"


def test_one_id_in_two_partitions_is_two_accounts_which_no_engine_holds() -> None:
    file = account()
    file["UserDetailList"].append({"Arn": f"arn:aws-cn:iam::{A}:user/li", "UserName": "li"})
    made = load_account(file).accounts
    assert [[user.arn for user in one.users] for one in made] == [[ANN], [f"arn:aws-cn:iam::{A}:user/li"]]
    with pytest.raises(bw.ValidationError, match="is in the snapshot twice"):
        bw.Engine.from_account(file)


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "account.json.gz"
    for data in (gzip.compress(b'{"UserDetailList": []}')[:-9], b"no gzip", gzip.compress(b"x")[:12] + b"\xff" * 9):
        path.write_bytes(data)
        with pytest.raises(bw.ValidationError, match=r"account\.json\.gz"):
            load_account(path)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({}, "no account: expected a member of `UserDetailList`"),
        ({"UserDetailList": {}}, "expected a list, found dict"),
        ({"UserDetailList": [7]}, "/UserDetailList/0`: expected an object, found int"),
        ({"UserDetailList": [{}]}, "member `Arn` is missing"),
        ({"UserDetailList": [{"Arn": "ann"}]}, "`ann` is no ARN"),
        ({"Policies": [{"Arn": OWN, "PolicyVersionList": [version(ALLOW)]}]}, "the account's id is not known"),
        (account(user={"UserPolicyList": [{"PolicyName": "p"}]}), "member `PolicyDocument` is missing or no policy document"),
        (account(user={"UserPolicyList": [{"PolicyName": "p", "PolicyDocument": "%FF"}]}), "URL-encoded text that is not UTF-8"),
    ],
)
def test_files_of_another_shape_are_refused_with_the_place(file: dict[str, Any], words: str) -> None:
    with pytest.raises(bw.ValidationError, match=words.replace("(", r"\(")):
        load_account(file)


def test_a_bad_document_names_its_policy_and_place() -> None:
    bad = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3", "Resource": "*"}]}
    with pytest.raises(bw.MalformedPolicyDocument) as caught:
        bw.Engine.from_account(account(user={"UserPolicyList": [{"PolicyName": "mine", "PolicyDocument": bad}]}))
    assert (caught.value.code, caught.value.path) == ("ACTION_WITHOUT_PREFIX", "/Statement/0/Action")
    assert f"{ANN}:mine" in str(caught.value)


def test_repeated_members_of_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text('{"UserDetailList":[],"UserDetailList":[]}', encoding="utf-8")
    with pytest.raises(bw.ValidationError, match="member `UserDetailList` is given twice"):
        load_account(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(bw.ValidationError, match=r"account\.json: line 1 column 2"):
        load_account(path)


def policy(*documents: Any, default: int = 0, **members: Any) -> dict[str, Any]:
    versions = [
        {"VersionId": f"v{number}", "IsDefaultVersion": number == default + 1, "Document": document}
        for number, document in enumerate(documents, 1)
    ]
    return {"Arn": OWN, "PolicyVersionList": versions, **members}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (account(Policies=[policy(DENY), policy(ALLOW)]), f"policy `{OWN}` is there twice, with different documents"),
        (
            account(Policies=[policy(DENY, ALLOW, default=1, DefaultVersionId="v1")]),
            f"the default version of policy `{OWN}` is `v1` and `v2` at once",
        ),
        (
            account(user={"Tags": [{"Key": "team", "Value": "a"}, {"Key": "team", "Value": "b"}]}),
            "/UserDetailList/0/Tags/1`: tag `team` is there twice",
        ),
    ],
)
def test_what_is_said_twice_in_different_ways_is_refused(file: dict[str, Any], words: str) -> None:
    with pytest.raises(bw.ValidationError, match=re.escape(words)):
        load_account(file)


def test_pages_may_repeat_a_policy() -> None:
    load_account(account(Policies=[policy(ALLOW), policy(ALLOW)]))


def test_a_managed_policy_of_two_texts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "managed.jsonl"
    path.write_text("\n".join(json.dumps({"arn": OWN, "document": document}) for document in (DENY, ALLOW)), encoding="utf-8")
    attached = account(user={"AttachedManagedPolicies": [{"PolicyArn": OWN}]}, Policies=[])
    with pytest.raises(bw.ValidationError, match="is there twice, with different documents"):
        load_account(attached, managed_policies=path)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(bw.ValidationError, match="not UTF-8"):
        load_account(b"\xff")


# Organizations -----------------------------------------------------------------------------------------------------------


SCP = {"PolicySummary": {"Id": "p-deny", "Type": "SERVICE_CONTROL_POLICY"}, "Content": DENY, "Targets": []}


def organization(*, types: Any = "enabled", targets: Any = ("r-ab12",), **members: Any) -> dict[str, Any]:
    root: dict[str, Any] = {"Id": "r-ab12"}
    if types == "enabled":
        root["PolicyTypes"] = [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    elif types is not None:
        root["PolicyTypes"] = types

    def scp(id: str, content: Any, targets: Any) -> dict[str, Any]:
        return {"PolicySummary": {"Id": id, "Type": "SERVICE_CONTROL_POLICY"}, "Content": content, "Targets": targets}

    return {
        "Organization": {"Id": "o-ab12cdef34", "MasterAccountId": B},
        "Roots": [root],
        "OrganizationalUnits": [],
        "Accounts": [{"Id": A, "ParentId": "r-ab12"}, {"Id": B, "ParentId": "r-ab12"}],
        "Policies": [scp("p-deny", json.dumps(DENY), targets), scp("p-full", ALLOW, ["r-ab12", A])],
    } | members


@pytest.mark.parametrize(
    ("types", "denied"),
    [("enabled", True), (None, True), ([], False), ([{"Type": "SERVICE_CONTROL_POLICY", "Status": "PENDING_DISABLE"}], False)],
)
def test_a_policy_type_counts_unless_the_root_says_that_it_does_not(types: Any, denied: bool) -> None:
    file = account(user=ATTACHED)
    engine = bw.Engine.from_account(file, organization=load_organization(organization(types=types)))
    assert engine.is_allowed(ANN, "s3:GetObject", "*") is not denied
    assert engine.is_allowed(ANN, "ec2:RunInstances", "*")


def test_targets_are_ids_or_objects() -> None:
    for targets in (["r-ab12"], [{"TargetId": "r-ab12", "Type": "ROOT"}]):
        assert load_organization(organization(targets=targets)).targets[0].scps == ("p-deny", "p-full")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Roots": []}, "an organization has 1 root, found 0"),
        ({"targets": ["ou-none"]}, "target `ou-none` is not in the organization"),
        ({"Accounts": [{"Id": A}]}, "member `ParentId` is missing"),
        ({"Accounts": [{"Id": A, "ParentId": "r-ab12"}] * 2}, "is in the organization twice"),
        ({"Organization": None}, "expected an object, found NoneType"),
        ({"Policies": [SCP, SCP]}, "policy `p-deny` is in the organization twice"),
    ],
)
def test_organizations_of_another_shape_are_refused(members: dict[str, Any], words: str) -> None:
    with pytest.raises(bw.ValidationError, match=words):
        load_organization(organization(**members))


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ([{"Id": A, "ParentId": "ou-gone"}], "parent `ou-gone` is not in the organization"),
        ([{"Id": A, "ParentId": B}, {"Id": B, "ParentId": A}], "stands above itself"),
    ],
)
def test_trees_that_are_none_are_refused(accounts: list[dict[str, str]], words: str) -> None:
    made = load_organization(organization(Accounts=accounts, targets=[]) | {"Policies": []})
    with pytest.raises(bw.ValidationError, match=words):
        bw.Engine.from_account(account(), organization=made)


def test_a_policy_under_a_name_in_another_case_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "resource-policies.jsonl"
    path.write_text('{"resource":"arn:aws:s3:::b","account":"111122223333","Policy":{}}', encoding="utf-8")
    with pytest.raises(bw.ValidationError, match="unknown member `Policy`, did you mean `policy`"):
        load_resource_policies(path)


def test_resource_policies_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "resource-policies.jsonl"
    grant = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "s3:*", "Resource": "*"},
    }
    line = {"resource": "arn:aws:s3:::b", "account": A, "policy": grant, "tags": [{"Key": "Team", "Value": "red"}]}
    path.write_text(json.dumps(line) + "\n\n" + json.dumps({"resource": "arn:aws:s3:::c", "account": A}) + "\n", encoding="utf-8")
    first, second = load_resource_policies(path)
    assert (first.tags, second.policy) == ({"Team": "red"}, None)
    path.write_text('{"resource": "arn:aws:s3:::b"}\n', encoding="utf-8")
    with pytest.raises(bw.ValidationError, match="line 1`: member `account` is missing"):
        load_resource_policies(path)
