"""Which module may import which, and that the reference evaluator stands alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "python/bailiwick"


def imports(path: Path) -> set[str]:
    """Modules of the package that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return {name for name in found if name.startswith("bailiwick")}


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


@pytest.mark.parametrize(
    ("library", "module"), [("yaml", "_yaml.py"), ("watchfiles", "testing/watch.py"), ("pytest", "testing/plugin.py")]
)
def test_a_library_of_an_extra_is_imported_in_one_module(library: str, module: str) -> None:
    users = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == library for name in names):
                users.add(path.relative_to(PACKAGE).as_posix())
    assert users == {module}


def test_the_pytest_plugin_imports_nothing_of_bailiwick_at_the_start_of_pytest() -> None:
    code = "import sys, bailiwick.testing.plugin; print(*sorted(name for name in sys.modules if name.startswith('bailiwick')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ("", ".errors", ".models", ".testing", ".testing.plugin")
    assert ran.stdout.split() == [f"bailiwick{name}" for name in names]


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
