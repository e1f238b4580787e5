"""Apache Spark: decisions on the rows of a distributed frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from bailiwick._columns import ANSWERS, DETAILS, ContextColumns, RequestColumns

try:
    import pyarrow as pa
    from pyspark.core.broadcast import Broadcast
    from pyspark.sql import types as t
    from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame
except ImportError as error:
    raise ImportError(f"bailiwick.spark needs {(error.name or '').partition('.')[0]}: pip install 'bailiwick[spark]'") from None

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from bailiwick.engine import Engine

#: Rows that are decided together. Those that agree are decided once, so that more of them cost less; a worker holds as many.
BLOCK_BYTES = 64 << 20

_NAMES = ("principal", "action", "resource", "resource_account")
_TEXT = (t.StringType, t.CharType, t.VarcharType, t.NullType)
#: The added columns in Spark's types and Arrow's; Spark has no dictionaries and no unsigned numbers.
_STATEMENT = t.StructType(
    [
        t.StructField("layer", t.StringType(), nullable=False),
        t.StructField("level", t.IntegerType(), nullable=False),
        t.StructField("policy", t.StringType(), nullable=False),
        t.StructField("statement", t.IntegerType(), nullable=False),
        t.StructField("sid", t.StringType()),
    ]
)
_ARROW_STATEMENT = pa.struct(
    {"layer": pa.string(), "level": pa.int32(), "policy": pa.string(), "statement": pa.int32(), "sid": pa.string()}
)
_ADDED = {
    "decision": (t.StructField("decision", t.StringType(), nullable=False), pa.string()),
    "reason": (t.StructField("reason", t.StringType(), nullable=False), pa.string()),
    "deciding_layer": (t.StructField("deciding_layer", t.StringType()), pa.string()),
    "matched": (
        t.StructField("matched", t.ArrayType(_STATEMENT, containsNull=False), nullable=False),
        pa.list_(_ARROW_STATEMENT),
    ),
    "missing_keys": (
        t.StructField("missing_keys", t.ArrayType(t.StringType(), containsNull=False), nullable=False),
        pa.list_(pa.string()),
    ),
}
_VALUES = (*_TEXT, t.BooleanType, t.ByteType, t.ShortType, t.IntegerType, t.LongType, t.DecimalType, t.TimestampType)


def check(
    frame: DataFrame,
    engine: Engine | Broadcast[Any],
    *,
    principal: str = "principal",
    action: str = "action",
    resource: str = "resource",
    resource_account: str | None = None,
    context: ContextColumns | None = None,
    matched: bool = False,
    missing_keys: bool = False,
) -> DataFrame:
    """Decides each row of a frame, where its partition is.

    The engine is broadcast as bytes, once, and opened once by each Python worker. Workers need the package installed.
    Null is an absent key, or a request without the name. A value that cannot be understood makes its row a denial
    (`Engine.check_batch`).

    Args:
        frame: A row a request, of a classic session: Spark Connect has no broadcasts.
        engine: Who decides, as it is now; or `spark.sparkContext.broadcast(engine)`, for several frames.
        principal: Column of principals.
        action: Column of actions.
        resource: Column of resources.
        resource_account: Column of the resources' owners; `resource_account` if the frame has it.
        context: Columns of context keys: names, or a mapping of keys to columns. All others with a colon in their name
            otherwise.
        matched: Add the column `matched`, the statements that decided (E-40).
        missing_keys: Add the column `missing_keys` (B-42).

    Returns:
        The rows and columns of the frame, and the columns `decision`, `reason` and `deciding_layer`, which take the place of
        columns of these names.

    Raises:
        TypeError: A column is missing, there twice, or of a type without a meaning. No job is started then.
        ValueError: A context key has no colon.
    """
    if not isinstance(frame, ClassicDataFrame):
        raise TypeError(
            f"frame: expected a frame of a classic Spark session, which has broadcasts, found {type(frame).__module__}."
            f"{type(frame).__name__}"
        )
    chosen = RequestColumns(principal, action, resource, resource_account, context).chosen(frame.columns)
    _require_types(frame.schema, chosen)
    added = [*ANSWERS, *(name for name, wanted in zip(DETAILS, (matched, missing_keys), strict=True) if wanted)]
    # Names that differ in case are the same to Spark.
    kept = [at for at, name in enumerate(frame.columns) if name.lower() not in added]
    result = t.StructType([*(frame.schema.fields[at] for at in kept), *(_ADDED[name][0] for name in added)])
    shared = engine if isinstance(engine, Broadcast) else frame.sparkSession.sparkContext.broadcast(engine)

    def decide(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        # Unpickled where it is first asked for: `Engine.from_bytes`.
        opened = shared.value
        for block in blocks(batches):
            requests = pa.table({key: block.column(name) for key, name in chosen.items()})
            # Spark runs a worker for each core.
            decided = opened.check_batch(requests, matched=matched, missing_keys=missing_keys, threads=1)
            answers = [decided.column(name).cast(_ADDED[name][1]) for name in added]
            yield from pa.Table.from_arrays([*(block.column(at) for at in kept), *answers], result.names).to_batches()
            # The next block is read when this one is gone.
            del block, requests, decided, answers

    return frame.mapInArrow(decide, result)


def blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches, joined to tables of about `BLOCK_BYTES`."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        del batch
        if size >= BLOCK_BYTES:
            yield _joined(held)
            size = 0
    if held:
        yield _joined(held)


def _joined(held: list[pa.RecordBatch]) -> pa.Table:
    """The batches as a table; the list is empty afterwards."""
    table = pa.Table.from_batches(held)
    held.clear()
    return table


def _require_types(schema: t.StructType, chosen: dict[str, str]) -> None:
    for key, name in chosen.items():
        kind = schema[name].dataType
        if key in _NAMES:
            if not isinstance(kind, _TEXT):
                raise TypeError(f"column `{name}`: expected text, found {kind.simpleString()}")
            continue
        single = kind.elementType if isinstance(kind, t.ArrayType) else kind
        if isinstance(single, t.TimestampNTZType):
            raise TypeError(f"column `{name}`: expected a timestamp with a time zone, found {kind.simpleString()}")
        if not isinstance(single, _VALUES):
            raise TypeError(
                f"column `{name}`: expected text, booleans, integers, decimals, timestamps or arrays of these, "
                f"found {kind.simpleString()}"
            )
