"""Which change is shown for which near miss, in which order and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

import bailiwick as bw
from bailiwick.explanation import why_not_case
from tests.drawing import ROLE, A, B, Json
from tests.misses import ANN, BOB, EVERYTHING, NOTHING, OBJECT, SESSION, allow, changed, deny, doc, first, found, when

# Another context ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "context", "words", "keys"),
    [
        (("Bool", "aws:MultiFactorAuthPresent", "true"), {}, "sign in with MFA", {"aws:MultiFactorAuthPresent": ("true",)}),
        (("NumericLessThan", "aws:MultiFactorAuthAge", "300"), {}, None, {"aws:MultiFactorAuthPresent": ("true",)}),
        (("Bool", "aws:SecureTransport", "true"), {"aws:SecureTransport": "false"}, "use TLS", None),
        (("IpAddress", "aws:SourceIp", "203.0.113.0/24"), {}, "call from an address in `203.0.113.0/24`", None),
        (("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"), {"aws:SourceIp": "10.1.1.1"}, None, None),
        (("StringEquals", "k:k", ["a", "b"]), {"k:k": "c"}, "ask with `k:k` `a`", {"k:k": ("a",)}),
        (("StringLike", "k:k", "a*c?"), {}, "ask with `k:k` like `a*c?`", {"k:k": ("axcx",)}),
        (("StringNotEquals", "k:k", "a"), {"k:k": "a"}, "ask with `k:k` other than `a`", {"k:k": ("other",)}),
        (("NumericGreaterThan", "k:k", "0.1"), {"k:k": "0"}, "ask with `k:k` `1.1` (NumericGreaterThan `0.1`)", None),
        (("DateLessThan", "aws:CurrentTime", "2026-01-01"), {"aws:CurrentTime": "2026-02-01"}, None, None),
        (("BinaryEquals", "k:k", "YQ=="), {}, "ask with `k:k` `YQ==`", {"k:k": ("YQ==",)}),
        (("ArnLike", "k:k", "arn:aws:sns:*:*:t"), {}, "ask with `k:k` like `arn:aws:sns:*:*:t`", None),
        (("Null", "k:k", "true"), {"k:k": "a"}, "ask without `k:k`", {"k:k": ()}),
        (("Null", "k:k", "false"), {}, "ask with `k:k` (any value)", {"k:k": ("x",)}),
        (("ForAllValues:StringEquals", "k:k", ["a", "b"]), {"k:k": ["a", "c"]}, "ask with `k:k` `a`", {"k:k": ("a",)}),
        (("ForAnyValue:StringEquals", "k:k", "b"), {"k:k": ["a", "c"]}, "ask with `k:k` `a`, `c`, `b`", {"k:k": ("a", "c", "b")}),
        (("StringEquals", "aws:PrincipalTag/team", "north"), {}, "tag the caller: `team` `north`", None),
        (("StringEquals", "aws:ResourceTag/team", "${k:v}"), {"k:v": "x"}, "tag the resource: `team` `x`", None),
    ],
)  # fmt: skip
def test_an_allow_that_lacks_a_condition_says_what_would_fulfil_it(
    test: tuple[str, str, Any], context: Json, words: str | None, keys: dict[str, tuple[str, ...]] | None
) -> None:
    step = first({"identity": [doc(allow(**when(*test)))]}, context=context)
    assert step.kind == ("tag" if "Tag/" in test[1] else "request")
    assert bool(step.grants) is (step.kind == "tag")
    assert words is None or step.words == words
    assert keys is None or keys.items() <= dict(step.context).items()


def test_all_conditions_of_a_statement_are_fulfilled_together() -> None:
    tests = {
        "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:02Z", "k:k": "2026-01-01"},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "300"},
    }
    step = first({"identity": [doc(allow(Condition=tests))]})
    assert step.context["aws:CurrentTime"] == ("2026-01-01T00:00:01Z",)
    assert step.context["aws:MultiFactorAuthPresent"] == ("true",)
    assert step.words.count(" and ") == 2


@pytest.mark.parametrize(
    ("test", "context"),
    [
        (("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), {}),
        (("Bool", "aws:SecureTransport", "false"), {"aws:SecureTransport": "false"}),
        (("NotIpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8::/32"]), {"aws:SourceIp": "198.51.100.7"}),
        (("StringNotLike", "aws:RequestedRegion", "eu-*"), {"aws:RequestedRegion": "us-east-1"}),
        (("StringEquals", "k:k", "a"), {"k:k": "a"}),
        (("Null", "k:k", "true"), {}),
        (("NumericLessThan", "k:k", "7"), {"k:k": "lots"}),
        (("DateLessThan", "aws:TokenIssueTime", "2026-01-01"), {"aws:TokenIssueTime": "2025-01-01"}),
    ],
)
def test_a_deny_that_a_condition_would_lift_is_lifted_by_it(test: tuple[str, str, Any], context: Json) -> None:
    why_not = found({"identity": [EVERYTHING, doc(deny(**when(*test)))]}, context=context)
    (miss,) = why_not.misses
    (step,) = miss.change
    assert (miss.kind, step.kind, step.grants) == ("deny", "request", "")


@pytest.mark.parametrize(
    "key", ["aws:PrincipalArn", "aws:username", "aws:PrincipalOrgID", "AWS:principalaccount", "aws:SourceArn"]
)
def test_nobody_is_told_to_be_someone_else(key: str) -> None:
    why_not = found({"identity": [doc(allow(**when("StringEquals", key, "x")))]})
    assert [step.kind for miss in why_not.misses for step in miss.change] == ["statement"]


def test_sessions_of_roles_are_not_told_to_sign_in_with_mfa() -> None:
    """X-12: they never carry it."""
    mfa = doc(allow(**when("Bool", "aws:MultiFactorAuthPresent", "true")))
    assert [miss.kind for miss in found({"identity": [mfa]}, principal=SESSION).misses] == ["layer"]
    assert [miss.kind for miss in found({"identity": [mfa]}).misses] == ["statement", "layer"]


# More statements ------------------------------------------------------------------------------------------------------


def test_a_missing_identity_allow_is_one_exact_inline_policy() -> None:
    step = first({"identity": [NOTHING]})
    assert (step.kind, step.layer, step.policy, step.grants) == ("statement", "identity", None, "")
    assert json.loads(step.added) == {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}
    assert json.loads(step.document or "") == doc(json.loads(step.added))
    assert ANN in step.words


def test_wildcards_of_a_resource_are_written_as_text() -> None:
    resource = "arn:aws:s3:::b/a*b?c${x}$"
    step = first({"identity": []}, resource=resource)
    assert json.loads(step.added)["Resource"] == "arn:aws:s3:::b/a${*}b${?}c${$}{x}$"
    unwritable = found({"identity": []}, resource="arn:aws:sqs:e*:111122223333:q")
    assert [miss.change for miss in unwritable.misses] == [()]
    assert found({"identity": []}, resource="arn:aws:s3:::b/\u0416").misses[0].change == ()


def test_what_an_exact_statement_allows_beyond_the_request_is_said() -> None:
    assert first({"identity": []}, resource="*").grants == "s3:GetObject on every resource"
    assert first({"identity": []}, principal=SESSION).grants == f"the same to every session of `arn:aws:iam::{A}:role/App`"
    anonymous = first({"resource": doc({**allow("none:x"), "Principal": "*"})}, principal="anonymous")
    assert anonymous.grants == "the same to everyone, without signing in"
    root = first({"resource": doc({**allow("none:x"), "Principal": "*"})}, principal=f"arn:aws:iam::{A}:root", resource_account=B)
    assert "everyone of the account" in root.grants


def test_every_layer_that_lacks_an_allow_gets_its_own_statement() -> None:
    why_not = found({"identity": [], "boundary": NOTHING, "scp": [[EVERYTHING], [NOTHING]]}, context={"aws:PrincipalArn": ANN})
    assert [(miss.kind, miss.layer, miss.level) for miss in why_not.misses] == [
        ("layer", "scp", 1), ("layer", "identity", 0), ("layer", "boundary", 0)
    ]  # fmt: skip
    steps = why_not.misses[0].change
    assert [(step.layer, step.level, step.policy, step.grants) for step in steps] == [
        ("scp", 1, None, ""), ("identity", 0, None, ""), ("boundary", 0, "boundary", "")
    ]  # fmt: skip
    assert json.loads(steps[0].added)["Condition"] == {"ArnEquals": {"aws:PrincipalArn": ANN}}


def test_policies_for_many_say_so_where_the_caller_cannot_be_singled_out() -> None:
    steps = found({"identity": [EVERYTHING], "boundary": NOTHING, "scp": [[NOTHING]]}).misses[0].change
    assert ["everyone below" in step.grants or "whose boundary" in step.grants for step in steps] == [True, True]


def test_another_accounts_resource_names_the_caller() -> None:
    why_not = found(
        {"identity": [EVERYTHING], "resource": doc({**allow(), "Principal": {"AWS": A}})}, principal=BOB, resource_account=A
    )
    (miss,) = why_not.misses
    (step,) = miss.change
    assert [one.statement for one in miss.near] == [0]
    assert json.loads(step.added)["Principal"] == {"AWS": BOB}
    assert (step.layer, step.policy, step.grants) == ("resource", "resource", "")
    nowhere = first({"identity": [EVERYTHING]}, principal=BOB, resource_account=A)
    assert (nowhere.policy, nowhere.words) == (None, f"give `{OBJECT}` a policy that allows this; none is known")


def test_trust_policies_have_no_resource() -> None:
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": B}, "Action": "sts:AssumeRole"}}
    step = first({"identity": [EVERYTHING], "resource": trust}, action="sts:AssumeRole", resource=ROLE)
    assert json.loads(step.added) == {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "sts:AssumeRole"}
    assert json.loads(step.document or "")["Statement"] == [trust["Statement"], json.loads(step.added)]


def test_a_federated_session_is_passed_a_policy() -> None:
    """E-22."""
    jane = {
        "kind": "federated_user",
        "arn": f"arn:aws:sts::{A}:federated-user/J",
        "issuer_arn": ANN,
    }
    step = first({"identity": [EVERYTHING]}, principal=jane)
    assert (step.layer, step.words) == ("session", "pass the session a policy that allows this as well")


@pytest.mark.parametrize(
    ("layers", "request_"),
    [
        ({"identity": [EVERYTHING], "endpoint": NOTHING}, {}),
        ({"identity": [EVERYTHING], "endpoint": []}, {"principal": SESSION}),
        ({"identity": [EVERYTHING], "session": [NOTHING]}, {"principal": SESSION}),
        ({"resource": doc({**allow("none:x"), "Principal": "*"})}, {"principal": "app.amazonaws.com"}),
        ({}, {"trust_mode": "resource_required"}),
        ({}, {"principal": {"kind": "federated_caller", "name": "accounts.google.com"}, "resource": ROLE,
              "action": "sts:AssumeRoleWithWebIdentity"}),
    ],
)  # fmt: skip
def test_other_layers_are_closed_too(layers: Json, request_: Json) -> None:
    why_not = found(layers, **request_)
    case = {"request": {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT, **request_}, "layers": layers}
    for miss in why_not.misses:
        assert bw.simulate(changed(case, miss))["decision"] == "ALLOW"


def test_documents_of_2008_are_left_alone_where_they_cannot_say_it() -> None:
    old = doc(allow("none:*"), version="2008-10-17")
    assert found({"identity": [EVERYTHING], "boundary": old}, resource="arn:aws:s3:::b/*").misses[0].change == ()
    assert found({"identity": [EVERYTHING], "boundary": old}).misses[0].change != ()


# Denies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "added"),
    [
        (deny(), {"ArnNotEquals": {"aws:PrincipalArn": ANN}}),
        (deny(Condition={}), {"ArnNotEquals": {"aws:PrincipalArn": ANN}}),
        (deny(**when("StringEquals", "aws:username", "ann")), {"ArnNotEquals": {"aws:PrincipalArn": ANN}}),
        (deny(**when("ArnNotEquals", "aws:PrincipalArn", BOB)), {"ArnNotEquals": {"aws:PrincipalArn": ANN}}),
        (deny(**when("ArnNotEquals", "aws:principalarn", [BOB])), {"ArnNotEquals": {"aws:PrincipalArn": ANN}}),
        (deny(**when("ArnNotEquals", "aws:SourceArn", BOB)), {"ArnNotEquals": {"aws:PrincipalArn": ANN}}),
    ],
)
def test_the_caller_is_excepted_from_a_deny_that_nothing_else_lifts(statement: Json, added: Json) -> None:
    context = {"aws:PrincipalArn": ANN, "aws:username": "ann"}
    case = {
        "request": {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT, "context": context},
        "layers": {"identity": [EVERYTHING], "scp": [[EVERYTHING, doc(statement)]]},
    }
    (miss,) = why_not_case(case).misses
    (step,) = miss.change
    assert (step.kind, step.layer, step.policy) == ("exception", "scp", "scp/0/1")
    assert json.loads(step.added) == added
    assert step.grants == f"everything else that this Deny denies to `{ANN}`"
    assert bw.simulate(changed(case, miss))["decision"] == "ALLOW"
    other: Json = json.loads(json.dumps(changed(case, miss)))
    other["request"] |= {"principal": BOB, "context": {"aws:PrincipalArn": BOB, "aws:username": "ann"}}
    was = json.loads(json.dumps(case))
    was["request"] = other["request"]
    assert bw.simulate(other)["decision"] == bw.simulate(was)["decision"]


def test_an_exception_from_a_deny_of_just_this_grants_nothing_else() -> None:
    exact = found({"identity": [EVERYTHING, doc(deny("s3:GetObject", OBJECT))]}, context={"aws:PrincipalArn": ANN})
    assert [step.grants for step in exact.misses[0].change] == [""]


def test_a_deny_that_cannot_except_the_caller_is_removed_and_says_for_whom() -> None:
    step = first({"identity": [EVERYTHING, doc(deny(), allow("none:*"))]})
    assert (step.words, step.added) == ("remove this Deny", "")
    assert step.grants == "everything else that this Deny denies, to everyone"
    assert json.loads(step.document or "")["Statement"] == [allow("none:*")]
    assert found({"identity": [EVERYTHING, doc(deny())]}).misses[0].change == ()


def test_several_denies_are_lifted_together() -> None:
    tls, mfa = (
        deny(**when("Bool", "aws:SecureTransport", "false")),
        deny(**when("BoolIfExists", "aws:MultiFactorAuthPresent", "false")),
    )
    why_not = found({"identity": [EVERYTHING, doc(mfa)], "boundary": doc(allow(), tls)}, context={"aws:SecureTransport": False})
    assert [miss.kind for miss in why_not.misses] == ["deny", "deny"]
    for miss in why_not.misses:
        assert sorted(step.words for step in miss.change) == ["sign in with MFA", "use TLS"]


def test_lifting_a_deny_goes_on_to_what_was_missing_besides() -> None:
    """The nearest way is taken: conditions before new statements."""
    mfa = deny(**when("BoolIfExists", "aws:MultiFactorAuthPresent", "false"))
    tagged = allow(**when("StringEquals", "k:k", "a"))
    why_not = found({"identity": [doc(mfa, tagged)]})
    assert [step.words for step in why_not.misses[0].change] == ["sign in with MFA", "ask with `k:k` `a`"]


# Order, text ----------------------------------------------------------------------------------------------------------


def test_nearer_misses_come_first_and_the_rest_is_left_out() -> None:
    layers = {
        "identity": [
            doc(
                allow(**when("StringEquals", "aws:PrincipalTag/x", "y")),
                allow(**when("StringEquals", "k:k", "a")),
                allow("s3:Put*"),
            )
        ]
    }
    why_not = found(layers)
    assert [miss.kind for miss in why_not.misses] == ["statement", "statement", "layer"]
    assert [miss.change[0].kind for miss in why_not.misses] == ["request", "tag", "statement"]
    assert [one.statement for one in why_not.misses[2].near] == [2]
    asked = {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT}
    assert why_not_case({"request": asked, "layers": layers}, limit=1).misses == why_not.misses[:1]


def test_an_allowed_request_has_no_misses() -> None:
    why_not = found({"identity": [EVERYTHING]})
    assert why_not.misses == ()
    assert "the request is allowed" in str(why_not)


def test_what_no_policy_can_change_says_so() -> None:
    why_not = found({"identity": [EVERYTHING]}, resource="arn:aws-cn:s3:::b/k")
    assert why_not.misses == ()
    assert "nothing that a policy or the context could change" in str(why_not)


def test_the_text_shows_each_change_once() -> None:
    why_not = found({"identity": [], "resource": doc({**allow("none:x"), "Principal": "*"})}, trust_mode="resource_required")
    text = str(why_not)
    assert text.count("let the policy of") == 1
    assert "the change of 1 takes this away too" in text
    told = json.loads(json.dumps(why_not.to_dict()))
    assert told["misses"][0]["change"][0]["kind"] == "statement"
    assert (told["decision"], told["reason"]) == ("IMPLICIT_DENY", "no_resource_allow")


def test_the_text_of_a_miss() -> None:
    tls = {"Sid": "Tls", **deny(**when("Bool", "aws:SecureTransport", "false"))}
    text = str(
        found({"identity": [EVERYTHING], "resource": doc({**tls, "Principal": "*"})}, context={"aws:SecureTransport": False})
    )
    assert (
        text
        == f"""\
EXPLICIT_DENY
  caller    {ANN}
  action    s3:GetObject
  resource  {OBJECT}
  reason    resource

1.  a Deny applies
  resource: resource, statement 0 `Tls`, line 1 column 41: Deny applies
    T  Principal                 *  [M-45]
    T  Action                    s3:*  [M-02]
    T  Resource                  *  [M-11]
    T  Bool aws:SecureTransport  false; found false  [C-21]
  change  use TLS
          checked with aws:SecureTransport = true"""
    )


def test_documents_keep_what_is_not_changed_as_it_was_written() -> None:
    text = '{"Version": "2012-10-17",\r\n "Statement": {"Effect":"Allow","Action":"none:*","Resource":"*",' \
        '"Condition":{"NumericEquals":{"k:k":1.50}}}\n}'  # fmt: skip
    step = first({"identity": [EVERYTHING], "boundary": text})
    assert step.document is not None
    assert step.document.startswith(text[: text.index('{"Effect"')] + "[" + text[text.index('{"Effect"') : text.rindex("\n")])
    assert step.document.endswith("]\n}")
