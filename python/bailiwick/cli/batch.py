"""`bailiwick batch`: a table of requests in, decisions out."""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast, get_args

from bailiwick.cli.arrow_tables import (
    ArrowTable,
    TableFormat,
    allowed_rows,
    path_format,
    pyarrow,
    read_table,
    storable,
    write_table,
)
from bailiwick.cli.progress import progress
from bailiwick.cli.snapshot import add_options, snapshot_of
from bailiwick.cli.text_rows import Lexeme, Row, TextFormat, TextRows, read_rows, write_rows
from bailiwick.engine import Engine
from bailiwick.errors import ValidationError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

ADDED = ("decision", "reason", "deciding_layer")
_OWN = frozenset(("principal", "action", "resource", "resource_account", *ADDED))
FORMATS = ("csv", "jsonl", "parquet", "arrow", "arrows")


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
    parser.add_argument("requests", metavar="REQUESTS", help="CSV, JSON Lines, Parquet or Arrow IPC; `-` is stdin")
    parser.add_argument("-o", "--output", default="-", metavar="DECISIONS", help="the same formats; `-` is stdout")
    parser.add_argument("--format", choices=FORMATS, help="for names without an ending, and `-`")
    parser.add_argument("--threads", type=int, metavar="N", help="at most this many; all cores otherwise")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decides all rows."""
    source = path_format(options.requests) or options.format
    target = path_format(options.output) or options.format or source
    if source is None or target is None:
        raise ValidationError(f"say the format with --format {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    engine = Engine.from_snapshot(snapshot_of(options))
    start = time.monotonic()
    with ExitStack() as files:
        if source in get_args(TextFormat):
            rows = files.enter_context(read_rows(options.requests, cast(TextFormat, source)))
            count, allowed = _decide_rows(engine, rows, options.output, target, options.threads)
        else:
            table = files.enter_context(read_table(options.requests, cast(TableFormat, source)))
            count, allowed = _decide_table(engine, table, options.output, target, options.threads)
    seconds = time.monotonic() - start
    print(f"{count:,} rows, {allowed:,} allowed, {count / max(seconds, 1e-9):,.0f} rows/s", file=sys.stderr)
    return 0


def _decide_rows(engine: Engine, rows: TextRows, output: str, target: str, threads: int | None) -> tuple[int, int]:
    """From text; gives the numbers of rows and of allowed ones."""
    count = allowed = 0
    columns = None if rows.columns is None else list(dict.fromkeys([*rows.columns, *ADDED]))
    with ExitStack() as files:
        tell = files.enter_context(progress())
        text = target in get_args(TextFormat)
        write: Any = files.enter_context(write_rows(output, cast(TextFormat, target), columns)) if text else None
        schema: Any = None
        for chunk in rows.chunks:
            decided = decide(engine, chunk, threads)
            if write is None:
                schema = pyarrow().Table.from_pylist(decided).schema
                write = files.enter_context(write_table(output, cast(TableFormat, target), schema))
            write(decided if text else pyarrow().Table.from_pylist(decided, schema))
            count += len(chunk)
            allowed += sum(row["decision"] == "ALLOW" for row in decided)
            tell(count, rows.part())
        if write is None:
            names = columns or ["principal", "action", "resource", *ADDED]
            empty = pyarrow().schema([(name, pyarrow().string()) for name in names])
            files.enter_context(write_table(output, cast(TableFormat, target), empty))
    return count, allowed


def decide(engine: Engine, rows: list[Row], threads: int | None = None) -> list[Row]:
    """The rows with their decisions."""
    requests = [
        (row.get("principal"), row.get("action"), row.get("resource"), _context(row), row.get("resource_account") or None)
        for row in rows
    ]
    answers = engine.check_batch(requests, threads=threads).answers
    return [{**row, **dict(zip(ADDED, answer, strict=True))} for row, answer in zip(rows, answers, strict=True)]


def _context(row: Row) -> Row:
    return {key: _context_value(value) for key, value in row.items() if key not in _OWN and value is not None}


def _context_value(value: Any) -> Any:
    if isinstance(value, Lexeme):
        return value.text
    return [item.text if isinstance(item, Lexeme) else item for item in value] if isinstance(value, list) else value


def _decide_table(engine: Engine, table: ArrowTable, output: str, target: str, threads: int | None) -> tuple[int, int]:
    """From a table; gives the numbers of rows and of allowed ones."""
    pa = pyarrow()
    kept = [name for name in table.schema.names if name not in ADDED]
    asked: deque[Any] = deque()

    def remembered() -> Iterator[Any]:
        for batch in table.batches:
            asked.append(batch.select(kept))
            yield asked[-1]

    requests = pa.RecordBatchReader.from_batches(pa.schema([table.schema.field(name) for name in kept]), remembered())
    answers = engine.check_batch(requests, threads=threads)
    schema = pa.schema([*requests.schema, *answers.schema])
    count = allowed = 0
    with ExitStack() as files:
        tell = files.enter_context(progress())
        if target in get_args(TextFormat):
            write_text = files.enter_context(write_rows(output, cast(TextFormat, target), schema.names))

            def write(batch: Any) -> None:
                write_text(batch.to_pylist())

        else:
            stored = storable(schema, cast(TableFormat, target))
            write_stored = files.enter_context(write_table(output, cast(TableFormat, target), stored))

            def write(batch: Any) -> None:
                write_stored(batch.cast(stored))

        for answer in answers:
            batch = asked.popleft()
            write(pa.RecordBatch.from_arrays([*batch.columns, *answer.columns], schema=schema))
            count += answer.num_rows
            allowed += allowed_rows(answer)
            tell(count, None if table.rows is None else count / max(table.rows, 1))
    return count, allowed
