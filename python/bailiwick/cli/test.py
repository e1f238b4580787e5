"""`bailiwick test`: policy test files, and what they leave untested."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bailiwick.cli.explain import wants_color
from bailiwick.cli.files import output_file, output_path
from bailiwick.errors import BailiwickError, ValidationError

if TYPE_CHECKING:
    from bailiwick.testing.case import Case
    from bailiwick.testing.coverage import Coverage
    from bailiwick.testing.files import Suite
    from bailiwick.testing.run import Result, Status

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_FAILED, EXIT_DIFFERENCE = 1, 3


def add_to(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "test",
        help="run policy tests",
        description="Runs policy test files: requests and the decisions they must have. In folders, files that end in "
        ".policytest.yaml, .yml, .json or .jsonl are found. Exit code 1 if a case fails or coverage is too low, 2 if a file "
        "cannot be used or no case is meant, 3 if `both` evaluators differ.",
    )
    add = parser.add_argument
    add("paths", nargs="*", default=["."], metavar="PATH", help="files, or folders to look through; this folder by default")
    add("-k", dest="expression", metavar="WORDS", help="only cases whose file or name holds these words; knows and, or, not")
    add("-x", "--exitfirst", action="store_true", help="stop at the first case that fails")
    add("-v", "--verbose", action="store_true", help="a line for every case")
    add("--engine", choices=["compiled", "reference", "both"], default="compiled", help="which evaluator decides")
    add("--junit", metavar="FILE", help="write JUnit XML")
    add("--coverage", action="store_true", help="tell what no case exercised")
    add("--coverage-html", metavar="DIR", help="write a page with the source of all policies and the gaps marked")
    add("--fail-under", type=float, metavar="PERCENT", help="fail if less is covered")
    add("--watch", action="store_true", help="run again whenever a file changes that was read")
    add("--schema", action="store_true", help="print the JSON Schema of test files, for editors, and stop")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs the files and prints what came of them."""
    if options.schema:
        from bailiwick.testing.schema import json_schema

        print(json.dumps(json_schema(), indent=2))
        return 0
    if options.watch:
        from bailiwick.testing.watch import watch

        return watch(lambda: _watched(options), options.paths)
    return _Run(options).all()


def _watched(options: argparse.Namespace) -> Iterable[str]:
    """Runs all once; what is wrong with a file is told, and waits for the next change."""
    running = _Run(options)
    if sys.stdout.isatty():
        print("\033[2J\033[H", end="")
    try:
        running.all()
    except (BailiwickError, OSError) as error:
        print(f"bailiwick: {error}", file=sys.stderr)
    return running.files


@dataclass(slots=True)
class _Run:
    """One run over all files."""

    options: argparse.Namespace
    results: list[Result] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def all(self) -> int:
        """Runs, reports, and gives the exit code."""
        from bailiwick.testing.coverage import Coverage
        from bailiwick.testing.run import Runner

        start = time.perf_counter()
        suites = self.suites()
        runner, wanted = Runner(self.options.engine), self.wanted()
        coverage = Coverage() if self.measures() else None
        for suite in suites:
            if coverage is not None:
                coverage.add(suite.source, suite.ignored)
            found = []
            for result in runner.run(suite, partial(_is_chosen, wanted, suite)):
                found.append(result)
                if coverage is not None and result.decision is not None:
                    asked = suite.source.case_of(result.case)
                    coverage.note(suite.source, runner.questions(suite).ask(asked, result.decision))
                if result.status != "passed" and self.options.exitfirst:
                    break
            self.tell(suite, found)
            if found and found[-1].status != "passed" and self.options.exitfirst:
                break
        if not self.results:
            raise ValidationError(f"-k `{self.options.expression}`: no case is called so")
        return self.report(coverage, time.perf_counter() - start)

    def suites(self) -> list[Suite]:
        """All files read; what is wrong with any of them is told at once."""
        from bailiwick.testing.files import find_files, load_suite
        from bailiwick.testing.sources import Sources

        sources, found, errors = Sources(), [], []
        for file in find_files(self.options.paths):
            self.files.add(file)
            try:
                found.append(load_suite(file, sources))
                self.files |= found[-1].files
            except BailiwickError as error:
                errors.append(str(error))
        if errors:
            raise ValidationError("\n".join(errors))
        return found

    def wanted(self) -> Callable[[str], bool]:
        from bailiwick.testing.select import selector

        return selector(self.options.expression) if self.options.expression is not None else lambda name: True

    def measures(self) -> bool:
        options = self.options
        return bool(options.coverage or options.coverage_html or options.fail_under is not None)

    def tell(self, suite: Suite, found: list[Result]) -> None:
        """What came of one file."""
        from bailiwick.testing.difference import paint, result_text

        self.results += found
        color = wants_color(sys.stdout)
        for result in found:
            if result.status != "passed":
                print(result_text(result, color=color), end="\n\n")
            elif self.options.verbose:
                print(f"{paint('PASSED', color=color)} {result.case.place}  {result.case.name}")
        if found:
            print(f"{suite.file}  {_counts(found)}")

    def report(self, coverage: Coverage | None, seconds: float) -> int:
        """What came of all files."""
        if self.options.junit is not None:
            from bailiwick.testing.junit import junit_xml

            with output_path(self.options.junit) as path:
                path.write_bytes(junit_xml(self.results))
        low = coverage is not None and self.tell_coverage(coverage)
        print(f"{_counts(self.results)} in {seconds:.2f} s")
        if any(result.other is not None for result in self.results):
            return EXIT_DIFFERENCE
        return EXIT_FAILED if low or any(result.status != "passed" for result in self.results) else 0

    def tell_coverage(self, coverage: Coverage) -> bool:
        """Prints and writes coverage; whether it is too low."""
        from bailiwick.testing.coverage.html import coverage_page
        from bailiwick.testing.coverage.text import coverage_text

        percent, least = coverage.figures().percent, self.options.fail_under
        if self.options.coverage:
            print(f"\n{coverage_text(coverage)}\n")
        if self.options.coverage_html is not None:
            Path(self.options.coverage_html).mkdir(parents=True, exist_ok=True)
            with output_file(str(Path(self.options.coverage_html) / "index.html")) as file:
                file.write(coverage_page(coverage))
            print(f"coverage page: {Path(self.options.coverage_html) / 'index.html'}")
        if least is not None and percent < least:
            print(f"coverage {percent:.1f}% is below {least:g}%", file=sys.stderr)
            return True
        return False


def _is_chosen(wanted: Callable[[str], bool], suite: Suite, case: Case) -> bool:
    return wanted(f"{suite.file} {case.name}")


def _counts(results: list[Result]) -> str:
    counts = Counter(result.status for result in results)
    errors = "error" if counts["error"] == 1 else "errors"
    words: tuple[tuple[Status, str], ...] = (("passed", "passed"), ("failed", "failed"), ("error", errors))
    return ", ".join(f"{counts[status]} {word}" for status, word in words if counts[status])
