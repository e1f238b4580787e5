"""The limit for a batch: a hash join of the same columns with a table of all answers, as if all were known.

`POLARS_MAX_THREADS=THREADS python -m peers.joins THREADS`: Polars reads it when it is imported. DuckDB reads the Arrow
columns where they are; Polars has them in its own form before the clock starts.
"""

from __future__ import annotations

import sys
from typing import Any

import duckdb
import polars
import pyarrow as pa
from lines import serve
from measuring import timed

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1


class Joins:
    """Tables of requests and answers, by name."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(f"SET threads = {THREADS}")
        self._tables: dict[str, tuple[pa.Table, pa.Table]] = {}
        self._frames: dict[str, tuple[polars.DataFrame, polars.DataFrame]] = {}

    def load(self, name: str, requests: str, answers: str) -> None:
        """Reads two Arrow files."""
        tables = _read(requests), _read(answers)
        self._tables[name] = tables
        self._frames[name] = _frames(*tables)

    def duckdb(self, name: str) -> float:
        """Seconds of DuckDB's join."""
        requests, answers = self._tables[name]
        self._connection.register("requests", requests)
        self._connection.register("answers", answers)
        same = " AND ".join(
            f'requests."{column}" {"=" if column in ("principal", "action", "resource") else "IS NOT DISTINCT FROM"} '
            f'answers."{column}"'
            for column in requests.column_names
        )
        query = f"SELECT answers.allowed FROM requests JOIN answers ON {same}"
        found: list[Any] = []
        seconds = timed(lambda: found.append(self._connection.sql(query).to_arrow_table()))
        _is_whole(found[0].num_rows, requests.num_rows)
        return seconds

    def polars(self, name: str) -> float:
        """Seconds of Polars' join."""
        requests, answers = self._frames[name]
        found: list[Any] = []
        join: dict[str, Any] = {"on": requests.columns, "how": "left", "nulls_equal": True, "maintain_order": "left"}
        seconds = timed(lambda: found.append(requests.join(answers, **join)["allowed"]))
        _is_whole(found[0].len() - found[0].null_count(), requests.height)
        return seconds


def _frames(requests: pa.Table, answers: pa.Table) -> tuple[polars.DataFrame, polars.DataFrame]:
    return polars.DataFrame(requests), polars.DataFrame(answers)


def _read(path: str) -> pa.Table:
    with pa.memory_map(path) as source:
        return pa.ipc.open_file(source).read_all()


def _is_whole(found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"the join found {found:,} answers to {wanted:,} requests")


if __name__ == "__main__":
    joins = Joins()
    serve({"load": joins.load, "duckdb": joins.duckdb, "polars": joins.polars})
