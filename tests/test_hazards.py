"""What other engines got wrong, one test each; the names are those of the incidents' engines."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import bailiwick as bw
from bailiwick import changes as c
from bailiwick import reference
from tests.drawing import A, Json

ANN = f"arn:aws:iam::{A}:user/ann"
ROLE = f"arn:aws:iam::{A}:role/App"
SESSION = f"arn:aws:sts::{A}:assumed-role/App/s1"
CORPUS = Path(__file__).parent / "corpus"


def document(*statements: Json) -> Json:
    bodies = [{"Effect": "Allow", "Action": "*", "Resource": "*"} | body for body in statements]
    for body in bodies:
        for element in ("Action", "Resource", "Principal"):
            if f"Not{element}" in body:
                body.pop(element, None)
    return {"Version": "2012-10-17", "Statement": bodies}


ALLOW = document({})


def answer(request: Json, *identity: Any, **layers: Any) -> Json:
    """What both evaluators say."""
    asked = {"principal": ANN, "action": "s3:GetObject", "resource": "*"} | request
    case = json.dumps({"request": asked, "layers": {"identity": list(identity), **layers}})
    compiled, plain = bw.simulate(case), reference.simulate(case)
    assert {**compiled, "id": None} == {**plain, "id": None}
    return compiled


def decision(request: Json, *identity: Any, **layers: Any) -> str:
    return str(answer(request, *identity, **layers)["decision"])


def engine_of(*documents: Json, role: Json | None = None, **options: Any) -> bw.Engine:
    own = tuple(bw.Policy(id=f"p{at}", document=json.dumps(one)) for at, one in enumerate(documents))
    trust = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:*"}})
    roles = (bw.Role(arn=ROLE, trust=trust, inline=(bw.Policy(id="p", document=json.dumps(role or ALLOW)),)),)
    account = bw.Account(id=A, users=(bw.User(arn=ANN, inline=own),), roles=roles)
    return bw.Engine(bw.Snapshot(accounts=(account,), **options))


# Indexes -----------------------------------------------------------------------------------------------------------------

FORMS: tuple[Json, ...] = (
    {"Action": "s3:GetObject"},
    {"Action": "s3:*"},
    {"Action": "s3:Get*"},
    {"Action": "*"},
    {"NotAction": "s3:PutObject"},
    {"NotAction": "s3:GetObject"},
)


@pytest.mark.parametrize("form", range(len(FORMS)))
@pytest.mark.parametrize("denied", [None, *range(len(FORMS))])
def test_minio_an_index_that_stopped_at_the_first_exact_action(form: int, denied: int | None) -> None:
    """MinIO pkg #167, #168, #171, #173: each form alone and against a Deny of each, among enough others for an index."""
    fillers = [{"Action": f"s3:Other{n}", "Resource": f"arn:aws:s3:::other-{n}"} for n in range(100)]
    wanted = [{**FORMS[form], "Resource": "arn:aws:s3:::b/x"}]
    denies = [{**FORMS[denied], "Effect": "Deny", "Resource": "arn:aws:s3:::b/*"}] if denied is not None else []
    statements = fillers + wanted + denies
    random.Random(form).shuffle(statements)
    request = (ANN, "s3:GetObject", "arn:aws:s3:::b/x")
    hit = [at != 5 for at in (form, denied if denied is not None else 5)]
    expected = "EXPLICIT_DENY" if hit[1] else "ALLOW" if hit[0] else "IMPLICIT_DENY"
    one = engine_of(document(*statements))
    many = engine_of(*[document(statement) for statement in statements])
    later = engine_of()
    for number, statement in enumerate(statements):
        later.update(c.PutInlinePolicy(identity=ANN, name=f"n{number}", document=json.dumps(document(statement))))
    for engine in (one, many, later, bw.Engine.from_bytes(one.to_bytes())):
        assert engine.check(*request).decision == expected


