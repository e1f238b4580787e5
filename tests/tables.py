"""Requests as Arrow tables, in any of the encodings that a column may have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from bailiwick.context import context_strings

Request = tuple[Any, str, str, dict[str, Any]]

TEXTS = (
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.int32(), pa.string()),
    pa.dictionary(pa.uint32(), pa.large_string()),
)
LISTS = (pa.list_, pa.large_list)


def texts(values: Sequence[str | None], rng: random.Random) -> Any:
    """A column of text in a type that is drawn."""
    kind = rng.choice(TEXTS)
    if len(set(values)) > 100 and kind == pa.dictionary(pa.int8(), pa.string()):
        kind = pa.string()
    column = pa.array(values, pa.string())
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type).dictionary_encode().cast(kind)
    return column.cast(kind)


def lists(values: Sequence[Sequence[str] | None], rng: random.Random) -> Any:
    """A column of lists of text."""
    return pa.array(values, rng.choice(LISTS)(rng.choice(TEXTS[:3])))


def table_of(requests: Sequence[Request], rng: random.Random) -> pa.Table:
    """The requests as a table with one to four batches."""
    contexts = [context_strings(context) for *_, context in requests]
    keys = sorted({key for context in contexts for key in context})
    rng.shuffle(keys)
    starts = sorted({0, *(rng.randrange(len(requests) + 1) for _ in range(3))})
    parts = [slice(start, end) for start, end in zip(starts, [*starts[1:], len(requests)], strict=True)]
    columns: dict[str, Any] = {}
    for at, name in enumerate(("principal", "action", "resource")):
        columns[name] = chunked([texts([str(request[at]) for request in requests[part]], rng) for part in parts])
    for key in keys:
        found = [context.get(key) for context in contexts]
        if all(values is None or len(values) == 1 for values in found):
            single: list[Any] = [values[0] if values is not None else None for values in found]
            columns[key] = chunked([texts(single[part], rng) for part in parts])
        else:
            columns[key] = chunked([lists(found[part], rng) for part in parts])
    return pa.table(columns)


def chunked(parts: list[Any]) -> Any:
    """Parts of one type: that of the first."""
    kind = parts[0].type
    return pa.chunked_array([part if part.type == kind else cast(part, kind) for part in parts], kind)


def cast(part: Any, kind: Any) -> Any:
    """A part in another encoding."""
    if pa.types.is_dictionary(part.type):
        part = part.cast(part.type.value_type)
    if pa.types.is_dictionary(kind):
        return part.cast(kind.value_type).dictionary_encode().cast(kind)
    return part.cast(kind)
