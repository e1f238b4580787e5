"""Many requests at once: rows, tables over Arrow's C interface, and grids."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, overload, runtime_checkable

from bailiwick import _core
from bailiwick._core import DecisionTable
from bailiwick.models import ContextValue, Decision, MatchedStatement, Outcome

Row: TypeAlias = tuple[Any, ...] | Mapping[str, Any]
Progress: TypeAlias = Callable[[int], object]

_ROW_KEYS = frozenset({"principal", "action", "resource", "resource_account", "context"})


@runtime_checkable
class ArrowStream(Protocol):
    """A table or stream of Arrow's PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


@runtime_checkable
class ArrowArray(Protocol):
    """A record batch of Arrow's PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...


class Decisions(Sequence[Decision]):
    """Decisions on rows, in their order; each is made a `Decision` when it is looked at."""

    __slots__ = ("_rows",)

    def __init__(self, rows: _core.Rows) -> None:
        self._rows = rows

    @property
    def allowed(self) -> list[bool]:
        """Whether each row is allowed: cheaper than a look at each `Decision`."""
        return self._rows.allowed()

    @property
    def answers(self) -> list[tuple[str, str, str | None]]:
        """Decision, reason and deciding layer of each row: cheaper than a look at each `Decision`."""
        return self._rows.answers()

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> Decision: ...
    @overload
    def __getitem__(self, row: slice) -> list[Decision]: ...
    def __getitem__(self, row: int | slice) -> Decision | list[Decision]:
        if isinstance(row, slice):
            return [self[at] for at in range(*row.indices(len(self)))]
        at = row + len(self) if row < 0 else row
        if not 0 <= at < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        members, action, resource = self._rows.members(at)
        return decision_of(members, action, resource)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # sequences that compare by value have no hash

    def __repr__(self) -> str:
        return f"<{len(self):,} decisions, {sum(self.allowed):,} allowed>"


@dataclass(frozen=True, slots=True)
class AccessGrid:
    """Who may do what where, one bit a combination.

    Attributes:
        principals: The first side.
        actions: The second side.
        resources: The third side.
        bits: For each principal, the pairs of action and resource with the resource running fastest: bit `n % 8` of byte
            `n // 8`, padded with zero bits to a whole byte after each principal.
    """

    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    bits: bytes

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of principals, actions and resources."""
        return len(self.principals), len(self.actions), len(self.resources)

    def __getitem__(self, at: tuple[int, int, int]) -> bool:
        """Whether the combination of these positions is allowed."""
        if any(not 0 <= number < length for number, length in zip(at, self.shape, strict=True)):
            raise IndexError(f"{at} of {self.shape}")
        principal, action, resource = at
        number = action * len(self.resources) + resource
        return bool(self.bits[principal * self._stride + number // 8] >> number % 8 & 1)

    def allowed(self) -> Iterator[tuple[str, str, str]]:
        """The combinations that are allowed."""
        for p, principal in enumerate(self.principals):
            for a, action in enumerate(self.actions):
                for r, resource in enumerate(self.resources):
                    if self[p, a, r]:
                        yield principal, action, resource

    def count(self) -> int:
        """How many combinations are allowed."""
        return int.from_bytes(self.bits).bit_count()

    @property
    def _stride(self) -> int:
        return -(-len(self.actions) * len(self.resources) // 8)

    def __repr__(self) -> str:
        principals, actions, resources = self.shape
        return f"<{principals:,} principals x {actions:,} actions x {resources:,} resources, {self.count():,} allowed>"


def check_table(
    engine: _core.Engine,
    requests: ArrowStream | ArrowArray,
    *,
    matched: bool = False,
    missing_keys: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Any:
    """Decides a table; see `Engine.check_batch`."""
    if _is_frame(requests, "pandas"):
        return _check_frame(engine, requests, matched=matched, missing_keys=missing_keys, threads=threads, progress=progress)
    if _is_frame(requests, "polars"):
        requests = _of_polars(requests)
    stream = not isinstance(requests, ArrowArray) and not hasattr(requests, "__len__") and not hasattr(requests, "num_rows")
    decided = engine._decide_table(
        requests, matched=matched, missing_keys=missing_keys, threads=threads, progress=progress, stream=stream
    )
    return _like(requests, decided, stream)


def _is_frame(requests: object, library: str) -> bool:
    """Whether it is a frame of a library, which is imported then."""
    frame = getattr(sys.modules.get(library), "DataFrame", None)
    return frame is not None and isinstance(requests, frame)


def _check_frame(engine: _core.Engine, frame: Any, **options: Any) -> Any:
    """Decides a frame of pandas, whose own Arrow table would have the index as a column."""
    from bailiwick.pandas import answer_frame, request_table

    table = request_table(frame, {name: name for name in frame.columns if isinstance(name, str)})
    return answer_frame(check_table(engine, table, **options), frame.index)


def _of_polars(frame: Any) -> Any:
    """A frame in types that Arrow has: what Polars hands over as `Null` and as 128-bit integers is not to be read."""
    pl = sys.modules["polars"]
    for name, kind in frame.schema.items():
        if str(kind) in ("Int128", "UInt128"):
            raise TypeError(f"column `{name}`: expected an integer of at most 64 bits, a decimal or text, found {kind}")
    return frame.cast({pl.Null: pl.String, pl.List(pl.Null): pl.List(pl.String)})


def _like(requests: object, decided: DecisionTable, stream: bool) -> Any:
    """The decisions in the library that the requests came from, where it is one we know."""
    library = type(requests).__module__.partition(".")[0]
    known = sys.modules.get(library)
    if library == "pyarrow" and known is not None:
        if stream:
            return known.RecordBatchReader.from_stream(decided)
        table = known.table(decided)
        if isinstance(requests, known.RecordBatch):
            batches = table.combine_chunks().to_batches()
            return batches[0] if batches else known.RecordBatch.from_pylist([], schema=table.schema)
        return table
    if library == "polars" and known is not None:
        return known.DataFrame(decided)
    return decided


def check_rows(
    engine: _core.Engine,
    requests: Iterable[Row] | Mapping[str, Sequence[Any]],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Decisions:
    """Decides rows or columns of Python objects; see `Engine.check_batch`."""
    rows = _columns(requests) if isinstance(requests, Mapping) else requests
    return Decisions(engine._decide_rows(rows, threads=threads, progress=progress))


def decision_of(members: tuple[Any, ...], action: object, resource: object) -> Decision:
    """A decision from what the extension says of it."""
    decision, reason, layer, matched, missing_keys, indeterminate, principal, revision = members
    return Decision(
        decision=Outcome(decision),
        reason=reason,
        deciding_layer=layer,
        matched=tuple(MatchedStatement(*statement) for statement in matched),
        missing_keys=tuple(missing_keys),
        indeterminate=indeterminate,
        principal=principal,
        action=str(action),
        resource=str(resource),
        revision=revision,
    )


def row_of(row: Row) -> tuple[Any, ...]:
    """A row as a tuple; the extension asks for those that are none of three to five members.

    Raises:
        TypeError: It has not the shape of a row.
    """
    if isinstance(row, Mapping):
        unknown = sorted(set(row) - _ROW_KEYS)
        if unknown:
            raise TypeError(f"row: unknown member `{unknown[0]}`; context keys go into `context`")
        missing = [name for name in ("principal", "action", "resource") if name not in row]
        if missing:
            raise TypeError(f"row: member `{missing[0]}` is missing")
        return (row["principal"], row["action"], row["resource"], row.get("context"), row.get("resource_account"))
    if not isinstance(row, tuple) or not 3 <= len(row) <= 5:
        raise TypeError("row: expected a mapping or a tuple (principal, action, resource[, context[, resource_account]])")
    return tuple(row)


def _columns(columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    for name in ("principal", "action", "resource"):
        if name not in columns:
            raise TypeError(f"column `{name}` is missing")
    lengths = {name: len(column) for name, column in columns.items()}
    rows = lengths["principal"]
    for name, length in lengths.items():
        if length != rows:
            raise TypeError(f"column `{name}` has {length} rows, `principal` has {rows}")
    keys = [name for name in columns if name not in _ROW_KEYS - {"context"}]
    accounts = columns.get("resource_account")
    for at in range(rows):
        context: dict[str, ContextValue] = {key: columns[key][at] for key in keys if columns[key][at] is not None}
        account = accounts[at] if accounts is not None else None
        yield (columns["principal"][at], columns["action"][at], columns["resource"][at], context, account)
