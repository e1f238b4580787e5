"""What the engine adds to a request by itself (4.2, 4.4), and how callers are found."""

from __future__ import annotations

import json
from typing import Any

import pytest

import bailiwick as bw
from tests.drawing import A, B

ANN = f"arn:aws:iam::{A}:user/ann"
ROLE = f"arn:aws:iam::{A}:role/team/App"
SESSION = f"arn:aws:sts::{A}:assumed-role/App/s1"
JANE = f"arn:aws:sts::{A}:federated-user/Jane"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:*"}})


def when(operator: str, key: str, value: Any, **members: Any) -> str:
    body = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: value}}} | members
    return json.dumps({"Version": "2012-10-17", "Statement": body})


def engine_of(document: str, *, tags: dict[str, str] | None = None, **options: Any) -> bw.Engine:
    own = (bw.Policy(id="own", document=document),)
    user = bw.User(arn=ANN, id="AIDAANNEXAMPLE0000001", inline=own, tags=tags or {})
    role = bw.Role(arn=ROLE, id="AROAAPPEXAMPLE0000001", trust=TRUST, inline=own, tags=tags or {})
    account = bw.Account(id=A, users=(user,), roles=(role,))
    return bw.Engine(bw.Snapshot(accounts=(account,), **options))


ORGANIZATION = bw.Organization(
    id="o-ab12cdef34",
    management_account=B,
    targets=(
        bw.OrganizationTarget(id="r-ab12", scps=("p-full",)),
        bw.OrganizationTarget(id="ou-ab12-cdef3456", parent="r-ab12", scps=("p-full",)),
        bw.OrganizationTarget(id=A, parent="ou-ab12-cdef3456", scps=("p-full",)),
        bw.OrganizationTarget(id=B, parent="r-ab12", scps=("p-full",)),
    ),
    scps=(bw.Policy(id="p-full", document=when("Null", "app:never", "true")),),
)


@pytest.mark.parametrize(
    ("caller", "key", "value"),
    [
        (ANN, "aws:PrincipalArn", ANN),
        (ANN, "aws:PrincipalType", "User"),
        (ANN, "aws:PrincipalAccount", A),
        (ANN, "aws:username", "ann"),
        (ANN, "aws:userid", "AIDAANNEXAMPLE0000001"),
        (ANN, "aws:PrincipalIsAWSService", "false"),
        (ANN, "AWS:principaltag/TEAM", "red"),
        (SESSION, "aws:PrincipalArn", ROLE),  # the role with its path
        (SESSION, "aws:PrincipalType", "AssumedRole"),
        (SESSION, "aws:userid", "AROAAPPEXAMPLE0000001:s1"),
        (SESSION, "aws:MultiFactorAuthPresent", "false"),
        (ROLE, "aws:PrincipalArn", ROLE),
    ],
)
def test_keys_follow_from_the_principal(caller: str, key: str, value: str) -> None:
    engine = engine_of(when("StringEquals", key, value), tags={"team": "red"})
    assert engine.is_allowed(caller, "s3:GetObject", "*")
    assert not engine.is_allowed(caller, "s3:GetObject", "*", {key: "other"}), "what the host says stands in its place"


@pytest.mark.parametrize(
    ("caller", "key"),
    [
        (ANN, "aws:MultiFactorAuthPresent"),  # a long-term key
        (ANN, "aws:MultiFactorAuthAge"),
        (SESSION, "aws:MultiFactorAuthAge"),
        (SESSION, "aws:username"),
        (ROLE, "aws:userid"),  # a session of unknown name
        (ANN, "aws:SourceIp"),
        (ANN, "aws:CurrentTime"),
        (ANN, "aws:PrincipalOrgID"),
        (ANN, "aws:PrincipalTag/other"),
        (ANN, "aws:ResourceAccount"),  # resource `*`
        (ANN, "aws:PrincipalServiceName"),
    ],
)
def test_keys_that_nobody_knows_are_absent(caller: str, key: str) -> None:
    """X-20."""
    assert engine_of(when("Null", key, "true")).is_allowed(caller, "s3:GetObject", "*")
    assert not engine_of(when("Null", key, "false")).is_allowed(caller, "s3:GetObject", "*")


def test_organization_paths_lead_to_the_unit_above_the_account() -> None:
    """X-05."""
    path = "o-ab12cdef34/r-ab12/ou-ab12-cdef3456/"
    engine = engine_of(when("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", path), organization=ORGANIZATION)
    assert engine.is_allowed(ANN, "s3:GetObject", "*")
    engine = engine_of(when("StringEquals", "aws:PrincipalOrgID", "o-ab12cdef34"), organization=ORGANIZATION)
    assert engine.is_allowed(ANN, "s3:GetObject", "*")
    key = "aws:ResourceOrgPaths"
    engine = engine_of(when("ForAnyValue:StringLike", key, "o-ab12cdef34/r-ab12/"), organization=ORGANIZATION)
    assert engine.check(ANN, "sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{B}:q").missing_keys == ()


@pytest.mark.parametrize(("owner", "wanted"), [(A, True), (B, False)])
def test_the_owner_of_a_resource_is_a_key(owner: str, wanted: bool) -> None:
    engine = engine_of(when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))
    assert engine.is_allowed(ANN, "s3:GetObject", "arn:aws:s3:::b", resource_account=owner) is wanted


