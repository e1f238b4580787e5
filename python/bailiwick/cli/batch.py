"""`bailiwick batch`: a table of requests in, decisions out."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bailiwick.cli.files import output_file, output_path
from bailiwick.cli.snapshot import add_options, snapshot_of
from bailiwick.engine import Engine
from bailiwick.errors import ValidationError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Row: TypeAlias = dict[str, Any]
Write: TypeAlias = Callable[[list[Row]], None]
REQUIRED = ("principal", "action", "resource")
ADDED = ("decision", "reason", "deciding_layer")
_OWN = frozenset((*REQUIRED, "resource_account", *ADDED))
_FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
#: Rows read, decided and written at a time.
CHUNK = 10_000


def add_to(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "batch",
        help="decide a table of requests",
        description="Decides a table of requests. Columns: principal, action, resource and, if wanted, resource_account; every "
        "other column is a context key by its name (an empty CSV cell or null is an absent key, a list is multivalued). The "
        "output keeps rows and columns and adds decision, reason, deciding_layer.",
    )
    add_options(parser)
    parser.add_argument("requests", metavar="REQUESTS", help="CSV, JSON Lines or Parquet; `-` is stdin")
    parser.add_argument("-o", "--output", default="-", metavar="DECISIONS", help="the same formats; `-` is stdout")
    parser.add_argument("--format", choices=["csv", "jsonl", "parquet"], help="for names without an ending, and `-`")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decides all rows."""
    ending = _FORMATS.get(Path(options.requests).suffix.lower())
    source = ending or options.format
    target = _FORMATS.get(Path(options.output).suffix.lower()) or options.format or source
    if source is None or target is None:
        raise ValidationError("say the format with --format csv, jsonl or parquet")
    engine = Engine.from_snapshot(snapshot_of(options))
    start, count, allowed = time.monotonic(), 0, 0
    with _reader(options.requests, source) as (columns, rows):
        missing = [name for name in REQUIRED if columns is not None and name not in columns]
        if missing:
            raise ValidationError(f"{options.requests}: column `{missing[0]}` is missing")
        with _progress() as advance, _writer(options.output, target, columns) as write:
            while chunk := list(islice(rows, CHUNK)):
                decided = decide(engine, chunk)
                write(decided)
                count += len(chunk)
                allowed += sum(row["decision"] == "ALLOW" for row in decided)
                advance(len(chunk))
    seconds = time.monotonic() - start
    print(f"{count:,} rows, {allowed:,} allowed, {count / max(seconds, 1e-9):,.0f} rows/s", file=sys.stderr)
    return 0


def decide(engine: Engine, rows: list[Row]) -> list[Row]:
    """The rows with their decisions."""
    requests = [
        (row.get("principal"), row.get("action"), row.get("resource"), _context(row), row.get("resource_account") or None)
        for row in rows
    ]
    found = []
    for row, decision in zip(rows, engine.check_batch(requests), strict=True):
        answer = (str(decision.decision), decision.reason, decision.deciding_layer)
        found.append({**row, **dict(zip(ADDED, answer, strict=True))})
    return found


def _context(row: Row) -> Row:
    return {key: value for key, value in row.items() if key not in _OWN and value is not None}


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda rows: None
        return
    columns = (SpinnerColumn(), TextColumn("deciding"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("rows", total=None)
        yield lambda rows: progress.advance(task, rows)


# Readers --------------------------------------------------------------------------------------------------------------


@contextmanager
def _reader(path: str, form: str) -> Iterator[tuple[list[str] | None, Iterator[Row]]]:
    """Columns, if the format says them first, and rows."""
    if form == "parquet":
        parquet = _parquet()
        if path == "-":
            raise ValidationError("parquet cannot be read from stdin")
        with parquet.ParquetFile(path) as file:
            yield file.schema_arrow.names, (row for part in file.iter_batches(CHUNK) for row in part.to_pylist())
        return
    with _opened(path) as file:
        if form == "csv":
            table = csv.DictReader(file, strict=True)
            yield list(table.fieldnames or []), _csv_rows(table, path)
        else:
            yield None, _json_rows(file, path)


def _opened(path: str) -> AbstractContextManager[Any]:
    return nullcontext(sys.stdin) if path == "-" else open(path, encoding="utf-8-sig", newline="")


def _csv_rows(table: csv.DictReader[str], path: str) -> Iterator[Row]:
    try:
        for row in table:
            if None in row or any(value is None for value in row.values()):
                raise ValidationError(f"{path}: line {table.line_num}: expected {len(table.fieldnames or [])} cells")
            yield {key: value if value != "" else None for key, value in row.items()}
    except csv.Error as error:
        raise ValidationError(f"{path}: line {table.line_num}: {error}") from None


def _json_rows(file: Iterator[str], path: str) -> Iterator[Row]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ValidationError(f"{path}: line {number}: {error}") from None
        if not isinstance(row, dict):
            raise ValidationError(f"{path}: line {number}: expected an object")
        missing = [name for name in REQUIRED if name not in row]
        if missing:
            raise ValidationError(f"{path}: line {number}: member `{missing[0]}` is missing")
        yield row


def _parquet() -> Any:
    try:
        from pyarrow import parquet
    except ImportError:
        raise ValidationError("parquet needs pyarrow: pip install 'bailiwick[parquet]'") from None
    return parquet


# Writers --------------------------------------------------------------------------------------------------------------


@contextmanager
def _writer(path: str, form: str, columns: list[str] | None) -> Iterator[Write]:
    if form == "parquet":
        if path == "-":
            raise ValidationError("parquet cannot be written to stdout")
        with output_path(path) as place, _parquet_writer(place) as write:
            yield write
        return
    with output_file(path) as file:
        if form == "jsonl":
            yield lambda rows: file.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
            return
        table: csv.DictWriter[str] | None = None

        def write_csv(rows: list[Row]) -> None:
            nonlocal table
            if table is None:
                names = [*dict.fromkeys([*(columns or rows[0]), *ADDED])]
                table = csv.DictWriter(file, names, lineterminator="\n")
                table.writeheader()
            table.writerows(rows)

        yield write_csv
        if table is None and columns is not None:
            csv.DictWriter(file, [*columns, *ADDED], lineterminator="\n").writeheader()


@contextmanager
def _parquet_writer(place: Path) -> Iterator[Write]:
    parquet = _parquet()
    import pyarrow

    writer: Any = None

    def write(rows: list[Row]) -> None:
        nonlocal writer
        table = pyarrow.Table.from_pylist(rows) if writer is None else pyarrow.Table.from_pylist(rows, writer.schema)
        if writer is None:
            writer = parquet.ParquetWriter(place, table.schema)
        writer.write_table(table)

    yield write
    if writer is None:
        parquet.write_table(pyarrow.table({name: [] for name in (*REQUIRED, *ADDED)}), place)
    else:
        writer.close()
