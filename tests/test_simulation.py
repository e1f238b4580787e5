"""The simulation API, rule by rule (S), against AWS's examples and against its own service model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings

import bailiwick as bw
from bailiwick import changes as c
from bailiwick.simulation import (
    get_context_keys_for_custom_policy,
    get_context_keys_for_principal_policy,
    simulate_custom_policy,
    simulate_principal_policy,
)
from bailiwick.simulation.parameters import SHAPES, Items, Members, Number, Shape
from bailiwick.simulation.shapes import EvaluationResult
from tests.drawing import A, B, Json
from tests.strategies import groups

IAM = botocore.session.get_session().get_service_model("iam")
ANN, BOB = f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{B}:user/bob"
ROLE, GROUP = f"arn:aws:iam::{A}:role/team/App", f"arn:aws:iam::{A}:group/devs"
OBJECT = "arn:aws:s3:::b/k"


def allow(action: Any = "s3:*", resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "s3:*", resource: Any = "*", **more: Any) -> Json:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def doc(*statements: Json, version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def when(operator: str, key: str, value: Any) -> Json:
    return {"Condition": {operator: {key: value}}}


def custom(*policies: str, **request: Any) -> EvaluationResult:
    """The one result for `s3:GetObject`, checked against the service model on its way in and out."""
    (found,) = results(*policies, ActionNames=["s3:GetObject"], **request)
    return found


def results(*policies: str, **request: Any) -> list[EvaluationResult]:
    asked = {"PolicyInputList": list(policies), **request}
    assert faults("SimulateCustomPolicy", asked) == []
    response = simulate_custom_policy(**asked)
    assert answer_faults("SimulateCustomPolicy", response) == []
    return response["EvaluationResults"]


def principal(snapshot: bw.Snapshot, source: str = ANN, **request: Any) -> EvaluationResult:
    asked = {"PolicySourceArn": source, "ActionNames": ["s3:GetObject"], **request}
    assert faults("SimulatePrincipalPolicy", asked) == []
    response = simulate_principal_policy(snapshot, **asked)
    assert answer_faults("SimulatePrincipalPolicy", response) == []
    (found,) = response["EvaluationResults"]
    return found


def sources(result: Any) -> list[tuple[str, str]]:
    return [(one["SourcePolicyId"], one["SourcePolicyType"]) for one in result["MatchedStatements"]]


# The service model ----------------------------------------------------------------------------------------------------


def faults(operation: str, request: Any) -> list[str]:
    report = ParamValidator().validate(request, IAM.operation_model(operation).input_shape)
    return [str(error) for error in report._errors]


def answer_faults(operation: str, response: Any) -> list[str]:
    shape = IAM.operation_model(operation).output_shape
    report = ParamValidator().validate(response, shape)
    return [str(error) for error in report._errors] + list(_words_outside(shape, response))


def _words_outside(shape: Any, value: Any) -> list[str]:
    """Values that an enumeration does not have; botocore's validator looks at types and lengths alone."""
    if shape.type_name == "structure":
        return [word for name, item in value.items() for word in _words_outside(shape.members[name], item)]
    if shape.type_name == "list":
        return [word for item in value for word in _words_outside(shape.member, item)]
    if shape.type_name == "map":
        return [word for item in value.values() for word in _words_outside(shape.value, item)]
    return [value] if shape.metadata.get("enum") and value not in shape.metadata["enum"] else []


@pytest.mark.parametrize("operation", SHAPES)
def test_parameters_are_those_of_the_service_model(operation: str) -> None:
    """S-02."""
    assert told(SHAPES[operation]) == modelled(IAM.operation_model(operation).input_shape)


#: Enumerations that the rules make `InvalidInput` rather than a fault of shape, and lengths that only we ask for.
OURS = {"AttachmentType", "PolicyIdentifierPolicyType"}


