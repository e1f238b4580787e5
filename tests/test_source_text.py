"""Documents know where they stand in the files that they were read from."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from urllib.parse import quote

import pytest

from bailiwick._json import read_json
from bailiwick.account import load_account, load_resource_policies
from bailiwick.organization import load_organization
from bailiwick.source_text import SourceFile, SourceText, place_of
from tests.test_account import ALLOW, ATTACHED, account

TEXT = json.dumps(ALLOW)


def written(tmp_path: Path, name: str, text: str) -> str:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / name)


def first_of(file: str, needle: str) -> tuple[int, int]:
    """Line and column of the first occurrence, counted by hand."""
    text = Path(file).read_text(encoding="utf-8")
    at = text.index(needle)
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_a_document_that_is_an_object_stands_at_its_brace(indent: int | None, tmp_path: Path) -> None:
    file = written(tmp_path, "a.json", json.dumps(account(user=ATTACHED), indent=indent))
    (policy,) = load_account(file).accounts[0].policies
    place = place_of(policy.document)
    assert place is not None
    line, column = first_of(file, '"Document": {')
    assert (place.file, place.line, place.column) == (file, line, column + len('"Document": '))


def test_lines_of_an_object_are_lines_of_its_file(tmp_path: Path) -> None:
    file = written(tmp_path, "a.json", json.dumps(account(user=ATTACHED), indent=1))
    (policy,) = load_account(file).accounts[0].policies
    line, column = first_of(file, '"Effect"')
    document_line = policy.document[: policy.document.index('"Effect"')].count("\n") + 1
    assert str(place_of(policy.document, document_line, column)) == f"{file}:{line}:{column}"


@pytest.mark.parametrize("text", [TEXT, quote(TEXT)])
def test_a_document_that_is_a_string_stands_where_the_string_starts(text: str, tmp_path: Path) -> None:
    inline = {"UserPolicyList": [{"PolicyName": "p", "PolicyDocument": text}]}
    file = written(tmp_path, "a.json", json.dumps(account(user=inline), indent=2))
    (policy,) = load_account(file).accounts[0].users[0].inline
    assert policy.document == TEXT
    line, column = first_of(file, '"PolicyDocument": "')
    place = place_of(policy.document, 7, 3)
    assert place is not None
    assert (place.line, place.column) == (line, column + len('"PolicyDocument": '))


def test_documents_in_json_lines_and_organizations_are_placed(tmp_path: Path) -> None:
    line = json.dumps({"resource": "arn:aws:s3:::b", "account": "111122223333", "policy": ALLOW})
    file = written(tmp_path, "r.jsonl", f"\n{line}\n{line.replace(':::b', ':::c')}\n")
    assert [str(place_of(str_of(one.policy))) for one in load_resource_policies(file)] == [
        f"{file}:{number}:{line.index('{', 1) + 1}" for number in (2, 3)
    ]
    policy = {"PolicySummary": {"Id": "p-1", "Type": "SERVICE_CONTROL_POLICY"}, "Content": TEXT, "Targets": ["r-1"]}
    parts = {"Organization": {"Id": "o-1", "MasterAccountId": "111122223333"}, "Roots": [{"Id": "r-1"}], "Policies": [policy]}
    file = written(tmp_path, "o.json", json.dumps(parts, indent=1))
    place = place_of(load_organization(file).scps[0].document)
    line_number, column = first_of(file, '"Content": ')
    assert place is not None
    assert (place.line, place.column) == (line_number, column + len('"Content": '))


def str_of(text: str | None) -> str:
    assert text is not None
    return text


def test_a_placed_text_is_the_text_and_pickles_without_its_file() -> None:
    found = read_json('{"a": {"b": 1}}', "f.json")["a"].text
    assert isinstance(found, SourceText)
    assert (found, hash(found)) == ('{"b": 1}', hash('{"b": 1}'))
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is str
    assert again == found
    assert place_of(again) is None


def test_a_part_of_a_file_counts_on_from_where_it_starts() -> None:
    source = SourceFile("f", "ab\ncd", first_line=7, first_column=5)
    assert [str(source.place(at)) for at in (0, 1, 3, 4)] == ["f:7:5", "f:7:6", "f:8:1", "f:8:2"]