def test_opa_a_compiled_form_that_decided_otherwise() -> None:
    """OPA CVE-2022-23628, and MinIO's `*` that was written as `**`: what is parsed and printed again means the same."""
    seen = 0
    for path in sorted(CORPUS.rglob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            if "layers" not in case or "error" in case["expect"]:
                continue
            layers = json.loads(json.dumps(case["layers"]), object_hook=printed_again, parse_float=Decimal)
            again = bw.simulate(json.dumps({"request": case["request"], "layers": layers}))
            assert all(again[name] == wanted for name, wanted in case["expect"].items()), case["id"]
            seen += 1
    assert seen > 1000


def printed_again(found: Json) -> Json:
    if "Statement" not in found:
        return found
    printed: Json = json.loads(bw.PolicyDocument.model_validate(found).to_json())
    return printed


def test_spicedb_a_cache_that_forgot_the_context() -> None:
    """SpiceDB CVE-2026-55866: many threads, each with its own context, against one engine."""
    engine = engine_of(document({"Condition": {"StringEquals": {"app:tenant": "${aws:PrincipalTag/tenant}"}}}))

    def ask(number: int) -> bool:
        tenant, tag = f"t{number % 7}", f"t{number % 5}"
        context = {"app:tenant": tenant, "aws:PrincipalTag/tenant": tag}
        return engine.is_allowed(ANN, "s3:GetObject", "*", context) is (tenant == tag)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(20_000)))


def test_cedar_policies_whose_ids_meet() -> None:
    """Cedar: merging renamed incompletely. Two policies of one id are two policies."""
    deny = document({"Effect": "Deny", "Action": "s3:*"})
    for pair in ([ALLOW, deny], [deny, ALLOW]):
        assert decision({}, *[{"id": "same", "document": one} for one in pair]) == "EXPLICIT_DENY"
    same = tuple(bw.Policy(id="same", document=json.dumps(one)) for one in (ALLOW, deny))
    snapshot = bw.Snapshot(accounts=(bw.Account(id=A, users=(bw.User(arn=ANN, inline=same),)),))
    with pytest.raises(bw.ValidationError):
        bw.Engine(snapshot)


@pytest.mark.parametrize(
    ("value", "below"),
    [("-0.5", True), ("-0.25", False), ("-0.250", False), ("-0.2500001", True), ("0", False), ("-0", False), ("-1", True)],
)
def test_cedar_small_negative_decimals(value: str, below: bool) -> None:
    allowed = decision({"context": {"app:n": value}}, document({"Condition": {"NumericLessThan": {"app:n": "-0.25"}}}))
    assert (allowed == "ALLOW") is below


# Short cuts --------------------------------------------------------------------------------------------------------------


def test_minio_a_flag_that_went_past_the_restricting_layers() -> None:
    """MinIO CVE-2025-62506: being root, or owning the resource, never goes past a guardrail or a session policy."""
    root = f"arn:aws:iam::{A}:root"
    deny, nothing = document({"Effect": "Deny"}), document({"Action": "x:Y"})
    own_resource = {"principal": root, "resource": "arn:aws:s3:::b", "resource_account": A}
    assert decision(own_resource) == "ALLOW"
    assert decision(own_resource, scp=[[deny]]) == "EXPLICIT_DENY"
    assert decision(own_resource, scp=[[ALLOW], [nothing]]) == "IMPLICIT_DENY"
    assert decision(own_resource, session=[nothing]) == "IMPLICIT_DENY"
    grant = document({"Principal": {"AWS": A}, "Resource": "arn:aws:s3:::b"})
    assert decision(own_resource, session=[nothing], resource=grant) == "IMPLICIT_DENY"
    assert decision({"principal": SESSION, "resource": "arn:aws:s3:::b"}, ALLOW, session=[]) == "IMPLICIT_DENY"