def told(shape: Shape) -> Any:
    if isinstance(shape, Members):
        return {name: (name in shape.needed, told(one)) for name, one in {**shape.needed, **shape.other}.items()}
    if isinstance(shape, Items):
        return [told(shape.of), shape.most]
    if isinstance(shape, Number):
        return (shape.least, shape.most)
    return sorted(shape.words) if shape.words else (shape.least, shape.most)


def modelled(shape: Any, *, entry: bool = False) -> Any:
    if shape.type_name == "structure":
        # An entry without a key or a type means nothing, though the model lets it pass.
        needed = {*shape.required_members, *(("ContextKeyName", "ContextKeyType") if shape.name == "ContextEntry" else ())}
        return {name: (name in needed, modelled(one)) for name, one in shape.members.items()}
    if shape.type_name == "list":
        return [modelled(shape.member), shape.metadata.get("max")]
    if shape.name in OURS:
        return (1, 16 if shape.name == "AttachmentType" else 32)
    if shape.metadata.get("enum"):
        return sorted(shape.metadata["enum"])
    return (shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 31))


@settings(max_examples=100, deadline=None)
@given(groups(3))
def test_answers_fit_the_service_model_and_say_what_simulate_says(drawn: tuple[list[Json], Json]) -> None:
    """S-01: the same evaluator as everywhere."""
    requests, layers = drawn
    texts = [json.dumps(policy.get("document", policy)) for policy in layers.get("identity", [])]
    entries: Any = [{"ContextKeyName": "app:num", "ContextKeyValues": ["7"], "ContextKeyType": "numeric"}]
    arns = list(dict.fromkeys(request["resource"] for request in requests))
    asked: Any = {"PolicyInputList": texts, "ActionNames": [request["action"] for request in requests], "ResourceArns": arns}
    anything = {"principal": ANN, "action": "s3:GetObject", "resource": "*"}
    if "error" in bw.simulate({"request": anything, "layers": {"identity": layers.get("identity", [])}}):
        with pytest.raises(bw.InvalidInput):
            simulate_custom_policy(**asked)
        return
    response = simulate_custom_policy(**asked, CallerArn=ANN, ContextEntries=entries)
    # Keys of the drawing are shorter than AWS's.
    assert [fault for fault in answer_faults("SimulateCustomPolicy", response) if "MissingContextValues" not in fault] == []
    keys = {"aws:PrincipalArn": ANN, "aws:PrincipalAccount": A, "aws:PrincipalType": "User", "aws:username": "ann"}
    for action, result in zip(asked["ActionNames"], response["EvaluationResults"], strict=True):
        worst = []
        for arn, specific in zip(arns, result.get("ResourceSpecificResults", []), strict=arns != ["*"]):
            request = {
                "principal": ANN,
                "action": action,
                "resource": arn,
                "context": {**keys, "app:num": "7"},
                "trust_mode": "default",
            }
            decided = bw.simulate({"request": request, "layers": {"identity": layers.get("identity", [])}})["decision"]
            wanted = {"ALLOW": "allowed", "EXPLICIT_DENY": "explicitDeny", "IMPLICIT_DENY": "implicitDeny"}[decided]
            assert specific["EvalResourceDecision"] == wanted
            worst.append(wanted)
        order = ["allowed", "implicitDeny", "explicitDeny"]
        assert not worst or result["EvalDecision"] == max(worst, key=order.index)


# AWS's examples -------------------------------------------------------------------------------------------------------

BACKUP = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)


