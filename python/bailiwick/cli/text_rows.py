"""Rows as text: CSV and JSON Lines, read and written in chunks."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from math import isinf
from typing import Any, Literal, TextIO, TypeAlias

from bailiwick.cli.files import output_file
from bailiwick.errors import ValidationError

TextFormat: TypeAlias = Literal["csv", "jsonl"]
Row: TypeAlias = dict[str, Any]
Write: TypeAlias = Callable[[list[Row]], None]

REQUIRED = ("principal", "action", "resource")
#: Rows read, decided and written at a time.
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class TextRows:
    """Rows of a text file.

    Attributes:
        columns: Names of the columns, if the format says them first.
        chunks: The rows.
        part: How much of the file was read, between 0 and 1; `None` where its size is not known.
    """

    columns: list[str] | None
    chunks: Iterator[list[Row]]
    part: Callable[[], float | None]


@contextmanager
def read_rows(path: str, form: TextFormat) -> Iterator[TextRows]:
    """Opens a file, or stdin for `-`.

    Raises:
        ValidationError: A line is no row; the line is named. A column is missing.
    """
    file = sys.stdin if path == "-" else open(path, encoding="utf-8-sig", newline="")  # noqa: SIM115 stdin stays open
    try:
        if form == "csv":
            table = csv.DictReader(file, strict=True)
            columns = list(table.fieldnames or [])
            _check_columns(columns, path)
            yield TextRows(columns, _chunks(_csv_rows(table, path)), lambda: _part(file))
        else:
            yield TextRows(None, _chunks(_json_rows(file, path)), lambda: _part(file))
    except UnicodeDecodeError as error:
        raise ValidationError(f"{path}: not UTF-8 text: {error.reason}") from None
    finally:
        if file is not sys.stdin:
            file.close()


def _check_columns(columns: list[str], path: str) -> None:
    """Of two columns of one name only one would be read, and the other could hold what a Deny asks for."""
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise ValidationError(f"{path}: column `{missing[0]}` is missing")
    twice = [name for at, name in enumerate(columns) if name in columns[:at]]
    if twice:
        raise ValidationError(f"{path}: column `{twice[0]}` is there twice")


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _part(file: TextIO) -> float | None:
    try:
        size = os.fstat(file.fileno()).st_size
        return min(1.0, file.buffer.tell() / size) if size else None
    except (OSError, ValueError):  # a pipe, or a file that is none
        return None


def _csv_rows(table: csv.DictReader[str], path: str) -> Iterator[Row]:
    try:
        for row in table:
            if None in row or any(value is None for value in row.values()):
                raise ValidationError(f"{path}: line {table.line_num}: expected {len(table.fieldnames or [])} cells")
            yield {key: value if value != "" else None for key, value in row.items()}
    except csv.Error as error:
        raise ValidationError(f"{path}: line {table.line_num}: {error}") from None


def _json_rows(file: Iterator[str], path: str) -> Iterator[Row]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_members, parse_float=Lexeme, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise ValidationError(f"{path}: line {number} column {error.colno}: {error.msg.lower()}") from None
        except ValueError as error:
            raise ValidationError(f"{path}: line {number}: {error}") from None
        if not isinstance(row, dict):
            raise ValidationError(f"{path}: line {number}: expected an object")
        missing = [name for name in REQUIRED if name not in row]
        if missing:
            raise ValidationError(f"{path}: line {number}: member `{missing[0]}` is missing")
        yield row


class Lexeme(float):
    """A number with a point or an exponent: to policies its text (C-07), since they know no binary fractions."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Lexeme:
        """Keeps the text.

        Raises:
            ValueError: The number is too large to be written again.
        """
        found = super().__new__(cls, text)
        if isinf(found):
            raise ValueError(f"number `{text}` is too large; write it as text")
        found.text = text
        return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise ValueError(f"member `{next(name for at, name in enumerate(names) if name in names[:at])}` is given twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"`{name}` is not JSON")


@contextmanager
def write_rows(path: str, form: TextFormat, columns: list[str] | None) -> Iterator[Write]:
    """A file that is whole or not there, or stdout for `-`.

    Args:
        path: Where.
        form: How.
        columns: Names of the columns; those of the first row otherwise.
    """
    with output_file(path) as file:
        if form == "jsonl":
            yield lambda rows: file.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
            return
        table: csv.DictWriter[str] | None = None

        def write_csv(rows: list[Row]) -> None:
            nonlocal table
            if table is None:
                table = csv.DictWriter(file, columns or list(rows[0]), lineterminator="\n")
                table.writeheader()
            table.writerows(rows)

        yield write_csv
        if table is None and columns is not None:
            csv.DictWriter(file, columns, lineterminator="\n").writeheader()
