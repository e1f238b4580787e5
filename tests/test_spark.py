"""`bailiwick.spark` on a cluster with two worker processes: its answers are those of `check`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

import bailiwick.spark as bs
from bailiwick.changes import PutInlinePolicy
from bailiwick.context import context_strings
from tests.cluster import EXECUTORS
from tests.drawing import B
from tests.frames import ANN, COLUMNS, DECISIONS, MEMBERS, REASONS, Drawn, drawn_in_one_case, noted, reader

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

ANSWERS = list(MEMBERS[:3])


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(pa.table({"n": range(5), **COLUMNS})).repartition(2, "n").cache()


def column(decided: DataFrame, name: str) -> list[Any]:
    return [row[name] for row in decided.sort("n").collect()]


def plain(found: Drawn) -> pa.Table:
    """The requests in types that Spark has, numbered."""
    contexts = [context_strings(context) for *_, context in found.requests]
    columns: dict[str, Any] = {name: found.table[name].to_pylist() for name in ("principal", "action", "resource")}
    for key in sorted({key for context in contexts for key in context}):
        columns[key] = pa.array([context.get(key) for context in contexts], pa.list_(pa.string()))
    return pa.table({"n": range(len(contexts)), **columns})


@pytest.mark.parametrize("seed", range(2))
def test_every_row_is_answered_as_on_one_machine(spark: SparkSession, seed: int) -> None:
    found = drawn_in_one_case(seed, rows=500)
    asked = spark.createDataFrame(plain(found)).repartition(6, "n")
    rows = bs.check(asked, found.engine, matched=True, missing_keys=True).sort("n").collect()
    assert [{name: row.asDict(recursive=True)[name] for name in MEMBERS} for row in rows] == found.answers
    assert [row.n for row in rows] == list(range(len(found.requests)))


def test_each_worker_opens_the_engine_once(spark: SparkSession, frame: DataFrame, tmp_path: Path) -> None:
    engine = noted(tmp_path / "opened")
    shared = spark.sparkContext.broadcast(engine)
    many = frame.crossJoin(spark.range(0, 4000, 1, 8))
    for allowed in (4000, 4000):
        assert bs.check(many, shared).where("decision = 'ALLOW'").count() == allowed
    opened = engine.opened()
    assert len(opened) == len(set(opened)), "once by each worker, over both jobs of eight tasks each"
    assert len({executor for executor, _ in opened}) == EXECUTORS


def test_rows_and_columns_are_kept(spark: SparkSession, frame: DataFrame) -> None:
    asked = frame.withColumns(
        {"Decision": f.lit("stale"), "price": f.lit(1.5), "bag": f.create_map(f.lit("a"), f.col("n")), "day": f.current_date()}
    )
    decided = bs.check(asked, reader())
    kept = [name for name in asked.columns if name != "Decision"]
    assert decided.columns == [*kept, *ANSWERS]
    assert [decided.schema[name] for name in kept] == [asked.schema[name] for name in kept]
    assert [decided.schema[name].nullable for name in ANSWERS] == [False, False, True]
    assert column(decided, "decision") == DECISIONS
    assert column(decided, "reason") == REASONS
    assert decided.select(*kept).sort("n").collect() == asked.select(*kept).sort("n").collect()
    empty = bs.check(asked.limit(0), reader())
    assert (empty.columns, empty.collect()) == (decided.columns, [])


def test_columns_are_named_and_limited(frame: DataFrame) -> None:
    asked = frame.withColumnsRenamed({"principal": "who", "aws:SecureTransport": "tls"}).withColumn("owner", f.lit(B))
    wanted: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["ALLOW", "ALLOW", *DECISIONS[2:]]),
        ({"context": {"aws:SecureTransport": "tls"}}, DECISIONS),
        ({"resource_account": "owner"}, ["IMPLICIT_DENY"] * 5),
    ]
    for options, decisions in wanted:
        assert column(bs.check(asked, reader(), principal="who", **options), "decision") == decisions
    owned = frame.withColumn("resource_account", f.lit(B))
    assert column(bs.check(owned, reader(), context=()), "decision") == ["IMPLICIT_DENY"] * 5


def test_the_engine_is_the_one_at_the_call(frame: DataFrame) -> None:
    own = reader()
    before = bs.check(frame, own)
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
    own.update(PutInlinePolicy(identity=ANN, name="stop", document=deny))
    after = bs.check(frame, own)
    assert column(before, "decision") == DECISIONS
    assert set(column(after, "decision")) == {"EXPLICIT_DENY", "IMPLICIT_DENY"}


def test_values_of_every_type_are_read(spark: SparkSession) -> None:
    moment = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    values: dict[str, tuple[Any, str]] = {
        "app:text": (f.lit("x"), "x"),
        "app:flag": (f.lit(True), "true"),
        "app:short": (f.lit(-7).cast("smallint"), "-7"),
        "app:long": (f.lit(2**40), str(2**40)),
        "app:decimal": (f.lit(Decimal("1.50")), "1.50"),
        "app:moment": (f.lit(moment), "2026-01-31T12:30:00Z"),
        "app:list": (f.array(f.lit("x"), f.lit("x")), "x"),
    }
    tests = {key: text for key, (_, text) in values.items()} | {"app:absent": "x"}
    exact = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEqualsIfExists": tests}}
    one = spark.range(1).select(
        f.lit(ANN).alias("principal"),
        f.lit("s3:GetObject").alias("action"),
        f.lit("*").alias("resource"),
        f.lit(None).alias("app:absent"),
        *(value.alias(key) for key, (value, _) in values.items()),
    )
    engine = reader(exact)
    assert [row.decision for row in bs.check(one, engine).collect()] == ["EXPLICIT_DENY"]
    for key in values:
        changed = one.withColumn(key, f.lit("other"))
        assert [row.decision for row in bs.check(changed, engine).collect()] == ["ALLOW"], key


def test_bad_values_are_denied_rows(frame: DataFrame) -> None:
    lists = frame.withColumn("app:x", f.when(f.col("n") == 1, f.array(f.lit("a"), f.lit(None))))
    assert column(bs.check(lists, reader(), context=["app:x"]), "reason") == ["identity", "invalid_request", *REASONS[2:]]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("double", "expected text, booleans, integers, decimals, timestamps or arrays of these, found double"),
        ("date", "found date"),
        ("timestamp_ntz", "expected a timestamp with a time zone, found timestamp_ntz"),
        ("array<array<string>>", "found array<array<string>>"),
        ("array<timestamp_ntz>", "expected a timestamp with a time zone"),
        ("map<string,string>", "found map<string,string>"),
    ],
)
def test_a_type_without_a_meaning_is_refused_before_a_job(frame: DataFrame, kind: str, words: str) -> None:
    with pytest.raises(TypeError, match=f"column `app:x`: .*{words}"):
        bs.check(frame.withColumn("app:x", f.lit(None).cast(kind)), reader())


def test_other_frames_are_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a frame of a classic Spark session, .*, found pandas"):
        bs.check(pd.DataFrame(COLUMNS), reader())


def test_columns_are_refused_by_name(frame: DataFrame) -> None:
    with pytest.raises(TypeError, match="column `resource` is missing"):
        bs.check(frame.drop("resource"), reader())
    with pytest.raises(TypeError, match="column `n`: expected text, found bigint"):
        bs.check(frame, reader(), principal="n")
    with pytest.raises(TypeError, match="column `aws:SecureTransport` is there twice"):
        bs.check(frame.join(frame.select("n", "aws:SecureTransport"), "n"), reader())
    with pytest.raises(ValueError, match="context key `n` has no colon"):
        bs.check(frame, reader(), context=["n"])
    with pytest.raises(TypeError, match="expected names of columns, found the text `n`"):
        bs.check(frame, reader(), context="n")