def entry(key: str, kind: str, *values: str) -> Json:
    return {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": kind}


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


# Input ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"ActionNames": ["s3:Get*"]}, "/ActionNames/0"),
        ({"ActionNames": ["s3"]}, "/ActionNames/0"),
        ({"ActionNames": ["s3:" + "x" * 126]}, "/ActionNames/0"),
        ({"ActionNames": []}, "/ActionNames"),
        ({"ActionNames": "s3:GetObject"}, "/ActionNames"),
        ({"PolicyInputList": [""]}, "/PolicyInputList/0"),
        ({"PolicyInputList": [doc(allow()) + " " * 131_072]}, "/PolicyInputList/0"),
        ({"PolicyInputList": [allow()]}, "/PolicyInputList/0"),
        ({"ResourceArns": ["b/k"]}, "/ResourceArns/0"),
        ({"ResourceArns": ["arn:aws:s3:::" + "k" * 2048]}, "/ResourceArns/0"),
        ({"ContextEntries": [{"ContextKeyName": "a:bc", "ContextKeyType": "string"}]}, "/ContextEntries/0/ContextKeyName"),
        ({"ContextEntries": [{"ContextKeyName": "aws:x"}]}, "/ContextEntries/0"),
        ({"ContextEntries": [entry("aws:x", "text", "1")]}, "/ContextEntries/0/ContextKeyType"),
        ({"MaxItems": 0}, "/MaxItems"),
        ({"MaxItems": 1001}, "/MaxItems"),
        ({"MaxItems": True}, "/MaxItems"),
        ({"Marker": ""}, "/Marker"),
        ({"ResourceHandlingOption": "x" * 65}, "/ResourceHandlingOption"),
        ({"OrderedOrganizationPolicyInputList": [{}] * 8}, "/OrderedOrganizationPolicyInputList"),
        ({"PolicyInputlist": []}, ""),
    ],
)
def test_parameters_out_of_shape_are_refused_first(request_: Json, path: str) -> None:
    """S-02, L-81: before anything else is looked at."""
    asked: Any = {"PolicyInputList": [doc(allow())], "ActionNames": ["s3:GetObject"], "CallerArn": "nobody", **request_}
    with pytest.raises(bw.ValidationError) as caught:
        simulate_custom_policy(**asked)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"PermissionsBoundaryPolicyInputList": [doc(allow()), doc(allow())]}, "at most 1 policy, found 2"),
        ({"CallerArn": f"arn:aws:sts::{A}:assumed-role/App/s"}, "expected the ARN of a user, group or role"),
        ({"CallerArn": f"arn:aws:iam::{A}:root"}, "expected the ARN of a user, group or role"),
        ({"CallerArn": "arn:xyz:iam::111122223333:user/ann"}, "expected the ARN of a user, group or role"),
        ({"CallerArn": "app.amazonaws.com"}, "expected the ARN of a user, group or role"),
        ({"ResourceOwner": "arn:aws:iam::1:root"}, "expected an account of 12 digits"),
        ({"ResourcePolicy": doc({**allow(), "Principal": "*"})}, "expected a user as CallerArn"),
        ({"ResourcePolicy": doc({**allow(), "Principal": "*"}), "CallerArn": ROLE}, "expected a user as CallerArn"),
        ({"ResourcePolicy": doc({**allow(), "Principal": "*"}), "CallerArn": GROUP}, "expected a user as CallerArn"),
        ({"PolicyInputList": ['{"Statement": 1}']}, "PolicyInputList.1: line 1 column 15 at `/Statement`"),
        ({"PolicyInputList": [doc(allow()), "{"]}, "PolicyInputList.2: line 1 column 2"),
        ({"PolicyInputList": [doc({**allow(), "Principal": "*"})]}, r"\[UNSUPPORTED_ELEMENT\]"),
        ({"PermissionsBoundaryPolicyInputList": ["[]"]}, "PermissionsBoundaryPolicyInputList.1: line 1 column 1"),
        ({"ResourcePolicy": doc(allow()), "CallerArn": ANN}, r"ResourcePolicy: .*\[MISSING_PRINCIPAL\]"),
        (
            {"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [doc(allow()), "x"]}]},
            r"OrderedOrganizationPolicyInputList.1.ServiceControlPolicyInputList.2: line 1",
        ),
    ],
)
def test_parameters_that_make_no_sense_are_invalid_input(request_: Json, words: str) -> None:
    """S-02; S-03: a malformed policy is the caller's fault, and placed."""
    asked: Any = {"PolicyInputList": [doc(allow())], "ActionNames": ["s3:GetObject"], **request_}
    assert faults("SimulateCustomPolicy", asked) == []
    with pytest.raises(bw.InvalidInput, match=words) as caught:
        simulate_custom_policy(**asked)
    assert (caught.value.code, caught.value.http_status) == ("InvalidInput", 400)


