"""What the simulation API answers, rule by rule (S); AWS's examples are cases."""

from __future__ import annotations

import json
from typing import Any

import pytest

import bailiwick as bw
from bailiwick.simulation import (
    get_context_keys_for_custom_policy,
    simulate_custom_policy,
)
from tests.drawing import A, B, Json
from tests.simulations import (
    ANN,
    BOB,
    GROUP,
    OBJECT,
    ROLE,
    allow,
    answer_faults,
    custom,
    deny,
    doc,
    entry,
    results,
    sources,
    when,
)

BACKUP = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)


@pytest.mark.parametrize(
    ("entries", "decision", "missing"),
    [
        ([entry("aws:CurrentTime", "date", "2019-04-25T11:00:00Z")], "allowed", []),
        ([entry("aws:CurrentTime", "date", "2014-04-25T11:00:00Z")], "implicitDeny", []),
        ([], "implicitDeny", ["aws:CurrentTime"]),
    ],
)
def test_the_examples_of_the_command_line_reference(entries: list[Json], decision: str, missing: list[str]) -> None:
    """S-33; AWS prints column 38 for the start, one more than in all its other examples (R-44)."""
    (found,) = results(BACKUP, ActionNames=["dynamodb:CreateBackup"], ContextEntries=entries)
    assert found == {
        "EvalActionName": "dynamodb:CreateBackup",
        "EvalResourceName": "*",
        "EvalDecision": decision,
        "MatchedStatements": [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "none",
                "StartPosition": {"Line": 1, "Column": 37},
                "EndPosition": {"Line": 1, "Column": 167},
            }
        ]
        if decision == "allowed"
        else [],
        "MissingContextValues": missing,
    }


def test_the_example_of_context_keys() -> None:
    """S-31; AWS does not say in which order it prints them, ours are sorted."""
    policy = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*",'
        '"Resource":"arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}",'
        '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}'
    )
    assert get_context_keys_for_custom_policy(PolicyInputList=[policy]) == {
        "ContextKeyNames": ["aws:CurrentTime", "aws:username"]
    }


def test_a_policy_over_several_lines_is_placed_as_aws_places_it() -> None:
    """S-22: the brace after `"Statement": ` is column 16, the closing one in column 3 ends before column 4."""
    statement = '{\n    "Effect": "Allow",\n    "Action": "s3:*",\n    "Resource": "*"\n  }'
    policy = f'{{\n  "Version": "2012-10-17",\n  "Statement": {statement}\n}}'
    for text, end in ((policy, 4), (policy.replace("\n", "\r\n"), 4)):
        (one,) = custom(text)["MatchedStatements"]
        assert (one["StartPosition"], one["EndPosition"]) == ({"Line": 3, "Column": 16}, {"Line": 7, "Column": end})
    (one,) = custom('{"Version": "2012-10-17", "Statement": [' + json.dumps(allow()) + "]}")["MatchedStatements"]
    assert one["StartPosition"] == {"Line": 1, "Column": 41}


# Results --------------------------------------------------------------------------------------------------------------


