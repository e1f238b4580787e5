"""Policy tests: files of requests and the decisions they must have, coverage, and assertions for pytest.

Importing this package loads none of it: pytest does so at its start.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bailiwick.testing.assertions import assert_allowed, assert_denied
    from bailiwick.testing.coverage import Coverage
    from bailiwick.testing.files import Suite, find_files, load_suite
    from bailiwick.testing.run import Result, Runner
    from bailiwick.testing.tree import PolicyTestError

__all__ = [
    "Coverage",
    "PolicyTestError",
    "Result",
    "Runner",
    "Suite",
    "assert_allowed",
    "assert_denied",
    "find_files",
    "load_suite",
]

_LATER = {
    "Coverage": "bailiwick.testing.coverage",
    "PolicyTestError": "bailiwick.testing.tree",
    "Result": "bailiwick.testing.run",
    "Runner": "bailiwick.testing.run",
    "Suite": "bailiwick.testing.files",
    "assert_allowed": "bailiwick.testing.assertions",
    "assert_denied": "bailiwick.testing.assertions",
    "find_files": "bailiwick.testing.files",
    "load_suite": "bailiwick.testing.files",
}


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module `bailiwick.testing` has no attribute `{name}`")
    found = getattr(import_module(module), name)
    globals()[name] = found
    return found
