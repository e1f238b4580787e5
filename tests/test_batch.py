"""Many requests at once: each row has the answer that `check` gives to it alone."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import bailiwick as bw
from bailiwick import reference
from bailiwick.changes import PutInlinePolicy
from bailiwick.snapshot_case import case_of
from tests import snapshots
from tests.campaign import Fast
from tests.drawing import A, Draw
from tests.tables import table_of
from tests.test_snapshots import plain, usable

ANN = f"arn:aws:iam::{A}:user/ann"
BOB = f"arn:aws:iam::{A}:user/bob"
FILE = "arn:aws:s3:::files/1"
#: Allows `s3:Get…` where the context says twice the same.
ECHO = """{"Version": "2012-10-17", "Statement": [
  {"Sid": "Echo", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*",
   "Condition": {"ForAllValues:StringEquals": {"app:value": "${app:expected}"}, "Null": {"app:value": "false"}}},
  {"Effect": "Allow", "Action": "s3:List*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}"""


@pytest.fixture(scope="module")
def engine() -> bw.Engine:
    inline = (bw.Policy(id="echo", document=ECHO),)
    account = bw.Account(id=A, users=(bw.User(arn=ANN, inline=inline), bw.User(arn=BOB)))
    return bw.Engine(bw.Snapshot(accounts=(account,)))


def table(**columns: Any) -> pa.Table:
    """A table of one row for each value of the longest column."""
    rows = max(len(column) for column in columns.values())
    own = {"principal": [ANN] * rows, "action": ["s3:GetObject"] * rows, "resource": [FILE] * rows}
    return pa.table({**own, **{name.replace("__", ":"): column for name, column in columns.items()}})


def outcomes(decided: Any) -> list[str]:
    return [str(one) for one in decided["decision"].to_pylist()]


def rows_of(decided: pa.Table) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in decided.to_pylist()]


def row_by_row(engine: bw.Engine, requests: list[snapshots.Request]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for request in requests:
        try:
            one = engine.check(*request)
        except bw.UnknownPrincipal:
            found.append(("IMPLICIT_DENY", "unknown_principal", None, [], []))
            continue
        except bw.ValidationError:
            found.append(("IMPLICIT_DENY", "invalid_request", None, [], []))
            continue
        statements = [
            {"layer": s.layer, "level": s.level, "policy": s.policy, "statement": s.statement, "sid": s.sid} for s in one.matched
        ]
        found.append((str(one.decision), one.reason, one.deciding_layer, statements, list(one.missing_keys)))
    return found


def drawn_requests(drawn: snapshots.Drawn, rng: random.Random, distinct: int, rows: int) -> list[snapshots.Request]:
    """Requests that repeat, some with a part that cannot be understood."""
    known = [usable(drawn.request()) for _ in range(distinct)]
    found = []
    for _ in range(rows):
        principal, action, resource, context = rng.choice(known)
        if rng.random() < 0.03:
            action = rng.choice(("s3", "s3:Get Object", ""))
        if rng.random() < 0.03:
            resource = rng.choice(("arn:aws", "no-arn", ""))
        if rng.random() < 0.03:
            principal = f"arn:aws:iam::{A}:user/nobody"
        found.append((principal, action, resource, context))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_tables_and_rows_are_answered_as_each_row_alone(seed: int) -> None:
    rng = random.Random(seed)
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    engine = bw.Engine(drawn.snapshot)
    requests = drawn_requests(drawn, rng, 40, 300)
    wanted = row_by_row(engine, requests)
    by_row = engine.check_batch(requests, threads=rng.choice((1, 2)))
    assert [(str(one.decision), one.reason, one.deciding_layer) for one in by_row] == [row[:3] for row in wanted]
    assert [list(one.missing_keys) for one in by_row] == [row[4] for row in wanted]
    assert by_row.allowed == [row[0] == "ALLOW" for row in wanted]
    named = [at for at, request in enumerate(requests) if isinstance(request[0], str)]
    as_table = table_of([requests[at] for at in named], rng)
    decided = engine.check_batch(as_table, matched=True, missing_keys=True, threads=rng.choice((1, 3)))
    assert rows_of(decided) == [wanted[at] for at in named]
    assert rows_of(engine.check_batch(as_table)) == [wanted[at][:3] for at in named]
    seen.update(row[0] for row in wanted)
    seen.update(row[1] for row in wanted)


seen: Counter[str] = Counter()


def test_all_kinds_of_answers_were_seen() -> None:
    if sum(seen.values()) == 0:
        pytest.skip("the test above did not run")
    assert {"ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY", "unknown_principal", "invalid_request"} <= set(seen)


@pytest.mark.parametrize("seed", range(100, 106))
def test_tables_are_answered_as_by_the_reference(seed: int) -> None:
    rng = random.Random(seed)
    drawn = snapshots.snapshot(Draw(Fast(seed)))
    known = [request for request in (usable(drawn.request()) for _ in range(30)) if isinstance(request[0], str)]
    requests = [rng.choice(known) for _ in range(200)]
    decided = bw.Engine(drawn.snapshot).check_batch(table_of(requests, rng), matched=True, missing_keys=True)
    answers = {id(request): plain(drawn.snapshot, request) for request in known}
    for row, request in zip(decided.to_pylist(), requests, strict=True):
        wanted = answers[id(request)]
        assert row["decision"] == wanted["decision"]
        assert (row["reason"], row["deciding_layer"]) == (wanted["reason"], wanted["deciding_layer"])
        assert row["matched"] == wanted["matched"]
        assert row["missing_keys"] == list(wanted["missing_keys"])


def test_answers_are_remembered_by_everything_they_depend_on(engine: bw.Engine) -> None:
    rng = random.Random(3)
    rows = 60_000  # more than a task, so that both threads remember
    values = [rng.choice(["a", "b", None]) for _ in range(rows)]
    expected = [rng.choice(["a", "b", None]) for _ in range(rows)]
    actions = [rng.choice(["s3:GetObject", "s3:ListBucket", "s3:PutObject"]) for _ in range(rows)]
    mfa = [rng.choice([True, False, None]) for _ in range(rows)]
    asked = pa.table(
        {
            "principal": [rng.choice([ANN, BOB]) for _ in range(rows)],
            "action": actions,
            "resource": [f"arn:aws:s3:::files/{rng.randrange(50)}" for _ in range(rows)],
            "app:value": values,
            "app:expected": expected,
            "aws:MultiFactorAuthPresent": mfa,
        }
    )
    wanted = []
    for who, action, value, want, factor in zip(asked["principal"].to_pylist(), actions, values, expected, mfa, strict=True):
        get = action == "s3:GetObject" and value is not None and value == want
        wanted.append(who == ANN and (get or (action == "s3:ListBucket" and factor is True)))
    for threads in (1, 2, 5):
        for encoded in (asked, dictionaries(asked)):
            found = outcomes(engine.check_batch(encoded, threads=threads))
            assert [one == "ALLOW" for one in found] == wanted


def dictionaries(asked: pa.Table) -> pa.Table:
    names = ("principal", "action", "resource", "app:value", "app:expected")
    return pa.table({name: asked[name].dictionary_encode() if name in names else asked[name] for name in asked.column_names})


MOMENT = datetime(2026, 1, 31, 12, 30, 0, 500_000, UTC)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["a"]), "a"),
        (pa.array(["a"], pa.large_string()), "a"),
        (pa.array(["a text that is too long for a view"], pa.string_view()), "a text that is too long for a view"),
        (pa.array(["a"]).dictionary_encode(), "a"),
        (pa.array([True]), "true"),
        (pa.array([False]).dictionary_encode(), "false"),
        (pa.array([-7], pa.int8()), "-7"),
        (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
        (pa.array([-(2**63)], pa.int64()), "-9223372036854775808"),
        (pa.array([12], pa.int32()).dictionary_encode(), "12"),
        (pa.array([Decimal("1.50")]), "1.50"),
        (pa.array([Decimal("-1.50")], pa.decimal256(50, 2)), "-1.50"),
        (pa.array([MOMENT], pa.timestamp("us", "UTC")), "2026-01-31T12:30:00.5Z"),
        (pa.array([MOMENT], pa.timestamp("ns", "Asia/Tokyo")), "2026-01-31T12:30:00.5Z"),
        (pa.array([0], pa.timestamp("s", "+02:00")), "1970-01-01T00:00:00Z"),
        (pa.array([["a"]]), "a"),
        (pa.array([["a", "a"]], pa.list_(pa.string(), 2)), "a"),
        (pa.array([[1]], pa.large_list(pa.int16())), "1"),
        (pa.array([[True]]), "true"),
        (pa.array([["a"]], pa.list_(pa.dictionary(pa.int32(), pa.string()))), "a"),
    ],
)  # fmt: skip
def test_a_value_of_any_type_is_the_text_that_it_means(engine: bw.Engine, column: Any, expected: str) -> None:
    assert outcomes(engine.check_batch(table(app__value=column, app__expected=[expected]))) == ["ALLOW"]
    assert outcomes(engine.check_batch(table(app__value=column, app__expected=[expected + "x"]))) == ["IMPLICIT_DENY"]
    absent = pa.nulls(1, column.type)
    assert outcomes(engine.check_batch(table(app__value=absent, app__expected=[expected]))) == ["IMPLICIT_DENY"]


