"""`bailiwick batch` in all its formats, from files and through pipes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from bailiwick.cli import main
from tests.test_cli import EXAMPLE, FILES, Capture

FORMATS = ("csv", "jsonl", "parquet", "arrow", "arrows")
COMMAND = [sys.executable, "-m", "bailiwick", "batch", *FILES]


def requests() -> list[dict[str, Any]]:
    with (EXAMPLE / "requests.csv").open(encoding="utf-8", newline="") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]


def expected() -> list[tuple[str, str]]:
    with (EXAMPLE / "expected.csv").open(encoding="utf-8", newline="") as file:
        return [(row["decision"], row["reason"]) for row in csv.DictReader(file)]


def written(rows: list[dict[str, Any]], form: str) -> bytes:
    """The rows as the bytes of a file."""
    if form == "csv":
        text = io.StringIO()
        table = csv.DictWriter(text, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
        return text.getvalue().encode()
    if form == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    sink = io.BytesIO()
    whole = pa.Table.from_pylist(rows)
    if form == "parquet":
        parquet.write_table(whole, sink, row_group_size=7)
    elif form == "arrow":
        with pa.ipc.new_file(sink, whole.schema) as file:
            file.write_table(whole, max_chunksize=5)
    else:
        with pa.ipc.new_stream(sink, whole.schema) as stream:
            stream.write_table(whole, max_chunksize=5)
    return sink.getvalue()


def read(data: bytes, form: str) -> list[dict[str, Any]]:
    """The rows of a file."""
    if form == "csv":
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(io.StringIO(data.decode()))]
    if form == "jsonl":
        return [json.loads(line) for line in data.decode().splitlines()]
    if form == "parquet":
        found: list[dict[str, Any]] = parquet.read_table(io.BytesIO(data)).to_pylist()
        return found
    opened = pa.ipc.open_file(data) if data.startswith(b"ARROW1") else pa.ipc.open_stream(data)
    return list(opened.read_all().to_pylist())


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_format_becomes_every_other(source: str, target: str, tmp_path: Path) -> None:
    asked, answered = tmp_path / f"in.{source}", tmp_path / f"out.{target}"
    asked.write_bytes(written(requests(), source))
    assert main(["batch", *FILES, str(asked), "-o", str(answered)]) == 0
    found = read(answered.read_bytes(), target)
    assert [(row["decision"], row["reason"]) for row in found] == expected()
    assert [{name: row[name] for name in requests()[0]} for row in found] == requests()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([asked.name, answered.name])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_goes_through_pipes(form: str) -> None:
    run = subprocess.run([*COMMAND, "-", "--format", form], input=written(requests(), form), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    assert [(row["decision"], row["reason"]) for row in read(run.stdout, form)] == expected()
    assert f"{len(expected())} rows" in run.stderr.decode()


@pytest.mark.parametrize("form", FORMATS)
def test_answers_that_were_there_before_are_replaced(form: str, tmp_path: Path) -> None:
    stale = [{**row, "decision": "ALLOW", "reason": "x", "deciding_layer": None} for row in requests()]
    asked, answered = tmp_path / f"in.{form}", tmp_path / f"out.{form}"
    asked.write_bytes(written(stale, form))
    assert main(["batch", *FILES, str(asked), "-o", str(answered)]) == 0
    assert [(row["decision"], row["reason"]) for row in read(answered.read_bytes(), form)] == expected()


@pytest.mark.parametrize("form", ["parquet", "arrow", "arrows"])
def test_a_column_without_a_meaning_is_refused_before_anything_is_written(form: str, tmp_path: Path, capsys: Capture) -> None:
    rows = [{**row, "app:size": 1.5} for row in requests()]
    asked, answered = tmp_path / f"in.{form}", tmp_path / f"out.{form}"
    asked.write_bytes(written(rows, form))
    assert main(["batch", *FILES, str(asked), "-o", str(answered)]) == 2
    assert "column `app:size`: expected an integer, a decimal or text, found Float64" in capsys.readouterr().err
    assert not answered.exists()
    asked.write_bytes(written([{"principal": "a", "action": "b"}], form))
    assert main(["batch", *FILES, str(asked), "-o", str(answered)]) == 2
    assert "column `resource` is missing" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["parquet", "arrow", "arrows"])
def test_a_damaged_file_is_an_error_and_leaves_nothing(form: str, tmp_path: Path, capsys: Capture) -> None:
    asked, answered = tmp_path / f"in.{form}", tmp_path / f"out.{form}"
    asked.write_bytes(b"nonsense" * 100)
    assert main(["batch", *FILES, str(asked), "-o", str(answered)]) == 2
    assert str(asked) in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [asked.name]


@pytest.mark.parametrize("target", FORMATS)
def test_no_rows_are_a_table_without_rows(target: str, tmp_path: Path) -> None:
    asked, answered = tmp_path / "in.csv", tmp_path / f"out.{target}"
    asked.write_text("principal,action,resource,aws:SourceIp\n", encoding="utf-8")
    assert main(["batch", *FILES, str(asked), "-o", str(answered)]) == 0
    assert read(answered.read_bytes(), target) == []


def test_the_format_must_be_said_where_no_ending_says_it(capsys: Capture) -> None:
    assert main(["batch", *FILES, "-"]) == 2
    assert "--format csv, jsonl, parquet, arrow or arrows" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    rows = requests() * 2000
    with subprocess.Popen(
        [*COMMAND, "-", "--format", "csv"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        with suppress(BrokenPipeError):
            run.stdin.write(written(rows, "csv"))
            run.stdin.close()
        assert run.wait() == 0
        assert b"Traceback" not in run.stderr.read()