def test_matched_statements_are_those_that_decided() -> None:
    """S-20: for a denial the denying ones alone, for an implicit one none; boundaries are seen only where they deny."""
    policies = [doc(allow("s3:Get*"), allow("s3:*")), doc(deny("s3:*", OBJECT), allow("none:*"))]
    boundary = {"PermissionsBoundaryPolicyInputList": [doc(allow("*"))]}
    found = custom(*policies, ResourceArns=[OBJECT, "arn:aws:s3:::b/other"], **boundary)
    denied, allowed = found["ResourceSpecificResults"]
    assert sources(denied) == [("PolicyInputList.2", "none")]
    assert sources(allowed) == [("PolicyInputList.1", "none")] * 2
    assert sources(found) == sources(denied) + sources(allowed)
    assert (
        custom(policies[0], ResourceArns=["arn:aws:s3:::b"], PermissionsBoundaryPolicyInputList=[doc(allow("ec2:*"))])[
            "MatchedStatements"
        ]
        == []
    )
    by_boundary = custom(policies[0], PermissionsBoundaryPolicyInputList=[doc(allow("*"), deny("s3:Get*"))])
    assert (by_boundary["EvalDecision"], sources(by_boundary)) == (
        "explicitDeny",
        [("PermissionsBoundaryPolicyInputList.1", "none")],
    )
    levels = [{"ServiceControlPolicyInputList": [doc(allow("*"))]}]
    assert sources(custom(policies[0], OrderedOrganizationPolicyInputList=levels)) == [("PolicyInputList.1", "none")] * 2
    resource = doc({**allow(), "Principal": {"AWS": ANN}})
    both = custom(policies[0], ResourceArns=[OBJECT], ResourcePolicy=resource, CallerArn=ANN)
    assert sources(both["ResourceSpecificResults"][0]) == [("ResourcePolicy", "resource")]


def test_matched_statements_of_all_resources_stand_once() -> None:
    """S-20."""
    found = custom(doc(allow()), ResourceArns=[OBJECT, "arn:aws:s3:::c/k"])
    assert len(found["MatchedStatements"]) == 1


def test_a_boundary_says_whether_it_allows() -> None:
    """S-23."""
    assert "PermissionsBoundaryDecisionDetail" not in custom(doc(allow()))
    for boundary, allowed, decision in (
        (doc(allow("*")), True, "allowed"),
        (doc(allow("ec2:*")), False, "implicitDeny"),
        (doc(allow("*"), deny("s3:*")), False, "explicitDeny"),
    ):
        found = custom(doc(allow()), PermissionsBoundaryPolicyInputList=[boundary], ResourceArns=[OBJECT])
        assert found["EvalDecision"] == decision
        for one in (found, found["ResourceSpecificResults"][0]):
            assert one["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": allowed}


def test_the_organization_says_whether_it_allows() -> None:
    """S-24: where it does not, the simulation ends there."""
    assert "OrganizationsDecisionDetail" not in custom(doc(allow()))
    for level, allowed, decision in (
        ([doc(allow("*"))], True, "allowed"),
        ([doc(allow("ec2:*"))], False, "implicitDeny"),
        ([doc(allow("*")), doc(deny("s3:*"))], False, "explicitDeny"),
        ([], False, "implicitDeny"),
    ):
        levels = [{"ServiceControlPolicyInputList": [doc(allow("*"))]}, {"ServiceControlPolicyInputList": level}]
        found = custom(doc(allow()), OrderedOrganizationPolicyInputList=levels, ResourceArns=[OBJECT])
        assert (found["EvalDecision"], found["OrganizationsDecisionDetail"]) == (decision, {"AllowedByOrganizations": allowed})
        assert ("EvalDecisionDetails" in found) is allowed
        assert ("EvalDecisionDetails" in found["ResourceSpecificResults"][0]) is allowed
        assert allowed or found["MatchedStatements"] == []


