"""Input that means harm, by name: both evaluators refuse it or decide it alike, and come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import MalformedPolicyDocument, PolicyKind, _core, reference
from tests.drawing import A

ANN = f"arn:aws:iam::{A}:user/ann"


def error_of(evaluator: str, text: str | bytes, kind: str = "identity") -> tuple[str, str] | None:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    try:
        if evaluator == "compiled":
            _core.parse_policy(data, kind, None)
        else:
            reference.parse(data, PolicyKind(kind))
    except MalformedPolicyDocument as error:
        return error.code, error.path
    return None


def statement(**members: Any) -> str:
    body = {"Effect": "Allow", "Action": "*", "Resource": "*", **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [body]}, ensure_ascii=False)


def both(request: dict[str, Any], *documents: str) -> dict[str, Any]:
    """The answer of both evaluators, which is one."""
    layers = {"identity": [json.loads(document) for document in documents]}
    case = json.dumps({"request": {"principal": ANN, "action": "s3:GetObject", "resource": "*", **request}, "layers": layers})
    compiled, plain = bw.simulate(case), reference.simulate(case)
    assert {**compiled, "id": None} == {**plain, "id": None}
    return compiled


@pytest.fixture(params=["compiled", "reference"])
def evaluator(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_megabyte_of_stars_in_a_condition() -> None:
    stars = "*a" * 20_000 + "*b"
    document = statement(Condition={"StringLike": {"app:k": stars}})
    assert both({"context": {"app:k": "a" * 40_000}}, document)["decision"] == "IMPLICIT_DENY"
    assert both({"context": {"app:k": "a" * 40_000 + "b"}}, document)["decision"] == "ALLOW"


def test_a_megabyte_of_stars_in_a_resource() -> None:
    pattern, resource = "arn:aws:s3:::" + "*a" * 500_000 + "*b", "arn:aws:s3:::" + "a" * 1_000_000
    policy = bw.Policy(id="own", document=statement(Resource=pattern))
    user = bw.User(arn=ANN, inline=(policy,))
    engine = bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(user,)),)))
    assert not engine.is_allowed(ANN, "s3:GetObject", resource)
    assert engine.is_allowed(ANN, "s3:GetObject", resource + "b")


def test_question_marks_that_almost_fit() -> None:
    document = statement(Condition={"StringLike": {"app:k": "*" + "?" * 300 + "x" + "*"}})
    assert both({"context": {"app:k": "a" * 5_000}}, document)["decision"] == "IMPLICIT_DENY"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_ten_thousand_levels_of_json(evaluator: str, opening: str) -> None:
    assert error_of(evaluator, opening * 10_000) == ("JSON_TOO_DEEP", "/0" * 16 if opening == "[" else "/a" * 16)


def test_repeated_members_at_every_level(evaluator: str) -> None:
    assert error_of(evaluator, '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}') == ("DUPLICATE_KEY", "/Version")
    twice = '{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}'
    assert error_of(evaluator, twice) == ("DUPLICATE_KEY", "/Statement/0/Effect")
    escaped = '{"Statement":[{"Effect":"Deny","\\u0045ffect":"Allow","Action":"*","Resource":"*"}]}'
    assert error_of(evaluator, escaped) == ("DUPLICATE_KEY", "/Statement/0/Effect")


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udc00"', '"\\ud83d\\ude00"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\xff"'])
def test_lone_surrogates_and_overlong_bytes(evaluator: str, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    document = b'{"Version":"2012-10-17","Statement":[{"Sid":' + data + b',"Effect":"Allow","Action":"*","Resource":"*"}]}'
    found = error_of(evaluator, document)
    assert found is not None
    assert found == (error_of("reference", document) or ("", ""))


@pytest.mark.parametrize("principal", [ANN + "\ud800", "\ud800"])
def test_lone_surrogates_in_requests_are_refused(principal: str) -> None:
    engine = bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(bw.User(arn=ANN),)),)))
    for arguments in ((principal, "s3:GetObject", "*"), (ANN, "s3:Get\ud800", "*"), (ANN, "s3:GetObject", "arn:aws:s3:::\ud800")):
        with pytest.raises((bw.ValidationError, UnicodeEncodeError)):
            engine.check(*arguments)
    with pytest.raises(bw.ValidationError, match="app:k"):
        engine.check(ANN, "s3:GetObject", "*", {"app:k": "\ud800"})


@pytest.mark.parametrize("where", ["Sid", "Action", "Resource"])
def test_nul_is_refused_where_it_stands(evaluator: str, where: str) -> None:
    value = {"Sid": "a\0", "Action": "s3:Get\0", "Resource": "arn:aws:s3:::b\0"}[where]
    found = error_of(evaluator, statement(**{where: value}))
    assert found is not None
    assert found[1].startswith("/Statement/0")


def test_nul_never_ends_a_text() -> None:
    document = statement(Condition={"StringEquals": {"app:k": "a"}})
    assert both({"context": {"app:k": "a\0b"}}, document)["decision"] == "IMPLICIT_DENY"
    assert both({"context": {"app:k\0x": "a"}}, document)["decision"] == "IMPLICIT_DENY"


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_byte_order_marks(evaluator: str, mark: bytes) -> None:
    assert error_of(evaluator, mark + statement().encode()) is not None


def test_twins_in_mixed_case(evaluator: str) -> None:
    """G-04: two spellings of a key in one operator; element names are exact."""
    twins = statement(Condition={"StringEquals": {"aws:username": "a", "AWS:UserName": "b"}})
    assert error_of(evaluator, twins) == ("DUPLICATE_CONDITION_KEY", "/Statement/0/Condition/StringEquals/AWS:UserName")
    assert error_of(evaluator, '{"Statement":[{"effect":"Allow","Action":"*","Resource":"*"}]}') is not None


def test_tag_keys_that_collide_under_fold() -> None:
    """C-05: they are one key with both values, in the byte order of the spellings; without a set prefix that is I."""
    context = {"aws:PrincipalTag/team": "red", "aws:PrincipalTag/TEAM": "blue"}
    allow = statement(Condition={"StringEquals": {"aws:PrincipalTag/Team": "red"}})
    assert both({"context": context}, allow)["decision"] == "IMPLICIT_DENY"
    deny = statement(Effect="Deny", Condition={"StringEquals": {"aws:PrincipalTag/Team": "green"}})
    answer = both({"context": context}, statement(), deny)
    assert (answer["decision"], answer["indeterminate"]) == ("EXPLICIT_DENY", True)


def test_a_hundred_thousand_context_values() -> None:
    values = [f"v{number}" for number in range(100_000)]
    document = statement(Condition={"ForAllValues:StringEquals": {"app:many": ["v0", "v99999"]}})
    assert both({"context": {"app:many": values}}, document)["decision"] == "IMPLICIT_DENY"
    document = statement(Condition={"ForAnyValue:StringEquals": {"app:many": "v99999"}})
    assert both({"context": {"app:many": values}}, document)["decision"] == "ALLOW"
    keys = {f"app:k{number}": "x" for number in range(20_000)}
    document = statement(Condition={"StringEquals": {"app:k19999": "x"}})
    assert both({"context": keys}, document)["decision"] == "ALLOW"


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 5_000, "0." + "0" * 4_999 + "1", "1e400", "NaN", "Infinity", "0x10"])
def test_huge_and_odd_numbers(number: str) -> None:
    document = statement(Condition={"NumericLessThan": {"app:n": "5"}})
    answer = both({"context": {"app:n": number}}, document)
    assert answer["decision"] == "IMPLICIT_DENY"
    deny = statement(Effect="Deny", Condition={"NumericGreaterThan": {"app:n": "5"}})
    answer = both({"context": {"app:n": number}}, statement(), deny)
    # What cannot be read as a number (C-10 counts its digits) lifts no denial.
    assert (answer["decision"], answer["indeterminate"]) == ("EXPLICIT_DENY", True)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "01", "+1", "0x1", "1."])
def test_numbers_that_are_none(evaluator: str, literal: str) -> None:
    text = statement(Condition={"NumericEquals": {"app:n": 1}}).replace('"app:n": 1', f'"app:n": {literal}')
    assert error_of(evaluator, text) is not None


def test_variables_are_filled_in_once() -> None:
    """M-24: what a variable gives is text; neither its variables nor its wildcards mean anything."""
    document = statement(Condition={"StringLike": {"app:k": "${app:v}"}})
    bombs: list[tuple[str, str]] = [("${app:v}${app:v}", "x"), ("*", "anything"), ("a*", "ab"), ("?", "b")]
    for value, found in bombs:
        assert both({"context": {"app:v": value, "app:k": found}}, document)["decision"] == "IMPLICIT_DENY"
        assert both({"context": {"app:v": value, "app:k": value}}, document)["decision"] == "ALLOW"


def test_keys_whose_hashes_could_meet() -> None:
    """Fold of the hash clears a bit that fold of text does not: such keys must still be told apart."""
    document = statement(Condition={"StringEquals": {"app:[x": "yes"}})
    assert both({"context": {"app:{x": "yes"}}, document)["decision"] == "IMPLICIT_DENY"


@pytest.mark.parametrize(
    "make",
    [
        lambda n: '{"Statement":[' + ",".join(['{"Effect":"Allow","Action":"s3:*","Resource":"*"}'] * n) + "]}",
        lambda n: '{"' + "x" * (n * 40),
        lambda n: "[" + " " * (n * 40),
        lambda n: '{"Statement":{"Effect":"Allow","Action":[' + ",".join(['"s3:*"'] * n) + '],"Resource":"*"}}',
        lambda n: '{"Id":"' + "\\u0041" * (n * 8) + '"}',
        lambda n: "{" + ",".join(f'"k{i}":0' for i in range(n)) + "}",
        lambda n: '{"Statement":[' + ",".join(f'{{"Sid":"S{i}"}}' for i in range(n)) + "]}",
    ],
)
def test_megabytes_of_text_are_read_to_the_end(make: Callable[[int], str]) -> None:
    """A search that goes back, or a comparison of all with all, would not come back from these."""
    text = make(20_000)
    assert error_of("compiled", text) == error_of("reference", text)
