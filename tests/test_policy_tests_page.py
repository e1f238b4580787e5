"""The examples of docs/policy-tests.md run and print what the page says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/policy-tests.md").read_text(encoding="utf-8")
FILES = re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', PAGE, re.DOTALL)
COMMANDS = re.findall(r"```console\n\$ ([^\n]+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page."""
    found = tmp_path_factory.mktemp("page")
    for name, text in FILES:
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text(text, encoding="utf-8")
    return found


def test_the_page_has_files_and_commands() -> None:
    assert (len(FILES), len(COMMANDS)) == (6, 7)


@pytest.mark.parametrize(("command", "printed"), COMMANDS, ids=[command[:60] for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_says(command: str, printed: str, folder: Path) -> None:
    program, *arguments = shlex.split(command)
    # The first example looks through its folder before the others were written.
    arguments = ["reports.policytest.yaml" if one == "." else one for one in arguments]
    plugin = ["-p", "bailiwick.testing.plugin", "-p", "no:cacheprovider"] if program == "pytest" else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = [sys.executable, "-m", program, *plugin, *arguments]
    ran = subprocess.run(run, check=False, capture_output=True, text=True, cwd=folder, env=environment)
    assert timeless(ran.stdout + ran.stderr) == timeless(printed)


def timeless(text: str) -> list[str]:
    """The lines, without how long it took."""
    return re.sub(r"in \d+\.\d+ ?s", "in a moment", text).rstrip().split("\n")


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
