"""Polars: decisions as expressions, eager, lazy and streaming."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from bailiwick._columns import require_keys

try:
    import polars as pl
    from polars import selectors as cs
except ImportError as error:
    raise ImportError(f"bailiwick.polars needs {error.name}: pip install 'bailiwick[polars]'") from None

if TYPE_CHECKING:
    from bailiwick.engine import Engine

#: A name of a column, an expression, or a value that all rows share.
Part: TypeAlias = "str | pl.Expr | bool | int | Decimal | datetime | None"
#: Parts by context key; or names of columns and expressions that are named like their keys.
ContextParts: TypeAlias = "Mapping[str, Part] | Iterable[str | pl.Expr] | pl.Expr"

_STATEMENT = pl.Struct({"layer": pl.String, "level": pl.UInt32, "policy": pl.String, "statement": pl.UInt32, "sid": pl.String})


def check(
    engine: Engine,
    *,
    context: ContextParts,
    principal: str | pl.Expr = "principal",
    action: str | pl.Expr = "action",
    resource: str | pl.Expr = "resource",
    resource_account: str | pl.Expr | None = None,
    matched: bool = False,
    missing_keys: bool = False,
    threads: int | None = None,
) -> pl.Expr:
    """An expression that decides each row, in `select`, `with_columns`, `filter`, `agg` and `over`.

    Null is an absent key, or a request without the name. A value that cannot be understood makes its row a denial
    (`Engine.check_batch`). Each evaluation sees the engine as it is then.

    Args:
        engine: Who decides.
        context: Context keys: a mapping of keys to names of columns, expressions or values; or names of columns and
            expressions that are named like their keys, such as `polars.selectors.contains(":")`. `()` is none. Patterns do
            not see the keys that a frame is grouped by, so that `agg` wants them by name.
        principal: Name of a column, or an expression such as `pl.lit(ARN)`.
        action: The same.
        resource: The same.
        resource_account: The same; the column `resource_account` if the frame has it.
        matched: Add the field `matched`, the statements that decided (E-40).
        missing_keys: Add the field `missing_keys` (B-42).
        threads: At most this many for each block of rows; all cores otherwise.

    Returns:
        A struct named `decision` with the fields `decision`, `reason` and `deciding_layer`, categorical:
        `frame.with_columns(check(engine, context=())).unnest("decision")`. When it is evaluated, a column of a type without a
        meaning is a `TypeError` that names it.

    Raises:
        TypeError: A single text stands in place of names.
        ValueError: A context key has no colon.
    """
    fields: dict[str, Any] = {"decision": pl.Categorical(), "reason": pl.Categorical(), "deciding_layer": pl.Categorical()}
    if matched:
        fields["matched"] = pl.List(_STATEMENT)
    if missing_keys:
        fields["missing_keys"] = pl.List(pl.String)
    request = _request(principal, action, resource, resource_account, context)
    decide = partial(_decide, engine, matched=matched, missing_keys=missing_keys, threads=threads)
    return request.map_batches(decide, return_dtype=pl.Struct(fields), is_elementwise=True).alias("decision")


def is_allowed(engine: Engine, *, context: ContextParts, **options: Any) -> pl.Expr:
    """An expression that says whether each row is allowed: `frame.filter(is_allowed(engine, context=()))`.

    Takes the options of `check`.

    Returns:
        Booleans without nulls, named `allowed`.

    Raises:
        TypeError: As `check`.
        ValueError: As `check`.
    """
    decision = check(engine, context=context, **options).struct.field("decision")
    return (decision == "ALLOW").alias("allowed")


def _request(
    principal: str | pl.Expr,
    action: str | pl.Expr,
    resource: str | pl.Expr,
    resource_account: str | pl.Expr | None,
    context: ContextParts,
) -> pl.Expr:
    """A struct with a field for each column of a request."""
    if resource_account is None:
        account: pl.Expr = cs.by_name("resource_account", require_all=False)
    else:
        account = _column(resource_account).alias("resource_account")
    named = [_column(principal).alias("principal"), _column(action).alias("action"), _column(resource).alias("resource")]
    return pl.struct(*named, account, *_context(context))


def _context(context: ContextParts) -> list[pl.Expr]:
    if isinstance(context, Mapping):
        require_keys(context)
        return [(_column(part) if isinstance(part, str | pl.Expr) else pl.lit(part)).alias(key) for key, part in context.items()]
    if isinstance(context, pl.Expr):
        return [context]
    if isinstance(context, str):
        raise TypeError(f"context: expected names of columns, found the text `{context}`")
    parts = list(context)
    require_keys(part for part in parts if isinstance(part, str))
    return [_column(part) for part in parts]


def _column(part: str | pl.Expr) -> pl.Expr:
    return pl.col(part) if isinstance(part, str) else part


def _decide(engine: Engine, requests: pl.Series, **options: Any) -> pl.Series:
    frame = requests.struct.unnest()
    require_keys(name for name in frame.columns if name not in ("principal", "action", "resource", "resource_account"))
    decided: pl.DataFrame = engine.check_batch(frame, **options)
    return decided.to_struct("decision")