@pytest.mark.parametrize(
    ("kind", "values", "good"),
    [
        ("string", ["x"], True),
        ("string", [], False),
        ("string", ["x", "y"], False),
        ("stringList", [], True),
        ("stringList", ["x", "y"], True),
        ("numeric", ["1.5"], True),
        ("numeric", ["1e3"], False),
        ("numericList", ["1", "x"], False),
        ("boolean", ["TRUE"], True),
        ("boolean", ["yes"], False),
        ("booleanList", ["true", "false"], True),
        ("ip", ["203.0.113.7"], True),
        ("ip", ["203.0.113.0/24"], False),
        ("ipList", ["::1", "203.0.113.7"], True),
        ("binary", ["YQ=="], True),
        ("binary", ["YQ"], False),
        ("binaryList", ["YQ==", "!"], False),
        ("date", ["2019-04-25T11:00:00Z"], True),
        ("date", ["1556190000"], True),
        ("date", ["yesterday"], False),
        ("dateList", ["2019-04-25", "2019-04"], True),
    ],
)
def test_context_values_are_of_their_declared_type(kind: str, values: list[str], good: bool) -> None:
    """S-04."""
    asked: Any = [entry("app:key", kind, *values)]
    if not good:
        with pytest.raises(bw.InvalidInput, match="app:key"):
            custom(doc(allow()), ContextEntries=asked)
        return
    null = custom(doc(allow(**when("Null", "app:key", "true"))), ContextEntries=asked)
    assert null["EvalDecision"] == ("allowed" if not values else "implicitDeny")


def test_a_key_stands_once() -> None:
    """S-04."""
    with pytest.raises(bw.InvalidInput, match="twice"):
        custom(doc(allow()), ContextEntries=[entry("app:key", "string", "a"), entry("APP:Key", "string", "b")])


def test_only_what_follows_from_the_caller_is_added() -> None:
    """S-04."""

    def reads(key: str, value: str, **request: Any) -> bool:
        return custom(doc(allow(**when("StringEquals", key, value))), **request)["EvalDecision"] == "allowed"

    assert reads("aws:PrincipalArn", ANN, CallerArn=ANN)
    assert reads("aws:PrincipalAccount", A, CallerArn=ANN)
    assert reads("aws:PrincipalType", "User", CallerArn=ANN)
    assert reads("aws:username", "ann", CallerArn=ANN)
    assert reads("aws:PrincipalArn", ROLE, CallerArn=ROLE)
    assert reads("aws:PrincipalType", "AssumedRole", CallerArn=ROLE)
    assert reads("aws:username", "eve", CallerArn=ANN, ContextEntries=[entry("AWS:UserName", "string", "eve")])
    assert custom(doc(allow(**when("StringLike", "aws:username", "*"))), CallerArn=ROLE)["MissingContextValues"] == [
        "aws:username"
    ]
    for key in ("aws:CurrentTime", "aws:SecureTransport", "aws:userid", "aws:PrincipalArn"):
        assert custom(doc(allow(**when("Null", key, "true"))))["EvalDecision"] == "allowed"
    for key in ("aws:CurrentTime", "aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService", "aws:userid"):
        assert custom(doc(allow(**when("Null", key, "true"))), CallerArn=ROLE)["EvalDecision"] == "allowed"
    assert custom(doc(allow(**when("Null", "aws:PrincipalArn", "true"))), CallerArn=GROUP)["EvalDecision"] == "allowed"


