"""Tables of requests in the encodings that people have them in, from fixed seeds."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy
import pyarrow as pa
import pyarrow.compute as pc
from workloads import Request, Workload

Encoding: TypeAlias = Literal["dictionary", "plain", "distinct"]
#: `dictionary`: names are dictionary-encoded; `plain`: the same rows as plain text; `distinct`: plain, and no two rows have
#: the same resource.
ENCODINGS: tuple[Encoding, ...] = ("dictionary", "plain", "distinct")
#: How often a request stands in a table, unless the encoding is `distinct`.
REPETITION = 10
NAMES = ("principal", "action", "resource")


def requests_table(workload: Workload, rows: int, encoding: Encoding, *, repetition: float = REPETITION, seed: int = 11) -> Any:
    """A `pyarrow.Table` of rows in random order, each request about `repetition` times on average.

    Raises:
        ValueError: The workload has not so many requests.
    """
    rng = numpy.random.default_rng(seed)
    if encoding == "distinct":
        return _distinct(workload, rng, rows)
    wanted = max(1, int(rows / repetition))
    if wanted > len(workload.requests):
        raise ValueError(f"{rows:,} rows, each {repetition:g} times: {wanted:,} requests, found {len(workload.requests):,}")
    return drawn_table(workload.requests[:wanted], draw(rng, wanted, rows, workload.skew), encoding)


def draw(rng: Any, requests: int, rows: int, skew: float) -> Any:
    """Numbers of requests, one a row, evenly or by Zipf's law."""
    if skew == 0:
        return rng.integers(0, requests, rows).astype("int32")
    sums = numpy.cumsum(1 / numpy.arange(1, requests + 1) ** skew)
    return numpy.searchsorted(sums, rng.random(rows) * sums[-1]).astype("int32")


def drawn_table(requests: list[Request], drawn: Any, encoding: Encoding) -> Any:
    """A `pyarrow.Table` of the requests with these numbers, in this order."""
    codes = pa.array(drawn)
    columns = {name: _of(column, codes, encoding) for name, column in columns_of(requests).items()}
    return pa.table(columns)


def columns_of(requests: list[Request]) -> dict[str, Any]:
    """The requests' columns: text is dictionary-encoded, a key that a request lacks is null."""
    names = [request[:3] for request in requests]
    columns = {name: pa.array([request[at] for request in names]).dictionary_encode() for at, name in enumerate(NAMES)}
    keys = sorted({key for request in requests for key in request[3]})
    for key in keys:
        column = pa.array([request[3].get(key) for request in requests])
        columns[key] = column.dictionary_encode() if pa.types.is_string(column.type) else column
    return columns


def tuples(table: Any) -> list[tuple[Any, ...]]:
    """The same rows as Python objects, each with texts of its own, as a database driver gives them."""
    keys = table.column_names[3:]
    names = [table[name].cast(pa.string()).to_pylist() for name in NAMES]
    values = [table[key].to_pylist() for key in keys]
    contexts = (
        {key: value for key, value in zip(keys, row, strict=True) if value is not None} for row in zip(*values, strict=True)
    )
    if not keys:
        return list(zip(*names, strict=True))
    plain = zip(*names, contexts, strict=True)
    return [row if row[3] else row[:3] for row in plain]


def _of(column: Any, codes: Any, encoding: Encoding) -> Any:
    if not pa.types.is_dictionary(column.type):
        return column.take(codes)
    taken = pa.DictionaryArray.from_arrays(column.indices.take(codes), column.dictionary)
    return taken if encoding == "dictionary" else taken.cast(pa.string())


def _distinct(workload: Workload, rng: Any, rows: int) -> Any:
    endless = workload.endless
    table = drawn_table(endless, draw(rng, len(endless), rows, workload.skew), "plain")
    numbers = pa.array(numpy.arange(rows)).cast(pa.string())
    resources = pc.binary_join_element_wise(table["resource"], numbers, ".")
    return table.set_column(2, "resource", resources)
