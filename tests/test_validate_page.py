"""The examples of docs/validate.md run and print what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.validate_page import PAGE, Example, examples, timeless

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    return list(examples(TEXT, tmp_path_factory.mktemp("page")))


def test_what_is_printed_is_what_the_page_says(found: list[Example]) -> None:
    assert len(found) == 11
    for example in found:
        assert timeless(example.said) == timeless(example.printed), "run `make findings`"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (PAGE.parent / target).exists(), target


def test_all_options_are_on_the_page() -> None:
    from bailiwick.cli import parser

    (commands,) = (action for action in parser()._actions if isinstance(action.choices, dict))
    assert isinstance(commands.choices, dict)
    options = {
        name for action in commands.choices["validate"]._actions for name in action.option_strings if name.startswith("--")
    }
    assert options - {"--help"} == set(re.findall(r"`?(--[a-z-]+)", TEXT)) & options


def test_the_page_says_how_it_is_installed() -> None:
    project = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    for extras in re.findall(r"bailiwick\[([\w,]+)\]", TEXT):
        for extra in extras.split(","):
            assert f"\n{extra} = [" in project
