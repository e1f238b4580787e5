"""Real accounts and policies that nobody here wrote."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import MalformedPolicyDocument, PolicyKind, _core, reference
from bailiwick.account import load_account
from bailiwick.diff import compare_snapshots
from bailiwick.models import BUILT_IN_PROFILES
from bailiwick.snapshot_case import case_of
from bailiwick.testing.coverage import Coverage
from bailiwick.testing.coverage.html import coverage_page
from bailiwick.testing.coverage.text import coverage_text
from bailiwick.testing.questions import Questions
from bailiwick.testing.sources import SnapshotSource

DATA = Path(__file__).resolve().parents[2] / "shared/data"
DUMPS = sorted(path for path in DATA.glob("account_dumps/*.json") if path.name != "manifest.json")
MANAGED = DATA / "aws_managed_policies.jsonl.gz"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not DATA.is_dir(), reason="the data lies beside the checkout or nowhere"),
]
#: Why some files are refused, by words of the refusal.
REFUSED = {
    "is not in the file; give its text": "attaches policies of AWS that neither the dump nor the data holds",
    "a variable holds a context key with a colon": "made from templates that left `${replace()}` behind",
    "expected an ARN or `*`": "made from templates that left a log group's name for its ARN",
    "expected 12 digits": "has `aws` where an account belongs",
    "the account's id is not known": "holds no identity at all",
}
ACTIONS = ("s3:GetObject", "s3:ListAllMyBuckets", "iam:CreateUser", "ec2:RunInstances", "lambda:InvokeFunction", "sts:AssumeRole")


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def load(path: Path) -> bw.Snapshot | str:
    """A snapshot, or why there is none."""
    try:
        snapshot = load_account(path, managed_policies=MANAGED)
        bw.Engine(snapshot)
    except (bw.ValidationError, MalformedPolicyDocument) as error:
        return str(error)
    return snapshot


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_accounts_load_and_both_evaluators_agree_on_them(path: Path) -> None:
    snapshot = load(path)
    if isinstance(snapshot, str):
        assert any(words in snapshot for words in REFUSED), snapshot
        return
    engine = bw.Engine(snapshot)
    for account in snapshot.accounts:
        callers: list[bw.User | bw.Role] = [*account.users[:12], *account.roles[:12]]
        for who in callers:
            resources = ("*", "arn:aws:s3:::example-bucket/key", who.arn)
            for number, action in enumerate(ACTIONS):
                resource = resources[number % 3]
                found = engine.check(who.arn, action, resource)
                assert engine.is_allowed(who.arn, action, resource) is found.allowed
                plain = reference.simulate(json.dumps(case_of(snapshot, who.arn, action, resource)))
                assert (found.decision, found.reason, list(found.missing_keys)) == (
                    plain["decision"],
                    plain["reason"],
                    plain["missing_keys"],
                ), (who.arn, action, resource)


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_decisions_on_real_accounts_are_explained_and_denials_have_changes(path: Path) -> None:
    snapshot = load(path)
    if isinstance(snapshot, str):
        return
    engine = bw.Engine(snapshot)
    for account in snapshot.accounts:
        callers: list[bw.User | bw.Role] = [*account.users[:4], *account.roles[:4]]
        for who in callers:
            for action, resource in (("s3:GetObject", "arn:aws:s3:::example-bucket/key"), ("iam:CreateUser", who.arn)):
                decision = engine.check(who.arn, action, resource)
                assert engine.explain(who.arn, action, resource).decision == decision
                misses = engine.why_not(who.arn, action, resource).misses
                assert bool(misses) is not decision.allowed
                assert all(miss.change for miss in misses), (who.arn, action)


def test_most_accounts_load() -> None:
    loaded = [path.name for path in DUMPS if not isinstance(load(path), str)]
    assert len(loaded) >= 37
    assert "cloudsplaining__example.json" in loaded


def kind_of(file: str) -> tuple[str, str | None] | None:
    """Kind and service of a file of documents; `None` for those that are not meant to parse."""
    if file.startswith("resource_"):
        service = file.removeprefix("resource_")
        return "resource", service if service in BUILT_IN_PROFILES else None
    return {"identity": ("identity", None), "boundary": ("boundary", None), "scp": ("scp", None), "rcp": ("rcp", None),
            "trust": ("trust", None), "vpc_endpoint": ("endpoint", None), "odd_case": ("identity", None),
            "known_bad": ("identity", None), "templated": ("identity", None)}.get(file)  # fmt: skip


def error(parse: Any, text: bytes, kind: str, service: str | None) -> tuple[Any, ...] | None:
    try:
        if parse is reference.parse:
            reference.parse(text, PolicyKind(kind), profile=BUILT_IN_PROFILES.get(service or "", bw.ServiceProfile()))
        else:
            parse(text, kind, service)
    except MalformedPolicyDocument as found:
        return found.code, found.path, found.line, found.column
    return None


@pytest.mark.parametrize("path", sorted(DATA.glob("policies/*.jsonl.gz")), ids=lambda path: path.name.split(".")[0])
def test_both_parsers_say_the_same_of_real_documents(path: Path) -> None:
    file = path.name.split(".")[0]
    known = kind_of(file)
    assert known is not None, file
    kind, service = known
    errors: Counter[str] = Counter()
    rows = lines(path)
    for row in rows:
        text = json.dumps(row["document"], ensure_ascii=False).encode("utf-8", "surrogatepass")
        compiled = error(_core.parse_policy, text, kind, service)
        assert compiled == error(reference.parse, text, kind, service), row["id"]
        errors[compiled[0] if compiled else "parsed"] += 1
    if file == "known_bad":
        assert errors["parsed"] < len(rows) / 2, errors
    if file in ("scp", "rcp", "identity", "boundary", "trust"):
        assert errors["parsed"] > len(rows) / 2, errors


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_coverage_and_differences_of_accounts_are_told(path: Path) -> None:
    """Every document is laid out, marked and compared, whatever it looks like."""
    snapshot = load(path)
    if isinstance(snapshot, str):
        return
    source, coverage = SnapshotSource(path.name, snapshot), Coverage()
    coverage.add(source)
    questions = Questions(snapshot.registry)
    for account in snapshot.accounts:
        callers: list[bw.User | bw.Role] = [*account.users[:12], *account.roles[:12]]
        for caller in callers:
            case = case_of(snapshot, caller.arn, "s3:GetObject", "arn:aws:s3:::b/k")
            coverage.note(source, questions.ask(case))
    page = coverage_page(coverage)
    assert page.count("<details") == len(coverage.documents()) == page.count("</details>")
    assert coverage_text(coverage).startswith("policy ")
    assert not compare_snapshots(snapshot, snapshot)
    emptied = replace(snapshot, accounts=tuple(replace(one, users=(), roles=(), groups=()) for one in snapshot.accounts))
    gone = {change.id for change in compare_snapshots(snapshot, emptied).documents if change.change == "removed"}
    assert gone == {one.id for one in source.documents} - {policy.id for one in snapshot.accounts for policy in one.policies}
