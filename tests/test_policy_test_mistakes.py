"""Policy test files that say what they must not: each mistake by line and column, and the schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bailiwick.errors import BailiwickError
from bailiwick.testing.files import load_suite
from bailiwick.testing.schema import json_schema
from bailiwick.testing.yaml_text import read_yaml
from tests.policy_suites import ANN, EXAMPLE, HEAD, READ, ROOT, faults, marked, policy_folder

__all__ = ["policy_folder"]  # a fixture is used by its name


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', expect: ▸alow}]",
         "`expect`: expected `allow`, `deny`, `explicit_deny` or `implicit_deny`, found `alow`; did you mean `allow`?"),
        ("cases: [{▸who: ann, action: s3:GetObject, resource: '*', expect: allow}]",
         "unknown member `who`; did you mean `principal`?"),
        ("cases: [{principal: ann, ▸actoin: s3:GetObject, resource: '*', expect: allow}]",
         "unknown member `actoin`; did you mean `action`?"),
        ("cases: [▸{principal: ann, action: s3:GetObject, resource: '*'}]", "member `expect` is missing"),
        ("cases: [▸{principal: ann, resource: '*', expect: allow}]", "`action` is missing: give it here or in `defaults`"),
        ("cases: [{principal: ▸an, action: s3:GetObject, resource: '*', expect: allow}]",
         "principal `an`: expected an ARN, a service name, `anonymous` or one of `names`; did you mean `ann`?"),
        ("cases: [{principal: ann, action: ▸'s3:*', resource: '*', expect: allow}]",
         "action `s3:*`: expected `service:Name`; a request asks for one action, without wildcards"),
        ("cases: [{principal: ann, action: ▸GetObject, resource: '*', expect: allow}]",
         "action `GetObject`: expected `service:Name`"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: ▸bukket/1, expect: allow}]",
         "resource `bukket/1`: expected `*`, an ARN of six parts, or one of `names`; did you mean `bucket`?"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', resource_account: ▸111122223333, expect: allow}]",
         "`resource_account`: expected text, found the number `111122223333`; put it in quotes"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', resource_account: ▸'7', expect: allow}]",
         "account `7`: expected 12 digits"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', context: {▸SourceIp: x}, expect: allow}]",
         "context key `SourceIp`: expected `prefix:name`"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', context: {a:b: ▸{c: d}}, expect: allow}]",
         "`a:b`: expected text, a whole number, true, false or a list of those"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', statement: ▸Read, expect: implicit_deny}]",
         "no statement decides an implicit denial: leave `statement` out"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', statement: ▸{}, expect: allow}]",
         "`statement`: expected `policy`, `sid`, `index` or `layer`"),
        ("cases: [{principal: ▸[], action: s3:GetObject, resource: '*', expect: allow}]",
         "`principal`: expected at least one"),
        ("cases: ▸{}", "`cases`: expected a list, found a mapping"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', expect: allow}]\n"
         "coverage: {ignore: [{policy: ▸raed, why: x}]}", "no policy is called `raed`; did you mean `read`?"),
        ("cases: [{principal: ann, action: s3:GetObject, resource: '*', expect: allow}]\n"
         "coverage: {ignore: [▸{policy: read}]}", "member `why` is missing"),
        ("▸names: {x: y}", "`names` is given twice, first in line 6"),
        ("cases: [\n▸", "not YAML: did not find expected node content"),
        ("tables: [{principal: ann, columns: [action, ▸recource, expect], rows: [[a:b, '*', deny]]}]",
         "column `recource`: expected a condition key, `name`, `principal`, `action`, `resource`, `expect`, `reason`, "
         "`statement` or `resource_account`; did you mean `resource`?"),
        ("tables: [{principal: ann, columns: [action, resource, ▸action, expect], rows: [[a:b, '*', a:c, deny]]}]",
         "column `action` is given twice"),
        ("tables: [{principal: ann, columns: [action, resource, expect], rows: [▸[a:b, '*']]}]",
         "expected 3 cells, found 2"),
        ("tables: [{principal: ann, columns: [action, resource, expect], rows: [[a:b, '*', ▸alow]]}]",
         "`expect` is `alow`: expected `allow`, `deny`, `explicit_deny` or `implicit_deny`; did you mean `allow`?"),
        ("tables: [{columns: [principal, action, resource, expect], rows: [[▸7, a:b, '*', deny]]}]",
         "`principal`: expected text, found `7`; put it in quotes"),
        ("tables: [{principal: ann, columns: [action, resource], rows: [▸[a:b, '*']]}]",
         "`expect` is missing: give it here or in `defaults`"),
        ("matrices: [{principals: ann, actions: a:b, resources: '*', expect: {▸an: deny}}]",
         "`an` is not one of `principals`; did you mean `ann`?"),
        ("matrices: [{principals: [ann, bob], actions: a:b, resources: '*', expect: ▸{ann: deny}}]",
         "`bob` has no answer (bob a:b *): name it here, or `\"*\"` for all that are not named"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_its_mend(body: str, message: str, folder: Path) -> None:
    assert faults(folder, body) == [f"{marked(HEAD + body)}: {message}"]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("snapshot: ▸{}", "`snapshot`: expected one of `account` (files) and `policies` (a folder)"),
        ("▸names: {}", "expected one of `snapshot` and `layers`"),
        ("snapshot: {policies: policies, principals: {▸x: {}}}", "principal `x`: expected the ARN of a user or role"),
        (
            f"snapshot: {{policies: policies, principals: {{{ANN}: {{policies: [▸raed]}}}}}}",
            "no policy `raed.json` in `policies`; did you mean `read`?",
        ),
        (
            f"snapshot: {{policies: policies, principals: {{{ANN}: {{groups: [▸g]}}}}}}",
            "group `g` is not one of `groups`",
        ),
        (
            f"snapshot: {{policies: policies, principals: {{{ANN}: {{▸trust: read}}}}}}",
            "a user has no trust policy",
        ),
    ],
)
def test_a_mistake_in_the_head_is_told_with_its_place(head: str, message: str, folder: Path) -> None:
    body = "\ncases: [{principal: anonymous, action: a:b, resource: '*', expect: deny}]"
    assert faults(folder, body, head=head) == [f"{marked(head)}: {message}"]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("snapshot: {account: none.json}", "none.json: No such file or directory"),
        ("snapshot: {policies: nowhere}", "nowhere: no such folder"),
        ("snapshot: {policies: policies, services: none.json}", "none.json: No such file or directory"),
        ("layers: {identity: {file: none.json}}", "none.json: No such file or directory"),
    ],
)
def test_a_file_that_is_not_there_is_named(head: str, message: str, folder: Path) -> None:
    body = "\ncases: [{principal: anonymous, action: a:b, resource: '*', expect: deny}]"
    assert faults(folder, body, head=head) == [message]


def test_a_file_without_cases_is_told(folder: Path) -> None:
    assert faults(folder, "cases: []") == ["1:1: no cases: expected `cases`, `tables` or `matrices`"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(folder: Path) -> None:
    body = """\
        cases:
          - {principal: nobody, action: s3, resource: thing, expect: allow}
          - {principal: ann, action: s3:GetObject, resource: '*', expect: allow}
          - {principal: bob, action: s3:Get*, resource: '*', expect: allow}
        """
    found = [line.split("`")[1] for line in faults(folder, body)]
    assert found == ["nobody", "s3", "thing", "s3:Get*"]


def test_a_policy_that_does_not_parse_is_told_at_its_place_in_its_file(folder: Path) -> None:
    (folder / "policies/read.json").write_text(json.dumps(READ, indent=2).replace("Allow", "allow"), encoding="utf-8")
    (found,) = faults(folder, "cases: [{principal: ann, action: a:b, resource: '*', expect: deny}]")
    where = "policies/read.json:6:17: policy `read` at `/Statement/0/Effect`"
    assert found == f"{where}: effect `allow`: expected `Allow` or `Deny` [INVALID_EFFECT]"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [*x]", "1:4: an alias that stands inside what it names"),
        ("a: !!python/object:os.system 1", "1:4: tag `!!python/object:os.system`: leave it out"),
        ("? [a]\n: b", "1:3: expected a name, found a list or a mapping"),
        ("a: 1\n---\nb: 2", "2:1: not YAML"),
        ("- just\n- a list", "1:1: expected a mapping with `snapshot` or `layers`"),
        ("", "1:1: expected a mapping with `snapshot` or `layers`"),
    ],
)
def test_yaml_that_is_of_no_use_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.policytest.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BailiwickError) as error:
        load_suite(tmp_path / "t.policytest.yaml")
    assert f"t.policytest.yaml:{words}" in str(error.value)


def test_aliases_cannot_fill_the_memory(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 12)]
    with pytest.raises(BailiwickError, match="aliases repeat this"):
        read_yaml("\n".join(rows), "f")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["{}"], "1:1: the first line is the head"),
        (['{"layers": {}}', "[]"], "2:1: expected an object"),
        (['{"layers": {}}', "{"], "2:2: not JSON"),
        (['{"layers": {}, "layers": {}}'], "1:16: not JSON: member `layers` is given twice"),
        (['{"layers": {}, "cases": []}'], "1:16: `cases`: each stands in a line of its own"),
        ([], "no lines: expected a head"),
    ],
)
def test_json_lines_that_are_of_no_use_are_refused(lines: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "t.policytest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BailiwickError) as error:
        load_suite(tmp_path / "t.policytest.jsonl")
    assert words in str(error.value)


# The schema -----------------------------------------------------------------------------------------------------------


def test_the_published_schema_is_current() -> None:
    published = json.loads((ROOT / "docs/policytest.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema(), "run: bailiwick test --schema > docs/policytest.schema.json"


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("*.policytest.yaml")), ids=lambda path: path.name)
def test_the_schema_takes_the_example(path: Path) -> None:
    found = read_yaml(path.read_text(encoding="utf-8"), str(path)).plain()
    jsonschema.Draft202012Validator(json_schema()).validate(found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cases": [{"expect": "alow"}]},
        {"cases": [{"principle": "x", "expect": "allow"}]},
        {"matrices": [{"principals": [], "actions": "a:b", "resources": "*", "expect": "allow"}]},
        {"cases": [{"expect": "allow", "context": {"a:b": {}}}]},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate({"layers": {}, **wrong})
