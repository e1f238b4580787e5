"""Tables of requests in the encodings that people have them in, from fixed seeds."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy
import pyarrow as pa
from workloads import Workload

Encoding: TypeAlias = Literal["dictionary", "plain", "distinct"]
#: `dictionary`: names are dictionary-encoded; `plain`: the same rows as plain text; `distinct`: plain, and no two rows have
#: the same resource.
ENCODINGS: tuple[Encoding, ...] = ("dictionary", "plain", "distinct")
REPETITION = 10


def requests_table(workload: Workload, rows: int, encoding: Encoding, seed: int = 11) -> pa.Table:
    """Rows drawn from the workload's requests, each some ten times; a fifth of them have a context."""
    rng = numpy.random.default_rng(seed)
    asked = workload.requests[: max(1, rows // REPETITION)]
    drawn = rng.integers(0, len(asked), rows)
    columns: dict[str, Any] = {}
    for at, name in enumerate(("principal", "action", "resource")):
        values = pa.array([request[at] for request in asked]).dictionary_encode()
        codes = values.indices.take(pa.array(drawn))
        columns[name] = pa.DictionaryArray.from_arrays(codes, values.dictionary)
    if encoding != "dictionary":
        columns = {name: column.cast(pa.string()) for name, column in columns.items()}
    if encoding == "distinct":
        columns["resource"] = _made_distinct(columns["resource"])
    given = rng.random(rows) < 0.2
    columns["aws:SecureTransport"] = pa.array(rng.random(rows) < 0.9, mask=~given)
    columns["aws:SourceIp"] = _addresses(rng, rows, given, encoding)
    columns["aws:MultiFactorAuthPresent"] = pa.array(rng.random(rows) < 0.5, mask=~given)
    return pa.table(columns)


def _made_distinct(resources: Any) -> Any:
    import pyarrow.compute as pc

    numbers = pa.array(numpy.arange(len(resources))).cast(pa.string())
    return pc.binary_join_element_wise(resources, numbers, ".")


def _addresses(rng: Any, rows: int, given: Any, encoding: Encoding) -> Any:
    known = pa.array([f"203.0.113.{number}" for number in range(250)])
    codes = pa.array(rng.integers(0, 250, rows).astype("int32"), mask=~given)
    column = pa.DictionaryArray.from_arrays(codes, known)
    return column if encoding == "dictionary" else column.cast(pa.string())
