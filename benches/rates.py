"""Rows per second: encodings, repetition and workloads, against a hash join of the same columns; and peak memory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import measuring
import pyarrow as pa
import tables
from lines import Child, close_all
from workloads import Workload

import bailiwick as bw

REPETITIONS = (1, 2, 5, 10, 30, 100, 1000)


def of_encodings(workload: Workload, rows: int, peers_python: str, seconds: float) -> dict[str, Any]:
    """All encodings on one core and on all, and the joins on as many, in turns.

    Returns:
        For each encoding the figures of each contender by name.
    """
    engine = bw.Engine(workload.snapshot)
    joins = {1: Child("peers.joins", "1", python=peers_python, POLARS_MAX_THREADS="1")}
    cores = measuring.machine()["cores"]
    joins |= {cores: Child("peers.joins", str(cores), python=peers_python, POLARS_MAX_THREADS=str(cores))} if cores > 1 else {}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for encoding in tables.ENCODINGS:
            table = tables.requests_table(workload, rows, encoding)
            answers = _answers(engine, table)
            paths = [_written(Path(folder) / f"{encoding}-{name}.arrow", one) for name, one in (("r", table), ("a", answers))]
            contenders: dict[str, tuple[measuring.Round, int]] = {}
            for threads, child in joins.items():
                child.ask("load", name=encoding, requests=str(paths[0]), answers=str(paths[1]))
                contenders[f"bailiwick, {_cores(threads)}"] = (_batch(engine, table, threads), rows)
                for library, name in (("duckdb", "DuckDB"), ("polars", "Polars")):
                    contenders[f"{name} join, {_cores(threads)}"] = (_join(child, library, encoding), rows)
            found[encoding] = measuring.samples(contenders, seconds=seconds)
            _print(encoding, found[encoding])
    close_all(list(joins.values()))
    listed = tables.tuples(tables.requests_table(workload, rows, "plain"))
    both = {f"bailiwick, {_cores(threads)}": (_batch(engine, listed, threads), rows) for threads in joins}
    found["tuples"] = measuring.samples(both, seconds=seconds)
    _print("tuples", found["tuples"])
    return found


def of_repetition(workload: Workload, rows: int, seconds: float) -> list[dict[str, Any]]:
    """Dictionary-encoded columns on one core, by how often each request stands in the table."""
    engine = bw.Engine(workload.snapshot)
    contenders = {}
    for repetition in REPETITIONS:
        if rows // repetition <= len(workload.requests):
            table = tables.requests_table(workload, rows, "dictionary", repetition=repetition)
            contenders[str(repetition)] = (_batch(engine, table, 1), rows)
    figures = measuring.samples(contenders, seconds=seconds)
    return [{"repetition": int(name), **one} for name, one in figures.items()]


def of_workloads(given: list[Workload], rows: int, seconds: float) -> list[dict[str, Any]]:
    """All workloads in all encodings on one core."""
    found = []
    for workload in given:
        engine = bw.Engine(workload.snapshot)
        contenders: dict[str, tuple[measuring.Round, int]] = {}
        for encoding in tables.ENCODINGS:
            table = tables.requests_table(workload, rows, encoding)
            contenders[encoding] = (_batch(engine, table, 1), rows)
        listed = tables.tuples(tables.requests_table(workload, rows, "plain"))
        contenders["tuples"] = (_batch(engine, listed, 1), rows)
        allowed = sum(engine.check_batch(listed).allowed) / rows
        figures = measuring.samples(contenders, seconds=seconds)
        _print(workload.name, figures)
        found.append({"workload": workload.name, "statements": engine.statement_count, "allowed": allowed, **figures})
    return found


def _batch(engine: bw.Engine, requests: Any, threads: int) -> measuring.Round:
    return lambda: measuring.timed(lambda: engine.check_batch(requests, threads=threads))


def _join(child: Child, library: str, name: str) -> measuring.Round:
    return lambda: float(child.ask(library, name=name))


def _answers(engine: bw.Engine, table: Any) -> Any:
    """All answers: each distinct row once, and whether it is allowed."""
    plain = pa.table({name: _decoded(table[name]) for name in table.column_names})
    distinct = plain.group_by(plain.column_names).aggregate([])
    decided = engine.check_batch(distinct)
    allowed = [outcome == "ALLOW" for outcome in decided["decision"].to_pylist()]
    same = {name: distinct[name].cast(table[name].type) for name in table.column_names}
    return pa.table({**same, "allowed": allowed})


def _decoded(column: Any) -> Any:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _written(path: Path, table: Any) -> Path:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return path


def _cores(threads: int) -> str:
    return "1 core" if threads == 1 else f"{threads} cores"


def _print(title: str, figures: dict[str, Any]) -> None:
    told = (f"{name} {one['rate'] / 1e6:.2f} M ± {one['spread']:.0%}" for name, one in figures.items())
    print(f"  {title}: {', '.join(told)}", flush=True)
