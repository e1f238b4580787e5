"""What `--explain` and its kin have in common."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType


def add_explain_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that ask for an explanation."""
    parser.add_argument("--explain", action="store_true", help="show what decided, and what each layer says")
    parser.add_argument("--all-statements", action="store_true", help="with every statement of every layer; implies --explain")


def wants_color(out: TextIO) -> bool:
    """Whether a stream is a terminal that wants colours."""
    return out.isatty() and "NO_COLOR" not in os.environ


def show(renderable: RenderableType, out: TextIO) -> None:
    """Prints for a terminal at its width; anywhere else plainly, one thing a line, so that it can be searched."""
    from rich.console import Console

    from bailiwick.explanation.render import plain

    if out.isatty():
        Console(file=out, highlight=False).print(renderable)
    else:
        print(plain(renderable), file=out)