def test_minio_a_session_policy_that_was_nothing() -> None:
    """MinIO 59cc3e93d: no session policies, an empty list, and documents that say nothing are four different things."""
    engine = engine_of()
    ask = (SESSION, "s3:GetObject", "*")
    assert engine.is_allowed(*ask)
    assert engine.is_allowed(*ask, session_policies=None)
    assert not engine.is_allowed(*ask, session_policies=[])
    for nothing in ("null", "{}", '{"Version":"2012-10-17","Statement":[]}', ""):
        with pytest.raises(bw.MalformedPolicyDocument):
            engine.is_allowed(*ask, session_policies=[nothing])
    for layer in ("identity", "boundary", "session", "resource", "scp", "rcp", "endpoint"):
        case = {"request": {"principal": SESSION, "action": "s3:GetObject", "resource": "*"}, "layers": {layer: None}}
        assert bw.simulate(case)["error"]["path"] == reference.simulate(case)["error"]["path"] == f"/layers/{layer}"


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("NumericLessThan", "5", "five"),
        ("DateLessThan", "2024-01-01", "yesterday"),
        ("IpAddress", "10.0.0.0/8", "localhost"),
        ("Bool", "true", "yes"),
        ("ArnLike", "arn:aws:s3:::*", "bucket"),
        ("BinaryEquals", "YQ==", "%%"),
    ],
)
def test_cedar_a_forbid_that_was_skipped_on_a_type_error(operator: str, wanted: str, found: str) -> None:
    """Cedar #2428: a Deny whose condition cannot be decided applies, and says so; an Allow does not."""
    condition = {"Condition": {operator: {"app:k": wanted}}}
    request = {"context": {"app:k": found}}
    denied = answer(request, ALLOW, document({"Effect": "Deny", **condition}))
    assert (denied["decision"], denied["indeterminate"]) == ("EXPLICIT_DENY", True)
    assert decision(request, document(condition)) == "IMPLICIT_DENY"
    negated = operator.replace("Arn", "ArnNot").replace("IpA", "NotIpA")
    if negated != operator:
        assert decision(request, document({"Condition": {negated: {"app:k": wanted}}})) == "IMPLICIT_DENY"


@pytest.mark.parametrize(
    "condition", [{"NumericLessThan": {"app:n": "five"}}, {"NoSuchOperator": {"a": "b"}}, {"IpAddress": {"a": "10.0.0.0/33"}}]
)
def test_a_guard_that_can_never_be_evaluated_is_refused(condition: Json) -> None:
    with pytest.raises(bw.MalformedPolicyDocument):
        engine_of(document({"Effect": "Deny", "Condition": condition}))


# Patterns ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scalar", list(".+()[]^$|\\{}%@,=~"))
def test_casbin_metacharacters_that_were_not_literal(scalar: str) -> None:
    """Casbin's keyMatch2 to 5 put literals into a regular expression."""
    allow = document({"Resource": f"arn:aws:s3:::b/a{scalar}c"})
    assert decision({"resource": f"arn:aws:s3:::b/a{scalar}c"}, allow) == "ALLOW"
    for other in ("abc", "ac", "aac", f"a{scalar}{scalar}c"):
        assert decision({"resource": f"arn:aws:s3:::b/{other}"}, allow) == "IMPLICIT_DENY"


def test_casbin_what_stands_after_the_first_star() -> None:
    allow = document({"Resource": "arn:aws:s3:::b/foo/*/bar"})
    assert decision({"resource": "arn:aws:s3:::b/foo/x/bar"}, allow) == "ALLOW"
    for other in ("foo/x/evil", "foo/bar", "foo/x/bar/evil"):
        assert decision({"resource": f"arn:aws:s3:::b/{other}"}, allow) == "IMPLICIT_DENY"


@pytest.mark.parametrize("size", [1, 2, 3])
def test_iamspy_not_over_lists(size: int) -> None:
    """`NotX` over a list leaves out each of its values, not only what none of them has in common."""
    buckets = [f"arn:aws:s3:::b{n}" for n in range(size)]
    actions = [f"s3:Get{n}" for n in range(size)]
    for where, what in product([*buckets, "arn:aws:s3:::other"], [*actions, "s3:Other"]):
        request = {"resource": where, "action": what}
        assert (decision(request, document({"NotResource": buckets})) == "ALLOW") is (where not in buckets)
        assert (decision(request, document({"NotAction": actions})) == "ALLOW") is (what not in actions)