def test_tags_of_resources_and_identities_are_keys() -> None:
    bucket = bw.Resource(arn="arn:aws:s3:::b", account=A, tags={"Team": "red"})
    engine = engine_of(
        when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}"), tags={"TEAM": "red"}, resources=(bucket,)
    )
    assert engine.is_allowed(ANN, "s3:GetObject", "arn:aws:s3:::b")
    assert engine.is_allowed(ANN, "s3:GetObject", "arn:aws:s3:::b/key"), "a policy and the tags of a bucket are its objects'"
    assert not engine.is_allowed(ANN, "s3:GetObject", "arn:aws:s3:::other")
    engine = engine_of(when("StringEquals", "iam:ResourceTag/team", "red"), tags={"team": "red"})
    assert engine.is_allowed(ANN, "iam:GetUser", ANN)
    assert not engine.is_allowed(ANN, "iam:GetUser", f"arn:aws:iam::{A}:user/bob")


def test_a_known_object_keeps_the_policy_of_its_bucket() -> None:
    deny = json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}})
    bucket = bw.Resource(arn="arn:aws:s3:::b", account=A, policy=deny)
    tagged = bw.Resource(arn="arn:aws:s3:::b/key", account=A, tags={"Team": "red"})
    engine = engine_of(when("Null", "app:never", "true"), resources=(bucket, tagged))
    assert engine.check(ANN, "s3:GetObject", "arn:aws:s3:::b/key").decision == bw.Outcome.EXPLICIT_DENY
    assert engine.is_allowed(ANN, "s3:ListBucket", "arn:aws:s3:::b")


def test_a_policy_of_its_own_governs_what_lies_below_another() -> None:
    def policy(effect: str) -> str:
        return json.dumps({"Statement": {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"}})

    table = f"arn:aws:dynamodb:eu-west-1:{A}:table/t"
    own = bw.Resource(arn=f"{table}/stream/s", account=A, policy=policy("Allow"))
    held = bw.Resource(arn=table, account=A, policy=policy("Deny"))
    engine = engine_of(when("Null", "app:never", "true"), resources=(held, own))
    assert engine.is_allowed(ANN, "dynamodb:GetRecords", own.arn)
    assert not engine.is_allowed(ANN, "dynamodb:Query", f"{table}/index/i")


def test_tags_of_a_session_stand_over_those_of_its_role() -> None:
    engine = engine_of(when("StringEquals", "aws:PrincipalTag/team", "blue"), tags={"Team": "red"})
    session = bw.Principal(
        kind=bw.PrincipalKind.ROLE_SESSION, account=A, arn=SESSION, role_arn=ROLE, session_tags={"TEAM": "blue"}
    )
    assert engine.is_allowed(session, "s3:GetObject", "*")
    assert not engine.is_allowed(SESSION, "s3:GetObject", "*")


def test_a_session_arn_finds_the_role_with_its_path() -> None:
    """B-27: the ARN of a session has no path; account and name say which role it is."""
    engine = engine_of(when("Null", "app:never", "true"))
    assert engine.is_allowed(SESSION, "s3:GetObject", "*")
    with pytest.raises(bw.UnknownPrincipal):
        engine.check(f"arn:aws:sts::{A}:assumed-role/team/App/s1", "s3:GetObject", "*")
    with pytest.raises(bw.UnknownPrincipal):
        engine.check(f"arn:aws:sts::{A}:assumed-role/App/", "s3:GetObject", "*")


def test_a_federated_user_without_issuer_has_no_policies_of_its_own() -> None:
    """B-28."""
    engine = engine_of(when("Null", "app:never", "true"))
    anything = [when("Null", "app:never", "true")]
    assert not engine.is_allowed(JANE, "s3:GetObject", "*", session_policies=anything)
    issued = bw.Principal(kind=bw.PrincipalKind.FEDERATED_USER, account=A, arn=JANE, issuer_arn=ANN)
    assert engine.is_allowed(issued, "s3:GetObject", "*", session_policies=anything)
    assert not engine.is_allowed(issued, "s3:GetObject", "*")


def test_profiles_are_found_under_fold() -> None:
    """B-25, X-02: an application's own service, partition and ARNs."""
    registry = bw.Registry(
        partitions=frozenset({"app"}), services={"docs": bw.ServiceProfile(trust_mode="resource_required", policy_depth=1)}
    )
    folder = "arn:app:docs::tenant-7:folder"
    user = bw.User(arn=f"arn:app:iam::{A}:user/ann", inline=(bw.Policy(id="own", document=when("Null", "app:never", "true")),))
    policy = when("Null", "app:never", "true", Principal={"AWS": f"arn:app:iam::{A}:root"}, Resource=f"{folder}/*")
    snapshot = bw.Snapshot(
        accounts=(bw.Account(id=A, partition="app", users=(user,)),),
        resources=(bw.Resource(arn=folder, account=A, policy=policy),),
        registry=registry,
    )
    engine = bw.Engine(snapshot)
    for action in ("docs:Read", "Docs:read", "DOCS:READ"):
        assert engine.is_allowed(user.arn, action, f"{folder}/9")
        assert engine.check(user.arn, action, "arn:app:docs::tenant-8:folder/9").reason == "no_resource_allow"
    again = bw.Engine.from_bytes(engine.to_bytes())
    assert again.is_allowed(user.arn, "docs:Read", f"{folder}/9")
