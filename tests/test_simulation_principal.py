"""Simulations of the policies that an identity has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import changes as c
from bailiwick.simulation import (
    get_context_keys_for_principal_policy,
    simulate_custom_policy,
    simulate_principal_policy,
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
    deny,
    doc,
    entry,
    principal,
    sources,
    when,
)

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


def test_an_engine_in_place_of_its_snapshot_is_refused_with_the_mend(snapshot: bw.Snapshot) -> None:
    engine: Any = bw.Engine(snapshot)
    for ask in (
        lambda: simulate_principal_policy(engine, PolicySourceArn=ANN, ActionNames=["s3:GetObject"]),
        lambda: get_context_keys_for_principal_policy(engine, PolicySourceArn=ANN),
    ):
        with pytest.raises(TypeError, match=r"found Engine; `engine\.snapshot\(\)` gives that of an engine"):
            ask()


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
