"""The code on the pages of the manual runs, and prints what the pages show; `pages.py` says what runs how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bailiwick.reference.codes import CODES
from tests.manual_pages import generated, rules_of_codes
from tests.pages import DOCS, ROOT, blocks, pages, run_page

_RUNS = {"python", "console"}


def with_code() -> list[str]:
    """The pages on which something runs."""
    found = []
    for page in pages():
        kinds = {kind for kind, _, _ in blocks((DOCS / page).read_text(encoding="utf-8"))}
        found += [page] if kinds & _RUNS else []
    return found


@pytest.mark.parametrize("page", with_code())
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_a_page_shows_what_its_code_prints(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {"spark": request.getfixturevalue("spark")} if page == "distributed.md" else {}
    shown = 0
    for one in run_page(DOCS / page, tmp_path, given):
        assert one.printed == one.page, one.code
        shown += bool(one.page)
    assert shown


def test_other_output_than_a_page_shows_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nprint(1)\n```\n\n```text\n2\n```\n\n"
        "```python\nprint(3)\n```\n\n"
        '```text title="name"\nfour\n```\n\n```console\n$ bailiwick --version\n0\n```\n\n'
        "```sh\nbailiwick simulate absent\n```\n\n```text\n5\n```\n"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    found = [(one.printed, one.page) for one in run_page(page, folder, {})]
    assert [page for _, page in found] == ["2\n", "", "0", "5\n"]
    assert [printed for printed, _ in found[:2]] == ["1\n", "3\n"]
    assert found[2][0].startswith("bailiwick ")
    assert found[3][0] == ""
    assert (folder / "name").read_text() == "four\n"


def test_the_pages_made_from_the_code_are_current() -> None:
    for name, text in generated().items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"{name}: run `make pages`"


def test_every_parse_error_has_its_rule_and_its_mend() -> None:
    rules = rules_of_codes()
    assert tuple(rules) == CODES
    assert all(re.fullmatch(r"G-\d\d(, G-\d\d)*", rule) for rule in rules.values())
    page = generated()["reference/errors.md"]
    assert not [code for code in CODES if f"| `{code}` |" not in page]


def test_links_lead_somewhere() -> None:
    for page in [*DOCS.rglob("*.md"), *ROOT.glob("examples/*/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert not [page for page in pages() if f": {page}\n" not in navigation]