def test_every_action_is_put_to_every_resource() -> None:
    """S-05, S-10, S-11."""
    found = results(
        doc(allow("s3:*", "arn:aws:s3:::b/*"), deny("s3:Put*", "arn:aws:s3:::b/z")),
        ActionNames=["s3:GetObject", "s3:PutObject", "S3:getobject"],
        ResourceArns=["arn:aws:s3:::b/z", "arn:aws:s3:::c", "arn:aws:s3:::b/z"],
    )
    assert [(one["EvalActionName"], one["EvalDecision"]) for one in found] == [
        ("s3:GetObject", "implicitDeny"), ("s3:PutObject", "explicitDeny"), ("S3:getobject", "implicitDeny")
    ]  # fmt: skip
    specific = [(one["EvalResourceName"], one["EvalResourceDecision"]) for one in found[1]["ResourceSpecificResults"]]
    assert specific == [
        ("arn:aws:s3:::b/z", "explicitDeny"), ("arn:aws:s3:::c", "implicitDeny"), ("arn:aws:s3:::b/z", "explicitDeny")
    ]  # fmt: skip
    everywhere: list[Json] = [{}, {"ResourceArns": ["*"]}, {"ResourceArns": []}]
    for everything in everywhere:
        assert "ResourceSpecificResults" not in custom(doc(allow()), **everything)


def test_resource_names_come_from_the_host() -> None:
    """S-10."""
    template = "arn:${Partition}:s3:::${BucketName}/${KeyName}"
    names = {"s3:getobject": template}
    found = simulate_custom_policy(
        PolicyInputList=[doc(allow())], ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=[OBJECT], resource_names=names
    )
    assert [one["EvalResourceName"] for one in found["EvaluationResults"]] == [template, "*"]


def test_handling_options_need_their_resources() -> None:
    """S-12."""
    ec2 = {
        name: f"arn:aws:ec2:eu-west-1:{A}:{name}/x"
        for name in ("instance", "security-group", "network-interface", "subnet", "volume")
    } | {"image": "arn:aws:ec2:eu-west-1::image/ami-1"}
    four = ["instance", "image", "security-group", "network-interface"]
    needed = {
        "EC2-VPC-InstanceStore": four,
        "EC2-VPC-InstanceStore-Subnet": [*four, "subnet"],
        "EC2-VPC-EBS": [*four, "volume"],
        "EC2-VPC-EBS-Subnet": [*four, "subnet", "volume"],
    }
    for option, types in needed.items():
        arns = [ec2[name] for name in types]
        (found,) = results(
            doc(allow("ec2:*")), ActionNames=["ec2:RunInstances"], ResourceArns=arns, ResourceHandlingOption=option
        )
        assert found["EvalDecision"] == "allowed"
        for name in types:
            with pytest.raises(bw.InvalidInput, match=f"lacks a resource of type `{name}`"):
                custom(doc(allow()), ResourceArns=[arn for arn in arns if arn != ec2[name]], ResourceHandlingOption=option)
    with pytest.raises(bw.InvalidInput, match="expected one of EC2-VPC"):
        custom(doc(allow()), ResourceHandlingOption="EC2-Classic-EBS")
    own = simulate_custom_policy(
        PolicyInputList=[doc(allow())],
        ActionNames=["s3:GetObject"],
        ResourceHandlingOption="App-Own",
        handling_options={"App-Own": ()},
    )
    assert own["EvaluationResults"][0]["EvalDecision"] == "allowed"


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


def test_simulations_are_authorized_before_anything_is_looked_up(snapshot: bw.Snapshot) -> None:
    """S-32, L-81: after the shape, before the existence."""
    engine = bw.Engine(snapshot)

    def as_ann(action: str, resource: str) -> None:
        engine.require(ANN, action, resource)

    nobody = f"arn:aws:iam::{A}:user/nobody"
    request: Any = {"ActionNames": ["s3:GetObject"]}
    with pytest.raises(bw.AccessDenied, match=f"iam:SimulatePrincipalPolicy on resource: {nobody}"):
        simulate_principal_policy(snapshot, PolicySourceArn=nobody, **request, authorize=as_ann)
    with pytest.raises(bw.ValidationError):
        simulate_principal_policy(snapshot, PolicySourceArn=nobody, ActionNames=["*"], authorize=as_ann)
    with pytest.raises(bw.AccessDenied, match=r"iam:SimulateCustomPolicy on resource: \*"):
        simulate_custom_policy(PolicyInputList=[], **request, authorize=as_ann)
    with pytest.raises(bw.AccessDenied, match="GetContextKeysForPrincipalPolicy"):
        get_context_keys_for_principal_policy(snapshot, PolicySourceArn=nobody, authorize=as_ann)
    may = doc(allow(["iam:Simulate*", "iam:GetContextKeys*"]))
    engine.update(c.PutInlinePolicy(identity=ANN, name="sim", document=may), c.SetBoundary(identity=ANN, policy=None))
    assert simulate_principal_policy(snapshot, PolicySourceArn=ANN, **request, authorize=as_ann)["EvaluationResults"]


