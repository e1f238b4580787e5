"""What a worker of a cluster needs and does: `PYTHONPATH=. python benches/cluster.py [--sizes …] [--rows …]`.

First the engine alone, at each size in a process of its own: its bytes, how long it takes to open, the memory it holds, and the
rows that one core decides in batches as Spark hands them over. Then a run on a Spark cluster of two worker processes on this
machine, three times over: reading the rows, reading them and handing them to Python and back, and deciding them as well. Prints
what it does and writes `docs/benchmarks/distributed.md`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet
from tables import requests_table
from workloads import make

import bailiwick as bw
from bailiwick.spark import BLOCK_BYTES, blocks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 100_000, 1_000_000)
#: Rows that Spark hands to Python at a time, as it is set by default.
BATCH = 10_000
PARTS = 16
SIZE_COLUMNS = ("statements", "MiB of bytes", "to bytes (s)", "open (s)", "holds (MiB)", "peak (MiB)", "distinct requests")
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine in a process of its own.

    Attributes:
        open_s: Seconds from bytes to an engine.
        held_bytes: Memory of the process beyond what it had before, once the bytes are gone.
        peak_bytes: Most memory beyond that at any moment.
        batches_per_s: Rows decided on one core in batches of `BATCH` rows.
        blocks_per_s: Rows decided on one core in the blocks that `bailiwick.spark` makes of batches.
    """

    open_s: float
    held_bytes: int
    peak_bytes: int
    batches_per_s: float
    blocks_per_s: float


@dataclass(frozen=True, slots=True)
class Sized:
    """An engine of a size, and what it takes."""

    statements: int
    data: bytes
    to_bytes_s: float
    requests: int
    opened: Opened


def memory(name: str) -> int:
    """Bytes of memory that the process holds (`VmRSS`), or held at most (`VmHWM`)."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))


def open_and_decide(engine: Path, table: Path) -> Opened:
    """Measures an engine; runs in a process of its own."""
    batches = parquet.read_table(table).to_batches(BATCH)
    from_bytes = bw.Engine.from_bytes  # which loads the extension
    before = memory("VmRSS")
    data = engine.read_bytes()
    start = time.perf_counter()
    opened = from_bytes(data)
    open_s = time.perf_counter() - start
    del data
    held, peak = memory("VmRSS") - before, memory("VmHWM") - before
    rows: int = sum(batch.num_rows for batch in batches)

    def rate(parts: Sequence[Any]) -> float:
        seconds = timed(lambda: [opened.check_batch(part, threads=1) for part in parts])
        return rows / seconds

    return Opened(open_s, held, peak, rate(batches), rate(list(blocks(batches))))


def sized(statements: int, rows: int, folder: Path) -> tuple[Sized, pa.Table]:
    """Makes an engine and requests to it, and has it measured."""
    workload = make("principals", statements, requests=50_000)
    engine = bw.Engine(workload.snapshot)
    start = time.perf_counter()
    data = engine.to_bytes()
    to_bytes_s = time.perf_counter() - start
    count = engine.statement_count
    del engine
    table = requests_table(workload, rows, "plain")
    (folder / "engine").write_bytes(data)
    parquet.write_table(table.slice(0, 500_000), folder / "requests.parquet")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        opened = pool.apply(open_and_decide, (folder / "engine", folder / "requests.parquet"))
    found = Sized(count, data, to_bytes_s, len(workload.requests), opened)
    print(row(found), flush=True)
    return found, table


def row(found: Sized) -> str:
    """A line of the table of sizes."""
    mib = 1 << 20
    cells = (
        f"{found.statements:,}",
        f"{len(found.data) / mib:.1f}",
        f"{found.to_bytes_s:.2f}",
        f"{found.opened.open_s:.2f}",
        f"{found.opened.held_bytes / mib:.0f}",
        f"{found.opened.peak_bytes / mib:.0f}",
        f"{found.requests:,}",
        f"{found.opened.batches_per_s:,.0f}",
        f"{found.opened.blocks_per_s:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def timed(action: Callable[[], object]) -> float:
    """Median seconds of several rounds, after one that does not count."""
    seconds = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def consume(frame: DataFrame) -> Callable[[], None]:
    """Computes all rows and columns, and keeps nothing."""
    return lambda: frame.write.format("noop").mode("overwrite").save()


def unchanged(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """To Python and back."""
    yield from batches


def workers(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The process that decided, and the most memory that it held."""
    for _ in batches:
        pass
    yield pa.RecordBatch.from_pydict({"process": [os.getpid()], "peak": [memory("VmHWM")]})


