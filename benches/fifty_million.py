"""Streams 50,000,000 rows through `check_batch` in bounded memory: `python benches/fifty_million.py [--rows N] [--file PATH]`.

Rows are drawn from a log like CloudTrail's (`trail`), as plain text columns, and made on the fly in record batches of 65,536
rows; with `--file` they are written to an Arrow IPC file first and read from there. Prints rows per second, with and without
what making or reading the rows costs, and the most memory that the process held.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import measuring
import numpy
import pyarrow as pa
import pyarrow.compute as pc
import tables
import trail

import bailiwick as bw

ROWS = 50_000_000
BATCH = 65_536
DISTINCT = 200_000


class Log:
    """An endless log of the same requests."""

    def __init__(self, seed: int = 5) -> None:
        self.workload = trail.make(DISTINCT)
        self._rng = numpy.random.default_rng(seed)
        self._columns = pa.record_batch(
            {
                name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
                for name, column in tables.columns_of(self.workload.requests).items()
            }
        )

    @property
    def schema(self) -> Any:
        """Columns of the batches."""
        return self._columns.schema

    def batches(self, rows: int) -> Iterator[Any]:
        """Record batches with so many rows in all."""
        for start in range(0, rows, BATCH):
            drawn = tables.draw(self._rng, self._columns.num_rows, min(BATCH, rows - start), self.workload.skew)
            yield self._columns.take(pa.array(drawn))


def run(rows: int = ROWS, file: Path | None = None) -> dict[str, Any]:
    """Streams so many rows.

    Returns:
        `rows`; `seconds` in all, and `source_s` of them without deciding; `rate` of rows a second and `net_rate` without the
        source; `peak` and `before`, bytes that the process held at most and before; `columns`, bytes of all rows; `allowed`.
    """
    log = Log()
    engine = bw.Engine(log.workload.snapshot)
    if file is not None:
        _write(file, log, rows)
    source_s, columns = _drain(_source(file, log, rows))
    measuring.forget_peak()
    before = measuring.held_bytes()
    start = time.perf_counter()
    allowed = done = 0
    for batch in engine.check_batch(_source(file, log, rows)):
        done += batch.num_rows
        allowed += _allowed(batch["decision"])
    seconds = time.perf_counter() - start
    if done != rows:
        raise RuntimeError(f"{rows:,} rows went in, {done:,} came out")
    return {
        "rows": rows,
        "seconds": seconds,
        "source_s": source_s,
        "rate": rows / seconds,
        "net_rate": rows / max(seconds - source_s, 1e-9),
        "peak": measuring.peak_bytes(),
        "before": before,
        "columns": columns,
        "allowed": allowed / rows,
        "source": "file" if file is not None else "made on the fly",
    }


def _source(file: Path | None, log: Log, rows: int) -> Any:
    if file is None:
        return pa.RecordBatchReader.from_batches(log.schema, log.batches(rows))
    return pa.ipc.open_stream(pa.OSFile(str(file), "rb"))


def _write(file: Path, log: Log, rows: int) -> None:
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, log.schema) as writer:
        for batch in log.batches(rows):
            writer.write_batch(batch)


def _drain(source: Any) -> tuple[float, int]:
    """Seconds and bytes of a source by itself."""
    start = time.perf_counter()
    size = sum(batch.nbytes for batch in source)
    return time.perf_counter() - start, size


def _allowed(decision: Any) -> int:
    code = decision.dictionary.index("ALLOW").as_py()
    return int(pc.sum(pc.equal(decision.indices, pa.scalar(code, decision.indices.type))).as_py() or 0)


def main() -> None:
    """Runs it and prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--file", type=Path, help="write the rows here first, and read them from here")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    found = run(options.rows, options.file)
    print(json.dumps(found) if options.json else described(found))


def described(found: dict[str, Any]) -> str:
    """What was measured, in a line."""
    return (
        f"{found['rows']:,} rows ({found['columns'] / 1e9:.1f} GB, {found['source']}) in {found['seconds']:.1f} s: "
        f"{found['rate'] / 1e6:.2f} M rows/s, {found['net_rate'] / 1e6:.2f} M without the source; "
        f"{found['peak'] / 1e6:,.0f} MB at most, {found['before'] / 1e6:,.0f} MB before; {found['allowed']:.0%} allowed"
    )


if __name__ == "__main__":
    main()
