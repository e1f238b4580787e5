"""What counts as exercised, and how gaps are shown."""

from __future__ import annotations

import json
import re
from collections import Counter
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import bailiwick as bw
from bailiwick.errors import BailiwickError
from bailiwick.models import Registry
from bailiwick.snapshot_documents import documents_of
from bailiwick.testing.coverage import Coverage, DocumentCoverage, Point
from bailiwick.testing.coverage.html import coverage_page
from bailiwick.testing.coverage.source_view import laid_out, spans_of, view_of
from bailiwick.testing.coverage.text import coverage_text
from bailiwick.testing.files import find_files, load_suite
from bailiwick.testing.questions import Questions
from bailiwick.testing.run import Runner
from bailiwick.testing.sources import LayersSource, SnapshotSource, Sources
from tests.campaign import Fast
from tests.drawing import PRINCIPALS, SERVICES, A, Draw, Json

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples/organization"
ANN = f"arn:aws:iam::{A}:user/ann"


def covered(statement: Json, *requests: Json, layer: str = "identity") -> DocumentCoverage:
    """The coverage of a lone statement by requests."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    held = {"id": "p", "document": document}
    layers = {layer: [[held]] if layer in ("scp", "rcp") else [held] if layer == "identity" else held}
    source = LayersSource("x", layers, Registry())
    coverage, questions = Coverage(), Questions(Registry())
    coverage.add(source)
    for request in requests:
        whole = {"principal": ANN, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", **request}
        coverage.note(source, questions.ask({"request": whole, "layers": layers}))
    (found,) = coverage.documents()
    return found


def gaps(statement: Json, *requests: Json, layer: str = "identity") -> list[str]:
    found = covered(statement, *requests, layer=layer)
    return [found.words(point) for point in sorted(found.points - found.seen)]


ALLOW = {"Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": "arn:aws:s3:::b/*"}


# What counts ----------------------------------------------------------------------------------------------------------


def test_a_value_counts_when_it_matched_in_a_statement_that_applied() -> None:
    assert gaps(ALLOW, {"action": "s3:PutObject", "resource": "arn:aws:s3:::c/k"}) == [
        "never applied",
        "Action: never the only reason why it did not apply",
        "Action `s3:Get*`: never matched when it applied",
        "Action `s3:Put*`: never matched when it applied",
        "Resource `arn:aws:s3:::b/*`: never matched when it applied",
    ]
    assert gaps(ALLOW, {}) == [
        "Action: never the only reason why it did not apply",
        "Action `s3:Put*`: never matched when it applied",
        "Resource: never the only reason why it did not apply",
    ]


def test_an_element_counts_when_it_alone_stood_in_the_way() -> None:
    assert "Action: never the only reason why it did not apply" in gaps(
        ALLOW, {"action": "ec2:X", "resource": "arn:aws:s3:::c/k"}
    )
    assert gaps(ALLOW, {}, {"action": "s3:PutObject"}, {"action": "s3:DeleteObject"}, {"resource": "arn:aws:s3:::c/k"}) == []


def test_a_value_of_a_negated_element_counts_when_it_alone_stood_in_the_way() -> None:
    statement = {"Effect": "Deny", "NotAction": ["s3:Get*", "iam:*"], "Resource": "*"}
    assert gaps(statement, {"action": "ec2:X"}) == [
        "NotAction `s3:Get*`: never the only reason why it did not apply",
        "NotAction `iam:*`: never the only reason why it did not apply",
    ]
    assert gaps(statement, {"action": "ec2:X"}, {}, {"action": "iam:GetUser"}) == []


def test_a_test_counts_when_it_matched_failed_alone_and_was_asked_without_its_key() -> None:
    statement = {**ALLOW, "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"a:b": ["x", "y"], "a:c": "z"}}}
    both = {"context": {"a:b": "x", "a:c": "z"}}
    assert gaps(statement, both, {"context": {}}, {"context": {"a:b": "q", "a:c": "q"}}) == [
        "StringEquals a:b: never asked without the key",
        "StringEquals a:b: never the only reason why it did not apply",
        "StringEquals a:b `y`: never matched when it applied",
        "StringEquals a:c: never asked without the key",
        "StringEquals a:c: never the only reason why it did not apply",
    ]
    values: list[Any] = ["z", "q", []]
    alone = [{"context": {"a:b": "y", "a:c": value}} for value in values]
    assert gaps(statement, both, *alone, {"context": {"a:b": "q", "a:c": "z"}}, {"context": {"a:c": "z"}}) == []


def test_a_denial_that_applies_because_nothing_can_be_said_is_seen_applying() -> None:
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NumericGreaterThan": {"a:b": "7"}}}
    found = gaps(statement, {"context": {"a:b": "lots"}})
    assert "never applied" not in found
    assert "NumericGreaterThan a:b `7`: never matched when it applied" in found
    assert "never applied" in gaps({**statement, "Effect": "Allow"}, {"context": {"a:b": "lots"}})


@pytest.mark.parametrize(
    ("statement", "layer", "points"),
    [
        # `*` matches all that can be asked.
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, "identity", 3),
        # Nobody asks for actions of other services on objects in S3.
        ({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}, "identity", 4),
        ({"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b/*", "arn:aws:sqs:*:*:q"]}, "identity", 6),
        ({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, "identity", 4),
        # Callers of these policies always have these keys, others need not have them.
        (
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalArn": "x"}}},
            "identity",
            5,
        ),
        (
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/x": "x"}}},
            "identity",
            6,
        ),
        # Without the key the other test fails as well.
        (
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringNotLike": {"a:b": "x"}, "Null": {"A:B": "false"}},
            },
            "scp",
            6,
        ),
        (
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringLike": {"a:b": "x"}, "Null": {"a:b": "false"}},
            },
            "scp",
            6,
        ),
        # Some actions are decided before any policy is asked.
        ({"Effect": "Deny", "NotAction": ["sts:GetSessionToken", "iam:*"], "Resource": "*"}, "identity", 3),
    ],
)
def test_what_no_request_can_show_is_not_counted(statement: Json, layer: str, points: int) -> None:
    assert len(covered(statement, layer=layer).points) == points


def test_a_request_that_is_decided_before_policies_exercises_nothing() -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert covered(statement, {"action": "sts:GetCallerIdentity", "resource": "*"}).seen == set()
    assert covered(statement, {"resource": "arn:aws-cn:s3:::b/k"}).seen == set()
    assert covered(statement, {}).seen != set()


# Against the definition, by taking statements apart --------------------------------------------------------------------


class Oracle:
    """The points that a request shows, found by asking changed statements whether they apply."""

    def __init__(self, statement: Json, request: Json, layer: str) -> None:
        self.statement, self.request, self.layer = statement, request, layer
        self.questions = Questions(Registry())

    def applies(self, statement: Json) -> bool:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        held = {"id": "p", "document": document}
        answer = self.questions.ask(
            {"request": self.request, "layers": {self.layer: [held] if self.layer == "identity" else held}}
        )
        return bool(answer.said) and answer.said[0].applies

    def bare(self, effect: str, **elements: Any) -> Json:
        """A statement of nothing but some elements."""
        principal = {"Principal": {"AWS": "*", "Service": list(SERVICES)}} if self.layer == "resource" else {}
        found = {"Effect": effect, "Action": "*", "Resource": "*", **principal}
        return {name: value for name, value in found.items() if f"Not{name}" not in elements} | elements

    def shown(self) -> set[Point]:
        found = {Point(0, -1, -1, "applies")} if self.applies(self.statement) else set()
        at = 0
        for name in ("Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"):
            if name in self.statement:
                found |= self.of_element(at, name)
                at += 1
        for operator, keys in self.statement.get("Condition", {}).items():
            for key in keys:
                found |= self.of_test(at, operator, key)
                at += 1
        return found

    def of_element(self, at: int, name: str) -> set[Point]:
        negated, positive = name.startswith("Not"), name.removeprefix("Not")
        rest = {key: value for key, value in self.statement.items() if key != name}
        widest: Any = "*" if positive != "Principal" else {"AWS": "*", "Service": list(SERVICES)}
        alone = not self.applies(self.statement) and self.applies({**rest, positive: widest})
        effect = self.statement["Effect"] if positive == "Principal" else "Allow"
        counts = alone if negated else self.applies(self.statement)
        found = set()
        for number, value in enumerate(values_of(self.statement[name])):
            if counts and self.applies(self.bare(effect, **{positive: value})):
                found.add(Point(0, at, number, "matches"))
        false = not self.applies(self.bare("Deny" if positive != "Principal" else effect, **{name: self.statement[name]}))
        if not negated and alone and false:
            found.add(Point(0, at, -1, "fails"))
        return found

    def of_test(self, at: int, operator: str, key: str) -> set[Point]:
        negated = "Not" in operator
        rest = deepcopy(self.statement)
        given = rest["Condition"][operator].pop(key)
        rest["Condition"] = {name: tests for name, tests in rest["Condition"].items() if tests}
        alone = not self.applies(self.statement) and self.applies(rest)
        base = operator.rpartition(":")[2].removesuffix("IfExists").replace("Not", "")
        counts = alone if negated else self.applies(self.statement)
        found = set()
        for number, value in enumerate(given if isinstance(given, list) else [given]):
            one = base if base == "Null" else f"ForAnyValue:{base}"
            if counts and self.applies(self.bare("Allow", Condition={one: {key: value}})):
                found.add(Point(0, at, number, "matches"))
        if not negated and alone and not self.applies(self.bare("Deny", Condition={operator: {key: given}})):
            found.add(Point(0, at, -1, "fails"))
        missing = self.applies(self.bare("Allow", Condition={"Null": {key: "true"}}))
        if missing and (alone or self.applies(self.statement)):
            found.add(Point(0, at, -1, "absent"))
        return found


def values_of(element: Any) -> list[Any]:
    """The values of an element, each as an element of its own."""
    if isinstance(element, dict):
        return [{kind: one} for kind, listed in element.items() for one in (listed if isinstance(listed, list) else [listed])]
    return element if isinstance(element, list) else [element]


def test_points_are_what_their_definition_says() -> None:
    """A statement is taken apart and asked again: what it needs to apply, and what it does not."""
    seen: Counter[str] = Counter()
    for seed in range(300):
        draw = Draw(Fast(seed))
        layer = draw.of(["identity", "resource"])
        statement = draw.statement(layer)
        for _ in range(4):
            request = draw.request(trust=False, principal=draw.of(PRINCIPALS[:5]))
            request["context"] = {key: value for key, value in request["context"].items() if value is not None}
            try:
                found = covered(statement, request, layer=layer)
            except BailiwickError:  # a statement or a request that is refused says nothing
                continue
            expected = Oracle(statement, {**request}, layer).shown() & found.points
            assert found.seen & found.points == expected, (statement, request)
            seen.update(f"{point.what} {'part' if point.value < 0 else 'value'}" for point in expected)
    assert min(seen[name] for name in ("applies part", "matches value", "fails part", "absent part")) > 40, seen


# What is left out -----------------------------------------------------------------------------------------------------


def measured(*files: Path) -> Coverage:
    coverage, runner, sources = Coverage(), Runner(), Sources()
    for file in files:
        suite = load_suite(file, sources)
        coverage.add(suite.source, suite.ignored)
        for case in suite.cases:
            coverage.note(suite.source, runner.questions(suite).ask(suite.source.case_of(case)))
    return coverage


def test_files_that_name_the_same_policies_cover_them_together() -> None:
    files = [Path(file) for file in find_files([EXAMPLE])]
    parts = [measured(file).figures() for file in files]
    together = measured(*files).figures()
    assert together.percent == 100.0
    assert all(part.percent < 80 for part in parts)
    assert {part.all for part in parts} != {together.all}, "one file asks to ignore what another one counts"


def test_vendor_policies_and_what_nobody_holds_are_left_out() -> None:
    source = load_suite(EXAMPLE / "people.policytest.yaml").source
    assert isinstance(source, SnapshotSource)
    coverage = Coverage()
    coverage.add(source)
    ids = {one.document.id for one in coverage.documents()}
    assert not any("aws-service-role" in id for id in ids)
    assert {document.id for document in documents_of(source.snapshot) if document.vendor or not document.binds}.isdisjoint(ids)


def test_a_group_without_members_binds_nobody() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})
    managed = tuple(bw.Policy(id=id, document=text) for id in ("both", "empty", "full"))
    groups = tuple(
        bw.Group(arn=f"arn:aws:iam::{A}:group/{name}", policies=("both", name), inline=(bw.Policy(id="own", document=text),))
        for name in ("empty", "full")
    )
    user = bw.User(arn=ANN, groups=("full",))
    account = bw.Account(id=A, users=(user,), groups=groups, policies=managed)
    found = {one.id.rsplit("/")[-1]: one.binds for one in documents_of(bw.Snapshot(accounts=(account,)))}
    assert found == {"empty:own": False, "full:own": True, "both": True, "empty": False, "full": True}


def folder_with(tmp_path: Path, **policies: Json) -> Path:
    (tmp_path / "policies").mkdir()
    for name, statement in policies.items():
        text = json.dumps({"Version": "2012-10-17", "Statement": statement}, indent=2, ensure_ascii=False)
        (tmp_path / f"policies/{name}.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_policies_that_nobody_holds_are_named(tmp_path: Path) -> None:
    folder_with(tmp_path, held=ALLOW, loose=ALLOW)
    file = tmp_path / "t.policytest.yaml"
    file.write_text(
        f"snapshot: {{policies: policies, principals: {{{ANN}: {{policies: [held]}}}}}}\n"
        f"cases: [{{principal: {ANN}, action: s3:GetObject, resource: '*', expect: deny}}]\n",
        encoding="utf-8",
    )
    coverage = measured(file)
    assert [one.document.id for one in coverage.documents()] == ["held"]
    assert coverage_text(coverage).endswith("attached to nobody:\n  loose")
    assert "<li>loose</li>" in coverage_page(coverage)


# How gaps are shown ---------------------------------------------------------------------------------------------------


def covered_by(tmp_path: Path, statement: Json, cases: str, ignore: str = "") -> Coverage:
    folder_with(tmp_path, p=statement)
    file = tmp_path / "t.policytest.yaml"
    file.write_text(
        f"snapshot: {{policies: policies, principals: {{{ANN}: {{policies: [p]}}}}}}\n{ignore}"
        f"defaults: {{principal: {ANN}}}\ncases: {cases}\n",
        encoding="utf-8",
    )
    return measured(file)


def test_the_text_names_the_place_of_every_gap(tmp_path: Path) -> None:
    coverage = covered_by(tmp_path, ALLOW, "[{action: s3:GetObject, resource: 'arn:aws:s3:::b/k', expect: allow}]")
    text = coverage_text(coverage).replace(f"{tmp_path}/", "")
    assert text.split("\n") == [
        "policy  statements  elements  conditions  covered",
        "-------------------------------------------------",
        "p              1/1       2/5         0/0    50.0%",
        "-------------------------------------------------",
        "all            1/1       2/5         0/0    50.0%",
        "",
        "not exercised:",
        "  policies/p.json:5:5: p, statement 0 (Allow): Action: never the only reason why it did not apply",
        "  policies/p.json:7:7: p, statement 0 (Allow): Action `s3:Put*`: never matched when it applied",
        "  policies/p.json:9:5: p, statement 0 (Allow): Resource: never the only reason why it did not apply",
    ]


def test_an_ignored_statement_is_told_and_does_not_count(tmp_path: Path) -> None:
    ignore = "coverage: {ignore: [{policy: p, index: 0, why: it is old}]}\n"
    coverage = covered_by(tmp_path, ALLOW, "[{action: s3:GetObject, resource: '*', expect: deny}]", ignore)
    assert coverage.figures().percent == 100.0
    assert coverage_text(coverage).endswith("ignored:\n  p, statement 0: it is old")
    assert "ignored: it is old" in coverage_page(coverage)


class Page(HTMLParser):
    """What a reader sees: the code with its marks, and the notes beside it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.marks: list[tuple[str, str]] = []
        self.rows: list[str] = []
        self.notes: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.balance: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        if tag not in ("meta", "br"):
            self.open.append((tag, kind))
            self.balance[tag] += 1
        if tag == "code":
            self.rows.append("")

    def handle_endtag(self, tag: str) -> None:
        opened, _kind = self.open.pop()
        assert opened == tag
        self.balance[tag] -= 1

    def handle_data(self, data: str) -> None:
        if any(tag == "code" for tag, _ in self.open):
            self.rows[-1] += data
        if self.open and self.open[-1][0] == "mark":
            self.marks.append((self.open[-1][1], data))
        if any(kind == "notes" for _, kind in self.open):
            self.notes.append(data)


