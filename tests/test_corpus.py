"""The cases of `tests/corpus`, by both evaluators; `rust/core/tests/corpus.rs` runs them without Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bailiwick import MalformedPolicyDocument, PolicyKind, Registry, _core, reference, simulate

CORPUS = Path(__file__).parent / "corpus"
TEXTS = ("invalid", "valid")
FILES = sorted(path for path in CORPUS.rglob("*.json") if path.parent.name not in TEXTS)
SHARED = Path(__file__).resolve().parents[2] / "shared"


def cases(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return found


def difference(case: dict[str, Any], answer: dict[str, Any]) -> str | None:
    """Why an answer is not what a case expects, or `None`."""
    for name, wanted in case["expect"].items():
        found = answer.get(name)
        if name == "error" and found is not None:
            found = {member: found[member] for member in wanted}
        if found != wanted:
            return f"{case['id']}: expected {name} {wanted}, found {answer}"
    return None


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_cases_have_the_decisions_they_expect(path: Path, evaluator: str) -> None:
    wrong = []
    for case in cases(path):
        text = json.dumps({name: case[name] for name in ("request", "layers")})
        answer = simulate(text) if evaluator == "compiled" else reference.simulate(text, strict=True)
        wrong.append(difference(case, answer))
    assert [text for text in wrong if text is not None] == []


def parse(evaluator: str, case: dict[str, Any]) -> dict[str, Any] | None:
    data = bytes.fromhex(case["bytes_hex"]) if "bytes_hex" in case else case["text"].encode()
    service = case.get("service")
    try:
        if evaluator == "compiled":
            _core.parse_policy(data, case["kind"], service)
        else:
            reference.parse(data, PolicyKind(case["kind"]), profile=Registry().profile(service or ""))
    except MalformedPolicyDocument as error:
        return {"code": error.code, "path": error.path, "line": error.line, "column": error.column}
    return None


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_texts_parse_or_have_the_errors_they_expect(evaluator: str) -> None:
    texts = [case for folder in TEXTS for path in sorted((CORPUS / folder).glob("*.json")) for case in cases(path)]
    wrong = [(case["id"], case.get("expect"), parse(evaluator, case)) for case in texts]
    assert [one for one in wrong if one[1] != one[2]] == []
    assert len(texts) > 100


def test_the_corpus_is_well_formed() -> None:
    for path in CORPUS.rglob("*.json"):
        seen: set[str] = set()
        for case in cases(path):
            assert case["why"], case["id"]
            assert case["rules"], case["id"]
            assert case["id"] not in seen, case["id"]
            seen.add(case["id"])


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.is_dir(), reason="the data lies beside the checkout or nowhere")
@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_the_decision_vectors_agree(evaluator: str) -> None:
    vectors = json.loads((SHARED / "vectors/decision_vectors.json").read_text(encoding="utf-8"))
    wrong = []
    for vector in vectors:
        answer = simulate(json.dumps(vector), "compiled" if evaluator == "compiled" else "reference")
        if (answer.get("decision"), answer.get("reason")) != (vector["decision"], vector["reason"]):
            wrong.append((vector["name"], answer))
    assert wrong == []
    assert len(vectors) == 71


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.is_dir(), reason="the data lies beside the checkout or nowhere")
@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_the_truth_table_agrees(evaluator: str) -> None:
    vectors = json.loads((SHARED / "vectors/condition_truth_table.json").read_text(encoding="utf-8"))["vectors"]
    full = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    wrong = []
    for vector in vectors:
        condition = {"Condition": {vector["operator"]: {"k:k": vector["policy_values"]}}}
        found = []
        for effect in ("Allow", "Deny"):
            statements = [{**full, **condition, "Effect": effect}, *([full] if effect == "Deny" else [])]
            request = {"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:Get", "resource": "*"}
            case = {
                "request": {**request, "context": {"k:k": vector["context_values"]}},
                "layers": {"identity": [{"Version": "2012-10-17", "Statement": statements}]},
            }
            found.append(simulate(case, "compiled" if evaluator == "compiled" else "reference")["decision"])
        truth = {("ALLOW", "EXPLICIT_DENY"): "T", ("IMPLICIT_DENY", "EXPLICIT_DENY"): "I", ("IMPLICIT_DENY", "ALLOW"): "F"}
        if truth.get((found[0], found[1])) != vector["expected"]:
            wrong.append((vector, found))
    assert wrong == []
    assert len(vectors) == 1304


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.is_dir(), reason="the data lies beside the checkout or nowhere")
@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_the_managed_policies_parse_but_for_the_explained_ones(evaluator: str) -> None:
    import gzip

    refused = {}
    with gzip.open(SHARED / "data/aws_managed_policies.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            policy = json.loads(line)
            document = policy["document"]
            text = document if isinstance(document, str) else json.dumps(document)
            error = parse(evaluator, {"kind": "identity", "text": text})
            if error is not None:
                refused[policy["name"]] = error["code"]
    # docs/managed-policies.md explains it.
    assert refused == {"AmazonDevOpsGuruOrganizationsAccess": "MISSING_ARN_RESOURCE"}
