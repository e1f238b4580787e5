"""Explanations: they tell the engine's own decisions, at its revision, or refuse."""

from __future__ import annotations

import json
import pickle
import threading
from typing import Any

import pytest
from hypothesis import event, given, settings

import bailiwick as bw
from bailiwick import changes as c
from bailiwick import models as m
from bailiwick.explanation import Explanation, explain_case, why_not_case
from bailiwick.reference import Element
from bailiwick.snapshot_case import case_of
from bailiwick.source import WAITING, Source
from tests import snapshots
from tests.campaign import Fast
from tests.drawing import A, B, Draw, Json
from tests.strategies import groups
from tests.test_snapshots import emptied, usable

ANN = f"arn:aws:iam::{A}:user/ann"
BUCKET, OBJECT = "arn:aws:s3:::b", "arn:aws:s3:::b/k"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def engine_of(*statements: Json, **more: Any) -> bw.Engine:
    """Ann, with one inline policy."""
    ann = bw.User(arn=ANN, inline=(bw.Policy(id="own", document=document(*statements)),), tags={"team": "north"})
    return bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(ann,)),), **more))


def explained(*statements: Json, action: str = "s3:GetObject", resource: str = OBJECT, **context: Any) -> Explanation:
    return engine_of(*statements).explain(ANN, action, resource, {key.replace("__", ":"): context[key] for key in context})


def only_element(explanation: Explanation, name: str) -> Element:
    (found,) = [one for statement in explanation.statements for one in statement.elements if one.name == name]
    return found


# The decision is the engine's -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(300, 312))
def test_explaining_changes_no_decision(seed: int) -> None:
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    built = bw.Engine(drawn.snapshot)
    grown = bw.Engine(bw.Snapshot())
    grown.update(*emptied(drawn.snapshot))
    opened = bw.Engine.from_bytes(built.to_bytes(), snapshot=drawn.snapshot)
    for _ in range(25):
        request = usable(drawn.request())
        for engine in (built, grown, opened):
            explanation, decision = engine.explain(*request), engine.check(*request)
            assert explanation.decision == decision
            assert bool(explanation) is decision.allowed
            assert {(one.layer, one.level, one.policy, one.statement, one.sid) for one in explanation.deciding} == {
                (one.layer, one.level, one.policy, one.statement, one.sid) for one in decision.matched
            }


@settings(max_examples=150, deadline=None)
@given(groups(2))
def test_cases_are_explained_as_both_evaluators_decide_them(drawn: tuple[list[Json], Json]) -> None:
    requests, layers = drawn
    for request in requests:
        case = {"request": request, "layers": layers}
        decided = bw.simulate(case)
        if "error" in decided:
            with pytest.raises(bw.ValidationError):
                explain_case(case)
            continue
        explanation = explain_case(case)
        told = json.loads(json.dumps(explanation.to_dict()))
        assert {name: told[name] for name in decided if name != "id"} == {key: decided[key] for key in decided if key != "id"}
        event(decided["decision"])
        assert str(explanation).startswith(f"{decided['decision']}\n")
        gaps = [gap.layer for gap in explanation.gaps]
        assert bool(gaps) is (decided["decision"] == "IMPLICIT_DENY" and decided["reason"] != "partition_mismatch")
        assert not gaps or gaps[0] == decided["deciding_layer"]


def test_options_of_check_are_options_of_explain() -> None:
    everything = {**ALLOW_ALL, "Principal": "*"}
    engine = engine_of(ALLOW_ALL, resources=(bw.Resource(arn=BUCKET, account=A, policy=document(everything)),))
    options: list[dict[str, Any]] = [
        {"resource_account": B},
        {"endpoint_policies": document({**ALLOW_ALL, "Action": "ec2:*"})},
        {"endpoint_policies": []},
        {"trust_mode": "resource_required"},
    ]
    for one in options:
        assert engine.explain(ANN, "s3:GetObject", "arn:aws:s3:::c/k", **one).decision == (
            engine.check(ANN, "s3:GetObject", "arn:aws:s3:::c/k", **one)
        )
    anonymous = engine.explain("anonymous", "s3:GetObject", OBJECT, anonymous_allowed=False)
    assert [(gap.layer, gap.rule) for gap in anonymous.gaps] == [("resource", "X-02")]
    with pytest.raises(bw.UnknownPrincipal, match="is not in the snapshot"):
        engine.explain(f"arn:aws:iam::{A}:user/Ann", "s3:GetObject", OBJECT)
    with pytest.raises(TypeError, match="k:k"):
        engine.explain(ANN, "s3:GetObject", OBJECT, {"k:k": 1.5})  # type: ignore[dict-item]


