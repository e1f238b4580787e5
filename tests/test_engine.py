"""The engine through Python: three ways of asking, updates, bytes, errors."""

from __future__ import annotations

import csv
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import reference
from bailiwick.account import load_account
from bailiwick.changes import AttachPolicy, DeletePolicy, DetachPolicy, PutInlinePolicy, PutPolicy, SetBoundary
from bailiwick.cli.snapshot import registry_of
from bailiwick.snapshot_case import case_of
from tests.drawing import A, B

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/organization"
ACCOUNT = "111122223333"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
REPORT = "arn:aws:s3:::harbor-shipments/1"


@pytest.fixture(scope="module")
def snapshot() -> bw.Snapshot:
    return load_account(
        EXAMPLE / "account.json",
        organization=EXAMPLE / "organization.json",
        resource_policies=EXAMPLE / "resource-policies.jsonl",
        registry=registry_of(str(EXAMPLE / "services.json")),
    )


@pytest.fixture
def engine(snapshot: bw.Snapshot) -> bw.Engine:
    return bw.Engine.from_snapshot(snapshot)


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def request_of(row: dict[str, str]) -> tuple[str, str, str, dict[str, str], str | None]:
    own = ("principal", "action", "resource", "resource_account")
    context = {key: value for key, value in row.items() if value and key not in own}
    return row["principal"], row["action"], row["resource"], context, row["resource_account"] or None


def test_the_example_is_decided_as_expected(engine: bw.Engine) -> None:
    decisions = engine.check_batch([request_of(row) for row in rows("requests.csv")])
    found = [{"decision": str(decision.decision), "reason": decision.reason} for decision in decisions]
    assert found == rows("expected.csv")


def test_check_is_allowed_and_the_reference_agree_on_the_example(engine: bw.Engine, snapshot: bw.Snapshot) -> None:
    for row in rows("requests.csv"):
        principal, action, resource, context, account = request_of(row)
        try:
            decision = engine.check(principal, action, resource, context, resource_account=account)
        except bw.ValidationError:
            assert "zoe" in principal or " " in action
            continue
        assert engine.is_allowed(principal, action, resource, context, resource_account=account) is decision.allowed
        case = case_of(snapshot, principal, action, resource, context, resource_account=account)
        plain = reference.simulate(case, registry=snapshot.registry, strict=True)
        mine = asdict(decision)
        assert [mine["decision"], mine["reason"], mine["deciding_layer"], list(mine["missing_keys"]), mine["indeterminate"]] == [
            plain["decision"], plain["reason"], plain["deciding_layer"], plain["missing_keys"], plain["indeterminate"]
        ]  # fmt: skip
        assert [asdict(one) for one in decision.matched] == plain["matched"]


def test_a_batch_of_columns_answers_as_one_of_rows(engine: bw.Engine) -> None:
    requests = rows("requests.csv")
    columns: dict[str, list[Any]] = {key: [row[key] or None for row in requests] for key in requests[0]}
    by_column = engine.check_batch(columns)
    by_row = engine.check_batch([request_of(row) for row in requests])
    assert by_column == by_row


def test_a_bad_row_is_denied_and_its_neighbours_are_not(engine: bw.Engine) -> None:
    context = {"aws:SecureTransport": "true"}
    found = engine.check_batch(
        [
            (ANN, "s3:GetObject", REPORT, context),
            ("arn:aws:iam::111122223333:user/nobody", "s3:GetObject", REPORT),
            (ANN, "s3:GetObject", "no-arn"),
            (ANN, "s3:GetObject", REPORT, {"k:k": 1.5}),
            (ANN, None, REPORT),
            (ANN, "s3:GetObject", REPORT, context),
        ]
    )
    assert [decision.reason for decision in found] == [
        "identity", "unknown_principal", "invalid_request", "invalid_request", "invalid_request", "identity"
    ]  # fmt: skip
    assert [decision.allowed for decision in found] == [True, False, False, False, False, True]