def test_dates_mean_the_same_in_a_row_and_in_a_table(engine: bw.Engine) -> None:
    rng = random.Random(5)
    for _ in range(200):
        moment = datetime.fromtimestamp(rng.randrange(-(10**9), 10**10), UTC).replace(microsecond=rng.choice((0, 1, 500_000)))
        value = pa.array([moment], pa.timestamp("us", "UTC"))
        text = bw.context.context_strings({"k": moment})["k"]
        assert outcomes(engine.check_batch(table(app__value=value, app__expected=text))) == ["ALLOW"], moment


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pa.array([1.5]), "column `app:value`: expected an integer, a decimal or text, found Float64"),
        (pa.array([MOMENT], pa.timestamp("us")), "column `app:value`: expected a timestamp with a time zone"),
        (pa.array([[["a"]]]), "column `app:value`: expected text, booleans, integers"),
        (pa.array([{"a": 1}]), "column `app:value`: expected text, booleans, integers"),
        (pa.array([b"a"]), "column `app:value`: expected text, booleans, integers"),
        (pa.array([[1.5]]), "column `app:value`: expected"),
        (pa.array([MOMENT.date()]), "column `app:value`: expected text, booleans, integers"),
    ],
)
def test_a_type_without_a_meaning_is_refused_by_name(engine: bw.Engine, column: Any, words: str) -> None:
    for rows in (1, 0):
        with pytest.raises(TypeError) as caught:
            engine.check_batch(table(app__value=column).slice(0, rows))
        assert str(caught.value).startswith(words)