@pytest.mark.parametrize("operator", ["StringEqualsIgnoreCase", "ForAnyValue:StringEqualsIgnoreCase"])
def test_iamspy_ignoring_case_is_about_values(operator: str) -> None:
    """IAMSpy folded the key and compared the value with case, and passed over operators with a set prefix."""
    allow = document({"Condition": {operator: {"App:Team": "Red"}}})
    for value, allowed in (("RED", True), ("red", True), ("reds", False), ("blue", False)):
        assert (decision({"context": {"app:TEAM": value}}, allow) == "ALLOW") is allowed
    exact = document({"Condition": {operator.replace("IgnoreCase", ""): {"App:Team": "Red"}}})
    assert decision({"context": {"app:TEAM": "red"}}, exact) == "IMPLICIT_DENY"


#: Callers, and what of each a `NotPrincipal` must list to leave it out of the denial (M-46).
CHAINS: dict[str, tuple[Json, tuple[str, ...]]] = {
    "root": ({"kind": "root", "account": A, "arn": f"arn:aws:iam::{A}:root"}, (A,)),
    "user": ({"kind": "user", "account": A, "arn": ANN}, (A, ANN)),
    "role_session": ({"kind": "role_session", "account": A, "arn": SESSION, "role_arn": ROLE}, (A, ROLE, SESSION)),
    "federated_user": (
        {"kind": "federated_user", "account": A, "arn": f"arn:aws:sts::{A}:federated-user/J", "issuer_arn": ANN},
        (A, ANN, f"arn:aws:sts::{A}:federated-user/J"),
    ),
    "service": ({"kind": "service", "name": "app.amazonaws.com"}, ("app.amazonaws.com",)),
    "anonymous": ({"kind": "anonymous"}, ()),
}


@pytest.mark.parametrize("kind", CHAINS)
@pytest.mark.parametrize("bounded", [False, True])
def test_not_principal_spares_whose_whole_chain_is_listed(kind: str, bounded: bool) -> None:
    principal, chain = CHAINS[kind]
    links = (*chain, "444455556666")
    for chosen in product([False, True], repeat=len(links)):
        listed = [link for link, is_chosen in zip(links, chosen, strict=True) if is_chosen]
        if not listed:
            continue
        names = {"Service": [one for one in listed if one.endswith(".com")], "AWS": [one for one in listed if ".com" not in one]}
        deny = document({"Effect": "Deny", "NotPrincipal": {name: values for name, values in names.items() if values}})
        layers = {"boundary": ALLOW} if bounded else {}
        found = answer({"principal": principal, "resource": "arn:aws:s3:::b"}, ALLOW, resource=deny, **layers)
        spared = bool(chain) and set(chain) <= set(listed)
        has_boundary = bounded and kind in ("user", "role_session", "federated_user")
        assert (found["decision"] == "EXPLICIT_DENY") is (has_boundary or not spared), listed


@pytest.mark.parametrize("kind", ["identity", "scp", "rcp", "trust", "resource"])
def test_not_principal_never_allows(kind: str) -> None:
    allow = json.dumps({"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": A}, "Action": "sts:*", "Resource": "*"}})
    with pytest.raises(bw.MalformedPolicyDocument):
        reference.parse(allow, bw.PolicyKind(kind))


def test_minio_a_question_mark_is_one_scalar_not_one_byte() -> None:
    allow = document({"Resource": "arn:aws:s3:::b/?"})
    for one in ("a", "é", "漢", "😀"):
        assert decision({"resource": f"arn:aws:s3:::b/{one}"}, allow) == "ALLOW"
    for other in ("", "ab", "e\u0301"):
        assert decision({"resource": f"arn:aws:s3:::b/{other}"}, allow) == "IMPLICIT_DENY"