def test_evaluators_that_differ_explain_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    case = {"request": {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT}}
    monkeypatch.setattr("bailiwick.agreement.simulate", lambda *_, **__: {"error": {"code": "X"}})
    for ask in (explain_case, why_not_case):
        with pytest.raises(bw.PolicyEvaluation, match=r"the compiled one says None \(X\), the reference IMPLICIT_DENY"):
            ask(case)


# Where the documents come from ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(320, 328))
def test_the_part_that_concerns_a_request_makes_the_same_case(seed: int) -> None:
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    sources = [Source(drawn.snapshot), Source(bw.Snapshot())]
    sources[1].changed(emptied(drawn.snapshot))
    for _ in range(30):
        who, what, where, context = usable(drawn.request())
        whole = case_of(drawn.snapshot, who, what, where, context)
        for source in sources:
            assert case_of(source.about(who, where), who, what, where, context) == whole
    assert sources[1].snapshot() == drawn.snapshot


def test_every_change_is_followed() -> None:
    deny, role = document({"Effect": "Deny", "Action": "*", "Resource": "*"}), f"arn:aws:iam::{A}:role/x/App"
    trust = document({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"})
    policy, group = f"arn:aws:iam::{A}:policy/p", f"arn:aws:iam::{A}:group/g"
    steps: list[list[c.Change]] = [
        [c.PutPolicy(account=A, id=policy, document=document(ALLOW_ALL)), c.AttachPolicy(identity=ANN, policy=policy)],
        [c.AttachPolicy(identity=ANN, policy=policy), c.PutPolicy(account=A, id=policy, document=deny)],
        [c.DetachPolicy(identity=ANN, policy=policy), c.SetBoundary(identity=ANN, policy=policy)],
        [c.SetBoundary(identity=ANN, policy=None), c.DeletePolicy(account=A, id=policy)],
        [c.PutInlinePolicy(identity=ANN, name="own", document=deny), c.PutInlinePolicy(identity=ANN, name="b", document=deny)],
        [c.DeleteInlinePolicy(identity=ANN, name="own")],
        [c.PutGroup(group=bw.Group(arn=group, inline=(bw.Policy(id="i", document=document(ALLOW_ALL)),)))],
        [c.PutUser(user=bw.User(arn=ANN, groups=("g",)))],
        [c.PutRole(role=bw.Role(arn=role, trust=trust)), c.PutAccount(id=B)],
        [c.PutResource(resource=bw.Resource(arn=BUCKET, account=B))],
        [c.DeleteResource(arn=BUCKET), c.DeleteIdentity(arn=role)],
        [c.PutRole(role=bw.Role(arn=role, trust=trust)), c.SetOrganization(organization=None)],
    ]
    engine = engine_of(ALLOW_ALL)
    for revision, changes in enumerate(steps, 2):
        assert engine.update(*changes) == revision
        explanation = engine.explain(ANN, "s3:GetObject", OBJECT)
        assert explanation.decision == engine.check(ANN, "s3:GetObject", OBJECT)
        assert explanation.decision.revision == revision
    assert engine.explain(f"arn:aws:sts::{A}:assumed-role/App/s", "s3:GetObject", OBJECT).decision.reason == "identity"
    with pytest.raises(bw.UnknownEntity):
        engine.update(c.DeleteIdentity(arn=ANN), c.DeleteIdentity(arn="arn:aws:iam::1:user/none"))
    assert engine.explain(ANN, "s3:GetObject", OBJECT).decision.revision == len(steps) + 1


def test_changes_that_wait_are_bounded() -> None:
    source = Source(bw.Snapshot(accounts=(bw.Account(id=A),)))
    for number in range(WAITING + 10):
        source.changed([c.PutUser(user=bw.User(arn=f"{ANN}{number % 3}"))])
    assert len(source._waiting) < 10
    assert len(source.snapshot().accounts[0].users) == 3


def test_engines_without_texts_refuse_and_say_what_would_help() -> None:
    engine = engine_of(ALLOW_ALL)
    data = engine.to_bytes()
    for without in (
        bw.Engine.from_bytes(data),
        pickle.loads(pickle.dumps(engine)),
        bw.Engine.from_snapshot(bw.Snapshot(accounts=(bw.Account(id=A, users=(bw.User(arn=ANN),)),)), keep_documents=False),
    ):
        with pytest.raises(bw.NoDocuments, match="snapshot="):
            without.explain(ANN, "s3:GetObject", OBJECT)
        with pytest.raises(bw.NoDocuments, match="snapshot="):
            without.why_not(ANN, "s3:GetObject", OBJECT)
    other = bw.Snapshot(accounts=(bw.Account(id=A, users=(bw.User(arn=ANN),)),))
    with pytest.raises(bw.NoDocuments, match=r"the engine says ALLOW .* say IMPLICIT_DENY"):
        bw.Engine.from_bytes(data, snapshot=other).explain(ANN, "s3:GetObject", OBJECT)
    with pytest.raises(bw.NoDocuments, match="the engine says ALLOW"):
        bw.Engine.from_bytes(data, snapshot=other).why_not(ANN, "s3:GetObject", OBJECT)


def test_explanations_are_of_one_revision_while_others_update() -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    engine, done, failures = engine_of(ALLOW_ALL), threading.Event(), list[BaseException]()

    def write() -> None:
        for number in range(200):
            engine.update(c.PutInlinePolicy(identity=ANN, name="own", document=document(deny if number % 2 else ALLOW_ALL)))
        done.set()

    def read() -> None:
        try:
            while not done.is_set():
                found = engine.explain(ANN, "s3:GetObject", OBJECT)
                assert found.decision.allowed is (found.statements[0].effect == "Allow")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for work in (write, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# What is told ---------------------------------------------------------------------------------------------------------


def test_statements_say_where_they_stand_in_their_text() -> None:
    """S-22: the end is just after the brace; a CR is no line of its own (B-02)."""
    first, second = (
        '{"Effect":"Allow","Action":"s3:*","Resource":"*"}',
        '{\r\n "Effect":"Deny","Action":"ec2:*","Resource":"*"\n }',
    )
    text = f'{{"Version":"2012-10-17",\r\n"Statement":[{first},\n  {second}]}}'
    ann = bw.User(arn=ANN, inline=(bw.Policy(id="own", document=text),))
    engine = bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(ann,)),)))
    found = engine.explain(ANN, "s3:GetObject", OBJECT).statements
    assert [(one.line, one.column, one.end_line, one.end_column) for one in found] == [(2, 14, 2, 63), (3, 3, 5, 3)]
    lines = text.split("\n")
    assert lines[1][13:62] == first
    assert lines[2][2:] + "\n" + lines[3] + "\n" + lines[4][:2] == second


