"""Documents built in code: they are a way in, and the parser has the last word."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pydantic
import pytest

import bailiwick as bw
from bailiwick import PolicyKind, documents, reference
from tests.drawing import A

ANN = f"arn:aws:iam::{A}:user/ann"


def engine_of(document: bw.PolicyDocument) -> bw.Engine:
    user = bw.User(arn=ANN, inline=(bw.Policy(id="own", document=document.to_json()),))
    return bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(user,)),)))


def test_a_document_from_code_decides() -> None:
    allow = bw.Statement(
        sid="Office",
        effect="Allow",
        action=["s3:GetObject", "s3:ListBucket"],
        resource="arn:aws:s3:::reports/*",
        condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}, "NumericLessThan": {"app:n": Decimal("1.50")}},
    )
    engine = engine_of(bw.PolicyDocument(statement=[allow]))
    context: dict[str, Any] = {"aws:SourceIp": "203.0.113.9", "app:n": 1}
    decision = engine.check(ANN, "s3:GetObject", "arn:aws:s3:::reports/1", context)
    assert (decision.allowed, decision.matched[0].sid) == (True, "Office")
    assert not engine.is_allowed(ANN, "s3:GetObject", "arn:aws:s3:::reports/1", context | {"app:n": 2})


def test_names_are_those_of_the_grammar_or_of_python() -> None:
    written = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "*"}}
    read = bw.PolicyDocument.model_validate(written)
    built = bw.PolicyDocument(statement=bw.Statement(effect="Deny", not_action="iam:*", not_resource="*"))
    assert read == built
    assert json.loads(read.to_json()) == written


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"Effect": "allow", "Action": "*", "Resource": "*"}, "'Allow' or 'Deny'"),
        ({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}, "exclude each other"),
        ({"Effect": "Allow", "Actions": "*", "Resource": "*"}, "Actions"),
        ({"Effect": "Allow", "Action": 7, "Resource": "*"}, "Action"),
        ({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a:b": 1.5}}}, "Condition"),
    ],
)
def test_shapes_that_are_none_are_refused(body: dict[str, object], words: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=words):
        bw.PolicyDocument.model_validate({"Statement": body})


def test_a_document_that_is_read_keeps_its_version() -> None:
    """Without one, `${…}` is text: printed as 2012-10-17 it would match other resources."""
    read = bw.PolicyDocument.model_validate({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${a:b}"}})
    assert "Version" not in json.loads(read.to_json())
    old = {"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    assert json.loads(bw.PolicyDocument.model_validate_json(json.dumps(old)).to_json()) == old
    built = bw.PolicyDocument(statement=bw.Statement(effect="Allow", action="*", resource="*"))
    assert json.loads(built.to_json())["Version"] == "2012-10-17"


@pytest.mark.parametrize(
    "null",
    [
        {"Condition": None},
        {"Sid": None},
        {"NotResource": None},
        {"Principal": {"AWS": None}},
        {"Condition": {"Bool": None}},
        {"Condition": {"Bool": {"a:b": None}}},
    ],
)
def test_null_is_not_absent(null: dict[str, object]) -> None:
    body = {"Effect": "Allow", "Action": "*", "Resource": "*"} | null
    with pytest.raises(pydantic.ValidationError):
        bw.PolicyDocument.model_validate({"Version": "2012-10-17", "Statement": body})


def test_a_null_version_is_no_version() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    with pytest.raises(pydantic.ValidationError, match="`Version` is null: leave it out"):
        bw.PolicyDocument.model_validate({"Version": None, "Statement": allow})


def test_what_is_legal_the_parser_says() -> None:
    """A model knows the shape; that an identity policy has no principal is the parser's."""
    body = bw.Statement(effect="Allow", principal="*", action="*", resource="*")
    with pytest.raises(bw.MalformedPolicyDocument, match="UNSUPPORTED_ELEMENT") as caught:
        engine_of(bw.PolicyDocument(statement=body))
    assert caught.value.path == "/Statement/Principal"


def test_numbers_keep_their_digits() -> None:
    """G-05: no binary fraction on the way."""
    test = {"NumericEquals": {"app:n": Decimal("0.10000000000000000000000000000000000001")}}
    body = bw.Statement(effect="Allow", action="*", resource="*", condition=test)
    text = bw.PolicyDocument(statement=body).to_json()
    assert '"0.10000000000000000000000000000000000001"' in text
    reference.parse(text, PolicyKind.IDENTITY)


def test_the_schema_names_every_element() -> None:
    schema = bw.PolicyDocument.model_json_schema(by_alias=True)
    found = set(schema["$defs"]["Statement"]["properties"])
    assert {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"} == found
    assert set(schema["$defs"]["Principal"]["properties"]) == {"AWS", "Service", "Federated", "CanonicalUser"}


@pytest.mark.parametrize("given", [None, 7, b"{}", ["{}"]])
def test_only_texts_models_and_mappings_are_documents(given: object) -> None:
    with pytest.raises(TypeError, match="policy document: expected str, PolicyDocument or a mapping"):
        documents.text_of(given)