def test_columns_are_refused_by_name(engine: bw.Engine) -> None:
    whole = table(app__value=["a"])
    for name in ("principal", "action", "resource"):
        with pytest.raises(TypeError, match=f"column `{name}` is missing"):
            engine.check_batch(whole.drop_columns(name))
        at = whole.column_names.index(name)
        with pytest.raises(TypeError, match=f"column `{name}`: expected text, found Int64"):
            engine.check_batch(whole.set_column(at, name, pa.array([1])))
    with pytest.raises(TypeError, match="column `app:value` is there twice"):
        engine.check_batch(whole.append_column("app:value", [["b"]]))


def test_a_value_without_a_meaning_denies_its_row_alone(engine: bw.Engine) -> None:
    far = pa.array([0, 2**62, None], pa.timestamp("s", "UTC"))
    assert reasons(engine.check_batch(table(app__other=far, action=["s3:GetObject"] * 3))) == [
        "identity",
        "invalid_request",
        "identity",
    ]
    holes = pa.array([["a"], ["a", None], None, []])
    asked = table(app__value=holes, app__expected=["a"] * 4)
    assert outcomes(engine.check_batch(asked))[0] == "ALLOW"
    assert reasons(engine.check_batch(asked))[1] == "invalid_request"
    assert "invalid_request" not in reasons(engine.check_batch(asked))[2:]
    names = table(app__value=["a"] * 4, app__expected=["a"] * 4)
    for name, bad, reason in (
        (
            "principal",
            [ANN, None, "arn:aws:iam::9:user/x", "nobody"],
            ["invalid_request", "unknown_principal", "unknown_principal"],
        ),
        ("action", ["s3:GetObject", None, "s3", "s3:Get*"], ["invalid_request"] * 3),
        ("resource", [FILE, None, "files", ""], ["invalid_request"] * 3),
    ):
        at = names.column_names.index(name)
        for column in (pa.array(bad), pa.array(bad).dictionary_encode()):
            decided = engine.check_batch(names.set_column(at, name, column), matched=True)
            assert reasons(decided) == ["identity", *reason]
            assert outcomes(decided) == ["ALLOW"] + ["IMPLICIT_DENY"] * 3
            assert [len(one) for one in decided["matched"].to_pylist()] == [1, 0, 0, 0]
    accounts = names.append_column("resource_account", [[A, None, "12", "arn"]])
    assert reasons(engine.check_batch(accounts)) == ["identity", "identity", "invalid_request", "invalid_request"]


