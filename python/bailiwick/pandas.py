"""pandas: the rows of a frame decided, indexed like the frame.

Importing this module gives every frame an accessor: `frame.bailiwick.check(engine)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bailiwick._columns import ContextColumns, RequestColumns

try:
    import pandas as pd
    import pyarrow as pa
except ImportError as error:
    raise ImportError(f"bailiwick.pandas needs {error.name}: pip install 'bailiwick[pandas]'") from None

if TYPE_CHECKING:
    from bailiwick.batch import Progress
    from bailiwick.engine import Engine


def check(
    frame: pd.DataFrame,
    engine: Engine,
    *,
    principal: str = "principal",
    action: str = "action",
    resource: str = "resource",
    resource_account: str | None = None,
    context: ContextColumns | None = None,
    matched: bool = False,
    missing_keys: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Decides each row of a frame.

    A missing value is an absent key, or a request without the name. A value that cannot be understood makes its row a denial
    (`Engine.check_batch`).

    Args:
        frame: A row a request.
        engine: Who decides.
        principal: Column of principals.
        action: Column of actions.
        resource: Column of resources.
        resource_account: Column of the resources' owners; `resource_account` if the frame has it.
        context: Columns of context keys: names, or a mapping of keys to columns. All others with a colon in their name
            otherwise.
        matched: Add the column `matched`, the statements that decided (E-40).
        missing_keys: Add the column `missing_keys` (B-42).
        threads: At most this many; all cores otherwise.
        progress: Called with the number of rows done.

    Returns:
        The columns `decision`, `reason` and `deciding_layer`, categorical, with the index of the frame:
        `frame.join(check(frame, engine))`.

    Raises:
        TypeError: A column is missing, there twice, or of a type without a meaning. No row is decided then.
        ValueError: A context key has no colon.
    """
    chosen = RequestColumns(principal, action, resource, resource_account, context).chosen(list(frame.columns))
    decided = engine.check_batch(
        request_table(frame, chosen), matched=matched, missing_keys=missing_keys, threads=threads, progress=progress
    )
    return answer_frame(decided, frame.index)


def is_allowed(frame: pd.DataFrame, engine: Engine, **columns: Any) -> pd.Series:
    """Whether each row of a frame is allowed; takes the options of `check`.

    Returns:
        Booleans without gaps, named `allowed`, with the index of the frame: `frame[is_allowed(frame, engine)]`.

    Raises:
        TypeError: As `check`.
        ValueError: As `check`.
    """
    return (check(frame, engine, **columns)["decision"] == "ALLOW").rename("allowed")


@pd.api.extensions.register_dataframe_accessor("bailiwick")
class Accessor:
    """`frame.bailiwick`: the functions of this module as methods."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def check(self, engine: Engine, **options: Any) -> pd.DataFrame:
        """See `bailiwick.pandas.check`."""
        return check(self._frame, engine, **options)

    def is_allowed(self, engine: Engine, **columns: Any) -> pd.Series:
        """See `bailiwick.pandas.is_allowed`."""
        return is_allowed(self._frame, engine, **columns)


def request_table(frame: pd.DataFrame, chosen: Mapping[str, str]) -> pa.Table:
    """The columns of requests as a table; the frame's index is none of them.

    Raises:
        TypeError: A column is there twice, or its values are of several types or of one that Arrow does not know.
    """
    return pa.table({name: _array(frame[column], column) for name, column in chosen.items()})


def answer_frame(decided: pa.Table, index: pd.Index) -> pd.DataFrame:
    """The decisions as a frame."""
    return decided.to_pandas().set_axis(index)


def _array(column: Any, name: str) -> Any:
    if column.ndim > 1:
        raise TypeError(f"column `{name}` is there twice")
    if column.dtype == "float64" and column.isna().all():
        # pandas has no other type for a column without any value.
        return pa.nulls(len(column))
    try:
        return pa.Array.from_pandas(column)
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:  # what pyarrow raises for mixed values
        raise TypeError(f"column `{name}`: expected values of one type: {str(error).partition(chr(10))[0]}") from None
