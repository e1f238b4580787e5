"""Cases of other engines and of AWS's tools; docs/peers.md lists every disagreement with its reason."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import MalformedPolicyDocument, PolicyKind, _core, reference
from bailiwick.account import load_account
from bailiwick.models import BUILT_IN_PROFILES
from bailiwick.snapshot_case import case_of
from tests.drawing import Json

DATA = Path(__file__).resolve().parents[2] / "shared/data"
PEERS = Path(__file__).resolve().parents[1] / "docs/peers.md"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not DATA.is_dir(), reason="the data lies beside the checkout or nowhere"),
]
EVALUATORS = pytest.mark.parametrize("evaluator", ["compiled", "reference"])
#: Issues of parliament that are about the form of a document; the others are advice, or need a catalogue.
FORM = {
    "MALFORMED", "INVALID_SID", "DUPLICATE_SID", "UNKNOWN_OPERATOR", "INVALID_ARN", "NOTPRINCIPAL_WITH_ALLOW", "MISMATCHED_TYPE"
}  # fmt: skip


def rows(file: str) -> list[Json]:
    with gzip.open(DATA / file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def documented(prefix: str) -> dict[str, str]:
    """What docs/peers.md says that bailiwick says, by case."""
    found = {}
    for line in PEERS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and cells[0].startswith(f"`{prefix}"):
            found[cells[0].strip("`")] = cells[-2].strip("`")
    return found


def parsed(evaluator: str, text: str, kind: str, service: str = "") -> str:
    """`parses`, or the code of the refusal."""
    try:
        if evaluator == "compiled":
            _core.parse_policy(text.encode(), kind, service)
        else:
            reference.parse(text, PolicyKind(kind), profile=BUILT_IN_PROFILES.get(service, bw.ServiceProfile()))
    except MalformedPolicyDocument as error:
        return error.code
    return "parses"


@EVALUATORS
def test_moto(evaluator: str) -> None:
    """Documents that AWS accepts or refuses, recorded by moto."""
    disagreements = {}
    cases = rows("peer_cases/moto_policy_validation.jsonl.gz")
    for case in cases:
        text = case.get("text") or json.dumps(case["document"])
        answer = parsed(evaluator, text, "identity")
        if (answer == "parses") is not (case["expected"] == "valid"):
            disagreements[case["id"]] = answer
    assert disagreements == documented("moto/")
    assert len(cases) == 84


@EVALUATORS
def test_parliament(evaluator: str) -> None:
    disagreements = {}
    cases = rows("peer_cases/parliament_lint.jsonl.gz")
    for case in cases:
        kind = "resource" if 'Principal"' in case["policy_text"] else "identity"
        answer = parsed(evaluator, case["policy_text"], kind, "s3")
        if (answer == "parses") is bool(FORM & set(case["expected"]["issues"])):
            disagreements[case["id"]] = answer
    assert disagreements == documented("parliament/")
    assert len(cases) == 45


def test_iamspy() -> None:
    disagreements = {}
    cases = rows("peer_cases/iamspy.jsonl.gz")
    for case in cases:
        principal, action, resource, *more = case["input"]
        context = dict(pair.split("=", 1) for pair in (more[0] if more else []))
        answer = can(case["account"], principal, action, resource, context)
        if answer != ("can" if case["expected"] else "cannot"):
            disagreements[case["id"]] = answer
    assert disagreements == documented("iamspy/")
    assert len(cases) == 12


def can(account: Json, principal: str, action: str, resource: str, context: dict[str, Any]) -> str:
    """Whether a request is allowed, by both evaluators; or the code of the document that cannot be read."""
    (dump,) = account["gaads"]
    held = tuple(
        bw.Resource(arn=one["Resource"], account=one["Account"], policy=json.dumps(one["Policy"]))
        for file in account.get("resources", [])
        for one in file
    )
    organization = organization_of(account["scps"][0]) if "scps" in account else None
    snapshot = load_account(dump, organization=organization, resource_policies=held)
    request = (principal, action, resource, context)
    try:
        found = bw.Engine(snapshot).check(*request)
    except bw.UnknownPrincipal:
        return "cannot"
    except MalformedPolicyDocument as error:
        return error.code
    plain = reference.simulate(json.dumps(case_of(snapshot, *request)), strict=True)
    assert (found.decision, found.reason) == (plain["decision"], plain["reason"])
    return "can" if found.allowed else "cannot"


def organization_of(root: Json) -> bw.Organization:
    """IAMSpy keeps an organization as a tree."""
    policies: dict[str, str] = {}

    def targets(node: Json, parent: str | None) -> Iterator[bw.OrganizationTarget]:
        policies.update({policy["Id"]: json.dumps(policy["Content"]) for policy in node["Policies"]})
        yield bw.OrganizationTarget(id=node["Id"], parent=parent, scps=tuple(policy["Id"] for policy in node["Policies"]))
        for child in node.get("Children", []):
            yield from targets(child, node["Id"])

    tree = tuple(targets(root, None))
    _, _, _, _, manager, path = root["Arn"].split(":")
    scps = tuple(bw.Policy(id=id, document=text) for id, text in policies.items())
    return bw.Organization(id=path.split("/")[1], management_account=manager, targets=tree, scps=scps, rcp_enabled=False)


def test_denials_are_worded_as_those_of_aws() -> None:
    disagreements, compared = {}, 0
    for row in rows("peer_cases/aws_denials.jsonl.gz"):
        request = denied_request(row)
        if request is None:
            continue
        compared += 1
        principal, action, resource = request
        found = engine_with(principal).check(principal, action, resource)
        expected = f"User: {principal} is not authorized to perform: {action} on resource: {resource} {row['reason']}"
        assert found.decision is bw.Outcome.IMPLICIT_DENY
        if found.message != expected:
            disagreements[row["id"]] = found.reason
    assert disagreements == documented("aws-denial/")
    assert compared == 71


def denied_request(row: Json) -> tuple[str, str, str] | None:
    """Caller, action and resource of a record with a reason; `None` where AWS names no resource that can be asked for."""
    resource = row["resource"] or ""
    if row["reason"] is None or not (resource == "*" or re.fullmatch(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", resource)):
        return None
    account = row["principal"].split(":")[4]
    # The records' accounts were replaced, and not all of them by the same number.
    return row["principal"], row["iam_action"], re.sub(r"^((?:[^:]*:){4})\d{12}:", rf"\g<1>{account}:", resource)


def engine_with(principal: str) -> bw.Engine:
    """An engine that holds one identity without policies."""
    account = principal.split(":")[4]
    if ":assumed-role/" in principal:
        trust = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}'
        role = bw.Role(arn=f"arn:aws:iam::{account}:role/{principal.split('/')[1]}", trust=trust)
        return bw.Engine(bw.Snapshot(accounts=(bw.Account(id=account, roles=(role,)),)))
    return bw.Engine(bw.Snapshot(accounts=(bw.Account(id=account, users=(bw.User(arn=principal),)),)))


def test_access_analyzer() -> None:
    """What AWS's ValidatePolicy calls an error of a managed policy is, but for the grammar's, the validator's to say."""
    history = {(row["name"], row["version_id"]): row["document"] for row in rows("aws_managed_policy_history.jsonl.gz")}
    refused, errors, agree = set(), set(), 0
    cases = rows("peer_cases/aws_access_analyzer_findings.jsonl.gz")
    for case in cases:
        document = history[case["name"], case["version_id"]]
        answer = parsed("compiled", document if isinstance(document, str) else json.dumps(document), "identity")
        found = {finding["code"] for finding in case["findings"] if finding["type"] == "ERROR"}
        agree += (answer == "parses") is not bool(found)
        errors |= found
        if answer != "parses":
            refused.add((case["name"], answer))
    assert errors == {name for name in documented("") if name.isupper()}
    assert refused == {("AmazonDevOpsGuruOrganizationsAccess", "MISSING_ARN_RESOURCE")}
    assert (agree, len(cases)) == (1311, 1582)


def test_the_counts_of_the_manual() -> None:
    """Cases that are compared, less the disagreements, are those that agree."""
    lines = [line.split("|")[1:-1] for line in PEERS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    counts = {cells[0].split(":")[0].strip(): (cells[1].strip(), cells[3].strip()) for cells in lines if len(cells) == 4}
    assert counts["AWS Access Analyzer"] == ("1,582", "1,311")
    for name, prefix in (("moto", "moto/"), ("parliament", "parliament/"), ("IAMSpy", "iamspy/"), ("AWS", "aws-denial/")):
        compared, agree = (int(text.split()[0]) for text in counts[name])
        assert compared - agree == len(documented(prefix)), name
