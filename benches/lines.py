"""Processes that measure when they are told to, so that contenders in different processes can take turns.

One JSON object a line goes to the process, one comes back. Needs the standard library alone: the peers' environment runs it
as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

HERE = Path(__file__).resolve().parent
Handler: TypeAlias = Callable[..., Any]


class Child:
    """A process of ours, from the side that asks.

    Raises:
        RuntimeError: It ended instead of answering; what it said is in the message.
    """

    def __init__(self, module: str, *arguments: str, python: str = sys.executable, **environment: str) -> None:
        self.name = " ".join((module, *arguments))
        self._process = subprocess.Popen(
            [python, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE,
            env={**os.environ, "PYTHONPATH": str(HERE), **environment},
        )

    def ask(self, what: str, **arguments: Any) -> Any:
        """The answer of a handler."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError(f"{self.name}: not connected")
        self._process.stdin.write(json.dumps([what, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: ended with {self._process.wait()} when asked `{what}`")
        return json.loads(line)

    def close(self) -> None:
        """Lets the process end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def serve(handlers: Mapping[str, Handler]) -> None:
    """Answers until the asking side goes away. What handlers print goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        what, arguments = json.loads(line)
        answers.write(json.dumps(handlers[what](**arguments)) + "\n")
        answers.flush()


def close_all(children: Sequence[Child]) -> None:
    """Lets all processes end."""
    for child in children:
        child.close()