def test_an_unknown_principal_is_refused(engine: bw.Engine) -> None:
    for name in (
        f"arn:aws:iam::{ACCOUNT}:user/Ann",
        f"arn:aws:iam::{ACCOUNT}:group/dispatch",
        "arn:aws:iam::999999999999:root",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/App",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/None/s1",
        "ann",
        "",
        ACCOUNT,
    ):
        with pytest.raises(bw.UnknownPrincipal):
            engine.is_allowed(name, "s3:GetObject", REPORT)


SESSION = f"arn:aws:sts::{A}:assumed-role/App/s1"
JANE = f"arn:aws:sts::{A}:federated-user/Jane"


@pytest.mark.parametrize(
    "members",
    [
        {"kind": "role_session", "role_arn": f"arn:aws:iam::{A}:role/App", "arn": SESSION.replace("App", "Other")},
        {"kind": "role_session", "role_arn": f"arn:aws:iam::{A}:role/App", "arn": SESSION.replace(A, B)},
        {"kind": "role_session", "role_arn": f"arn:aws:iam::{A}:role/App", "arn": f"{SESSION}/more"},
        {"kind": "user", "arn": f"arn:aws:iam::{A}:user/ann", "account": B},
        {"kind": "federated_user", "arn": JANE, "issuer_arn": f"arn:aws:iam::{B}:user/bob"},
        {"kind": "federated_user", "arn": JANE, "issuer_arn": f"arn:aws:iam::{B}:root"},
        {"kind": "federated_user", "arn": JANE, "issuer_arn": f"arn:aws:iam::{A}:role/App"},
        {"kind": "federated_user", "arn": JANE, "issuer_arn": f"arn:aws:iam::{A}:user/nobody"},
        {"kind": "root", "arn": f"arn:aws:iam::{A}:user/ann"},
        {"kind": "service"},
        {"kind": "user"},
    ],
    ids=lambda members: "-".join(members.values()),
)
def test_a_principal_whose_parts_do_not_fit_is_refused(members: dict[str, Any]) -> None:
    trust = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}'
    role = bw.Role(arn=f"arn:aws:iam::{A}:role/App", trust=trust)
    users = {number: bw.User(arn=f"arn:aws:iam::{number}:user/{name}") for number, name in ((A, "ann"), (B, "bob"))}
    first = bw.Account(id=A, users=(users[A],), roles=(role,))
    snapshot = bw.Snapshot(accounts=(first, bw.Account(id=B, users=(users[B],))))
    principal = bw.Principal(kind=bw.PrincipalKind(members["kind"]), **{k: v for k, v in members.items() if k != "kind"})
    with pytest.raises(bw.UnknownPrincipal):
        bw.Engine(snapshot).check(principal, "s3:GetObject", "*")
    if "arn" in members:
        with pytest.raises(bw.UnknownPrincipal):
            case_of(snapshot, principal, "s3:GetObject", "*")


def test_callers_without_an_account_carry_no_arn(engine: bw.Engine) -> None:
    nobody = bw.Principal(kind=bw.PrincipalKind.ANONYMOUS, arn=ANN)
    assert engine.check(nobody, "s3:GetObject", REPORT).principal == "anonymous"
    service = bw.Principal(kind=bw.PrincipalKind.SERVICE, name="app.amazonaws.com", arn=ANN)
    assert engine.check(service, "s3:GetObject", REPORT).principal == "app.amazonaws.com"


