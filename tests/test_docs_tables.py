"""The code on the pages of the manual runs and prints what the pages show."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(page: str, names: dict[str, Any]) -> list[tuple[str, str]]:
    """Runs the blocks of a page one after the other; gives what they print and what the page shows."""
    found: list[tuple[str, str]] = []
    for kind, text in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        if kind == "text":
            found[-1] = (found[-1][0], text)
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, page, "exec"), names)
        found.append((printed.getvalue(), ""))
    return found


def test_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = run("docs/tables.md", {})
    assert len(found) > 5
    for printed, shown in found:
        assert printed == shown


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_distributed(monkeypatch: pytest.MonkeyPatch, spark: SparkSession) -> None:
    monkeypatch.chdir(ROOT)
    found = run("docs/distributed.md", {"spark": spark})
    assert len(found) > 1
    for printed, shown in found:
        assert printed == shown


def test_links_lead_somewhere() -> None:
    for page in [*ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"