@pytest.mark.parametrize(
    ("test", "context", "value", "rule", "hits", "note"),
    [
        ({"Bool": {"k:k": "true"}}, {"k__k": True}, "T", "C-21", ("true",), ""),
        ({"Bool": {"k:k": "true"}}, {"k__k": "lots"}, "I", "C-12", (), "is not `true` or `false`"),
        ({"StringEquals": {"k:k": ["a", "b"]}}, {"k__k": "b"}, "T", "C-02", ("b",), ""),
        ({"StringNotEquals": {"k:k": ["a", "b"]}}, {"k__k": "b"}, "F", "C-02", ("b",), ""),
        ({"StringEquals": {"k:k": "a"}}, {}, "F", "C-14", (), ""),
        ({"StringEquals": {"k:k": "a"}}, {"k__k": ["a", "b"]}, "I", "C-14", ("a",), "several values need"),
        ({"StringEqualsIfExists": {"k:k": "a"}}, {}, "T", "C-15", (), ""),
        ({"ForAllValues:StringEquals": {"k:k": "a"}}, {"k__k": ["a", "b"]}, "F", "C-16", ("a",), ""),
        ({"ForAnyValue:StringEquals": {"k:k": "a"}}, {"k__k": ["a", "b"]}, "T", "C-17", ("a",), ""),
        ({"Null": {"k:k": "false"}}, {}, "F", "C-20", (), ""),
        ({"StringEquals": {"k:k": "${k:v}"}}, {"k__k": "a"}, "F", "C-13", (), "`k:v` has no value"),
        ({"StringEquals": {"k:k": "${k:v}"}}, {"k__k": "a", "k__v": ["a", "b"]}, "I", "M-27", (), "`k:v` has several values"),
        ({"StringEquals": {"k:k": "${k:v, 'a'}"}}, {"k__k": "a"}, "T", "C-02", ("${k:v, 'a'}",), "k:v is `a`"),
        ({"DateLessThan": {"k:k": "2026-01-01"}}, {"k__k": "soon"}, "I", "C-12", (), "is not a date"),
        ({"IpAddress": {"k:k": "10.0.0.0/8"}}, {"k__k": "10.1.2.3"}, "T", "C-02", ("10.0.0.0/8",), ""),
    ],
)
def test_tests_say_what_they_found_and_by_which_rule(
    test: Json, context: dict[str, Any], value: str, rule: str, hits: tuple[str, ...], note: str
) -> None:
    (operator, keys), = test.items()  # fmt: skip
    found = only_element(explained({**ALLOW_ALL, "Condition": test}, **context), f"{operator} {next(iter(keys))}")
    assert (found.value, found.rule, found.hits) == (value, rule, hits)
    assert found.note.startswith(note)
    assert bool(found.note) is bool(note)


