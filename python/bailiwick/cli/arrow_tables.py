"""Tables of Arrow: Parquet and Arrow IPC, read and written batch by batch."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from bailiwick.cli.files import output_path
from bailiwick.errors import ValidationError

TableFormat: TypeAlias = Literal["parquet", "arrow", "arrows"]
Write: TypeAlias = Callable[[Any], None]

#: How an Arrow IPC file starts; a stream does not.
_FILE_MAGIC = b"ARROW1"
_BATCH = 128 * 1024


@dataclass(frozen=True, slots=True)
class ArrowTable:
    """A table on disk or in a pipe.

    Attributes:
        schema: Its columns.
        batches: Its record batches.
        rows: How many rows there are, where the format says so.
    """

    schema: Any
    batches: Iterator[Any]
    rows: int | None


def pyarrow() -> Any:
    """pyarrow, or an error that says how to get it."""
    try:
        import pyarrow
    except ImportError:
        raise ValidationError("parquet and arrow need pyarrow: pip install 'bailiwick[arrow]'") from None
    return pyarrow


@contextmanager
def read_table(path: str, form: TableFormat) -> Iterator[ArrowTable]:
    """Opens a file, or stdin for `-`.

    Raises:
        ValidationError: It is not of that format.
    """
    pa = pyarrow()
    try:
        if form == "parquet":
            with _seekable(path) as place, _parquet_file(place) as file:
                schema = file.schema_arrow
                yield ArrowTable(schema, file.iter_batches(_BATCH), file.metadata.num_rows)
        else:
            with _ipc(pa, path) as (reader, batches, rows):
                yield ArrowTable(reader.schema, batches, rows)
    except pa.ArrowInvalid as error:
        raise ValidationError(f"{path}: {error}") from None


def _parquet_file(place: Any) -> Any:
    from pyarrow import parquet

    with parquet.ParquetFile(place) as file:
        texts = [field.name for field in file.schema_arrow if str(field.type) in ("string", "large_string")]
    # What is stored once is read once.
    return parquet.ParquetFile(place, read_dictionary=[name for name in texts if name != "resource"])


@contextmanager
def _ipc(pa: Any, path: str) -> Iterator[tuple[Any, Iterator[Any], int | None]]:
    if path == "-" and not cast(BufferedReader, sys.stdin.buffer).peek(len(_FILE_MAGIC)).startswith(_FILE_MAGIC):
        with pa.ipc.open_stream(sys.stdin.buffer) as reader:
            yield reader, iter(reader), None
        return
    with _seekable(path) as place, pa.memory_map(place) as file:
        if file.read(len(_FILE_MAGIC)) == _FILE_MAGIC:
            file.seek(0)
            with pa.ipc.open_file(file) as reader:
                numbers = range(reader.num_record_batches)
                yield reader, (reader.get_batch(number) for number in numbers), None
        else:
            file.seek(0)
            with pa.ipc.open_stream(file) as reader:
                yield reader, iter(reader), None


@contextmanager
def _seekable(path: str) -> Iterator[str]:
    """Some formats are read from their end, so that what comes through a pipe is kept in a file first."""
    if path != "-":
        yield path
        return
    with tempfile.NamedTemporaryFile() as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield file.name


@contextmanager
def write_table(path: str, form: TableFormat, schema: Any) -> Iterator[Write]:
    """A file that is whole or not there, or stdout for `-`; takes record batches and tables."""
    if path == "-":
        with _writer(sys.stdout.buffer, "arrows" if form == "arrow" else form, schema) as writer:
            yield writer.write
        return
    with output_path(path) as place, _writer(str(place), form, schema) as writer:
        yield writer.write


def storable(schema: Any, form: TableFormat) -> Any:
    """The columns as the format can store them: a dictionary in an Arrow file is one for all batches."""
    if form != "arrow":
        return schema
    pa = pyarrow()
    for at, field in enumerate(schema):
        if pa.types.is_dictionary(field.type):
            schema = schema.set(at, field.with_type(field.type.value_type))
    return schema


def _writer(target: Any, form: TableFormat, schema: Any) -> Any:
    pa = pyarrow()
    if form == "parquet":
        from pyarrow import parquet

        return parquet.ParquetWriter(target, schema)
    return pa.ipc.new_file(target, schema) if form == "arrow" else pa.ipc.new_stream(target, schema)


def allowed_rows(answers: Any) -> int:
    """How many rows of a batch of decisions are allowed."""
    import pyarrow.compute as pc

    decisions = answers.column("decision")
    allow = decisions.dictionary.index("ALLOW").as_py()
    return pc.sum(pc.equal(decisions.indices, allow)).as_py() or 0


def path_format(path: str) -> TableFormat | Literal["csv", "jsonl"] | None:
    """What the ending of a name says."""
    endings: dict[str, TableFormat | Literal["csv", "jsonl"]] = {
        ".csv": "csv",
        ".jsonl": "jsonl",
        ".ndjson": "jsonl",
        ".parquet": "parquet",
        ".arrow": "arrow",
        ".feather": "arrow",
        ".ipc": "arrow",
        ".arrows": "arrows",
    }
    return endings.get(Path(path).suffix.lower())