def spark_run(engine: Sized, table: pa.Table, folder: Path) -> list[str]:
    """Lines about a run on a cluster."""
    import bailiwick.spark
    from tests.cluster import EXECUTORS, cluster

    rows, part = table.num_rows, -(-table.num_rows // PARTS)
    for number in range(PARTS):
        parquet.write_table(table.slice(number * part, part), folder / f"part-{number:02d}.parquet")
    lines = [
        f"{rows:,} rows of {len(table.column_names)} columns in {PARTS} Parquet files, {EXECUTORS} executors with a core each, "
        f"{engine.statements:,} statements.",
        "",
        "| what | seconds | rows/s | rows/s a core | of which new (s) |",
        "|---|---:|---:|---:|---:|",
    ]
    with cluster() as session:
        frame = session.read.parquet(str(folder / "part-*.parquet"))
        shared = session.sparkContext.broadcast(bw.Engine.from_bytes(engine.data))
        steps = {
            "read": frame,
            "read, to Python and back": frame.mapInArrow(unchanged, frame.schema),
            "read, to Python, decide, and back": bailiwick.spark.check(frame, shared),
        }
        before = 0.0
        peaks = []
        for name, step in steps.items():
            seconds = timed(consume(step))
            cells = (f"{seconds:.2f}", f"{rows / seconds:,.0f}", f"{rows / seconds / EXECUTORS:,.0f}", f"{seconds - before:.2f}")
            lines.append(f"| {name} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
            before = seconds
            found = session.range(PARTS).repartition(PARTS).mapInArrow(workers, "process long, peak long").collect()
            peaks.append(max(worker.peak for worker in found) / (1 << 20))
        counts = bailiwick.spark.check(frame, shared).groupBy("decision").count().collect()
        decided = {str(one["decision"]): int(one["count"]) for one in counts}
    local = bw.Engine.from_bytes(engine.data).check_batch(table)["decision"].value_counts().to_pylist()
    if decided != {str(one["values"]): one["counts"] for one in local if one["counts"]}:
        raise SystemExit(f"the cluster says {decided}, one machine says {local}")
    lines += [
        "",
        f"A Python worker held at most {peaks[1]:.0f} MiB before it had an engine, and {peaks[2]:.0f} MiB with it. The counts of "
        f"decisions are those of one machine: {', '.join(f'{count:,} {name}' for name, count in sorted(decided.items()))}.",
    ]
    print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measures and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of statements; Spark runs the middle one")
    parser.add_argument("--rows", type=int, default=4_000_000, help="rows of the Spark run")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks/distributed.md")
    options = parser.parse_args()
    names = [*SIZE_COLUMNS, f"rows/s in batches of {BATCH:,}", "rows/s in blocks"]
    head = [f"| {' | '.join(names)} |", f"|{'---:|' * len(names)}"]
    print("\n".join(head), flush=True)
    sizes: list[Sized] = []
    chosen = sorted(options.sizes)[len(options.sizes) // 2]
    with tempfile.TemporaryDirectory() as folder:
        for size in sorted(options.sizes):
            found, table = sized(size, options.rows if size == chosen else 500_000, Path(folder))
            sizes.append(found)
            if size == chosen:
                asked, requests = found, table
        spark = spark_run(asked, requests, Path(folder))
    parts = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ("pyspark", "pyarrow"))]
    report = [
        "# What a worker of a cluster needs and does",
        "",
        "Written by `make bench-distributed`; do not edit.",
        "",
        f"Machine: {os.cpu_count()} cores, {', '.join(parts)}, {datetime.now(UTC):%Y-%m-%d}. Load average at the end: "
        f"{os.getloadavg()[1]:.1f} over five minutes.",
        "",
        "## The engine alone",
        "",
        f"Shape `principals` of `benches/workloads.py`; 500,000 rows of `benches/tables.py`, plain text, a fifth of them with a "
        f"context, on one core: in batches as Spark hands them over, and joined to blocks of {BLOCK_BYTES >> 20} MiB as "
        "`bailiwick.spark` decides them. `distinct requests` are those without their contexts.",
        "",
        *head,
        *map(row, sizes),
        "",
        "## On Spark",
        "",
        *spark,
    ]
    options.out.write_text("\n".join(report) + "\n", encoding="utf-8")
    print(f"wrote {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
