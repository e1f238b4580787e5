"""Policy test files: what they may say, what comes of it, and what is wrong with them, by line and column."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from bailiwick.cli import main
from bailiwick.errors import BailiwickError
from bailiwick.testing.case import WantedStatement
from bailiwick.testing.difference import result_text
from bailiwick.testing.files import Suite, find_files, load_suite
from bailiwick.testing.junit import junit_xml
from bailiwick.testing.run import Runner
from bailiwick.testing.schema import json_schema
from bailiwick.testing.select import selector
from bailiwick.testing.sources import Sources
from bailiwick.testing.yaml_text import read_yaml

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples/organization"
ANN = "arn:aws:iam::111122223333:user/ann"
BOB = "arn:aws:iam::111122223333:user/bob"
READ = {"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
#: Ann holds `read`, bob nothing; both in a folder `policies`.
HEAD = f"""\
snapshot:
  policies: policies
  principals:
    {ANN}: {{policies: [read]}}
    {BOB}: {{}}
names: {{ann: {ANN}, bob: {BOB}, bucket: "arn:aws:s3:::b"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/read.json").write_text(json.dumps(READ, indent=2), encoding="utf-8")
    return tmp_path


def suite_of(folder: Path, body: str, *, head: str = HEAD, name: str = "t.policytest.yaml") -> Suite:
    (folder / name).write_text(head + textwrap.dedent(body), encoding="utf-8")
    return load_suite(folder / name)


def outcomes(suite: Suite) -> dict[str, str]:
    return {result.case.name: result.status for result in Runner("both").run(suite)}


def faults(folder: Path, body: str, *, head: str = HEAD) -> list[str]:
    """What is wrong with a file, without its name and folder; a mark for the reader of the test is left out."""
    with pytest.raises(BailiwickError) as error:
        suite_of(folder, body.replace("▸", ""), head=head.replace("▸", ""))
    return str(error.value).replace(f"{folder / 't.policytest.yaml'}:", "").replace(f"{folder}/", "").split("\n")


def marked(text: str) -> str:
    """Line and column of the mark."""
    before = text[: text.index("▸")]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


# What files may say ---------------------------------------------------------------------------------------------------


def test_a_case_passes_if_all_that_it_says_is_so(folder: Path) -> None:
    body = """\
        cases:
          - {name: decision, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow}
          - {name: reason, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow, reason: identity}
          - {name: sid, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow, statement: Read}
          - {name: index, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow, statement: {index: 0}}
          - {name: other decision, principal: ann, action: s3:GetObject, resource: bucket/k, expect: deny}
          - {name: other reason, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow, reason: resource}
          - {name: other sid, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow, statement: Write}
          - {name: other index, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow, statement: {index: 1}}
          - {name: other layer, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow, statement: {layer: scp}}
          - {name: denied, principal: bob, action: s3:GetObject, resource: bucket/k, expect: implicit_deny}
          - {name: denied at all, principal: bob, action: s3:GetObject, resource: bucket/k, expect: deny}
          - {name: denied otherwise, principal: bob, action: s3:GetObject, resource: bucket/k, expect: explicit_deny}
        """
    found = outcomes(suite_of(folder, body))
    passed = {"decision", "reason", "sid", "index", "denied", "denied at all"}
    assert found == {name: "passed" if name in passed else "failed" for name in found}
    assert len(found) == 12


def test_lists_in_a_case_are_all_combinations(folder: Path) -> None:
    suite = suite_of(
        folder,
        """\
        cases:
          - {principal: [ann, bob], action: [s3:GetObject, s3:PutObject], resource: [bucket/1, "*"], expect: deny}
        """,
    )
    asked = [(case.caller[-3:], case.action, case.resource) for case in suite.cases]
    assert len(set(asked)) == len(asked) == 8
    assert sum(status == "failed" for status in outcomes(suite).values()) == 2


def test_names_stand_for_principals_and_resources_and_are_extended_at_the_slash(folder: Path) -> None:
    suite = suite_of(folder, "cases: [{principal: ann, action: s3:GetObject, resource: bucket/a/b, expect: allow}]")
    assert (suite.cases[0].principal, suite.cases[0].resource) == (ANN, "arn:aws:s3:::b/a/b")


def test_context_is_laid_over_that_of_table_and_file_by_the_meaning_of_keys(folder: Path) -> None:
    suite = suite_of(
        folder,
        """\
        defaults: {principal: ann, action: s3:GetObject, resource: "*", context: {a:x: file, a:y: file, a:z: file}}
        tables:
          - context: {A:Y: table, a:w: table}
            columns: [a:z, a:w, expect]
            rows:
              - [row, null, allow]
        cases:
          - {context: {a:x: null, a:y: []}, expect: allow}
        """,
    )
    case, row = suite.cases
    assert case.context == {"a:y": [], "a:z": "file"}
    assert row.context == {"a:x": "file", "A:Y": "table", "a:z": "row", "a:w": "table"}


def test_tables_take_what_rows_share_from_beside_them(folder: Path) -> None:
    suite = suite_of(
        folder,
        """\
        tables:
          - name: reads
            principal: ann
            expect: allow
            columns: [name, action, resource, expect, reason, statement]
            rows:
              - [one, s3:GetObject, bucket/1, null, identity, Read]
              - [null, s3:PutObject, bucket/1, implicit_deny, null, null]
        """,
    )
    assert outcomes(suite) == {"reads: one": "passed", "reads, row 2": "passed"}
    assert suite.cases[0].expected.statements == (WantedStatement(sid="Read"),)
    assert [case.place.line - HEAD.count("\n") for case in suite.cases] == [7, 8]


def test_a_matrix_takes_the_most_specific_answer(folder: Path) -> None:
    suite = suite_of(
        folder,
        """\
        matrices:
          - name: m
            principals: [ann, bob]
            actions: [s3:GetObject, s3:PutObject]
            resources: [bucket/1, "*"]
            expect:
              ann: {s3:GetObject: allow, "*": {bucket/1: implicit_deny, "*": deny}}
              "*": deny
        """,
    )
    assert [case.expected.outcome for case in suite.cases] == ["allow", "allow", "implicit_deny", "deny", *["deny"] * 4]
    assert set(outcomes(suite).values()) == {"passed"}
    assert suite.cases[2].name == "m: ann s3:PutObject bucket/1"


def test_a_case_that_no_word_describes_is_decided_by_its_members(folder: Path) -> None:
    """Sessions, owners and callers of other kinds reach the engine."""
    trust = {"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}
    (folder / "policies/trust.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": trust}), encoding="utf-8")
    role = ANN.replace("user/ann", "role/r")
    suite = suite_of(
        folder,
        f"""\
        cases:
          - name: a session policy narrows
            principal: {role}
            action: s3:GetObject
            resource: bucket/1
            session_policies: {{Version: 2012-10-17, Statement: {{Effect: Deny, Action: "s3:*", Resource: "*"}}}}
            expect: explicit_deny
            reason: session
          - name: the bucket of another account
            principal: ann
            action: s3:GetObject
            resource: bucket/1
            resource_account: "444455556666"
            expect: implicit_deny
            reason: no_resource_allow
          - name: a web identity
            principal: {{kind: federated_caller, name: accounts.google.com}}
            action: sts:AssumeRoleWithWebIdentity
            resource: {role}
            expect: allow
        """,
        head=HEAD.replace("names:", f"    {role}: {{policies: [read], trust: trust}}\nnames:"),
    )
    assert set(outcomes(suite).values()) == {"passed"}


def test_layers_bind_every_case(tmp_path: Path) -> None:
    (tmp_path / "scp.json").write_text(json.dumps(READ), encoding="utf-8")
    head = """\
layers:
  identity:
    - {id: everything, document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}}
  scp: [[{file: scp.json}]]
"""
    suite = suite_of(
        tmp_path,
        f"""\
        defaults: {{principal: {ANN}, resource: "*"}}
        cases:
          - {{action: s3:GetObject, expect: allow, statement: [{{policy: everything}}, {{policy: scp, layer: scp}}]}}
          - {{action: s3:PutObject, expect: implicit_deny, reason: scp}}
        """,
        head=head,
    )
    assert set(outcomes(suite).values()) == {"passed"}
    assert {Path(file).name for file in suite.files} == {"t.policytest.yaml", "scp.json"}


def test_json_and_json_lines_say_the_same_as_yaml(folder: Path) -> None:
    yaml = suite_of(
        folder,
        """\
        cases: [{principal: ann, action: s3:GetObject, resource: "*", expect: allow}]
        tables: [{principal: ann, columns: [action, resource, expect], rows: [[s3:PutObject, "*", deny]]}]
        matrices: [{principals: bob, actions: s3:GetObject, resources: "*", expect: deny}]
        """,
    )
    whole = read_yaml((folder / "t.policytest.yaml").read_text(encoding="utf-8"), "t").plain()
    (folder / "t.policytest.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    head = {name: whole[name] for name in ("snapshot", "names")}
    lines = [head, whole["cases"][0], {"table": whole["tables"][0]}, {"matrix": whole["matrices"][0]}]
    (folder / "t.policytest.jsonl").write_text("\n\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    for name in ("t.policytest.json", "t.policytest.jsonl"):
        other = load_suite(folder / name)
        assert [case.name for case in other.cases] == [case.name for case in yaml.cases]
        assert [case.expected for case in other.cases] == [case.expected for case in yaml.cases]
        assert outcomes(other) == outcomes(yaml)
    assert [case.place.line for case in other.cases] == [3, 5, 7]


def test_scalars_are_those_of_json_and_not_of_yaml_1_1() -> None:
    text = "[1, no, 012345678901, 12:30:00, 2026-01-01, 1.5, true, True, ~, '7', !!str 7, 1_000]"
    found = read_yaml(text, "f").plain()
    assert found == [1, "no", "012345678901", "12:30:00", "2026-01-01", "1.5", True, True, None, "7", "7", "1_000"]


def test_files_that_name_the_same_snapshot_share_it(folder: Path) -> None:
    body = 'cases: [{principal: ann, action: s3:GetObject, resource: "*", expect: allow}]\n'
    (folder / "below").mkdir()
    (folder / "a.policytest.yaml").write_text(HEAD + body, encoding="utf-8")
    (folder / "below/b.policytest.yaml").write_text(
        HEAD.replace("policies: policies", "policies: ../policies") + body, encoding="utf-8"
    )
    (folder / "below/.hidden.policytest.yaml").write_text("nonsense", encoding="utf-8")
    sources = Sources()
    one, other = (load_suite(file, sources) for file in find_files([folder]))
    assert one.source is other.source


# What is wrong with them ----------------------------------------------------------------------------------------------


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


# Differences ----------------------------------------------------------------------------------------------------------


def failure(folder: Path, case: str) -> str:
    suite = suite_of(folder, f"cases:\n  - {{{case}}}\n")
    (result,) = Runner().run(suite)
    assert result.status == "failed"
    return result_text(result).replace(f"{folder}/", "")


def test_a_failure_tells_the_statement_that_allowed_and_its_place(folder: Path) -> None:
    found = failure(
        folder,
        'name: n, why: "because", principal: ann, action: s3:GetObject, resource: "*", context: {a:b: [1, x]}, expect: deny',
    )
    assert found.split("\n") == [
        "FAILED t.policytest.yaml:8:5  n",
        f"  {ANN}",
        "  s3:GetObject on *",
        "  with a:b=1|x",
        "  why: because",
        "              expected  got",
        "    decision  deny      allow",
        "  allowed by read, statement 0 `Read` (Allow, identity)  policies/read.json:4:5",
        "    T  Action: `s3:Get*`",
        "    T  Resource: `*`",
    ]


def test_a_failure_tells_what_was_nearest_and_what_it_lacked(folder: Path) -> None:
    found = failure(
        folder, 'principal: ann, action: s3:PutObject, resource: "*", expect: allow, reason: identity, statement: Read'
    )
    assert found.split("\n")[3:] == [
        "               expected  got",
        "    decision   allow     implicit_deny",
        "    statement  `Read`    none",
        "  denied: nothing in the identity layer allows it; nearest:",
        "    read, statement 0 `Read` (Allow, identity)  policies/read.json:4:5",
        "      F  Action: `s3:Get*`",
        "         found `s3:PutObject`",
    ]


def test_a_layer_without_an_allow_is_told(folder: Path) -> None:
    found = failure(folder, 'principal: bob, action: s3:PutObject, resource: "*", expect: allow')
    assert found.endswith("denied: the identity layer has no Allow statement that binds this request")


def test_guardrails_of_an_allow_are_told_in_short() -> None:
    suite = load_suite(EXAMPLE / "people.policytest.yaml")
    case = next(case for case in suite.cases if case.name == "the shipments bucket: ann s3:GetObject shipments/2026/1.csv")
    from dataclasses import replace

    result = Runner().result(suite, replace(case, expected=replace(case.expected, outcome="deny")))
    assert "let through by p-FullAWSAccess, statement 0 (scp level 0, 1, 2)" in result_text(result)


def test_a_request_without_an_answer_is_an_error_with_its_reason(folder: Path) -> None:
    suite = suite_of(folder, f"cases: [{{principal: {ANN}x, action: a:b, resource: '*', expect: deny}}]")
    (result,) = Runner().run(suite)
    assert result.status == "error"
    assert "is not in the snapshot" in result_text(result)


# Choosing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("ann", True),
        ("BOB", False),
        ("not bob", True),
        ("ann and put", False),
        ("put or reads", True),
        ("ann and not (put or 'x y')", True),
        ('"ann reads"', True),
        ("not not ann", True),
        ("'and'", False),
    ],
)
def test_words_choose_cases(expression: str, wanted: bool) -> None:
    assert selector(expression)("Ann reads") is wanted


@pytest.mark.parametrize("expression", ["", "ann and", "(ann", "ann bob", ")", "'ann", "or"])
def test_what_is_no_expression_is_told(expression: str) -> None:
    with pytest.raises(BailiwickError, match="-k `"):
        selector(expression)


# The command line -----------------------------------------------------------------------------------------------------


BODY = """\
cases:
  - {name: good, principal: ann, action: s3:GetObject, resource: bucket/k, expect: allow}
  - {name: bad <&>, principal: bob, action: s3:GetObject, resource: bucket/k, expect: allow}
  - {name: odd, principal: "arn:aws:iam::999999999999:user/x", action: s3:GetObject, resource: bucket/k, expect: deny}
"""


def test_the_command_tells_what_failed_and_exits_with_1(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "PASSED" not in out
    assert f"FAILED {folder}/t.policytest.yaml:9:5  bad <&>" in out
    assert f"ERROR {folder}/t.policytest.yaml:10:5  odd" in out
    assert "1 passed, 1 failed, 1 error in" in out


def test_the_command_runs_what_is_meant(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder), "-k", "good", "-v"]) == 0
    assert f"PASSED {folder}/t.policytest.yaml:8:5  good" in capsys.readouterr().out
    assert main(["test", str(folder), "-k", "nothing"]) == 2
    assert "-k `nothing`: no case is called so" in capsys.readouterr().err
    assert main(["test", str(folder), "-x"]) == 1
    assert "1 passed, 1 failed in" in capsys.readouterr().out


