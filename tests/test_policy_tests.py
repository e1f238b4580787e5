"""Policy test files: what they may say, what comes of it, and how it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bailiwick.errors import BailiwickError
from bailiwick.testing.case import WantedStatement
from bailiwick.testing.difference import result_text
from bailiwick.testing.files import find_files, load_suite
from bailiwick.testing.run import Runner
from bailiwick.testing.select import selector
from bailiwick.testing.sources import Sources
from bailiwick.testing.yaml_text import read_yaml
from tests.policy_suites import ANN, EXAMPLE, HEAD, READ, outcomes, policy_folder, suite_of

__all__ = ["policy_folder"]  # a fixture is used by its name


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