# Attached policies ----------------------------------------------------------------------------------------------------

READ, VENDOR, LIMIT = f"arn:aws:iam::{A}:policy/team/Read", "arn:aws:iam::aws:policy/ReadOnly", f"arn:aws:iam::{A}:policy/Limit"


@pytest.fixture
def snapshot() -> bw.Snapshot:
    """Ann with policies of every sort, and control policies above her."""

    def inline(name: str, *statements: Json) -> tuple[bw.Policy, ...]:
        return (bw.Policy(id=name, document=doc(*statements)),)

    account = bw.Account(
        id=A,
        users=(
            bw.User(
                arn=ANN,
                inline=inline("own", allow("s3:GetObject", **when("StringEquals", "app:own", "x"))),
                policies=(READ, VENDOR),
                groups=("devs",),
                boundary=LIMIT,
            ),
        ),
        groups=(bw.Group(arn=GROUP, inline=inline("shared", allow("s3:GetObject"))),),
        roles=(
            bw.Role(
                arn=ROLE,
                trust=doc({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}),
                inline=inline("app", allow("s3:GetObject")),
            ),
        ),
        policies=(
            bw.Policy(id=READ, document=doc(allow("s3:Get*"))),
            bw.Policy(id=VENDOR, document=doc(allow("s3:GetObject"), allow("ec2:*"))),
            bw.Policy(id=LIMIT, document=doc(allow("s3:*", **when("Null", "app:limit", "true")))),
        ),
    )
    organization = bw.Organization(
        id="o-ab12cdef34",
        management_account=B,
        targets=(
            bw.OrganizationTarget(id="r-ab12", scps=("p-full",)),
            bw.OrganizationTarget(id=A, parent="r-ab12", scps=("p-full", "p-noput")),
            bw.OrganizationTarget(id=B, parent="r-ab12", scps=("p-full",)),
        ),
        scps=(bw.Policy(id="p-full", document=doc(allow("*"))), bw.Policy(id="p-noput", document=doc(deny("s3:Put*")))),
    )
    return bw.Snapshot(accounts=(account, bw.Account(id=B)), organization=organization)