@pytest.mark.parametrize(
    ("element", "resource", "value", "rule", "note"),
    [
        ({"Resource": "*"}, OBJECT, "T", "M-11", ""),
        ({"Resource": "arn:aws:s3:::b/*"}, OBJECT, "T", "M-13", ""),
        ({"Resource": "arn:aws:s3:::c/*"}, OBJECT, "F", "M-13", ""),
        ({"Resource": "arn:aws:s3:::b/*"}, "*", "F", "M-12", ""),
        ({"NotResource": "arn:aws:s3:::b/*"}, OBJECT, "F", "M-15", ""),
        ({"Resource": "arn:aws:s3:::b/${k:v}"}, OBJECT, "F", "M-26", "`k:v` has no value"),
        ({"Resource": "arn:aws:s3:::${aws:username}/k"}, OBJECT, "F", "M-13", "aws:username is `ann`"),
        ({"Resource": f"arn:aws:app:*:{A}:z"}, f"arn:aws:app:eu-west-1:{A}:q:{A}:z", "I", "M-13", "matches only if"),
    ],
)
def test_resources_say_how_they_match(element: Json, resource: str, value: str, rule: str, note: str) -> None:
    statement = {"Effect": "Allow", "Action": "*", **element}
    found = only_element(explained(statement, resource=resource), next(iter(element)))
    assert (found.value, found.rule) == (value, rule)
    assert found.note.startswith(note)
    assert bool(found.note) is bool(note)


def test_principals_say_their_grade() -> None:
    policy = document(
        {**ALLOW_ALL, "Principal": {"AWS": [A, B]}},
        {"Effect": "Deny", "NotPrincipal": {"AWS": ANN}, "Action": "x:y", "Resource": "*"},
    )
    found = engine_of(ALLOW_ALL, resources=(bw.Resource(arn=BUCKET, account=A, policy=policy),)).explain(
        ANN, "s3:GetObject", OBJECT
    )
    allow, deny = (one for one in found.statements if one.layer == "resource")
    assert (allow.grade, allow.elements[0].hits, allow.elements[0].note) == ("ACCOUNT", (A,), "grade ACCOUNT")
    assert (deny.elements[0].value, deny.elements[0].rule, deny.grade) == ("T", "M-46", None)
    assert "every link is listed" in deny.elements[0].note
    (layer,) = (layer for layer in found.layers if layer.layer == "resource")
    assert (layer.result, layer.grants) == ("ALLOW", ("ACCOUNT",))


