"""Which module may import which, and that the reference evaluator stands alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "python/bailiwick"


#: Libraries that come with extras, and who may import them.
OPTIONAL = {
    "duckdb": {"duckdb.py"},
    "pandas": {"pandas.py"},
    "polars": {"polars.py"},
    "pyarrow": {"cli/arrow_tables.py", "diff/decisions.py", "duckdb.py", "pandas.py", "spark.py"},
    "pyspark": {"spark.py"},
    "pytest": {"testing/plugin.py"},
    "watchfiles": {"testing/watch.py"},
    "yaml": {"_yaml.py"},
}


def imports(path: Path) -> set[str]:
    """Modules of the package that a file imports."""
    return {name for name in all_imports(path) if name.startswith("bailiwick")}


def all_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


@pytest.mark.parametrize("path", sorted((PACKAGE / "reference").glob("*.py")), ids=lambda path: path.stem)
def test_the_reference_imports_models_and_errors_alone(path: Path) -> None:
    allowed = ("bailiwick.models", "bailiwick.errors", "bailiwick.reference")
    assert [name for name in imports(path) if not name.startswith(allowed)] == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "validate").rglob("*.py")), ids=lambda path: path.stem)
def test_validation_needs_no_core(path: Path) -> None:
    allowed = (
        "bailiwick.models",
        "bailiwick.errors",
        "bailiwick.reference",
        "bailiwick._json",
        "bailiwick._yaml",
        "bailiwick.validate",
    )
    assert [name for name in imports(path) if not name.startswith(allowed)] == []


def test_only_the_face_of_the_core_imports_it() -> None:
    users = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if "bailiwick._core" in imports(path)}
    assert users == {"__init__.py", "batch.py", "cases.py", "engine.py"}


def test_nothing_but_the_command_line_imports_the_command_line() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name != "cli" and path.name != "__main__.py":
            assert not any(name.startswith("bailiwick.cli") for name in imports(path)), path


def test_policy_tests_and_differences_stand_above_the_engine() -> None:
    """The command line alone imports them; differences take from policy tests what a path may lead to, and nothing goes back."""
    for path in PACKAGE.rglob("*.py"):
        where, found = path.relative_to(PACKAGE).parts[0], imports(path)
        if where not in ("testing", "diff", "cli"):
            assert not any(name.startswith(("bailiwick.testing", "bailiwick.diff")) for name in found), path
        if where == "testing":
            assert not any(name.startswith("bailiwick.diff") for name in found), path
        if where == "diff":
            used = {name for name in found if name.startswith("bailiwick.testing.") and name.count(".") == 2}
            assert used <= {"bailiwick.testing.files", "bailiwick.testing.folder", "bailiwick.testing.sources"}, path


def test_the_pytest_plugin_imports_nothing_of_bailiwick_at_the_start_of_pytest() -> None:
    code = "import sys, bailiwick.testing.plugin; print(*sorted(name for name in sys.modules if name.startswith('bailiwick')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ("", ".errors", ".models", ".testing", ".testing.plugin")
    assert ran.stdout.split() == [f"bailiwick{name}" for name in names]


@pytest.mark.parametrize(("library", "users"), OPTIONAL.items())
def test_libraries_of_extras_are_imported_by_their_own_module_alone(library: str, users: set[str]) -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(name.partition(".")[0] == library for name in all_imports(path))
    }
    assert found == users


def test_the_engine_needs_no_library_of_an_extra() -> None:
    code = f"import sys, bailiwick, bailiwick.cli; bailiwick.Engine; print({set(OPTIONAL)!r} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


@pytest.mark.parametrize(
    ("module", "library"),
    [
        ("duckdb", "duckdb"),
        ("duckdb", "pyarrow"),
        ("pandas", "pandas"),
        ("pandas", "pyarrow"),
        ("polars", "polars"),
        ("spark", "pyarrow"),
        ("spark", "pyspark"),
    ],
)
def test_a_module_says_which_extra_it_needs(module: str, library: str) -> None:
    code = f"import sys; sys.modules[{library!r}] = None; import bailiwick.{module}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stderr.endswith(f"ImportError: bailiwick.{module} needs {library}: pip install 'bailiwick[{module}]'\n")


def test_the_reference_works_where_the_extension_is_missing() -> None:
    code = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name == "bailiwick._core":
            raise ImportError("no extension here")
sys.meta_path.insert(0, Refuse())
from bailiwick import reference
allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
request = {"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject", "resource": "*"}
print(reference.simulate({"request": request, "layers": {"identity": [allow]}}, strict=True)["decision"])
assert "bailiwick._core" not in sys.modules
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "ALLOW\n"
