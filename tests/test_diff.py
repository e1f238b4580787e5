"""What differs between two policies or snapshots: in the text, where order and spelling mean nothing, and in decisions."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import bailiwick as bw
from bailiwick.cli import main
from bailiwick.diff import DecisionDifference, ElementChange, StatementChange, compare_documents, compare_snapshots
from bailiwick.diff import decisions as decisions_module
from bailiwick.diff.sides import load_side
from bailiwick.models import PolicyKind
from tests import snapshots
from tests.campaign import Fast
from tests.drawing import A, Draw, Json
from tests.test_snapshots import usable

Capture = pytest.CaptureFixture[str]
EXAMPLE = Path(__file__).resolve().parents[1] / "examples/organization"
ANN = f"arn:aws:iam::{A}:user/ann"
READ: Json = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "arn:aws:s3:::b/*"}
STOP: Json = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}


def document(*statements: Json, version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def changes(
    old: str, new: str, kind: PolicyKind = PolicyKind.IDENTITY
) -> list[tuple[str, int | None, int | None, dict[str, Any]]]:
    return [
        (one.change, one.old, one.new, {e.element: (e.removed, e.added) for e in one.elements})
        for one in compare_documents(old, new, kind)
    ]


# Text -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "same",
    [
        document(STOP, READ),
        document(READ, {**STOP, "Action": ["S3:deletebucket", "s3:DeleteBucket"]}),
        document({**READ, "Action": ["s3:List*", "s3:Get*"], "Sid": "Other"}, STOP),
        document(READ, STOP, version="2008-10-17"),
        json.dumps({"Id": "x", **json.loads(document(READ, STOP))}, indent=3),
    ],
)
def test_what_means_nothing_is_no_difference(same: str) -> None:
    assert changes(document(READ, STOP), same) == []


def test_principals_that_mean_the_same_account_do_not_differ() -> None:
    one, other = (
        {"Effect": "Allow", "Principal": {"AWS": name}, "Action": "s3:*", "Resource": "*"}
        for name in (A, f"arn:aws:iam::{A}:root")
    )
    assert changes(document(one), document(other), PolicyKind.RESOURCE) == []


@pytest.mark.parametrize(
    ("new", "elements"),
    [
        ({**READ, "Action": ["s3:Get*", "s3:Put*"]}, {"Action": (("s3:List*",), ("s3:Put*",))}),
        ({**READ, "Effect": "Deny"}, {"Effect": (("Allow",), ("Deny",))}),
        ({**READ, "Resource": "*"}, {"Resource": (("arn:aws:s3:::b/*",), ("*",))}),
        (
            {**READ, "Condition": {"Bool": {"aws:SecureTransport": True}}},
            {"Bool aws:SecureTransport": ((), ("true",))},
        ),
        (
            {"Sid": "Read", "Effect": "Allow", "NotAction": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
            {"Action": (("s3:Get*", "s3:List*"), ()), "NotAction": ((), ("s3:Get*",))},
        ),
    ],
)
def test_a_changed_statement_is_told_by_its_elements(new: Json, elements: dict[str, Any]) -> None:
    assert changes(document(STOP, READ), document(new, STOP)) == [("changed", 1, 0, elements)]


def test_a_version_counts_where_variables_do() -> None:
    home = {**READ, "Resource": "arn:aws:s3:::b/${aws:username}/*"}
    (change,) = changes(document(home), document(home, version="2008-10-17"))
    assert change == ("changed", 0, 0, {"Version": ((), ("2008-10-17",))})


def test_statements_are_paired_by_what_they_say_then_by_sid_then_by_likeness() -> None:
    other = {"Sid": "Read", "Effect": "Deny", "Action": "ec2:*", "Resource": "*"}
    moved = {**READ, "Sid": "Moved"}
    assert changes(document(READ), document(other, moved)) == [
        ("added", None, 0, {"Effect": ((), ("Deny",)), "Action": ((), ("ec2:*",)), "Resource": ((), ("*",))})
    ]
    assert [one[:3] for one in changes(document(READ), document(other))] == [("changed", 0, 0)]
    unlike = {**other, "Sid": "Else"}
    assert [one[:3] for one in changes(document(READ), document(unlike))] == [("added", None, 0), ("removed", 0, None)]


def test_a_document_and_itself_in_another_order_never_differ() -> None:
    for seed in range(150):
        draw, rng = Draw(Fast(seed)), random.Random(seed)
        kind = draw.of(["identity", "resource", "trust"])
        found = {**draw.document(kind), "Version": "2012-10-17"}
        statements = found["Statement"] if isinstance(found["Statement"], list) else [found["Statement"]]
        mixed = [shuffled({**one, "Sid": f"S{at}"}, rng) for at, one in enumerate(statements)]
        rng.shuffle(mixed)
        other = {**found, "Statement": mixed}
        assert compare_documents(json.dumps(found), json.dumps(other), PolicyKind(kind)) == (), seed


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        rng.shuffle(names)
        return {name: shuffled(value[name], rng) for name in names}
    if isinstance(value, list):
        mixed = [*value, rng.choice(value)]
        rng.shuffle(mixed)
        return mixed
    return value


def test_removing_what_was_added_leads_back() -> None:
    """Both directions tell the same values, the one as added, the other as removed."""
    told = 0
    for seed in range(150):
        draw = Draw(Fast(seed))
        one, other = (json.dumps({**draw.document("identity"), "Version": "2012-10-17"}) for _ in range(2))
        there, back = (compare_documents(*pair) for pair in ((one, other), (other, one)))
        assert values(there, "added") == values(back, "removed"), seed
        assert values(there, "removed") == values(back, "added"), seed
        told += len(there)
    assert told > 150


def values(found: tuple[StatementChange, ...], which: str) -> list[tuple[str, str]]:
    def key(element: ElementChange) -> str:
        return element.element.lower()

    return sorted((key(e), value) for one in found for e in one.elements for value in getattr(e, which))


# Snapshots ------------------------------------------------------------------------------------------------------------


def example() -> bw.Snapshot:
    snapshot = load_side(str(EXAMPLE)).snapshot
    assert snapshot is not None
    return snapshot


def test_a_snapshot_does_not_differ_from_itself() -> None:
    assert not compare_snapshots(example(), example())


def user_change(change: Callable[[bw.User], bw.User]) -> bw.Snapshot:
    snapshot = example()
    (account,) = snapshot.accounts
    users = tuple(change(user) if user.arn == ANN else user for user in account.users)
    return replace(snapshot, accounts=(replace(account, users=users),))


@pytest.mark.parametrize(
    ("change", "member", "removed", "added"),
    [
        (lambda user: replace(user, groups=("finance",)), "groups", ("dispatch",), ("finance",)),
        (lambda user: replace(user, tags={"team": "east"}), "tags", ("team=north",), ("team=east",)),
        (
            lambda user: replace(user, boundary=f"arn:aws:iam::{A}:policy/DeveloperBoundary"),
            "boundary",
            (),
            (f"arn:aws:iam::{A}:policy/DeveloperBoundary",),
        ),
        (
            lambda user: replace(user, policies=(f"arn:aws:iam::{A}:policy/EditDocs",)),
            "policies",
            (),
            (f"arn:aws:iam::{A}:policy/EditDocs",),
        ),
    ],
)
def test_what_an_identity_holds_is_told(
    change: Callable[[bw.User], bw.User], member: str, removed: tuple[str, ...], added: tuple[str, ...]
) -> None:
    found = compare_snapshots(example(), user_change(change))
    assert found.documents == ()
    assert [(one.subject, one.member, one.removed, one.added) for one in found.entities] == [(ANN, member, removed, added)]


def test_an_identity_that_went_is_told_once_and_with_its_documents() -> None:
    snapshot = example()
    (account,) = snapshot.accounts
    gone = next(role for role in account.roles if role.arn.endswith("/Ingest"))
    without = replace(snapshot, accounts=(replace(account, roles=tuple(role for role in account.roles if role is not gone)),))
    found = compare_snapshots(snapshot, without)
    assert [(one.subject, one.member, one.removed) for one in found.entities] == [(gone.arn, "exists", ("role",))]
    assert [(one.change, one.id) for one in found.documents] == [
        ("removed", f"{gone.arn}:write"),
        ("removed", f"{gone.arn}:trust"),
    ]
    back = compare_snapshots(without, snapshot)
    assert [(one.change, one.id) for one in back.documents] == [("added", f"{gone.arn}:write"), ("added", f"{gone.arn}:trust")]


def test_attachments_of_an_organization_are_told() -> None:
    snapshot = example()
    assert snapshot.organization is not None
    targets = tuple(replace(one, scps=one.scps[:1]) for one in snapshot.organization.targets)
    found = compare_snapshots(snapshot, replace(snapshot, organization=replace(snapshot.organization, targets=targets)))
    assert [(one.subject, one.member, one.removed) for one in found.entities] == [
        ("target r-root", "scps", ("p-leaveorg1",)),
        ("target ou-root-work0001", "scps", ("p-regions01",)),
    ]


# Decisions ------------------------------------------------------------------------------------------------------------


def drawn_engines(seed: int) -> tuple[bw.Engine, bw.Engine, list[snapshots.Request]]:
    """Two snapshots that differ in a few documents, and requests."""
    draw = Draw(Fast(seed))
    drawn = snapshots.snapshot(draw)
    accounts = tuple(
        replace(one, users=tuple(replace(user, policies=user.policies[:1], boundary=None) for user in one.users))
        for one in drawn.snapshot.accounts
    )
    requests = [usable(drawn.request()) for _ in range(60)]
    return bw.Engine(drawn.snapshot), bw.Engine(replace(drawn.snapshot, accounts=accounts)), requests


def test_rows_tables_and_single_checks_find_the_same_differences() -> None:
    found_some = 0
    for seed in range(12):
        old, new, requests = drawn_engines(seed)
        rows = [{"principal": p, "action": a, "resource": r, **texts(c)} for p, a, r, c in requests if isinstance(p, str)]
        expected = []
        for row in rows:
            context = {key: value for key, value in row.items() if ":" in key}
            request = (row["principal"], row["action"], row["resource"], context)
            one, other = (engine.check_batch([request])[0] for engine in (old, new))
            if one.decision is not other.decision:
                expected.append((row["principal"], row["action"], row["resource"], one.reason, other.reason))
        by_rows, by_table = DecisionDifference(), DecisionDifference()
        by_rows.add_rows(old, new, rows)
        names = sorted({key for row in rows for key in row})
        by_table.add_table(old, new, pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}))
        for difference in (by_rows, by_table):
            told = [
                (one.request["principal"], one.request["action"], one.request["resource"], one.old[1], one.new[1])
                for group in difference.changed.values()
                for one in group
            ]
            assert sorted(told) == sorted(expected)
            assert difference.asked == len(rows)
        assert by_rows.undecided == by_table.undecided
        found_some += len(expected)
    assert found_some > 20


def texts(context: dict[str, Any]) -> dict[str, str]:
    """The keys that have one value of text, which all formats can hold."""
    return {key: value for key, value in context.items() if isinstance(value, str) and key == key.lower()}


def test_a_grid_is_asked_in_columns_or_in_rows_with_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, _requests = drawn_engines(3)
    principals = [user.arn for user in example().accounts[0].users] + [ANN, f"arn:aws:iam::{A}:user/bob"]
    sides = principals, ["s3:GetObject", "s3:PutObject", "kms:Decrypt"], ["*", "arn:aws:s3:::b", "arn:aws:s3:::b/home/ann/x"]
    monkeypatch.setattr(decisions_module, "_CHUNK", 2)
    columns, rows = DecisionDifference(), DecisionDifference()
    columns.add_grid(old, new, *sides, {"app:num": "7"})
    monkeypatch.setattr(decisions_module, "_pyarrow", lambda: None)
    rows.add_grid(old, new, *sides, {"app:num": "7"})
    assert columns == rows
    assert columns.asked == len(principals) * 9


def test_groups_are_told_apart_and_cut_at_the_limit() -> None:
    def engine(*statements: Json) -> bw.Engine:
        user = bw.User(arn=ANN, inline=(bw.Policy(id="p", document=document(*statements)),))
        return bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(user,)),)))

    old = engine({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}, STOP)
    new = engine({"Effect": "Allow", "Action": ["s3:GetObject", "s3:Put*"], "Resource": "*"})
    found = DecisionDifference(limit=1)
    actions = ["s3:GetObject", "s3:GetTag", "s3:PutObject", "s3:PutTag", "s3:DeleteBucket", "ec2:X"]
    found.add_grid(old, new, [ANN, f"{ANN}x"], actions, ["*"])
    assert found.counts == {"newly_allowed": 2, "newly_denied": 1, "denied_otherwise": 1}
    assert [len(group) for group in found.changed.values()] == [1, 1, 1]
    assert found.undecided == {"unknown_principal": 6}


# The command line -----------------------------------------------------------------------------------------------------


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The example with one statement turned round."""
    for path in EXAMPLE.glob("*.json*"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    text = (tmp_path / "account.json").read_text(encoding="utf-8")
    turned = text.replace(
        '"Effect": "Deny",\n        "Action": "s3:DeleteBucket"', '"Effect": "Allow",\n        "Action": "s3:DeleteBucket"'
    )
    assert turned != text
    (tmp_path / "account.json").write_text(turned, encoding="utf-8")
    return tmp_path


def test_the_same_exits_with_0(capsys: Capture) -> None:
    assert main(["diff", str(EXAMPLE), str(EXAMPLE), "--requests", str(EXAMPLE / "requests.csv")]) == 0
    assert capsys.readouterr().out.startswith("no statement and no attachment differs\n\n45 requests: 0 newly allowed")


def test_decisions_that_differ_are_a_difference_even_if_no_text_is(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bailiwick.diff import SnapshotDifference
    from bailiwick.diff import snapshots as snapshots_module

    monkeypatch.setattr(snapshots_module, "compare_snapshots", lambda old, new: SnapshotDifference())
    assert main(["diff", str(EXAMPLE), str(changed)]) == 0
    assert main(["diff", str(EXAMPLE), str(changed), "--requests", str(EXAMPLE / "requests.csv")]) == 1


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
def test_a_log_in_every_format_tells_the_same(form: str, changed: Path, capsys: Capture) -> None:
    log = changed / f"log.{form}"
    with (EXAMPLE / "requests.csv").open(encoding="utf-8", newline="") as file:
        rows = [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
    if form == "csv":
        log.write_bytes((EXAMPLE / "requests.csv").read_bytes())
    elif form == "jsonl":
        log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})
        if form == "parquet":
            parquet.write_table(table, log)
        else:
            with pa.OSFile(str(log), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
    assert main(["diff", str(EXAMPLE), str(changed), "--requests", str(log)]) == 1
    out = capsys.readouterr().out.replace(f"{changed}/", "").split("\n")
    assert out == [
        f"~ identity policy arn:aws:iam::{A}:group/developers:sandbox  account.json:228:24",
        "  ~ statement 1 (Allow)  account.json:240:8",
        "      Effect: - `Deny`  + `Allow`",
        "",
        "45 requests: 1 newly allowed, 0 newly denied, 0 denied in another way",
        "  1 could not be decided by either: unknown_principal",
        "  1 could not be decided by either: invalid_request",
        "newly allowed:",
        f"  arn:aws:iam::{A}:user/carla s3:DeleteBucket arn:aws:s3:::harbor-new: explicit_deny (identity) -> allow (identity)",
        "",
    ]


def test_a_grid_asks_everybody_and_the_newly_allowed_come_first(changed: Path, capsys: Capture) -> None:
    arguments = ["diff", str(changed), str(EXAMPLE), "--actions", "s3:DeleteBucket", "--resources", "*", "--json"]
    assert main(arguments) == 1
    found = json.loads(capsys.readouterr().out)
    assert list(found["decisions"]) == ["asked", "undecided", "newly_allowed", "newly_denied", "denied_otherwise"]
    assert found["decisions"]["asked"] == 20
    denied = found["decisions"]["newly_denied"]
    assert denied["count"] == len(denied["requests"]) == 3
    assert {one["principal"].rsplit("/")[-1] for one in denied["requests"]} == {"carla", "dmitri", "lee"}
    assert denied["requests"][0]["old"] == {"decision": "ALLOW", "reason": "identity", "deciding_layer": "identity"}
    (document,) = found["text"]["documents"]
    assert (document["change"], document["statements"][0]["elements"][0]["element"]) == ("changed", "Effect")


def test_names_of_a_grid_come_from_files_as_well(changed: Path, capsys: Capture) -> None:
    (changed / "who").write_text(f"\narn:aws:iam::{A}:user/lee\narn:aws:iam::{A}:user/ann\n", encoding="utf-8")
    arguments = ["--principals", f"@{changed / 'who'}", "--actions", "s3:DeleteBucket", "--resources", "*"]
    assert main(["diff", str(EXAMPLE), str(changed), *arguments, "--context", "aws:RequestedRegion=eu-west-1"]) == 1
    assert "2 requests: 1 newly allowed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("identity", "1 newly allowed, 1 newly denied"),
        ("boundary", "1 newly allowed, 1 newly denied"),
        ("scp", "1 newly allowed, 1 newly denied"),
    ],
)
def test_lone_policies_bind_who_asks(kind: str, counts: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.json").write_text(document(READ), encoding="utf-8")
    (tmp_path / "b.json").write_text(document({**READ, "Action": ["s3:Get*", "s3:Put*"]}), encoding="utf-8")
    role = f"arn:aws:sts::{A}:assumed-role/App/s1"
    grid = ["--principals", role, "--actions", "s3:GetX", "s3:ListX", "s3:PutX", "--resources", "arn:aws:s3:::b/k"]
    assert main(["diff", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--kind", kind, *grid]) == 1
    out = capsys.readouterr().out
    assert f"~ {kind} policy b" in out
    assert f"3 requests: {counts}" in out
    log = tmp_path / "log.csv"
    log.write_text("principal,action,resource\n" + f"{role},s3:PutX,arn:aws:s3:::b/k\n{ANN},s3:PutX,*\n", encoding="utf-8")
    assert main(["diff", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--kind", kind, "--requests", str(log)]) == 1
    assert "2 requests: 1 newly allowed, 0 newly denied" in capsys.readouterr().out


def test_folders_organizations_and_test_files_are_compared(tmp_path: Path, changed: Path, capsys: Capture) -> None:
    for side, statement in (("x", READ), ("y", {**READ, "Effect": "Deny"})):
        (tmp_path / side / "sub").mkdir(parents=True)
        (tmp_path / side / "sub/p.json").write_text(document(statement), encoding="utf-8")
    assert main(["diff", str(tmp_path / "x"), str(tmp_path / "y")]) == 1
    assert "~ identity policy sub/p" in capsys.readouterr().out
    assert main(["diff", str(EXAMPLE / "people.policytest.yaml"), str(EXAMPLE)]) == 0
    organization = json.loads((EXAMPLE / "organization.json").read_text(encoding="utf-8"))
    organization["Policies"].pop()
    (tmp_path / "o.json").write_text(json.dumps(organization), encoding="utf-8")
    assert main(["diff", str(EXAMPLE / "organization.json"), str(tmp_path / "o.json")]) == 1
    assert "- rcp policy p-perimeter1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.json", "EXAMPLE"], "none.json: No such file or directory"),
        (
            ["EXAMPLE/services.json", "EXAMPLE"],
            "services.json: expected a policy document, an account, an organization or a policy test",
        ),
        (["EXAMPLE", "EXAMPLE", "--actions", "a:b"], "a grid needs --actions and --resources"),
        (["EXAMPLE", "EXAMPLE", "--requests", "x.csv", "--actions", "a:b"], "exclude each other"),
        (["EXAMPLE", "EXAMPLE", "--requests", "-"], "say the format with --format"),
        (
            ["EXAMPLE/account.json", "EXAMPLE/account.json", "--requests", "EXAMPLE/requests.csv"],
            "account.json:1007:21: policy `",
        ),
    ],
)
def test_mistakes_exit_with_2_and_say_what_would_have_worked(arguments: list[str], words: str, capsys: Capture) -> None:
    assert main(["diff", *(one.replace("EXAMPLE", str(EXAMPLE)) for one in arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err


def test_a_folder_of_policies_decides_nothing(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "p.json").write_text(document(READ), encoding="utf-8")
    assert main(["diff", str(tmp_path), str(tmp_path), "--requests", str(EXAMPLE / "requests.csv")]) == 2
    assert "does not say who holds them" in capsys.readouterr().err


def test_a_lone_policy_that_binds_resources_decides_nothing(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "p.json"
    path.write_text(document({**READ, "Principal": "*"}), encoding="utf-8")
    arguments = ["diff", str(path), str(path), "--kind", "resource", "--requests", str(EXAMPLE / "requests.csv")]
    assert main(arguments) == 2
    assert "a lone resource policy decides nothing; give an account that holds it" in capsys.readouterr().err