# Text --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["a//b", "a/./b", "a/../b", "a%2Fb", "A/b", "a/b/", "a/b\u200d", "a/b\u0301"])
def test_istio_paths_are_compared_byte_for_byte(path: str) -> None:
    """Istio CVE-2021-29492 and CVE-2021-31920: nothing is normalised, on either side."""
    deny = document({"Effect": "Deny", "Resource": "arn:aws:s3:::b/a/b"})
    assert decision({"resource": f"arn:aws:s3:::b/{path}"}, ALLOW, deny) == "ALLOW"
    assert decision({"resource": "arn:aws:s3:::b/a/b"}, ALLOW, deny) == "EXPLICIT_DENY"


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_istio_only_the_first_of_several_values_was_checked(count: int) -> None:
    """Istio CVE-2026-26308: one more value, wherever it stands, is never overlooked."""
    good = [f"good-{n}" for n in range(count)]
    for place in {0, count // 2, count}:
        values = [*good[:place], "evil", *good[place:]]
        request = {"context": {"app:k": values}}
        every = document({"Condition": {"ForAllValues:StringLike": {"app:k": "good-*"}}})
        assert decision(request, every) == "IMPLICIT_DENY"
        some = document({"Effect": "Deny", "Condition": {"ForAnyValue:StringEquals": {"app:k": "evil"}}})
        assert decision(request, ALLOW, some) == "EXPLICIT_DENY"
        plain = document({"Effect": "Deny", "Condition": {"StringEquals": {"app:k": "evil"}}})
        assert decision(request, ALLOW, plain) == "EXPLICIT_DENY"


@pytest.mark.parametrize("service", ["\u212ams", "K\u0307ms", "ℹam", "\u017fts", "İam"])
def test_letters_that_a_wider_fold_would_make_equal(service: str) -> None:
    """N-02: a wider fold would let such an action meet `kms:*`; it is no action at all."""
    engine = engine_of(document({"Action": ["kms:*", "sts:*", "iam:*"]}))
    with pytest.raises(bw.ValidationError):
        engine.check(ANN, f"{service}:Get", "*")
    with pytest.raises(bw.MalformedPolicyDocument):
        engine_of(document({"Action": f"{service}:*"}))
    key = document({"Condition": {"StringEqualsIgnoreCase": {"app:k": "k"}}})
    assert decision({"context": {"app:k": "\u212a"}}, key) == "IMPLICIT_DENY"


# Prompts of every engine -------------------------------------------------------------------------------------------------


def test_a_change_is_seen_by_the_next_check() -> None:
    engine = engine_of(ALLOW)
    for number in range(50):
        effect = "Deny" if number % 2 else "Allow"
        text = json.dumps(document({"Effect": effect}))
        revision = engine.update(c.PutInlinePolicy(identity=ANN, name="p0", document=text))
        found = engine.check(ANN, "s3:GetObject", "*")
        assert (found.allowed, found.revision) == (effect == "Allow", revision)


def test_readers_see_whole_snapshots() -> None:
    """The answer is a function of the revision, whoever writes meanwhile."""
    engine = engine_of(ALLOW)
    answers: dict[int, set[bool]] = {}

    def write() -> None:
        for number in range(300):
            text = json.dumps(document({"Effect": "Deny" if number % 3 else "Allow"}))
            engine.update(c.PutInlinePolicy(identity=ANN, name="p0", document=text))

    def read() -> list[tuple[int, bool]]:
        found = [engine.check(ANN, "s3:GetObject", "*") for _ in range(3000)]
        return [(one.revision, one.allowed) for one in found]

    with ThreadPoolExecutor(5) as pool:
        reading = [pool.submit(read) for _ in range(4)]
        pool.submit(write).result()
        for task in reading:
            for revision, allowed in task.result():
                answers.setdefault(revision, set()).add(allowed)
    assert all(len(found) == 1 for found in answers.values())
    # Revision 1 is the engine as made; the change of number n makes revision n + 2.
    assert all(found == {(revision - 2) % 3 == 0} for revision, found in answers.items() if revision > 1)


def test_what_restricts_is_never_what_was_left_out() -> None:
    """A permissions boundary of which nothing is left allows nothing; a level without policies denies."""
    assert decision({}, ALLOW, boundary=document({"Action": "x:Y"})) == "IMPLICIT_DENY"
    assert decision({}, ALLOW, scp=[[ALLOW], []]) == "IMPLICIT_DENY"
