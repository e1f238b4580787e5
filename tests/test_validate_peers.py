"""Findings beside those that others have: the numbers of the manual page, and nothing that is not explained."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import get_args

import pytest

from bailiwick.validate import installed_reference, validate_policy
from bailiwick.validate.catalogue import CATALOGUE
from tests.analyzer import DATA, REASONS, Set, compare, rows
from tests.lint_peers import BAD, BAD_ACTIONS, EXPLAINED, PARLIAMENT, known_bad, moto, odd_case, parliament
from tests.peers_page import peers_page

PAGE = Path(__file__).resolve().parents[1] / "docs/findings-peers.md"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not DATA.is_dir(), reason="the data lies beside the checkout or nowhere"),
]


@pytest.mark.parametrize("which", get_args(Set))
def test_what_differs_from_awss_findings_is_explained(which: Set) -> None:
    assert [one for one in compare(which).differences if one.reason not in REASONS] == []


def test_nothing_that_aws_reports_today_is_missed_but_for_two() -> None:
    missed = [(one.policy, one.code) for one in compare("current").differences if one.side == "AWS"]
    assert sorted(missed) == [
        ("AmazonSecurityLakeMetastoreManager", "REDUNDANT_RESOURCE"),
        ("BatchServiceRolePolicy", "INVALID_SERVICE"),
    ]
    assert sum(compare("current").both.values()) >= 153


def test_what_stands_for_the_findings_of_others_are_codes() -> None:
    named = {code for codes in (*PARLIAMENT.values(), *BAD.values(), BAD_ACTIONS) for code in codes}
    assert named - CATALOGUE.keys() == set()


def test_what_other_linters_expect_is_found_or_explained() -> None:
    for _cases, _expected, misses in (parliament(), moto(), known_bad()):
        assert [one for one in misses if one.case not in EXPLAINED] == []


def test_documents_without_a_policy_are_configurations() -> None:
    by_id = {row["id"]: row["document"] for row in rows("policies/odd_case")}
    for one in odd_case()[2]:
        assert "Statement" not in by_id[one.case]
        assert not by_id[one.case].get("json")


def test_every_explanation_is_of_a_difference() -> None:
    differing = {one.case for misses in (parliament()[2], moto()[2], known_bad()[2]) for one in misses}
    assert differing == EXPLAINED.keys()
    used = {one.reason for which in get_args(Set) for one in compare(which).differences}
    assert used == REASONS.keys()


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == peers_page(), "run `make findings`"


def test_all_managed_policies_take_less_than_ten_seconds() -> None:
    texts = [json.dumps(row["document"]) for row in rows("aws_managed_policies")]
    assert len(texts) == 1148
    # Processor time: other work on the machine is no fault of this.
    start = time.process_time()
    for text in texts:
        validate_policy(text, kind="identity", services=installed_reference())
    assert time.process_time() - start < 10