def test_the_page_shows_the_source_as_it_stands_with_its_gaps_marked(tmp_path: Path) -> None:
    statement = {**ALLOW, "Sid": "", "Condition": {"StringNotEquals": {"a:b": ['<x> & "é"', "y"]}}}
    cases = "[{action: s3:GetObject, resource: 'arn:aws:s3:::b/k', expect: allow}]"
    page = Page(coverage_page(covered_by(tmp_path, statement, cases)))
    assert "\n".join(page.rows) == (tmp_path / "policies/p.json").read_text(encoding="utf-8")
    assert page.marks[3:] == [  # after those of the key
        ("part", '"Action"'),
        ("seen", '"s3:Get*"'),
        ("gap", '"s3:Put*"'),
        ("part", '"Resource"'),
        ("seen", '"arn:aws:s3:::b/*"'),
        ("seen", '"a:b"'),
        ("gap", '"<x> & \\"é\\""'),
        ("gap", '"y"'),
    ]
    assert Counter(page.notes) == {"never matched when it applied": 1, "never the only reason why it did not apply": 4}
    assert not any(page.balance.values())


def test_the_page_names_lines_of_the_file_and_lays_out_what_has_none(tmp_path: Path) -> None:
    page = coverage_page(measured(EXAMPLE / "guardrails.policytest.yaml"))
    document = next(
        one for one in measured(EXAMPLE / "guardrails.policytest.yaml").documents() if one.document.id.endswith("RequireMfa")
    )
    line = view_of(document.document.text).first_line
    assert line is not None
    lines = (EXAMPLE / "account.json").read_text(encoding="utf-8").split("\n")
    assert lines[line - 1].endswith('"Document": {')
    assert f'<span class="n">{line}</span>' in page
    assert page.count("laid out anew") == sum(
        view_of(one.document.text).first_line is None for one in measured(EXAMPLE / "guardrails.policytest.yaml").documents()
    )


