"""Peak memory of a batch, and of opening a serialized engine; each in a process of its own (`python -m memory`)."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import measuring
import tables
import workloads
from lines import Child, serve

import bailiwick as bw


def of_batches(size: int, rows: int) -> dict[str, Any]:
    """For each encoding: bytes of the columns and of the engine, and the most that a batch held on top of both."""
    found: dict[str, Any] = {}
    for encoding in tables.ENCODINGS:
        with Child("memory") as child:
            found[encoding] = child.ask("batch", encoding=encoding, size=size, rows=rows)
    return found


def of_opening(sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """For each size: bytes of the serialized engine, seconds to open it and the most memory that took."""
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, Child("memory") as writer, Child("memory") as opener:
            path = str(Path(folder) / "engine")
            written = writer.ask("write", size=size, path=path)
            found.append({"size": size, **written, **opener.ask("open", path=path)})
            one = found[-1]
            print(
                f"  {size:>9,}: {one['bytes'] / 1e6:,.1f} MB, opened in {one['open_s']:.3f} s, peak {one['peak'] / 1e6:,.0f} MB"
            )
    return found


def batch(encoding: str, size: int, rows: int) -> dict[str, int]:
    """Peak memory of one batch on all cores."""
    workload = workloads.make("principals", size, max(2000, rows // tables.REPETITION))
    workloads.warm_up()
    before = measuring.held_bytes()
    engine = bw.Engine(workload.snapshot)
    engine_bytes = max(0, measuring.held_bytes() - before)
    table = tables.requests_table(workload, rows, cast(tables.Encoding, encoding))
    # What Python holds for the workload does not belong to the batch.
    del workload
    gc.collect()
    measuring.forget_peak()
    held = measuring.held_bytes()
    decided = engine.check_batch(table)
    peak = measuring.peak_bytes() - held
    return {"columns": table.nbytes, "engine": engine_bytes, "extra": peak, "answers": decided.nbytes, "rows": rows}


def write(size: int, path: str) -> dict[str, float]:
    """Serializes an engine."""
    engine = bw.Engine(workloads.make("principals", size, 1).snapshot)
    start = time.perf_counter()
    data = engine.to_bytes()
    seconds = time.perf_counter() - start
    Path(path).write_bytes(data)
    return {"statements": engine.statement_count, "bytes": len(data), "write_s": seconds}


def open_(path: str) -> dict[str, float]:
    """Opens one: five times for the seconds, the first time for the memory, which holds the bytes as well."""
    workloads.warm_up()
    measuring.forget_peak()
    held = measuring.held_bytes()
    data = Path(path).read_bytes()
    start = time.perf_counter()
    engine = bw.Engine.from_bytes(data)
    seconds = [time.perf_counter() - start]
    peak = measuring.peak_bytes() - held
    after = measuring.held_bytes() - held - len(data)
    del engine
    for _ in range(4):
        start = time.perf_counter()
        bw.Engine.from_bytes(data)
        seconds.append(time.perf_counter() - start)
    os.remove(path)
    return {"open_s": sorted(seconds)[2], "first_open_s": seconds[0], "peak": peak, "held": after}


if __name__ == "__main__":
    serve({"batch": batch, "write": write, "open": open_})
