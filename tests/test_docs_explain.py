"""The manual's examples run and print what the pages say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from bailiwick.cli import main

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("explain.md",)
_BLOCK = re.compile(r"```(python|sh|text)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_the_page_says(
    page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    printed = None
    for kind, body in _BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        if kind == "text":
            assert printed == body
            printed = None
            continue
        assert not printed, f"the page does not show what this prints: {printed}"
        if kind == "python":
            exec(body, names)
        else:
            assert main(shlex.split(body)[1:]) in (0, 1)
        printed = capsys.readouterr().out
    assert not printed


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / "docs" / page).read_text(encoding="utf-8")):
        assert (ROOT / "docs" / target).exists(), target
