"""DuckDB: decisions as functions of SQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bailiwick._columns import ANSWERS, require_keys

try:
    import duckdb
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError as error:
    raise ImportError(f"bailiwick.duckdb needs {error.name}: pip install 'bailiwick[duckdb]'") from None

if TYPE_CHECKING:
    from bailiwick.engine import Engine

_REQUEST = ("principal", "action", "resource")
_STATEMENT = "STRUCT(layer VARCHAR, level UINTEGER, policy VARCHAR, statement UINTEGER, sid VARCHAR)"


def register(
    connection: duckdb.DuckDBPyConnection,
    engine: Engine,
    *,
    prefix: str = "bailiwick",
    matched: bool = False,
    missing_keys: bool = False,
) -> None:
    """Makes an engine's answers functions of a connection, in place of those that it had before.

    - `bailiwick_allowed(principal, action, resource[, context[, resource_account]])` is a BOOLEAN, and never NULL;
    - `bailiwick_check(...)` with the same arguments is a STRUCT of `decision`, `reason` and `deciding_layer`.

    The context is a STRUCT, as in `{'aws:SourceIp': address, 'aws:SecureTransport': true}`, or a MAP of names to values.
    NULL is an absent key, or a request without the name. A value that cannot be understood makes its row a denial
    (`Engine.check_batch`).

    Rows are decided in DuckDB's blocks, each at the engine's revision of that moment. The functions count as volatile, so
    that no prepared statement keeps an answer.

    Args:
        connection: Where they are known, with its cursors.
        engine: Who decides.
        prefix: First part of the names.
        matched: Add the field `matched`, the statements that decided (E-40).
        missing_keys: Add the field `missing_keys` (B-42).

    A query fails with DuckDB's `InvalidInputException` and the name of the column if an argument is of a type without a
    meaning.
    """
    fields = [f"{name} VARCHAR" for name in ANSWERS]
    if matched:
        fields.append(f"matched {_STATEMENT}[]")
    if missing_keys:
        fields.append("missing_keys VARCHAR[]")

    def allowed(*arguments: pa.ChunkedArray) -> pa.Array:
        decided = engine.check_batch(request_table(arguments), threads=1)
        return pc.equal(decided["decision"], "ALLOW").combine_chunks()

    def check(*arguments: pa.ChunkedArray) -> pa.Array:
        decided = engine.check_batch(request_table(arguments), threads=1, matched=matched, missing_keys=missing_keys)
        # Not every DuckDB reads dictionaries inside a struct: 1.2 took one row's decision for another's.
        columns = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in decided.columns]
        return pa.StructArray.from_arrays([column.combine_chunks() for column in columns], decided.column_names)

    _create(connection, f"{prefix}_allowed", allowed, "BOOLEAN")
    _create(connection, f"{prefix}_check", check, f"STRUCT({', '.join(fields)})")


def _create(connection: duckdb.DuckDBPyConnection, name: str, function: Callable[..., pa.Array], returns: str) -> None:
    with suppress(duckdb.InvalidInputException):
        connection.remove_function(name)
    # Without side effects a prepared statement with constant arguments keeps its answer after an update of the engine.
    options: Any = {"type": "arrow", "null_handling": "special", "side_effects": True}
    connection.create_function(name, function, None, returns, **options)


def request_table(arguments: tuple[pa.ChunkedArray, ...]) -> pa.Table:
    """The arguments of a call as a table of requests.

    Raises:
        TypeError: There are too few or too many, or the context is neither a STRUCT nor a MAP.
        ValueError: A context key has no colon.
    """
    if not 3 <= len(arguments) <= 5:
        raise TypeError(f"expected principal, action, resource[, context[, resource_account]], found {len(arguments)} arguments")
    columns = dict(zip(_REQUEST, arguments, strict=False))
    if len(arguments) > 3:
        columns |= _context(arguments[3])
    if len(arguments) > 4:
        columns["resource_account"] = arguments[4]
    return pa.table(columns)


def _context(column: pa.ChunkedArray) -> dict[str, Any]:
    if pa.types.is_struct(column.type):
        found = {field.name: values for field, values in zip(column.type, column.flatten(), strict=True)}
    elif pa.types.is_map(column.type):
        found = _of_map(column.combine_chunks())
    elif pa.types.is_null(column.type):
        return {}
    else:
        raise TypeError(f"context: expected a STRUCT or a MAP, found {column.type}")
    require_keys(found)
    return found


def _of_map(context: pa.MapArray) -> dict[str, Any]:
    """A column for each key that a row has."""
    kind = context.type.key_type
    if pa.types.is_null(kind):
        return {}
    if not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
        raise TypeError(f"context: expected a MAP with VARCHAR keys, found {context.type}")
    return {key.as_py(): pc.map_lookup(context, key, "first") for key in pc.unique(context.keys)}