def test_attached_policies_are_named_by_kind(snapshot: bw.Snapshot) -> None:
    """S-05, S-21: a user brings its groups' policies; the order is that of the names (E-40)."""
    found = principal(snapshot, ContextEntries=[entry("app:own", "string", "x")], PolicyInputList=[doc(allow())])
    assert sources(found) == [
        ("PolicyInputList.1", "none"), ("Read", "user-managed"), ("ReadOnly", "aws-managed"),
        ("group_devs_shared", "group"), ("user_ann_own", "user"),
    ]  # fmt: skip
    assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    assert sources(principal(snapshot, GROUP)) == [("group_devs_shared", "group")]
    role = principal(snapshot, ROLE)
    assert sources(role) == [("role_App_app", "role")]
    assert "PermissionsBoundaryDecisionDetail" not in role
    put = principal(snapshot, ActionNames=["s3:PutObject"])
    assert (put["EvalDecision"], put["MatchedStatements"]) == ("explicitDeny", [])
    assert put["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}


def test_a_boundary_in_the_request_stands_in_place_of_the_users_own(snapshot: bw.Snapshot) -> None:
    """S-02."""
    limits = [entry("app:limit", "string", "x")]
    assert principal(snapshot, ContextEntries=limits)["EvalDecision"] == "implicitDeny"
    assert (
        principal(snapshot, ContextEntries=limits, PermissionsBoundaryPolicyInputList=[doc(allow())])["EvalDecision"] == "allowed"
    )


def test_the_management_account_is_not_bound_by_control_policies(snapshot: bw.Snapshot) -> None:
    """S-05, E-10."""
    organization = snapshot.organization
    assert organization is not None
    managing = replace(snapshot, organization=replace(organization, management_account=A))
    put = principal(managing, ActionNames=["s3:PutObject"], PolicyInputList=[doc(allow())])
    assert put["EvalDecision"] == "allowed"
    assert "OrganizationsDecisionDetail" not in put


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ({"PolicyType": "inline"}, ["Read", "ReadOnly"]),
        ({"PolicyType": "aws-managed"}, ["Read", "group_devs_shared", "user_ann_own"]),
        ({"PolicyType": "user-managed"}, ["ReadOnly", "group_devs_shared", "user_ann_own"]),
        ({"PolicyType": "rcp"}, ["Read", "ReadOnly", "group_devs_shared", "user_ann_own"]),
        ({"PolicyArn": READ}, ["ReadOnly", "group_devs_shared", "user_ann_own"]),
        ({"PolicyArn": f"arn:aws:iam::{A}:policy/team/R*"}, ["ReadOnly", "group_devs_shared", "user_ann_own"]),
        ({"PolicyArn": "arn:aws:iam::aws:policy/Read????"}, ["Read", "group_devs_shared", "user_ann_own"]),
        ({"PolicyArn": f"arn:aws:iam::{A}:policy/Nothing"}, ["Read", "ReadOnly", "group_devs_shared", "user_ann_own"]),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "own", "AttachmentType": "user", "AttachmentName": "a*"}},
            ["Read", "ReadOnly", "group_devs_shared"],
        ),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "own", "AttachmentType": "group", "AttachmentName": "*"}},
            ["Read", "ReadOnly", "group_devs_shared", "user_ann_own"],
        ),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "shared", "AttachmentType": "group", "AttachmentName": "dev?"}},
            ["Read", "ReadOnly", "user_ann_own"],
        ),
    ],
)
def test_policies_are_left_out_by_identifier(snapshot: bw.Snapshot, excluded: Json, left: list[str]) -> None:
    """S-02."""
    found = principal(snapshot, PolicyExclusionList=[excluded], ContextEntries=[entry("app:own", "string", "x")])
    assert [one["SourcePolicyId"] for one in found["MatchedStatements"]] == left


def test_boundaries_and_control_policies_are_left_out_too(snapshot: bw.Snapshot) -> None:
    """S-02."""
    for excluded in ({"PolicyType": "permission-boundary"}, {"PolicyArn": LIMIT}):
        assert "PermissionsBoundaryDecisionDetail" not in principal(snapshot, PolicyExclusionList=[excluded])
    put: Any = {"ActionNames": ["s3:PutObject"], "PolicyInputList": [doc(allow())]}
    assert principal(snapshot, **put)["EvalDecision"] == "explicitDeny"
    scp = f"arn:aws:organizations::{B}:policy/o-ab12cdef34/service_control_policy/p-no*"
    for excluded in ({"PolicyType": "scp"}, {"PolicyArn": scp}):
        assert principal(snapshot, **put, PolicyExclusionList=[excluded])["EvalDecision"] == "allowed"
    given = principal(
        snapshot,
        PolicyExclusionList=[{"PolicyType": "permission-boundary"}],
        PermissionsBoundaryPolicyInputList=[doc(allow("ec2:*"))],
    )
    assert given["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    "excluded",
    [
        {},
        {"PolicyType": "inline", "PolicyArn": READ},
        {"PolicyType": "Inline"},
        {"PolicyArn": "policy-without-an-arn"},
        {"PolicyArn": f"arn:aws:iam::{A}:policy/a*b*c"},
        {"PolicyArn": "arn:aws:iam::*:policy/ReadOnly"},
        {"InlinePolicyIdentifier": {"PolicyName": "own", "AttachmentType": "users", "AttachmentName": "ann"}},
        {"InlinePolicyIdentifier": {"PolicyName": "own", "AttachmentType": "user", "AttachmentName": "a*n*"}},
    ],
)
def test_malformed_identifiers_are_invalid_input(snapshot: bw.Snapshot, excluded: Json) -> None:
    """S-02."""
    with pytest.raises(bw.InvalidInput, match=r"PolicyExclusionList.1: "):
        simulate_principal_policy(
            snapshot,
            PolicySourceArn=ANN,
            ActionNames=["s3:GetObject"],
            PolicyExclusionList=[excluded],  # type: ignore[list-item]
        )