def reasons(decided: Any) -> list[str]:
    return [str(one) for one in decided["reason"].to_pylist()]


def test_twins_under_fold_are_one_key_in_a_table_too(engine: bw.Engine) -> None:
    asked = table(app__value=["a"], App__Value=["b"], app__expected=["a"])
    wanted = engine.check(ANN, "s3:GetObject", FILE, {"app:value": "a", "App:Value": "b", "app:expected": "a"})
    assert outcomes(engine.check_batch(asked)) == [str(wanted.decision)] == ["IMPLICIT_DENY"]
    same = table(app__value=["a"], App__Value=["a"], app__expected=["a"])
    assert outcomes(engine.check_batch(same)) == ["ALLOW"]


def test_the_result_is_of_the_kind_of_the_table(engine: bw.Engine) -> None:
    asked = table(app__value=["a", "b"], app__expected=["a", "a"])
    wanted = ["ALLOW", "IMPLICIT_DENY"]
    assert isinstance(engine.check_batch(asked), pa.Table)
    batch = asked.to_batches()[0]
    assert isinstance(engine.check_batch(batch), pa.RecordBatch)
    assert outcomes(engine.check_batch(batch)) == wanted
    assert engine.check_batch(batch.slice(0, 0)).num_rows == 0
    assert engine.check_batch(asked.slice(0, 0)).num_rows == 0

    class Foreign:
        def __len__(self) -> int:
            return int(asked.num_rows)

        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            return asked.__arrow_c_stream__(requested_schema)

    decided = engine.check_batch(Foreign())
    assert isinstance(decided, bw.DecisionTable)
    assert decided.num_rows == 2
    assert decided.column_names == ["decision", "reason", "deciding_layer"]
    for _ in range(2):
        assert outcomes(pa.table(decided)) == wanted
    kinds = pa.table(decided).schema.types
    assert kinds == [pa.dictionary(pa.int8(), pa.string())] * 3


