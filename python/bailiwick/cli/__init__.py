"""The command line: data on stdout, messages on stderr.

Exit codes: 0 done (for `check`: allowed), 1 denied or an expectation failed, 2 an error in what was given, 3 the two
evaluators differ, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from bailiwick.cli import actions, batch, check, diff, simulate, test, validate
from bailiwick.errors import BailiwickError

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    from bailiwick import __version__

    root = argparse.ArgumentParser(
        prog="bailiwick",
        description="Authorization with AWS's policy model.",
        epilog="exit codes: 0 done or allowed, 1 denied or expectation failed, 2 error, 3 evaluators differ",
    )
    root.add_argument("--version", action="version", version=f"bailiwick {__version__}")
    commands = root.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (check, batch, simulate, validate, actions, test, diff):
        module.add_to(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and gives its exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except (BailiwickError, TypeError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader has what it wanted; Python must not complain when it closes stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"bailiwick: {_words(error)}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


def _words(error: Exception) -> str:
    """What is wrong; a file that cannot be opened is named first, as everywhere else."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
