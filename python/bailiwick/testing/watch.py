"""Runs again when a file changes. Needs watchfiles, the extra `bailiwick[watch]`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from bailiwick.errors import ValidationError
from bailiwick.testing.files import SUFFIXES, find_files

#: When to look, once, for changes that came while files were being read.
_LOOK_MS = 500


def watch(run: Callable[[], Iterable[str]], paths: Sequence[str]) -> NoReturn:
    """Runs now and after every change, until it is interrupted.

    Args:
        run: Does the work, and gives the files that it read.
        paths: Files and folders; test files that appear in the folders are run as well.

    Raises:
        ValidationError: watchfiles is not installed.
        KeyboardInterrupt: The only way out.
    """
    watchfiles = _watchfiles()
    while True:
        start, tests = time.time(), _tests(paths)
        read = {Path(file).resolve() for file in run()}
        folders = {path.parent for path in read} | {_folder(path) for path in paths}
        roots = [folder for folder in folders if not any(other in folder.parents for other in folders)]
        for look, changes in enumerate(watchfiles.watch(*roots, yield_on_timeout=True, rust_timeout=_LOOK_MS)):
            changed = any(_concerns(Path(path), read) for _kind, path in changes)
            # What came before the watcher had started it cannot have seen.
            missed = look == 0 and (_is_newer(read, start) or _tests(paths) != tests)
            if changed or missed:
                break


def _watchfiles() -> ModuleType:
    try:
        import watchfiles
    except ImportError:
        raise ValidationError("--watch needs watchfiles: pip install 'bailiwick[watch]'") from None
    return watchfiles


def _concerns(path: Path, read: set[Path]) -> bool:
    """Whether a change may change what a run does: a file that was read, a new test file, a new policy beside others."""
    beside = path.suffix == ".json" and any(path.parent == one.parent for one in read)
    return path in read or path.name.endswith(SUFFIXES) or beside


def _is_newer(files: set[Path], start: float) -> bool:
    return any(path.exists() and path.stat().st_mtime > start for path in files)


def _tests(paths: Sequence[str]) -> set[str]:
    try:
        return set(find_files(paths))
    except ValidationError:  # a folder that is empty for the moment
        return set()


def _folder(path: str) -> Path:
    place = Path(os.path.abspath(path))
    return place if place.is_dir() else place.parent
