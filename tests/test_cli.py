"""The command line, as a person runs it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from bailiwick.cli import main

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/organization"
FILES = [
    "--account", str(EXAMPLE / "account.json"),
    "--organization", str(EXAMPLE / "organization.json"),
    "--resource-policies", str(EXAMPLE / "resource-policies.jsonl"),
    "--services", str(EXAMPLE / "services.json"),
]  # fmt: skip
ANN = "arn:aws:iam::111122223333:user/ann"
Capture = pytest.CaptureFixture[str]


def check(*more: str, principal: str = ANN, action: str = "s3:GetObject") -> int:
    resource = "arn:aws:s3:::harbor-shipments/1"
    return main(["check", *FILES, "--principal", principal, "--action", action, "--resource", resource, *more])


def test_check_exits_0_when_allowed_and_1_when_denied(capsys: Capture) -> None:
    assert check("--context", "aws:SecureTransport=true", "--explain") == 0
    out = capsys.readouterr().out
    assert out.startswith(f"ALLOW\n  caller    {ANN}\n")
    assert "line 4 column 8: Allow applies\n" in out
    assert "`TlsOnly`" not in out
    assert "\033" not in out
    assert check("--context", "aws:SecureTransport=false") == 1
    assert "explicit deny in a resource-based policy" in capsys.readouterr().out


def test_context_keys_stand_behind_one_option_or_several(capsys: Capture) -> None:
    for keys in (["k:a=1", "k:a=2", "aws:SecureTransport=false"], ["k:a=1", "--context", "aws:SecureTransport=false"]):
        assert check("--context", *keys) == 1
        assert capsys.readouterr().out.startswith("EXPLICIT_DENY  (resource)")


def test_check_prints_json(capsys: Capture) -> None:
    assert check("--json", action="s3:PutObject") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["decision"], found["reason"], found["allowed"]) == ("IMPLICIT_DENY", "identity", False)


def test_check_shows_every_statement_on_request(capsys: Capture) -> None:
    assert check("--context", "aws:SecureTransport=true", "--all-statements") == 0
    assert "statement 0 `TlsOnly`, line 1 column 41: Deny does not apply" in capsys.readouterr().out


def test_check_shows_what_would_help(capsys: Capture) -> None:
    assert check("--context", "aws:SecureTransport=false", "--why-not") == 1
    out = capsys.readouterr().out
    assert out.startswith("EXPLICIT_DENY\n")
    assert "  change  use TLS\n" in out
    assert check("--context", "aws:SecureTransport=false", "--why-not", "--explain") == 1
    assert capsys.readouterr().out.count("EXPLICIT_DENY") == 1


def test_check_prints_explanations_as_json(capsys: Capture) -> None:
    assert check("--json", "--explain", "--why-not", action="s3:PutObject") == 1
    found = json.loads(capsys.readouterr().out)
    assert [gap["layer"] for gap in found["explanation"]["gaps"]] == ["identity"]
    assert found["why_not"]["misses"][0]["change"][0]["kind"] == "statement"
    assert {layer["layer"] for layer in found["explanation"]["layers"]} == {"rcp", "scp", "resource", "identity"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"principal": "arn:aws:iam::111122223333:user/nobody"}, "is not in the snapshot"),
        ({"action": "GetObject"}, "expected `service:Name`"),
    ],
)
def test_mistakes_exit_2_and_say_what_would_have_worked(arguments: dict[str, str], words: str, capsys: Capture) -> None:
    assert check(**arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err


def test_a_missing_file_is_named(capsys: Capture) -> None:
    assert main(["check", "--account", "none.json", "--principal", "a", "--action", "b:c", "--resource", "*"]) == 2
    assert "none.json" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_batch_keeps_rows_and_adds_decisions(form: str, tmp_path: Path) -> None:
    with (EXAMPLE / "requests.csv").open(encoding="utf-8", newline="") as file:
        rows = [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
    with (EXAMPLE / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    source, target = tmp_path / f"in.{form}", tmp_path / f"out.{form}"
    if form == "csv":
        source.write_bytes((EXAMPLE / "requests.csv").read_bytes())
    elif form == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(rows), source)
    assert main(["batch", *FILES, str(source), "-o", str(target)]) == 0
    if form == "csv":
        with target.open(encoding="utf-8", newline="") as file:
            found = [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
    elif form == "jsonl":
        found = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    else:
        found = parquet.read_table(target).to_pylist()
    assert [{name: row[name] for name in row if name in rows[0]} for row in found] == rows
    assert [{"decision": row["decision"], "reason": row["reason"]} for row in found] == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, target.name])


def test_batch_takes_its_files_as_the_manual_writes_them(tmp_path: Path) -> None:
    asked, answered = tmp_path / "requests.csv", tmp_path / "decisions.csv"
    asked.write_text(f"principal,action,resource\n{ANN},iam:CreateUser,*\n", encoding="utf-8")
    files: list[Path] = []
    for number, content in enumerate((json.dumps({"UserDetailList": [{"Arn": ANN}]}), '{"RoleDetailList": []}')):
        files.append(tmp_path / f"page{number}.json")
        files[-1].write_text(content, encoding="utf-8")
    assert main(["batch", "--account", str(files[0]), str(asked), "-o", str(answered)]) == 0
    assert answered.read_text(encoding="utf-8").endswith(f"{ANN},iam:CreateUser,*,IMPLICIT_DENY,identity,identity\n")
    pages = [argument for file in files for argument in ("--account", str(file))]
    assert main(["batch", *pages, str(asked), "-o", str(answered)]) == 0


def test_batch_refuses_a_missing_column_before_anything_is_decided(tmp_path: Path, capsys: Capture) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("principal,action\na,b\n", encoding="utf-8")
    assert main(["batch", *FILES, str(source), "-o", str(target)]) == 2
    assert "column `resource` is missing" in capsys.readouterr().err
    assert not target.exists()


def test_check_refuses_a_session_policy_that_is_no_text(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(b"\xff")
    assert check("--session-policy", str(path)) == 2
    assert f"{path}: not UTF-8 text" in capsys.readouterr().err
    assert check("--session-policy", "none.json") == 2
    assert "none.json: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.csv", b"principal,action,resource,k,k\na,b:c,*,1,2\n", "column `k` is there twice"),
        ("r.csv", b"principal,action,resource,principal\na,b:c,*,d\n", "column `principal` is there twice"),
        ("r.csv", b"\xff\xfe", "not UTF-8 text"),
        ("r.jsonl", b'{"principal":"a","action":"b:c","resource":"*","k":1,"k":2}', "line 1: member `k` is given twice"),
        ("r.jsonl", b'{"principal":"a","action":"b:c","resource":"*","k":NaN}', "line 1: `NaN` is not JSON"),
        ("r.jsonl", b'{"principal":"a","action":"b:c","resource":"*","k":1e999}', "number `1e999` is too large"),
        ("r.jsonl", b"{", "line 1 column 2: expecting property name"),
    ],
)
def test_batch_refuses_rows_of_which_a_part_would_be_lost(
    name: str, text: bytes, words: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    assert main(["batch", *FILES, str(path), "-o", str(tmp_path / "out.csv")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_numbers_of_json_lines_are_texts_to_policies(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"app:size": "1.50"}}}
    inline = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": statement}}
    account, asked, answered = tmp_path / "account.json", tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    account.write_text(json.dumps({"UserDetailList": [{"Arn": ANN, "UserPolicyList": [inline]}]}), encoding="utf-8")
    request = {"principal": ANN, "action": "s3:GetObject", "resource": "*"}
    asked.write_text("\n".join(json.dumps({**request, "app:size": size}) for size in (1.5, 2.5, [1.5])), encoding="utf-8")
    assert main(["batch", "--account", str(account), str(asked), "-o", str(answered)]) == 0
    rows = [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
    assert [(row["app:size"], row["decision"]) for row in rows] == [(1.5, "ALLOW"), (2.5, "IMPLICIT_DENY"), ([1.5], "ALLOW")]


@pytest.mark.parametrize("expect", ["ALLOW", None, {}, [], {"decison": "ALLOW"}])
def test_an_expectation_that_cannot_be_tested_fails(expect: object, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "cases.jsonl"
    request = {"principal": ANN, "action": "s3:GetObject", "resource": "*"}
    path.write_text("\ufeff" + json.dumps({"request": request, "expect": expect}), encoding="utf-8")
    assert main(["simulate", str(path)]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["decision"] == "IMPLICIT_DENY"
    assert "expect: " in captured.err


def test_simulate_answers_every_line_in_order(tmp_path: Path, capsys: Capture) -> None:
    allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    request = {"principal": ANN, "action": "s3:GetObject", "resource": "*"}
    good = {"id": 1, "request": request, "layers": {"identity": [allow]}, "expect": {"decision": "ALLOW", "reason": "identity"}}
    twice = '{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}'
    repeated = '{"id":2,"request":%s,"layers":{"identity":[' + twice + "]}}"
    source, target = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    lines = [
        json.dumps(good),
        repeated % json.dumps(request),
        "nonsense",
        json.dumps({**good, "id": 4, "expect": {"decision": "X"}}),
    ]
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["simulate", str(source), "--engine", "both", "-o", str(target)]) == 1
    found = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [one.get("decision") or one["error"]["code"] for one in found] == [
        "ALLOW", "DUPLICATE_KEY", "JSON_SYNTAX_ERROR", "ALLOW"
    ]  # fmt: skip
    assert [one["id"] for one in found] == [1, 2, None, 4]
    assert "1 passed, 1 failed" in capsys.readouterr().err


def test_simulate_explains_cases_as_text_or_json(tmp_path: Path, capsys: Capture) -> None:
    allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}
    request = {"principal": ANN, "action": "s3:GetObject", "resource": "*"}
    source = tmp_path / "cases.jsonl"
    good = json.dumps({"id": "x", "request": request, "layers": {"identity": [allow]}})
    source.write_text(f"{good}\nnonsense\n", encoding="utf-8")
    assert main(["simulate", str(source), "--explain"]) == 0
    text, error = capsys.readouterr().out.split("\n\n{")
    assert text.startswith(f'case "x"\nIMPLICIT_DENY\n  caller    {ANN}\n')
    assert "no identity policy allows it  [E-13]" in text
    assert "JSON_SYNTAX_ERROR" in error
    assert main(["simulate", str(source), "--explain", "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["explanation"]["gaps"] == [{"layer": "identity", "level": None, "rule": "E-13"}]
    assert second["error"]["code"] == "JSON_SYNTAX_ERROR"
