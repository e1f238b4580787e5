"""`bailiwick.polars` in Polars: what an expression says of a row is what `check` says of it."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import polars as pl
import pytest
from polars import selectors as cs

import bailiwick as bw
import bailiwick.polars as bp
from bailiwick.changes import PutInlinePolicy
from tests.drawing import A, B
from tests.frames import ANN, COLUMNS, DECISIONS, FILE, MEMBERS, REASONS, drawn, reader

KEYS = cs.contains(":")


@pytest.fixture(scope="module")
def engine() -> bw.Engine:
    return reader()


@pytest.fixture
def frame() -> pl.DataFrame:
    return pl.DataFrame(COLUMNS)


def decisions(frame: pl.DataFrame) -> list[str]:
    return frame["decision"].struct.field("decision").to_list()


@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_answered_as_it_is_alone(seed: int) -> None:
    found = drawn(seed)
    asked = pl.DataFrame(found.table)
    whole = bp.check(found.engine, context=KEYS, matched=True, missing_keys=True)
    answers = asked.with_columns(whole)["decision"].to_list()
    assert answers == found.answers
    assert asked.lazy().select(whole).collect(engine="streaming")["decision"].to_list() == answers
    short = [{name: row[name] for name in MEMBERS[:3]} for row in answers]
    assert asked.select(bp.check(found.engine, context=KEYS, threads=1))["decision"].to_list() == short
    allowed = asked.select(bp.is_allowed(found.engine, context=KEYS))["allowed"].to_list()
    assert allowed == [row["decision"] == "ALLOW" for row in answers]
    seen.update(row["decision"] for row in answers)


seen: Counter[str] = Counter()


def test_the_drawn_answers_differ() -> None:
    assert min(seen[one] for one in ("ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY")) > 20, seen


def test_columns_are_added_and_rows_chosen(engine: bw.Engine, frame: pl.DataFrame) -> None:
    found = frame.with_columns(bp.check(engine, context=["aws:SecureTransport"]))
    assert found.columns == [*COLUMNS, "decision"]
    wide = found.unnest("decision")
    assert wide.columns == [*COLUMNS, "decision", "reason", "deciding_layer"]
    assert wide["decision"].to_list() == DECISIONS
    assert wide["reason"].to_list() == REASONS
    allowed = bp.is_allowed(engine, context=KEYS)
    assert frame.filter(allowed).rows() == frame.head(1).rows()
    assert frame.filter(~allowed).rows() == frame.tail(4).rows()
    assert frame.lazy().filter(allowed).select("resource").collect().rows() == [(FILE,)]


def test_bad_values_are_denied_rows(engine: bw.Engine, frame: pl.DataFrame) -> None:
    lists = frame.with_columns(pl.Series("app:x", [["a"], ["a", None], None, [], ["b"]]))
    found = lists.select(bp.check(engine, context=["app:x"])).unnest("decision")
    assert found["decision"].to_list() == ["ALLOW", "IMPLICIT_DENY", *["IMPLICIT_DENY"] * 3]
    assert found["reason"].to_list() == ["identity", "invalid_request", "identity", "invalid_request", "invalid_request"]
    assert frame.select(bp.is_allowed(engine, context=KEYS))["allowed"].null_count() == 0


def test_the_lazy_schema_is_the_real_one(engine: bw.Engine, frame: pl.DataFrame) -> None:
    plan = frame.lazy().with_columns(
        bp.check(engine, context=KEYS, matched=True, missing_keys=True).alias("all"),
        bp.check(engine, context=()),
        bp.is_allowed(engine, context=()),
    )
    for rows in (plan, plan.head(0)):
        assert rows.collect().schema == plan.collect_schema()
        assert rows.collect(engine="streaming").schema == plan.collect_schema()
    assert plan.head(0).collect().height == 0


def test_parts_are_columns_expressions_and_values(engine: bw.Engine) -> None:
    frame = pl.DataFrame({"who": ["ann", "bob"], "key": ["1", "2"], "tls": [True, True], "agent": ["x", "y"]})
    parts: dict[str, Any] = {
        "principal": pl.format(f"arn:aws:iam::{A}:user/{{}}", "who"),
        "action": pl.lit("s3:GetObject"),
        "resource": pl.format("arn:aws:s3:::files/{}", "key"),
    }
    for context, wanted in (
        ({"aws:SecureTransport": "tls"}, [True, False]),
        ({"aws:SecureTransport": pl.col("tls")}, [True, False]),
        ({"aws:SecureTransport": True}, [True, False]),
        ({"aws:SecureTransport": False}, [False, False]),
        ({"aws:SecureTransport": None}, [True, False]),
        ([pl.col("tls").not_().alias("aws:SecureTransport")], [False, False]),
        ((), [True, False]),
    ):
        found: Any = frame.select(bp.is_allowed(engine, context=context, **parts))
        assert found["allowed"].to_list() == wanted, context
    constant = {**parts, "principal": pl.lit(ANN), "resource": pl.lit(FILE)}
    assert frame.with_columns(bp.is_allowed(engine, context=(), **constant))["allowed"].to_list() == [True, True]
    assert frame.filter(bp.is_allowed(engine, context=(), **constant)).height == 2


def test_the_owner_of_the_resource_is_read_where_there_is_one(engine: bw.Engine) -> None:
    frame = pl.DataFrame({**{name: COLUMNS[name][:2] for name in ("principal", "action", "resource")}, "owner": [A, B]})
    assert frame.select(bp.is_allowed(engine, context=()))["allowed"].to_list() == [True, True]
    assert frame.select(bp.is_allowed(engine, context=(), resource_account="owner"))["allowed"].to_list() == [True, False]
    named = frame.rename({"owner": "resource_account"})
    assert named.select(bp.is_allowed(engine, context=()))["allowed"].to_list() == [True, False]
    grouped = named.group_by("resource_account", maintain_order=True).agg(bp.is_allowed(engine, context=()))
    assert grouped["allowed"].to_list() == [[True], [False]]


def test_groups_are_answered_row_by_row(engine: bw.Engine, frame: pl.DataFrame) -> None:
    keys = ["aws:SecureTransport"]
    grouped = frame.group_by("aws:SecureTransport", maintain_order=True).agg(bp.check(engine, context=keys))
    assert [[row["decision"] for row in rows] for rows in grouped["decision"].to_list()] == [
        ["ALLOW", "IMPLICIT_DENY"],
        ["EXPLICIT_DENY"],
        ["IMPLICIT_DENY", "IMPLICIT_DENY"],
    ]
    counted = frame.lazy().group_by("action").agg(bp.is_allowed(engine, context=keys).sum()).sort("action").collect()
    assert counted.rows() == [("s3:GetObject", 1), ("s3:PutObject", 0)]
    assert frame.select(bp.is_allowed(engine, context=keys).sum().over("action"))["allowed"].to_list() == [1, 1, 0, 1, 1]


def test_each_evaluation_sees_the_engine_as_it_is(frame: pl.DataFrame) -> None:
    own = reader()
    plan = frame.lazy().select(bp.is_allowed(own, context=KEYS).any())
    assert plan.collect().item()
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
    own.update(PutInlinePolicy(identity=ANN, name="stop", document=deny))
    assert not plan.collect().item()


def test_a_plan_carries_its_engine(engine: bw.Engine, frame: pl.DataFrame) -> None:
    kept = io.BytesIO()
    frame.lazy().with_columns(bp.check(engine, context=KEYS)).serialize(kept)
    kept.seek(0)
    assert decisions(pl.LazyFrame.deserialize(kept).collect()) == DECISIONS


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pl.lit(1.5), "column `app:x`: expected an integer, a decimal or text, found Float64"),
        (pl.lit(None, pl.Datetime), "column `app:x`: expected a timestamp with a time zone"),
        (pl.lit(None, pl.Date), "column `app:x`: expected text, booleans, integers"),
        (pl.struct("action"), "column `app:x`: expected text, booleans, integers"),
    ],
)
def test_a_type_without_a_meaning_is_refused_by_name(engine: bw.Engine, frame: pl.DataFrame, column: pl.Expr, words: str) -> None:
    for asked in (frame, frame.head(0)):
        with pytest.raises(TypeError, match=words):
            asked.select(bp.check(engine, context={"app:x": column}))
        with pytest.raises(TypeError, match=words):
            asked.lazy().select(bp.check(engine, context={"app:x": column})).collect(engine="streaming")
    with pytest.raises(TypeError, match="column `resource`: expected text, found Int64"):
        frame.select(bp.check(engine, context=(), resource=pl.lit(7, pl.Int64)))


@pytest.mark.parametrize("column", [[None] * 5, [[]] * 5, pl.Series([[]] * 5, dtype=pl.List(pl.Null))])
def test_a_column_without_any_value_is_an_absent_key(engine: bw.Engine, frame: pl.DataFrame, column: Any) -> None:
    decided = engine.check_batch(frame.with_columns(pl.Series("app:x", column)))
    assert isinstance(decided, pl.DataFrame)
    assert decided["decision"].to_list() == DECISIONS
    assert decided["reason"].to_list() == REASONS
    nothing = frame.with_columns(principal=None)
    assert engine.check_batch(nothing)["reason"].to_list() == ["invalid_request"] * 5


def test_integers_of_128_bits_are_refused_by_name(engine: bw.Engine, frame: pl.DataFrame) -> None:
    with pytest.raises(TypeError, match="column `app:x`: expected an integer of at most 64 bits"):
        engine.check_batch(frame.with_columns(pl.lit(1, pl.Int128).alias("app:x")))


def test_names_are_refused_that_no_policy_can_read(engine: bw.Engine, frame: pl.DataFrame) -> None:
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="who"):
        frame.select(bp.check(engine, context=(), principal="who"))
    for context in (["tls"], {"tls": "aws:SecureTransport"}):
        with pytest.raises(ValueError, match="context key `tls` has no colon"):
            bp.check(engine, context=context)
    with pytest.raises(ValueError, match="context key `tls` has no colon"):
        frame.select(bp.check(engine, context=[pl.col("aws:SecureTransport").alias("tls")]))
    with pytest.raises(TypeError, match="expected names of columns, found the text `aws:SecureTransport`"):
        bp.check(engine, context="aws:SecureTransport")