def test_an_identity_that_is_not_there(snapshot: bw.Snapshot) -> None:
    for arn in (f"arn:aws:iam::{A}:user/Ann", f"arn:aws:iam::{A}:role/ann", "arn:aws:iam::999999999999:user/ann"):
        with pytest.raises(bw.NoSuchEntity, match="is not in the snapshot") as caught:
            simulate_principal_policy(snapshot, PolicySourceArn=arn, ActionNames=["s3:GetObject"])
        assert (caught.value.code, caught.value.http_status) == ("NoSuchEntity", 404)
        with pytest.raises(bw.NoSuchEntity):
            get_context_keys_for_principal_policy(snapshot, PolicySourceArn=arn)
    with pytest.raises(bw.InvalidInput, match="PolicySourceArn"):
        simulate_principal_policy(snapshot, PolicySourceArn=f"arn:aws:iam::{A}:root", ActionNames=["s3:GetObject"])


def test_context_keys_of_a_principal(snapshot: bw.Snapshot) -> None:
    """S-31."""
    extra = doc(allow(**when("Bool", "aws:SecureTransport", "true")))
    keys = get_context_keys_for_principal_policy(snapshot, PolicySourceArn=ANN, PolicyInputList=[extra])
    assert answer_faults("GetContextKeysForPrincipalPolicy", keys) == []
    assert keys["ContextKeyNames"] == ["app:limit", "app:own", "aws:SecureTransport"]
    assert get_context_keys_for_principal_policy(snapshot, PolicySourceArn=ROLE) == {"ContextKeyNames": []}


def test_another_caller_may_be_named(snapshot: bw.Snapshot) -> None:
    """S-02, S-04: the policies are those of PolicySourceArn, the principal that resource policies see is CallerArn."""
    resource = doc({**allow(), "Principal": {"AWS": BOB}})
    request: Any = {"ResourcePolicy": resource, "ResourceArns": [OBJECT], "ResourceOwner": B}
    assert principal(snapshot, GROUP, **request, CallerArn=BOB)["EvalDecision"] == "allowed"
    assert principal(snapshot, ANN, **request)["EvalDecision"] == "implicitDeny"
    with pytest.raises(bw.InvalidInput, match="expected a user as CallerArn"):
        principal(snapshot, ROLE, **request)


def test_the_engines_own_snapshot_is_simulated(snapshot: bw.Snapshot) -> None:
    engine = bw.Engine(snapshot)
    assert engine.snapshot() is snapshot
    engine.update(c.SetBoundary(identity=ANN, policy=None))
    assert "PermissionsBoundaryDecisionDetail" not in principal(engine.snapshot())
    with pytest.raises(bw.NoDocuments):
        bw.Engine.from_bytes(engine.to_bytes()).snapshot()


def test_evaluators_that_differ_give_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """S-01: what enforcement would say is said, or nothing."""
    monkeypatch.setattr("bailiwick.simulation.decide.simulate", lambda *_, **__: {"decision": "ALLOW"})
    with pytest.raises(bw.PolicyEvaluation, match="the two evaluators differ") as caught:
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