def test_a_reader_is_decided_as_it_is_read(engine: bw.Engine) -> None:
    batches = table(app__value=["a"] * 100, app__expected=["a", "b"] * 50).to_batches()
    read = []

    def more() -> Any:
        for number in range(400_000):
            read.append(number)
            yield batches[0]

    reader = pa.RecordBatchReader.from_batches(batches[0].schema, more())
    decided = engine.check_batch(reader)
    assert isinstance(decided, pa.RecordBatchReader)
    assert not read
    for _ in range(3):
        batch = decided.read_next_batch()
        assert outcomes(batch) == ["ALLOW", "IMPLICIT_DENY"] * 50
    assert 0 < len(read) < 50_000


def test_a_reader_that_fails_says_why(engine: bw.Engine) -> None:
    batch = table(app__value=["a"], app__expected=["a"]).to_batches()[0]

    def more() -> Any:
        yield batch
        raise OSError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(batch.schema, more())
    with pytest.raises(Exception, match="the disk is gone"):
        engine.check_batch(reader).read_all()


def test_slices_are_read_where_they_are(engine: bw.Engine) -> None:
    values = ["é" * (at % 5) for at in range(1000)]
    whole = table(app__value=values, app__expected=[value if at % 3 else "x" for at, value in enumerate(values)])
    lists = whole.set_column(3, "app:value", pa.array([[value] for value in values]))
    for asked in (whole, lists, dictionaries(whole)):
        wanted = outcomes(engine.check_batch(asked))
        assert Counter(wanted)["ALLOW"] > 500
        for start, length in ((0, 10), (7, 1), (333, 400), (990, 10)):
            assert outcomes(engine.check_batch(asked.slice(start, length))) == wanted[start : start + length]


def test_an_empty_array_may_come_without_offsets(engine: bw.Engine) -> None:
    nothing = pa.py_buffer(b"\x77" * 64).slice(8, 0)
    texts = pa.Array.from_buffers(pa.string(), 0, [None, nothing, pa.py_buffer(b"")])
    absent = pa.Array.from_buffers(pa.list_(pa.string()), 2, [pa.py_buffer(b"\0"), pa.py_buffer(bytes(12))], children=[texts])
    asked = table(app__value=["a", "a"]).append_column("app:many", absent)
    assert engine.check_batch(asked).num_rows == 2


def test_damaged_text_is_refused_and_not_read(engine: bw.Engine) -> None:
    asked = table(app__value=["a"])
    buffers = pa.array(["abc", "def"]).buffers()
    for offsets, data in (([0, 2, 1], b"abcdef"), ([0, 1, 3], b"\xff\xfe\xfd"), ([0, 1, 2], "é".encode())):
        bad = pa.StringArray.from_buffers(
            2, pa.py_buffer(pa.array(offsets, pa.int32()).buffers()[1]), pa.py_buffer(data), buffers[0]
        )
        for name in ("principal", "app:value"):
            columns = {**{n: asked[n].to_pylist() * 2 for n in asked.column_names}, name: bad}
            with pytest.raises(bw.ValidationError, match=f"column `{name}`: damaged data"):
                engine.check_batch(pa.table(columns))