def test_principals_can_be_kept_in_sets() -> None:
    assert len({bw.Principal(kind=bw.PrincipalKind.ANONYMOUS), bw.Principal(kind=bw.PrincipalKind.ANONYMOUS)}) == 1


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
@pytest.mark.parametrize("case", [b"\xff", "\ud800", {"request": {"action": "\udc00"}}])
def test_a_case_that_is_no_text_is_an_error_line(case: Any, evaluator: Any) -> None:
    assert bw.simulate(case, evaluator)["error"]["code"] == "INVALID_ENCODING"


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_a_case_may_say_something_to_people(evaluator: Any) -> None:
    request = {"principal": ANN, "action": "s3:GetObject", "resource": "*"}
    case = {"id": 7, "request": request, "title": "x", "rules": ["E-03"], "ticket": 12, "draft": None}
    assert bw.simulate(case, evaluator)["reason"] == "identity"
    misspellings: list[dict[str, Any]] = [{"layer": {"identity": []}}, {"expects": {"decision": "ALLOW"}}, {"scp": [[{}]]}]
    for misspelled in misspellings:
        found = bw.simulate(case | misspelled, evaluator)
        assert found["id"] == 7
        assert found["error"]["path"] == f"/{next(iter(misspelled))}"


def test_an_integer_that_python_does_not_print_is_refused_by_its_key(engine: bw.Engine) -> None:
    with pytest.raises(bw.ValidationError, match="k:huge"):
        engine.is_allowed(ANN, "s3:GetObject", REPORT, {"k:huge": 10**5000})
    assert [one.reason for one in engine.check_batch([(ANN, "s3:GetObject", REPORT, {"k:huge": 10**5000})])] == [
        "invalid_request"
    ]


def test_context_values_are_text_numbers_dates_and_addresses(engine: bw.Engine) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    context = {
        "aws:SecureTransport": True,
        "aws:SourceIp": ip_address("203.0.113.7"),
        "aws:CurrentTime": now,
        "aws:MultiFactorAuthAge": 30,
        "aws:TagKeys": ["a", "b"],
        "k:bytes": b"a",
    }
    assert engine.is_allowed(ANN, "s3:GetObject", REPORT, context)
    assert not engine.is_allowed(ANN, "s3:GetObject", REPORT, {**context, "aws:SecureTransport": False})
    for bad in (1.5, None, {"a": 1}, object(), {1, 2}, [[1]], now.replace(tzinfo=None)):
        with pytest.raises(TypeError, match="k:bad"):
            engine.is_allowed(ANN, "s3:GetObject", REPORT, {"k:bad": bad})  # type: ignore[dict-item]
    with pytest.raises(bw.ValidationError, match="surrogate"):
        engine.is_allowed(ANN, "s3:GetObject", REPORT, {"k:k": "\ud800"})


def test_require_raises_with_the_denial_message(engine: bw.Engine) -> None:
    with pytest.raises(bw.AccessDenied) as caught:
        engine.require(ANN, "s3:PutObject", REPORT)
    assert str(caught.value) == (
        f"User: {ANN} is not authorized to perform: s3:PutObject on resource: {REPORT} "
        "because no identity-based policy allows the s3:PutObject action"
    )
    denied = engine.check(ANN, "s3:GetObject", REPORT, {"aws:SecureTransport": "false"})
    assert str(denied.message).endswith("with an explicit deny in a resource-based policy")


def test_a_call_is_allowed_if_each_of_its_pairs_is() -> None:
    """E-06, E-36."""
    passed = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    pass_role = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": passed}
    body = [{"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"}, pass_role]
    own = bw.Policy(id="own", document=json.dumps({"Version": "2012-10-17", "Statement": body}))
    user = bw.User(arn="arn:aws:iam::111122223333:user/ann", inline=(own,))
    engine = bw.Engine(bw.Snapshot(accounts=(bw.Account(id="111122223333", users=(user,)),)))
    function = "arn:aws:lambda:eu-west-1:111122223333:function:f"
    role = "arn:aws:iam::111122223333:role/R"
    create, keys = ("lambda:CreateFunction", function), {"iam:PassedToService": "lambda.amazonaws.com"}
    found = engine.check_call(user.arn, [create, ("iam:PassRole", role, keys)], {"aws:SourceIp": "203.0.113.7"})
    assert (found.allowed, found.action) == (True, "lambda:CreateFunction")
    refused = engine.check_call(user.arn, [create, ("iam:PassRole", role), ("lambda:Other", function)])
    assert (refused.allowed, refused.action, refused.missing_keys) == (False, "iam:PassRole", ("iam:PassedToService",))
    with pytest.raises(ValueError, match="at least one pair"):
        engine.check_call(user.arn, [])


