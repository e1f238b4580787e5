"""What the simulation API takes, rule by rule (S), against the service model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

import bailiwick as bw
from bailiwick.simulation import (
    simulate_custom_policy,
)
from bailiwick.simulation.parameters import SHAPES, Items, Members, Number, Shape
from tests.drawing import A, Json
from tests.simulations import (
    ANN,
    GROUP,
    IAM,
    OBJECT,
    ROLE,
    allow,
    answer_faults,
    custom,
    deny,
    doc,
    entry,
    faults,
    results,
    when,
)
from tests.strategies import groups


@pytest.mark.parametrize("operation", SHAPES)
def test_parameters_are_those_of_the_service_model(operation: str) -> None:
    """S-02."""
    assert told(SHAPES[operation]) == modelled(IAM.operation_model(operation).input_shape)


#: Enumerations whose other words are `InvalidInput` by S-02, not a fault of shape.
OURS = {"AttachmentType", "PolicyIdentifierPolicyType"}


def told(shape: Shape) -> Any:
    if isinstance(shape, Members):
        return {name: (name in shape.needed, told(one)) for name, one in {**shape.needed, **shape.other}.items()}
    if isinstance(shape, Items):
        return [told(shape.of), shape.most]
    if isinstance(shape, Number):
        return (shape.least, shape.most)
    return sorted(shape.words) if shape.words else (shape.least, shape.most)


def modelled(shape: Any) -> Any:
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