def test_progress_is_told_and_may_stop(engine: bw.Engine) -> None:
    asked = table(app__value=["a"] * 200_000, app__expected=["a"] * 200_000)
    told: list[int] = []
    engine.check_batch(asked, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 200_000

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.check_batch(asked, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        engine.check_batch([(ANN, "s3:GetObject", FILE)] * 50_000, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        engine.check_grid([ANN], ["s3:GetObject"], [FILE], progress=stop)
    with pytest.raises(ValueError, match="threads"):
        engine.check_batch(asked, threads=0)


def test_a_batch_is_decided_at_one_revision(engine: bw.Engine) -> None:
    own = bw.Engine.from_bytes(engine.to_bytes())
    asked = table(app__value=["a"] * 50_000, app__expected=["a"] * 50_000)
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            own.update(PutInlinePolicy(identity=ANN, name="echo", document=ECHO.replace('"Allow"', '"Deny"')))
            own.update(PutInlinePolicy(identity=ANN, name="echo", document=ECHO))

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(20):
            assert len(set(outcomes(own.check_batch(asked)))) == 1
    finally:
        stop.set()
        writer.join()


def test_a_row_that_changes_after_it_was_read_keeps_its_answer(engine: bw.Engine) -> None:
    context = {"app:value": "a", "app:expected": "a"}

    def rows() -> Any:
        for value in ("a", "b"):
            context["app:value"] = value
            yield ANN, "s3:GetObject", FILE, context

    decided = engine.check_batch(rows())
    context["app:value"] = "a"
    assert decided.allowed == [True, False]
    assert [one.allowed for one in decided] == [True, False]


def test_rows_with_more_keys_than_a_block_holds(engine: bw.Engine) -> None:
    echo = {"app:value": "a", "app:expected": "a"}
    rows = [(ANN, "s3:GetObject", FILE, {**echo, **{f"app:{at}-{key}": "x" for key in range(at % 40)}}) for at in range(500)]
    rows[7] = (ANN, "s3:GetObject", FILE, {**echo, **{f"app:k{key}": "x" for key in range(3000)}})
    rows[11] = (ANN, "s3:GetObject", FILE, {**echo, "app:value": "b"})
    decided = engine.check_batch(rows)
    assert [at for at, allowed in enumerate(decided.allowed) if not allowed] == [11]
    assert decided[-1].allowed
    assert decided[2:4] == [decided[2], decided[3]]
    with pytest.raises(IndexError, match="row 500 of 500"):
        decided[500]


def test_a_grid_is_the_cross_product(engine: bw.Engine) -> None:
    sides = ([ANN, BOB, "nobody"], ["s3:GetObject", "s3:ListBucket", "s3"], [FILE, "*", "no-arn"])
    context = {"app:value": "a", "app:expected": "a"}
    decided = pa.table(engine.check_grid(*sides, context)).to_pylist()
    assert len(decided) == 27
    wanted = {(ANN, "s3:GetObject", FILE), (ANN, "s3:GetObject", "*")}
    assert {(row["principal"], row["action"], row["resource"]) for row in decided if row["decision"] == "ALLOW"} == wanted
    combinations = [(who, what, where, context) for who in sides[0] for what in sides[1] for where in sides[2]]
    assert [(row["principal"], row["action"], row["resource"]) for row in decided] == [one[:3] for one in combinations]
    by_row = engine.check_batch(combinations)
    assert [(row["decision"], row["reason"]) for row in decided] == [(str(one.decision), one.reason) for one in by_row]
    grid = engine.check_grid(*sides, context, bits=True, threads=2)
    assert grid.shape == (3, 3, 3)
    assert set(grid.allowed()) == wanted
    assert grid.count() == 2
    assert [grid[p, a, r] for p in range(3) for a in range(3) for r in range(3)] == by_row.allowed
    with pytest.raises(IndexError):
        grid[3, 0, 0]
    with pytest.raises(TypeError, match="expected lists of names"):
        engine.check_grid(ANN, ["s3:GetObject"], [FILE])
    with pytest.raises(TypeError, match="app:value"):
        engine.check_grid([ANN], ["s3:GetObject"], [FILE], {"app:value": 1.5})  # type: ignore[dict-item]
    assert pa.table(engine.check_grid([], ["s3:GetObject"], [FILE])).num_rows == 0


def test_the_reference_is_asked_for_the_example() -> None:
    """The helper that the differential tests use really answers."""
    account = bw.Account(id=A, users=(bw.User(arn=ANN, inline=(bw.Policy(id="echo", document=ECHO),)),))
    case = case_of(bw.Snapshot(accounts=(account,)), ANN, "s3:GetObject", FILE, {"app:value": "a", "app:expected": "a"})
    assert reference.simulate(case)["decision"] == "ALLOW"