def test_the_context_has_derived_keys_as_they_are_spelled() -> None:
    found = explained(ALLOW_ALL, App__Size=7)
    assert found.context["aws:PrincipalTag/team"] == ("north",)
    assert found.context["App:Size"] == ("7",)


# Gaps and exemptions --------------------------------------------------------------------------------------------------

NOTHING = {"Version": "2012-10-17", "Statement": [{**ALLOW_ALL, "Action": "none:*"}]}
EVERYTHING = {"Version": "2012-10-17", "Statement": [ALLOW_ALL]}
GAPS: dict[str, tuple[Json, Json, list[tuple[str, int | None, str]]]] = {
    "identity": ({}, {"identity": [NOTHING]}, [("identity", None, "E-13")]),
    "boundary": ({}, {"identity": [EVERYTHING], "boundary": NOTHING}, [("boundary", None, "E-13")]),
    "both": ({}, {"identity": [], "boundary": NOTHING}, [("identity", None, "E-13"), ("boundary", None, "E-13")]),
    "scp levels": (
        {},
        {"identity": [EVERYTHING], "scp": [[EVERYTHING], [NOTHING], []]},
        [("scp", 1, "E-03"), ("scp", 2, "E-03")],
    ),
    "scp and identity": ({}, {"scp": [[NOTHING]]}, [("scp", 0, "E-03"), ("identity", None, "E-13")]),
    "endpoint": ({}, {"identity": [EVERYTHING], "endpoint": NOTHING}, [("endpoint", None, "E-28")]),
    "other account": ({"resource_account": B}, {"identity": [EVERYTHING]}, [("resource", None, "E-31")]),
    "key policy": ({"trust_mode": "resource_required"}, {}, [("resource", None, "E-05"), ("identity", None, "E-13")]),
    "service": ({"principal": "app.amazonaws.com"}, {}, [("resource", None, "E-24")]),
    "anonymous": ({"principal": "anonymous"}, {}, [("resource", None, "M-44")]),
    "unreachable": ({"principal": "anonymous", "anonymous_allowed": False}, {}, [("resource", None, "X-02")]),
    "session": (
        {"principal": f"arn:aws:sts::{A}:assumed-role/App/s"},
        {"identity": [EVERYTHING], "session": [NOTHING]},
        [("session", None, "E-21")],
    ),
    "federated": (
        {"principal": f"arn:aws:sts::{A}:federated-user/J"},
        {"identity": [EVERYTHING]},
        [("session", None, "E-22")],
    ),
}


@pytest.mark.parametrize("name", GAPS)
def test_an_implicit_deny_names_every_layer_that_lacks_an_allow(name: str) -> None:
    request, layers, gaps = GAPS[name]
    found = explain_case(
        {"request": {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT, **request}, "layers": layers}
    )
    assert found.decision.decision is m.Outcome.IMPLICIT_DENY
    assert [(gap.layer, gap.level, gap.rule) for gap in found.gaps] == gaps
    assert "\nmissing\n" in str(found)


def test_a_role_that_the_resource_names_lacks_its_boundary_alone() -> None:
    role = f"arn:aws:iam::{A}:role/App"
    named = {"Version": "2012-10-17", "Statement": {**ALLOW_ALL, "Principal": {"AWS": role}}}
    request = {"principal": role, "action": "s3:GetObject", "resource": OBJECT}
    found = explain_case({"request": request, "layers": {"identity": [], "boundary": NOTHING, "resource": named}})
    assert [(gap.layer, gap.rule) for gap in found.gaps] == [("boundary", "E-13")]