def test_files_that_cannot_be_used_exit_with_2_and_are_told_together(folder: Path, capsys: Capture) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.policytest.yaml").write_text(HEAD + "cases: 7\n", encoding="utf-8")
    assert main(["test", str(folder)]) == 2
    err = capsys.readouterr().err
    assert "a.policytest.yaml:7:8: `cases`: expected a list" in err
    assert "b.policytest.yaml:7:8: `cases`: expected a list" in err
    assert main(["test", str(folder / "policies")]) == 2
    assert "no policy test files" in capsys.readouterr().err
    assert main(["test", str(folder / "none.yaml")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_junit_has_a_test_case_for_each_and_survives_what_xml_cannot_write(folder: Path) -> None:
    suite_of(folder, BODY.replace("odd", '"odd \\x01"'))
    assert main(["test", str(folder), "--junit", str(folder / "out.xml")]) == 1
    root = ElementTree.parse(folder / "out.xml").getroot()
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {"tests": "3", "failures": "1", "errors": "1"}
    cases = root.findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == ["good", "bad <&>", "odd \N{REPLACEMENT CHARACTER}"]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["error"]]
    assert cases[1].get("line") == "9"
    assert cases[1][0].get("message") == "decision: expected allow, got implicit_deny"
    assert "the identity layer has no Allow statement" in str(cases[1][0].text)


def test_evaluators_that_differ_are_told_and_exit_with_3(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from bailiwick.testing import run

    suite_of(folder, BODY.split("  - {name: bad")[0])
    assert main(["test", str(folder), "--engine", "both"]) == 0
    monkeypatch.setattr(run, "same", lambda one, other: False)
    assert main(["test", str(folder), "--engine", "both"]) == 3
    assert "the evaluators differ: the reference says ALLOW (identity)" in capsys.readouterr().out


def test_the_schema_is_printed(capsys: Capture) -> None:
    assert main(["test", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_the_example_passes_with_both_evaluators_and_is_covered(capsys: Capture) -> None:
    assert main(["test", str(EXAMPLE), "--engine", "both", "--coverage", "--fail-under", "100"]) == 0
    assert "not exercised" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("library", "arguments", "extra"), [("yaml", [], "bailiwick[yaml]"), ("watchfiles", ["--watch"], "bailiwick[watch]")]
)
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    library: str, arguments: list[str], extra: str, folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite_of(folder, BODY)
    monkeypatch.setitem(sys.modules, library, None)
    assert main(["test", str(folder), *arguments]) == 2
    assert f"pip install '{extra}'" in capsys.readouterr().err


def test_too_little_coverage_exits_with_1(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder), "-k", "good", "--fail-under", "60"]) == 0
    assert main(["test", str(folder), "-k", "good", "--fail-under", "90"]) == 1
    captured = capsys.readouterr()
    assert captured.err == "coverage 75.0% is below 90%\n"
    assert "not exercised" not in captured.out


def test_the_coverage_page_is_written(folder: Path, capsys: Capture) -> None:
    suite_of(folder, BODY)
    assert main(["test", str(folder), "-k", "good", "--coverage-html", str(folder / "new/html")]) == 0
    assert f"coverage page: {folder / 'new/html/index.html'}" in capsys.readouterr().out
    assert "Policy coverage 75.0%" in (folder / "new/html/index.html").read_text(encoding="utf-8")


def test_junit_of_nothing_is_a_document() -> None:
    assert ElementTree.fromstring(junit_xml([])).get("tests") == "0"