def test_details_are_for_requests_across_accounts() -> None:
    """S-06, S-25."""
    resource = doc({**allow("s3:*", "arn:aws:s3:::b/*"), "Principal": {"AWS": [ANN, BOB]}})
    same = custom(doc(allow()), ResourceArns=[OBJECT], ResourcePolicy=resource, CallerArn=ANN)
    assert same["EvalDecisionDetails"] == same["ResourceSpecificResults"][0]["EvalDecisionDetails"] == {}
    assert "EvalDecisionDetails" not in custom(doc(allow()), ResourceArns=["*"], CallerArn=ANN)
    for owner in (B, f"arn:aws:iam::{B}:root"):
        across = custom(
            doc(allow()),
            ResourceArns=[OBJECT, "arn:aws:s3:::c/k"],
            ResourcePolicy=resource,
            CallerArn=ANN,
            ResourceOwner=owner,
            PermissionsBoundaryPolicyInputList=[doc(allow("ec2:*"))],
        )
        first, second = (one["EvalDecisionDetails"] for one in across["ResourceSpecificResults"])
        assert first == {
            "IAM Policy": "allowed", "Resource Policy": "allowed", "Permissions Boundary Policy": "implicitDeny"
        }  # fmt: skip
        assert second == {**first, "Resource Policy": "implicitDeny"}
        assert across["EvalDecisionDetails"] == second
    without = custom(doc(deny()), ResourceArns=[OBJECT], CallerArn=ANN, ResourceOwner=B)
    assert without["EvalDecisionDetails"] == {"IAM Policy": "explicitDeny", "Resource Policy": "implicitDeny"}
    named = f"arn:aws:sqs:eu-west-1:{B}:q"
    (by_arn,) = results(doc(allow("*")), ActionNames=["sqs:SendMessage"], ResourceArns=[named], CallerArn=ANN, ResourceOwner=A)
    assert by_arn["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}


def test_missing_keys_are_those_of_statements_that_concern_the_request() -> None:
    """S-30."""
    policy = doc(
        allow(**when("StringEquals", "App:Here", "${app:there}")),
        allow("ec2:*", **when("StringEquals", "app:elsewhere", "x")),
        allow("s3:*", "arn:aws:s3:::${app:bucket}/*"),
        deny("s3:*", **when("StringEquals", "app:HERE", "x")),
    )
    boundary = doc(allow("*", **when("Null", "app:bounded", "true")))
    levels = [{"ServiceControlPolicyInputList": [doc(allow("*", **when("Null", "app:scp", "true")))]}]
    found = custom(
        policy,
        ResourceArns=[OBJECT, "arn:aws:s3:::c"],
        PermissionsBoundaryPolicyInputList=[boundary],
        OrderedOrganizationPolicyInputList=levels,
    )
    assert found["MissingContextValues"] == ["app:bounded", "App:Here", "app:there"]
    assert [one["MissingContextValues"] for one in found["ResourceSpecificResults"]] == [found["MissingContextValues"]] * 2
    given = [entry("app:here", "string", "y"), entry("app:there", "stringList")]
    assert custom(policy, ContextEntries=given)["MissingContextValues"] == ["app:there"]


def test_context_keys_of_policies() -> None:
    """S-31: first spellings, variables without defaults and escapes, none of 2008-10-17."""
    first = doc(
        allow(
            ["s3:*"],
            ["arn:aws:s3:::${aws:PrincipalTag/team, 'none'}/${*}", "*"],
            Condition={"StringLike": {"AWS:UserName": "${aws:userid}"}, "ForAnyValue:ArnLike": {"app:arns": "${app:whole}"}},
        )
    )
    second = doc(deny(**when("Null", "aws:username", "true")))
    old = doc(allow("s3:*", "arn:aws:s3:::${app:plain}", **when("StringEquals", "app:old", "${app:text}")), version="2008-10-17")
    keys = get_context_keys_for_custom_policy(PolicyInputList=[first, second, old])
    assert answer_faults("GetContextKeysForCustomPolicy", keys) == []
    assert keys["ContextKeyNames"] == ["app:arns", "app:old", "app:whole", "aws:PrincipalTag/team", "aws:userid", "AWS:UserName"]
    with pytest.raises(bw.InvalidInput, match=r"PolicyInputList.2: line 1 column 1"):
        get_context_keys_for_custom_policy(PolicyInputList=[first, "[]"])


def test_pages_follow_one_another() -> None:
    """L-82."""
    actions = [f"s3:Get{number:03}" for number in range(250)]
    asked: Any = {"PolicyInputList": [doc(allow("s3:Get1*"))], "ActionNames": actions}
    found, request = [], dict(asked)
    while True:
        page = simulate_custom_policy(**request)
        assert answer_faults("SimulateCustomPolicy", page) == []
        found += [one["EvalActionName"] for one in page["EvaluationResults"]]
        assert page["IsTruncated"] is ("Marker" in page)
        if "Marker" not in page:
            break
        request["Marker"] = page["Marker"]
    assert found == actions
    first = simulate_custom_policy(**asked, MaxItems=7)
    assert (len(first["EvaluationResults"]), len(first["Marker"]) <= 320) == (7, True)
    second = simulate_custom_policy(**asked, MaxItems=3, Marker=first["Marker"])
    assert [one["EvalActionName"] for one in second["EvaluationResults"]] == actions[7:10]
    for marker, request in (
        ("nonsense", asked),
        ("7", asked),
        (first["Marker"][:-2] + "AA", asked),
        ("é", asked),
        (first["Marker"], {**asked, "PolicyInputList": [doc(allow())]}),
    ):
        with pytest.raises(bw.ValidationError, match="marker"):
            simulate_custom_policy(**request, Marker=marker)


def test_evaluators_that_differ_give_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """S-01: what enforcement would say is said, or nothing."""
    monkeypatch.setattr("bailiwick.agreement.simulate", lambda *_, **__: {"decision": "ALLOW", "reason": "identity"})
    with pytest.raises(bw.PolicyEvaluation, match=r"the compiled one says ALLOW .*, the reference EXPLICIT_DENY") as caught:
        custom(doc(deny()))
    assert (caught.value.code, caught.value.http_status) == ("PolicyEvaluation", 500)


# What the rules leave open --------------------------------------------------------------------------------------------


def test_a_caller_without_a_name_crosses_no_accounts() -> None:
    """B-50."""
    arn = f"arn:aws:sqs:eu-west-1:{B}:q"
    assert results(doc(allow("*")), ActionNames=["sqs:SendMessage"], ResourceArns=[arn])[0]["EvalDecision"] == "allowed"
    other = simulate_custom_policy(
        PolicyInputList=[doc(allow("*"))], ActionNames=["sqs:SendMessage"], ResourceArns=[arn], account=A
    )
    assert other["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"
    assert custom(doc(allow()), ResourceArns=["arn:aws-cn:s3:::b/k"])["EvalDecision"] == "allowed"


def test_without_a_resource_policy_the_callers_side_alone_is_asked() -> None:
    """B-51."""
    key = f"arn:aws:kms:eu-west-1:{A}:key/k"
    (found,) = results(doc(allow("*")), ActionNames=["kms:Decrypt"], ResourceArns=[key], CallerArn=ROLE)
    assert found["EvalDecision"] == "allowed"
    policy = doc({**allow("kms:*"), "Principal": {"AWS": BOB}})
    (with_policy,) = results(
        doc(allow("*")), ActionNames=["kms:Decrypt"], ResourceArns=[key], CallerArn=ANN, ResourcePolicy=policy
    )
    assert with_policy["EvalDecision"] == "implicitDeny"


def test_a_group_asks_as_a_user_without_a_name() -> None:
    """B-50."""
    for key in ("aws:PrincipalArn", "aws:username"):
        assert custom(doc(allow(**when("Null", key, "true"))), CallerArn=GROUP)["EvalDecision"] == "allowed"
    both = {"StringEquals": {"aws:PrincipalType": "User", "aws:PrincipalAccount": A}}
    assert custom(doc(allow(Condition=both)), CallerArn=GROUP)["EvalDecision"] == "allowed"


def test_denials_besides_control_policies_are_seen() -> None:
    """B-53."""
    levels = [{"ServiceControlPolicyInputList": [doc(allow("ec2:*"))]}]
    found = custom(doc(deny()), OrderedOrganizationPolicyInputList=levels, ResourceArns=[OBJECT])
    assert (found["EvalDecision"], sources(found)) == ("explicitDeny", [("PolicyInputList.1", "none")])
    assert "EvalDecisionDetails" not in found