def test_a_statement_that_never_applied_is_told_once(tmp_path: Path) -> None:
    page = Page(coverage_page(covered_by(tmp_path, ALLOW, "[{action: s3:GetObject, resource: '*', expect: deny}]")))
    assert page.notes == ["the statement never applied"]
    assert len(page.marks) == 3


@pytest.mark.parametrize("seed", range(60))
def test_a_document_laid_out_anew_is_the_same_document(seed: int) -> None:
    draw = Draw(Fast(seed))
    document = draw.document(draw.of(["identity", "resource", "trust"]))
    text = json.dumps(document, ensure_ascii=draw.chance(50), indent=draw.of([None, 1, 3]))
    anew = laid_out(text)
    assert json.loads(anew) == document
    assert re.findall(r'"(?:[^"\\]|\\.)*"', anew) == re.findall(r'"(?:[^"\\]|\\.)*"', text), "every scalar as it was written"
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for one in (text, anew):
        for statement, spans in zip(statements, spans_of(one), strict=True):
            assert json.loads(one[slice(*spans.whole)]) == statement
            names = [json.loads(one[slice(*part.name)]) for part in spans.parts]
            tests = [key for keys in statement.get("Condition", {}).values() for key in keys]
            elements = [name for name in ("Principal", "Action", "Resource") if name in statement or f"Not{name}" in statement]
            assert [name.removeprefix("Not") for name in names] == [*elements, *tests]
