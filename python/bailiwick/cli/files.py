"""Output that is whole or not there."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def output_path(target: str) -> Iterator[Path]:
    """A temporary file beside the target that takes its place when all went well."""
    folder = Path(target).resolve().parent
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{Path(target).name}.")
    os.close(handle)
    path = Path(name)
    try:
        yield path
        umask = os.umask(0)
        os.umask(umask)
        path.chmod(0o666 & ~umask)
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def output_file(target: str) -> Iterator[TextIO]:
    """Stdout for `-`, else a text file that is whole or not there."""
    if target == "-":
        yield sys.stdout
        return
    with output_path(target) as path, path.open("w", encoding="utf-8", newline="") as file:
        yield file
