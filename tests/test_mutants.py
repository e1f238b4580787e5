"""The example's policy tests catch what the published page says they catch."""

from __future__ import annotations

import json

from bailiwick.errors import BailiwickError
from bailiwick.snapshot_documents import documents_of
from bailiwick.testing.files import Suite
from bailiwick.testing.sources import SnapshotSource
from tests.mutants import ROOT, Mutant, all_mutants, catches, changed_snapshot, example_suites, mutants_of, run


def test_the_published_page_is_what_a_run_finds() -> None:
    report, unexplained = run()
    assert unexplained == 0
    assert report == (ROOT / "docs/policy-tests-mutants.md").read_text(encoding="utf-8"), "run: make mutants"


def test_fewer_cases_catch_fewer_mutants() -> None:
    """The figures come from the cases: without most of them they fall."""
    suites = example_suites()
    few = [suite for suite in suites if "guardrails" in suite.file]
    some = [mutant for mutant in all_mutants(suites) if "Administrator" in mutant.name or "sandbox" in mutant.name]

    assert 0 < sum(is_caught(few, mutant) for mutant in some) < sum(is_caught(suites, mutant) for mutant in some)


def is_caught(suites: list[Suite], mutant: Mutant) -> bool:
    try:
        return catches(suites, mutant) is not None
    except BailiwickError:
        return False


def test_a_mutant_is_one_change_of_one_document() -> None:
    suites = example_suites()
    source = suites[0].source
    assert isinstance(source, SnapshotSource)
    for document in source.documents:
        original = json.loads(document.text)["Statement"]
        original = original if isinstance(original, list) else [original]
        for mutant in mutants_of(document):
            found = json.loads(mutant.text)["Statement"]
            same = [one for one in found if one in original]
            assert len(same) >= len(original) - 1, mutant.name
            assert found != original, mutant.name
            changed = changed_snapshot(source.snapshot, document, mutant.text)
            texts = {one.id: one.text for one in documents_of(changed)}
            assert texts[document.id] == mutant.text
            assert {id: text for id, text in texts.items() if id != document.id} == {
                one.id: one.text for one in source.documents if one.id != document.id
            }
