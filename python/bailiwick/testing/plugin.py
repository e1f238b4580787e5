"""The pytest plugin: fixtures, assertions, and policy test files as tests.

pytest loads this module at every start, so that everything else of bailiwick is imported where it is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bailiwick.engine import Engine
    from bailiwick.models import Decision, Snapshot
    from bailiwick.testing.files import Suite
    from bailiwick.testing.run import Result
    from bailiwick.testing.sources import Sources

#: As in `bailiwick.testing.files`, which is not imported for a look at names.
_SUFFIXES = (".policytest.yaml", ".policytest.yml", ".policytest.json", ".policytest.jsonl")
_FILES = {
    "account": "get-account-authorization-details: one file, or its pages",
    "organization": "organization.json",
    "resource_policies": "resource-policies.jsonl",
    "managed_policies": "JSON Lines with arn, document",
    "services": "JSON with the partitions and services that the host registers",
}
_SOURCES: pytest.StashKey[Sources] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the settings that name a snapshot; paths are relative to the file that has them."""
    for name, words in _FILES.items():
        parser.addini(f"bailiwick_{name}", f"bailiwick: {words}", type="paths", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PolicyTestFile | None:
    """Collects policy test files."""
    return PolicyTestFile.from_parent(parent, path=file_path) if file_path.name.endswith(_SUFFIXES) else None


@pytest.fixture(scope="session")
def bailiwick_snapshot(pytestconfig: pytest.Config) -> Snapshot | None:
    """The snapshot that the settings `bailiwick_account` … name; `None` without them. Made to be overridden."""
    from bailiwick.account import load_account
    from bailiwick.services import load_registry

    files = {name: [os.fspath(path) for path in pytestconfig.getini(f"bailiwick_{name}")] for name in _FILES}
    if not files["account"]:
        return None
    single: dict[str, Any] = {
        name: files[name][0] for name in ("organization", "resource_policies", "managed_policies") if files[name]
    }
    registry = load_registry(files["services"][0]) if files["services"] else None
    return load_account(files["account"], registry=registry, **single)


@pytest.fixture(scope="session")
def bailiwick_engine(bailiwick_snapshot: Snapshot | None) -> Engine:
    """The compiled snapshot."""
    from bailiwick.engine import Engine

    if bailiwick_snapshot is None:
        raise pytest.UsageError("bailiwick: set `bailiwick_account` in the configuration, or override `bailiwick_snapshot`")
    return Engine.from_snapshot(bailiwick_snapshot)


@pytest.fixture
def assert_allowed(bailiwick_engine: Engine, bailiwick_snapshot: Snapshot | None) -> Callable[..., Decision]:
    """`bailiwick.testing.assert_allowed` of `bailiwick_engine`."""
    from bailiwick.testing import assertions

    def assert_allowed(*request: Any, **options: Any) -> Decision:
        __tracebackhide__ = True
        return assertions.assert_allowed(bailiwick_engine, *request, snapshot=bailiwick_snapshot, **options)

    return assert_allowed


@pytest.fixture
def assert_denied(bailiwick_engine: Engine, bailiwick_snapshot: Snapshot | None) -> Callable[..., Decision]:
    """`bailiwick.testing.assert_denied` of `bailiwick_engine`."""
    from bailiwick.testing import assertions

    def assert_denied(*request: Any, **options: Any) -> Decision:
        __tracebackhide__ = True
        return assertions.assert_denied(bailiwick_engine, *request, snapshot=bailiwick_snapshot, **options)

    return assert_denied


class PolicyTestFile(pytest.File):
    """A policy test file; its cases are items."""

    def collect(self) -> Iterable[pytest.Item]:
        """Reads the file; snapshots that several files name are compiled once a session."""
        from bailiwick.errors import BailiwickError
        from bailiwick.testing.files import load_suite
        from bailiwick.testing.sources import Sources

        sources = self.config.stash.setdefault(_SOURCES, Sources())
        try:
            suite = load_suite(_shown(self.path), sources)
        except BailiwickError as error:
            raise self.CollectError(str(error)) from None
        return list(self._items(suite))

    def _items(self, suite: Suite) -> Iterator[pytest.Item]:
        for number, case in enumerate(suite.cases):
            # pytest splits what it is given on the command line at `::`, which ARNs hold.
            yield PolicyTestItem.from_parent(self, name=re.sub("::+", ":", case.name), suite=suite, number=number)


def _shown(path: Path) -> str:
    """The path from the current folder, as people read it, where it lies below."""
    here = Path.cwd()
    return os.fspath(path.relative_to(here) if path.is_relative_to(here) else path)


class PolicyTestFailure(Exception):
    """A case that did not go as expected."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.case.name)
        self.result = result


class PolicyTestItem(pytest.Item):
    """One case of a policy test file."""

    def __init__(self, *, suite: Suite, number: int, **more: Any) -> None:
        super().__init__(**more)
        self.suite, self.case = suite, suite.cases[number]

    def runtest(self) -> None:
        """Decides the case."""
        from bailiwick.testing.run import Runner

        result = Runner().result(self.suite, self.case)
        if result.status != "passed":
            raise PolicyTestFailure(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected, what came, and why."""
        from bailiwick.testing.difference import result_text

        if isinstance(excinfo.value, PolicyTestFailure):
            return result_text(excinfo.value.result)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands; lines count from 0 here."""
        # Of a title that ends the name of an item, pytest shows the dots as `::`.
        return self.path, self.case.place.line - 1, f"{self.path.name}: {self.case.name}"
