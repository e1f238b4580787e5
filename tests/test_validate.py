"""Findings of one policy document: codes, places, kinds, and what is silent without knowledge."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings

from bailiwick import MalformedPolicyDocument, PolicyKind, Registry, ServiceProfile, ValidationError, reference
from bailiwick.models import DEFAULT_PROFILE
from bailiwick.validate import (
    Access,
    Finding,
    FindingType,
    ServiceReference,
    check_access_not_granted,
    check_no_public_access,
    installed_reference,
    validate_policy,
)
from bailiwick.validate.catalogue import CATALOGUE
from bailiwick.validate.checks.redundant import covers_resource
from bailiwick.validate.document import read_document
from bailiwick.validate.patterns import covers, matcher, meet
from bailiwick.validate.policy import read_policy
from bailiwick.validate.run import service_of
from bailiwick.validate.services import AccessLevel, Action, ActionResource, ResourceType, Service
from tests.strategies import broken_texts

NOTHING = ServiceReference()


def document(*statements: dict[str, Any], **top: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*", **elements}


def codes(text: str, kind: str = "identity", **options: Any) -> list[str]:
    return [found.code for found in validate_policy(text, kind=kind, **options)]


def only(text: str, code: str, kind: str = "identity", **options: Any) -> Finding:
    (found,) = (found for found in validate_policy(text, kind=kind, **options) if found.code == code)
    return found


def test_a_good_policy_has_no_findings() -> None:
    assert codes(document(allow())) == []


def test_all_parse_errors_are_found_where_the_parser_reports_one() -> None:
    text = '{"Version": "2012", "Statement": [{"Effect": "allow", "Action": "GetObject", "Resource": "reports"}]}'
    found = validate_policy(text, kind="identity")
    assert [(one.code, one.parse_error, one.path) for one in found] == [
        ("INVALID_VERSION", "INVALID_VERSION", "/Version"),
        ("INVALID_EFFECT", "INVALID_EFFECT", "/Statement/0/Effect"),
        ("ACTION_WITHOUT_PREFIX", "ACTION_WITHOUT_PREFIX", "/Statement/0/Action"),
        ("INVALID_ARN_PREFIX", "RESOURCE_NOT_ARN", "/Statement/0/Resource"),
    ]
    with pytest.raises(MalformedPolicyDocument) as raised:
        reference.parse(text, PolicyKind.IDENTITY)
    assert (raised.value.code, raised.value.line, raised.value.column) == (found[0].parse_error, found[0].line, found[0].column)


def test_after_a_syntax_error_there_is_nothing_else() -> None:
    assert codes('{"Version": "2012", "Statement": [}') == ["JSON_SYNTAX_ERROR"]


@pytest.mark.parametrize(
    "text",
    [
        '{"Version": "2012-10-17",\n "Id": "Ā", "Statement": [}',
        b'{"Version": "2012-10-17",\n "Id": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"Id": "a", "Id": "Ā" ]',
    ],
)
def test_the_parsers_error_is_among_the_findings(text: str | bytes) -> None:
    with pytest.raises(MalformedPolicyDocument) as raised:
        reference.parse(text, PolicyKind.IDENTITY)
    error = raised.value
    found = validate_policy(text, kind="identity")
    assert (error.code, error.path, error.line, error.column) in [
        (one.parse_error, one.path, one.line, one.column) for one in found
    ]


@settings(max_examples=300, deadline=None)
@given(broken_texts())
def test_whatever_the_text_there_are_findings_at_places_in_it_and_the_parsers_error_is_one(drawn: tuple[str, str]) -> None:
    kind, text = drawn
    found = validate_policy(text, kind=kind, turned_on=CATALOGUE.keys(), must_not_grant=[Access(("s3:*",))])
    for one in found:
        assert all(0 <= place.offset <= place.end_offset <= len(text) for place in one.locations)
        assert json.loads(json.dumps(one.aws()))
    errors = {(one.parse_error, one.path, one.line, one.column) for one in found if one.parse_error is not None}
    error = parse_error(text, kind)
    assert error in errors if error is not None else errors == set()


def parse_error(text: str, kind: str) -> tuple[str, str, int, int] | None:
    try:
        reference.parse(text, PolicyKind(kind), profile=profile_of(text))
    except MalformedPolicyDocument as error:
        return error.code, error.path, error.line, error.column
    return None


def profile_of(text: str) -> ServiceProfile:
    """Of the service that all actions are of (B-25)."""
    root = read_document(text).root
    service = service_of(read_policy(root), None) if root is not None else None
    return Registry().profile(service) if service is not None else DEFAULT_PROFILE


@pytest.mark.parametrize(
    "text", ["", " ", "[]", "{}", "null", '"x"', "{", b"\xff", "\ufeff{}", '{"Statement": 1}', '{"Statement": [1]}']
)
@pytest.mark.parametrize("kind", list(PolicyKind))
def test_no_text_is_too_bad(text: str | bytes, kind: PolicyKind) -> None:
    found = validate_policy(text, kind=kind)
    assert any(one.parse_error is not None and one.type is FindingType.ERROR for one in found)


def test_places_are_lines_columns_and_pointers() -> None:
    text = """{
 "Version": "2012-10-17",
 "Statement": {
  "Effect": "Allow",
  "Action": ["s3:GetObject",
   "s3:Get*"],
  "Resource": "*"
 }
}"""
    found = only(text, "REDUNDANT_ACTION")
    assert [(place.path, place.line, place.column, place.end_line, place.end_column) for place in found.locations] == [
        ("/Statement/Action/0", 5, 14, 5, 28),
        ("/Statement/Action/1", 6, 4, 6, 13),
    ]
    assert text[found.location.offset : found.location.end_offset] == '"s3:GetObject"'


def test_the_shape_of_aws_counts_columns_from_0() -> None:
    found = only(document(allow(Action="iam:PassRole", Resource="*")), "PASS_ROLE_WITH_STAR_IN_RESOURCE").aws()
    assert (found["findingType"], found["issueCode"]) == ("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE")
    first = found["locations"][0]
    assert first["path"] == [{"value": "Statement"}, {"index": 0}, {"value": "Action"}]
    assert first["span"]["start"]["column"] == first["span"]["start"]["offset"]
    assert first["span"]["start"]["line"] == 1


def test_findings_are_in_the_order_of_the_text_then_of_gravity() -> None:
    text = document(allow(Action="*", Resource="*"), allow(Sid=""), allow(Action=["s3:Get*", "s3:GetObject"], Resource="*"))
    found = validate_policy(text, kind="identity")
    keys = [(one.location.offset, one.type.rank, one.code) for one in found]
    assert keys == sorted(keys)
    assert [one.code for one in found] == [
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "EMPTY_SID_VALUE",
        "REDUNDANT_ACTION",
    ]


def test_unknown_kinds_and_resource_types_are_named() -> None:
    with pytest.raises(ValidationError, match="kind `policy`: expected one of `identity`"):
        validate_policy("{}", kind="policy")
    with pytest.raises(ValidationError, match="resource type `Bucket`: expected one of"):
        validate_policy("{}", kind="resource", resource_type="Bucket")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("identity", "UNSUPPORTED_PRINCIPAL"),
        ("boundary", "UNSUPPORTED_PRINCIPAL"),
        ("session", "UNSUPPORTED_PRINCIPAL"),
        ("scp", "SCP_SYNTAX_ERROR_PRINCIPAL"),
        ("rcp", "RCP_SYNTAX_ERROR_PRINCIPAL"),
        ("trust", "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE"),
        ("resource", "PUBLIC_ACCESS"),
    ],
)
def test_one_text_means_another_thing_in_each_kind(kind: str, expected: str) -> None:
    assert expected in codes(document(allow(Principal={"AWS": "*"})), kind)


# Knowledge ----------------------------------------------------------------------------------------------------------------


def test_without_knowledge_checks_that_need_it_are_silent() -> None:
    text = document(allow(Action=["s3:GetObjekt", "nonsense:Do"]))
    assert codes(text, services=NOTHING) == []
    found = {one.code: one for one in validate_policy(text, kind="identity", services=installed_reference())}
    assert found["INVALID_ACTION"].hint == "s3:GetObject"
    assert "INVALID_SERVICE_IN_ACTION" in found


def test_a_reference_of_few_services_says_nothing_of_others() -> None:
    docs = Service(prefix="docs", actions={"read": Action(name="Read")})
    text = document(allow(Action=["docs:Raed", "nonsense:Do"], Resource="*"))
    assert codes(text, services=ServiceReference({"docs": docs})) == ["INVALID_ACTION"]


def test_services_of_the_host_have_the_same_rights() -> None:
    text = document(allow(Action="docs:Read", Resource="arn:app:docs:::page/1"))
    registry = Registry(partitions=frozenset({"app"}), services={"docs": ServiceProfile()})
    assert codes(text, registry=registry) == []
    docs = Service(
        prefix="docs",
        actions={"read": Action(name="Read", level=AccessLevel.READ, resources=(ActionResource(type="page"),))},
        resource_types={"page": ResourceType(name="page", arns=("arn:${Partition}:docs:::page/${Id}",))},
    )
    described = installed_reference().with_services(ServiceReference({"docs": docs}))
    assert codes(text, registry=registry, services=described) == []
    assert codes(text.replace("docs:Read", "docs:Write"), registry=registry, services=described) == ["INVALID_ACTION"]


# Checks whose limits matter -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "resource", "is_found"),
    [
        (None, "*", True),
        (None, "arn:aws:iam::*:role/*", True),
        (None, "arn:aws:iam::111122223333:role/*", True),
        (None, "arn:aws:iam::*:role/Deploy*", False),
        ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, "*", False),
        ({"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}, "*", True),
        ({"StringLikeIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}, "*", False),
        ({"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:ec2:*:*:instance/*"}}, "*", False),
        ({"ArnLike": {"iam:AssociatedResourceArn": "*"}}, "*", True),
        ({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}, "*", True),
        ({"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, "*", True),
        ({"ForAllValues:StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, "*", True),
    ],
)
def test_pass_role_is_tamed_by_names_of_roles_or_of_services(
    condition: dict[str, Any] | None, resource: str, is_found: bool
) -> None:
    statement = allow(Action="iam:PassRole", Resource=resource, **({"Condition": condition} if condition else {}))
    assert ("PASS_ROLE_WITH_STAR_IN_RESOURCE" in codes(document(statement))) is is_found


@pytest.mark.parametrize("kind", ["scp", "trust"])
def test_what_grants_nothing_passes_no_roles(kind: str) -> None:
    assert not any(code.startswith("PASS_ROLE") for code in codes(document(allow(Action="iam:PassRole", Resource="*")), kind))


@pytest.mark.parametrize(
    ("operator", "code"),
    [
        ("StringLike", "EQUIVALENT_TO_NULL_FALSE"),
        ("ArnLike", "EQUIVALENT_TO_NULL_FALSE"),
        ("ForAnyValue:StringLike", "EQUIVALENT_TO_NULL_FALSE"),
        ("StringNotLike", "EQUIVALENT_TO_NULL_TRUE"),
        ("StringNotLikeIfExists", "EQUIVALENT_TO_NULL_TRUE"),
        ("ForAllValues:StringNotLike", "EQUIVALENT_TO_NULL_TRUE"),
        ("StringLikeIfExists", "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION"),
        ("ForAllValues:StringLike", "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION"),
        ("ForAnyValue:StringNotLike", "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION"),
    ],
)
def test_a_star_leaves_the_question_whether_the_key_is_there(operator: str, code: str) -> None:
    """And the evaluator agrees on what is left of the question."""
    from bailiwick import simulate

    text = document(allow(Condition={operator: {"app:color": "*"}}))
    assert code in codes(text, services=NOTHING)
    answers = []
    for context in ({}, {"app:color": ["arn:aws:s3:::x"]}):
        request = {"principal": "arn:aws:iam::111122223333:user/u", "action": "s3:GetObject", "context": context}
        request["resource"] = "arn:aws:s3:::reports/1"
        case = {"request": request, "layers": {"identity": [json.loads(text)]}}
        answers.append(simulate(case)["decision"] == "ALLOW")
    missing, there = {"FALSE": (False, True), "TRUE": (True, False)}.get(code.rpartition("_")[2], (None, None))
    expected = {"REDUNDANT_KEY": (True, True), "REDUNDANT_STA": (False, False)}.get(code[:13], (missing, there))
    assert tuple(answers) == expected


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (["10.0.0.0/8"], "PRIVATE_IP_ADDRESS"),
        (["fd00::/8", "192.168.1.1"], "PRIVATE_IP_ADDRESS"),
        (["10.0.0.0/8", "203.0.113.0/24"], "PRIVATE_IP_ADDRESS_SUBSET"),
        (["203.0.113.0/24"], None),
        (["0.0.0.0/0"], None),
    ],
)
def test_private_addresses_are_never_the_source(values: list[str], code: str | None) -> None:
    found = codes(document(allow(Condition={"IpAddress": {"aws:SourceIp": values}})))
    assert found == ([code] if code else [])


def test_resources_are_redundant_segment_by_segment() -> None:
    assert covers_resource("arn:aws:s3:::b*", "arn:aws:s3:::b/*")
    assert not covers_resource("arn:aws:logs:*:*:/aws/*", "arn:aws:logs:*:*:log-group:/aws/x")
    apart = document(allow(Action="logs:*", Resource=["arn:aws:logs:*:*:/x*", "arn:aws:logs:*:*:log-group:/x*"]))
    assert "REDUNDANT_RESOURCE" not in codes(apart)


def test_of_equal_actions_the_first_stays_and_case_does_not_matter() -> None:
    found = only(document(allow(Action=["s3:GetObject", "S3:getobject", "s3:PutObject"])), "REDUNDANT_ACTION")
    assert [place.path for place in found.locations] == ["/Statement/0/Action/1", "/Statement/0/Action/0"]


def test_deny_on_mfa_fails_open_without_if_exists() -> None:
    def deny(operator: str, **more: Any) -> str:
        return document(
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {operator: {"aws:MultiFactorAuthPresent": "false"}, **more},
            }
        )

    assert codes(deny("Bool")) == ["DENY_FAILS_OPEN_ON_MISSING_KEY"]
    assert codes(deny("BoolIfExists")) == []
    assert codes(deny("Bool", Null={"aws:MultiFactorAuthPresent": "false"})) == []


@pytest.mark.parametrize(
    ("operator", "key", "value", "is_found"),
    [
        ("NumericGreaterThan", "aws:MultiFactorAuthAge", "300", True),
        ("NumericGreaterThanIfExists", "aws:MultiFactorAuthAge", "300", False),
        ("Bool", "aws:MultiFactorAuthPresent", "true", False),
        ("Bool", "aws:SecureTransport", "false", False),
        ("StringEquals", "aws:PrincipalTag/team", "red", False),
    ],
)
def test_deny_fails_open_where_the_key_may_be_missing(operator: str, key: str, value: str, is_found: bool) -> None:
    found = codes(document({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {operator: {key: value}}}))
    assert ("DENY_FAILS_OPEN_ON_MISSING_KEY" in found) is is_found


@pytest.mark.parametrize(
    ("condition", "is_public"),
    [
        ({}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, True),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, True),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:topic"}}, True),
        ({"StringEquals": {"kms:CallerAccount": "111122223333"}}, False),
        ({"StringEquals": {"aws:SourceOwner": "111122223333"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)
def test_public_means_that_nothing_pins_the_caller(condition: dict[str, Any], is_public: bool) -> None:
    text = document(allow(Principal="*", Condition=condition))
    assert ("PUBLIC_ACCESS" in codes(text, "resource")) is is_public


def test_a_deny_for_everybody_takes_public_access_back() -> None:
    deny = allow(Effect="Deny", Principal="*", Action="s3:*")
    assert "PUBLIC_ACCESS" not in codes(document(allow(Principal="*"), deny), "resource")
    assert "PUBLIC_ACCESS" in codes(document(allow(Principal="*"), {**deny, "Principal": {"AWS": "111122223333"}}), "resource")


def test_services_are_limited_in_policies_of_resources_not_in_roles() -> None:
    sends = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}
    assert codes(document(sends), "resource") == ["RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL"]
    assumes = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sts:AssumeRole"}
    assert codes(document(assumes), "trust") == []


def test_arns_of_no_resource_type_are_a_warning_and_no_error() -> None:
    found = only(document(allow(Action="dynamodb:*", Resource="arn:aws:dynamodb:*:*:tabel/x")), "UNKNOWN_ARN_RESOURCE")
    assert (found.type, found.parse_error) == (FindingType.WARNING, None)
    refused = only(document(allow(Action="sqs:*", Resource="arn:aws:sqs:us-east-1:111122223333:")), "INVALID_ARN_RESOURCE")
    assert (refused.type, refused.parse_error) == (FindingType.ERROR, "MISSING_ARN_RESOURCE")


@pytest.mark.parametrize(
    ("access", "is_granted"),
    [
        (Access(("s3:GetObject",)), True),
        (Access(("s3:Put*",)), False),
        (Access(("s3:GetObject",), ("arn:aws:s3:::reports/2026",)), True),
        (Access(("s3:GetObject",), ("arn:aws:s3:::payroll/*",)), False),
        (Access((), ("arn:aws:s3:::reports/secret",)), True),
        (Access(("s3:GetObject",), ("arn:aws:s3:::reports/denied/x",)), False),
    ],
)
def test_access_that_must_not_be_granted(access: Access, is_granted: bool) -> None:
    text = document(allow(), {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/denied/*"})
    assert ("ACCESS_GRANTED" in codes(text, must_not_grant=[access])) is is_granted


def test_custom_checks_are_of_policies_that_parse() -> None:
    wide = document(allow(Sid="Wide"))
    granted = check_access_not_granted(wide, kind="identity", access=Access(("s3:GetObject", "s3:PutObject")))
    assert not granted
    assert [(reason.statement_index, reason.statement_id, reason.description) for reason in granted.reasons] == [
        (0, "Wide", "`s3:GetObject` may be allowed")
    ]
    assert check_access_not_granted(wide, kind="identity", access=Access(("s3:PutObject",))).result == "PASS"
    for access in (Access(), Access(tuple(f"s3:A{at}" for at in range(101)))):
        with pytest.raises(ValidationError, match=r"expected at (least|most)"):
            check_access_not_granted(wide, kind="identity", access=access)
    with pytest.raises(MalformedPolicyDocument, match="INVALID_EFFECT"):
        check_access_not_granted(document(allow(Effect="allow")), kind="identity", access=Access(("s3:*",)))
    with pytest.raises(MalformedPolicyDocument, match="JSON_SYNTAX_ERROR"):
        check_no_public_access("{")


def test_public_access_is_of_policies_of_resources() -> None:
    everybody = document(allow(Principal="*"))
    assert check_no_public_access(everybody, resource_type="AWS::S3::Bucket").result == "FAIL"
    assert check_no_public_access(document(allow(Principal={"AWS": "111122223333"}))).result == "PASS"
    # Without `Resource`: the repository that holds it is meant.
    of_repository = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
    assert check_no_public_access(document(of_repository)).result == "FAIL"
    with pytest.raises(ValidationError, match="resource type `Bucket`"):
        check_no_public_access(everybody, resource_type="Bucket")


def test_checks_that_are_off_are_reported_when_they_are_asked_for() -> None:
    text = document(allow(Action=["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], Resource="*"))
    assert "PRIVILEGE_ESCALATION" not in codes(text)
    found = only(text, "PRIVILEGE_ESCALATION", turned_on={"PRIVILEGE_ESCALATION"})
    assert [place.path.rpartition("/")[2] for place in found.locations] == ["0", "1", "2"]


@pytest.mark.parametrize(("length", "is_found"), [(6000, False), (6500, True)])
def test_a_quota_that_is_known_counts(length: int, is_found: bool) -> None:
    text = document(allow(Resource=f"arn:aws:s3:::reports/{'x' * length}"))
    assert ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA" in codes(text, quota=6144)) is is_found
    assert "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA" not in codes(text)


# Patterns -----------------------------------------------------------------------------------------------------------------


def test_questions_about_patterns_agree_with_the_glob_of_the_reference() -> None:
    """Exhaustive for short patterns and texts."""
    from itertools import product

    from bailiwick.reference.text import glob

    texts = ["".join(found) for length in range(6) for found in product("ab", repeat=length)]
    patterns = ["".join(found) for length in range(4) for found in product("ab*?", repeat=length)]
    matched = {pattern: frozenset(text for text in texts if glob(pattern, text)) for pattern in patterns}
    for one in patterns:
        assert frozenset(text for text in texts if matcher(one)(text)) == matched[one]
        for other in patterns:
            # Texts of up to five scalars show whether two patterns of up to three meet, but for `??*` and the like.
            assert meet(one, other) or not matched[one] & matched[other], (one, other)
            assert not covers(one, other) or matched[other] <= matched[one], (one, other)
            if not meet(one, other):
                continue
            assert matched[one] & matched[other], (one, other)


@pytest.mark.parametrize("pattern", ["*a" * 3000, "?*" * 3000, "s3:" + "*" * 6000])
def test_hostile_patterns_cost_little(pattern: str) -> None:
    text = document(
        allow(Action=[f"s3:{pattern.replace(':', '')}", "s3:Get*"], Resource=[f"arn:aws:ec2:*:*:{pattern}", "arn:aws:s3:::b/*"])
    )
    start = time.perf_counter()
    validate_policy(text, kind="identity")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "statements",
    [
        [allow(Action=["s3:GetObject"] * 1500, Resource=[f"arn:aws:sqs:us-east-1:111122223333:{at}*" for at in range(1500)])],
        [allow(Sid=f"S{at}", Action="*", Resource="*") for at in range(1500)],
        [allow(Action=[f"s3:?{at}*x" for at in range(4000)])],
        [*(allow() for _ in range(1500)), *(allow(Effect="Deny", Resource=f"arn:aws:s3:::reports/{at}*") for at in range(1500))],
    ],
    ids=["actions by resources", "everything again and again", "patterns", "denials"],
)  # fmt: skip
def test_long_documents_cost_little(statements: list[dict[str, Any]]) -> None:
    text = document(*statements)
    start = time.process_time()
    validate_policy(text, kind="identity", turned_on=CATALOGUE.keys(), must_not_grant=[Access(("s3:*",), ("arn:aws:s3:::x",))])
    assert time.process_time() - start < 15
