"""How far a long command is, for people: on stderr, and only where one looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

#: Takes the number of rows done, and the part that is done between 0 and 1 where it is known.
Tell: TypeAlias = Callable[[int, float | None], None]


@contextmanager
def progress() -> Iterator[Tell]:
    """A bar with the number of rows; moves to and fro where the end is not known."""
    if not sys.stderr.isatty():
        yield lambda rows, part: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("deciding"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows", total=None, rows=0)

        def tell(rows: int, part: float | None) -> None:
            if part is None:
                bar.update(task, rows=rows)
            else:
                bar.update(task, rows=rows, total=1.0, completed=part)

        yield tell