def test_layers_that_do_not_bind_say_why() -> None:
    request = {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT, "management_account": True}
    rcp = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    layers = {"identity": [EVERYTHING], "scp": [[NOTHING]], "rcp": [[{"Version": "2012-10-17", "Statement": rcp}]]}
    found = explain_case({"request": request, "layers": layers})
    assert [(layer.layer, layer.result, layer.exempt) for layer in found.layers] == [
        ("rcp", None, "E-11"), ("scp", None, "E-10"), ("identity", "ALLOW", None)
    ]  # fmt: skip
    assert "scp       exempt  does not bind this request [E-10]" in str(found)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"action": "sts:GetCallerIdentity", "resource": "*"}, "needs no permission"),
        ({"resource": "arn:aws-cn:s3:::b/k"}, "different partitions"),
        ({"action": "sts:GetCallerIdentity", "resource": "*", "principal": "anonymous"}, "anonymous"),
    ],
)
def test_where_no_policy_is_read_the_text_says_so(request_: Json, words: str) -> None:
    case = {
        "request": {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT, **request_},
        "layers": {"identity": [NOTHING]},
    }
    found = explain_case(case)
    assert found.layers == ()
    assert words in str(found)


# The text -------------------------------------------------------------------------------------------------------------


def test_the_text_of_an_explicit_deny_starts_with_the_statement_that_decided() -> None:
    tls = {
        "Sid": "Tls",
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    found = explained(ALLOW_ALL, tls, {**tls, "Sid": "Other", "Action": ["ec2:*", "iam:*"]}, aws__SecureTransport=False)
    assert (
        str(found)
        == f"""\
EXPLICIT_DENY
  caller    {ANN}
  action    s3:GetObject
  resource  {OBJECT}
  reason    identity, revision 1

decided by
  identity: {ANN}:own, statement 1 `Tls`, line 1 column 94: Deny applies
    T  Action                    s3:*  [M-02]
    T  Resource                  *  [M-11]
    T  Bool aws:SecureTransport  false; found false  [C-21]

layers
  identity  DENY  2 of 3 statements: {ANN}:own statement 0, {ANN}:own statement 1 `Tls`"""
    )


def test_what_had_no_part_in_the_decision_is_shown_on_request() -> None:
    from bailiwick.explanation.render import plain

    found = explained(ALLOW_ALL, {"Sid": "Far", "Effect": "Deny", "Action": ["ec2:*", "iam:*", "a:*", "b:*"], "Resource": "*"})
    assert "Far" not in str(found)
    text = plain(found.render(all_statements=True))
    assert f"identity: {ANN}:own, statement 1 `Far`, line 1 column 94: Deny does not apply" in text
    assert "F  Action    ec2:*, iam:*, a:* and 1 more; found s3:GetObject  [M-02]" in text


def test_an_implicit_deny_shows_the_nearest_statements() -> None:
    near = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::c/*"}
    far = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    text = str(explained(near, far))
    assert "\nnearest\n" in text
    assert "arn:aws:s3:::c/*" in text
    assert "ec2:*" not in text


def test_a_deny_that_cannot_be_decided_says_so() -> None:
    """N-05."""
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NumericLessThan": {"k:k": "7"}}}
    found = explained(ALLOW_ALL, deny, k__k="lots")
    assert found.decision.indeterminate
    assert "Deny applies, because a test cannot be decided [N-05]" in str(found)
    assert "I  NumericLessThan k:k  7; found lots; is not a number  [C-12]" in str(found)


def test_nothing_that_is_shown_steers_the_terminal() -> None:
    resource = "arn:aws:s3:::b/\x1b[2J\r\nALLOW\x9b"
    engine = engine_of({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::c"})
    found = engine.explain(ANN, "s3:GetObject", resource)
    for text in (str(found), str(engine.why_not(ANN, "s3:GetObject", resource))):
        assert "arn:aws:s3:::b/\u241b[2J\u240d\u240aALLOW\ufffd" in text
        assert not set(text) & {"\x1b", "\r", "\x9b"}
    assert found.decision.resource == resource