def test_session_policies_limit_and_bind_sessions_only(engine: bw.Engine) -> None:
    auditor = f"arn:aws:sts::{ACCOUNT}:assumed-role/Auditor/s1"
    nothing = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}
    assert engine.check(auditor, "s3:GetObject", REPORT).allowed
    assert engine.check(auditor, "s3:GetObject", REPORT, session_policies=[nothing]).reason == "session"
    assert engine.check(auditor, "s3:GetObject", REPORT, session_policies=[]).reason == "session"
    with pytest.raises(bw.ValidationError):
        engine.check(ANN, "s3:GetObject", REPORT, session_policies=[nothing])
    with pytest.raises(bw.MalformedPolicyDocument, match="INVALID_EFFECT"):
        engine.check(
            auditor, "s3:GetObject", REPORT, session_policies=['{"Statement":{"Effect":"x","Action":"*","Resource":"*"}}']
        )


def test_updates_are_seen_at_once_and_failed_ones_never(engine: bw.Engine) -> None:
    put = f"arn:aws:iam::{ACCOUNT}:policy/Put"
    allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}}'
    assert engine.revision == 1
    assert engine.update(PutPolicy(account=ACCOUNT, id=put, document=allow), AttachPolicy(identity=ANN, policy=put)) == 2
    decision = engine.check(ANN, "s3:PutObject", REPORT)
    assert (decision.allowed, decision.revision) == (True, 2)
    with pytest.raises(bw.ValidationError):
        engine.update(DeletePolicy(account=ACCOUNT, id=put))
    with pytest.raises(bw.MalformedPolicyDocument):
        engine.update(DetachPolicy(identity=ANN, policy=put), PutInlinePolicy(identity=ANN, name="x", document="{}"))
    assert engine.is_allowed(ANN, "s3:PutObject", REPORT)
    engine.update(SetBoundary(identity=ANN, policy=f"arn:aws:iam::{ACCOUNT}:policy/ReadShipments"))
    assert engine.check(ANN, "s3:PutObject", REPORT).reason == "boundary"
    engine.update(DetachPolicy(identity=ANN, policy=put), DeletePolicy(account=ACCOUNT, id=put))
    assert engine.check(ANN, "s3:PutObject", REPORT).reason == "identity"
    with pytest.raises(bw.UnknownEntity):
        engine.update(AttachPolicy(identity=ANN, policy=put))


def test_an_engine_goes_through_bytes_and_threads(engine: bw.Engine) -> None:
    requests = [request_of(row) for row in rows("requests.csv")]
    expected = engine.check_batch(requests)
    again = pickle.loads(pickle.dumps(engine))
    assert isinstance(again, bw.Engine)
    assert again.check_batch(requests) == expected
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(lambda _: engine.check_batch(requests), range(16)))
    data = engine.to_bytes()
    for bad in (b"", b"pickle", data[:-1], data[:200] + b"x" + data[201:]):
        with pytest.raises(bw.FormatError):
            bw.Engine.from_bytes(bad)


def test_sessions_carry_mfa_only_where_aws_does() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    long_term = bw.Session(principal=ANN).context(now)
    assert "aws:MultiFactorAuthPresent" not in long_term
    session = bw.Session(principal=ANN, issued_at=now, mfa_at=now - timedelta(seconds=90.9)).context(now)
    assert (session["aws:MultiFactorAuthPresent"], session["aws:MultiFactorAuthAge"]) == (True, 90)
    plain = bw.Session(principal=ANN, issued_at=now).context(now)
    assert plain["aws:MultiFactorAuthPresent"] is False
    assert "aws:MultiFactorAuthAge" not in plain
    with pytest.raises(ValueError, match="mfa_at"):
        bw.Session(principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/App/s", issued_at=now, mfa_at=now).context(now)
