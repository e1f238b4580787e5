"""`bailiwick.pandas` in pandas: what is said of a row is what `check` says of it, at the row's place in the index."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

import bailiwick as bw
import bailiwick.pandas as bp
from tests.drawing import A, B
from tests.frames import COLUMNS, DECISIONS, MEMBERS, REASONS, drawn, reader

ANSWERS = list(MEMBERS[:3])


@pytest.fixture(scope="module")
def engine() -> bw.Engine:
    return reader()


@pytest.fixture
def frame() -> Any:
    return pd.DataFrame(COLUMNS)


def answers(decided: Any) -> list[dict[str, Any]]:
    """Rows in plain Python: pandas has gaps for `None` and arrays for lists."""
    whole = decided.assign(deciding_layer=decided["deciding_layer"].astype(object).where(decided["deciding_layer"].notna(), None))
    return [
        {name: value if isinstance(value, str | None) else list(value) for name, value in row.items()}
        for row in whole.to_dict("records")
    ]


@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_answered_as_it_is_alone(seed: int) -> None:
    found = drawn(seed)
    short = [{name: row[name] for name in ANSWERS} for row in found.answers]
    for asked in (pd.DataFrame(found.table.to_pydict()), found.table.to_pandas(types_mapper=pd.ArrowDtype)):
        decided = bp.check(asked, found.engine, matched=True, missing_keys=True)
        assert answers(decided) == found.answers
        assert answers(found.engine.check_batch(asked)) == short
        assert bp.is_allowed(asked, found.engine).tolist() == [row["decision"] == "ALLOW" for row in short]


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(5),
        pd.Index([9, 7, 9, 7, 9], name="aws:SecureTransport"),
        pd.Index([0.5, 1.5, 2.5, 3.5, None]),
        pd.MultiIndex.from_product([["a", "b", "c", "d", "e"], [1]]),
    ],
)
def test_answers_have_the_index_of_their_rows(engine: bw.Engine, frame: Any, index: Any) -> None:
    asked = frame.set_axis(index)
    for decided in (bp.check(asked, engine), engine.check_batch(asked), asked.bailiwick.check(engine)):
        assert decided.index.equals(index)
        assert decided.index.names == index.names
        assert decided.columns.tolist() == ANSWERS
        assert decided["decision"].tolist() == DECISIONS
        assert decided["reason"].tolist() == REASONS
    allowed = asked.bailiwick.is_allowed(engine)
    assert allowed.index.equals(index)
    assert (allowed.name, allowed.dtype) == ("allowed", "bool")
    assert asked[allowed].equals(asked.iloc[:1])
    assert asked[~allowed].equals(asked.iloc[1:])


def test_columns_are_named_and_limited(engine: bw.Engine, frame: Any) -> None:
    asked = pd.DataFrame(
        {
            "who": frame["principal"],
            "what": frame["action"],
            "where": frame["resource"],
            "tls": frame["aws:SecureTransport"],
            "aws:SecureTransport": [True] * 5,
            "app:price": [1.5] * 5,
            "size": [2.5] * 5,
        }
    )
    names: dict[str, Any] = {"principal": "who", "action": "what", "resource": "where"}
    with pytest.raises(TypeError, match="column `app:price`: expected an integer, a decimal or text, found Float64"):
        bp.check(asked, engine, **names)
    for context, allowed in (
        ((), [True, True, False, False, False]),
        (["aws:SecureTransport"], [True, True, False, False, False]),
        ({"aws:SecureTransport": "tls"}, [True, False, False, False, False]),
    ):
        assert bp.is_allowed(asked, engine, context=context, **names).tolist() == allowed
        assert asked.bailiwick.check(engine, context=context, **names)["decision"].eq("ALLOW").tolist() == allowed


def test_the_owner_of_the_resource_is_read_where_there_is_one(engine: bw.Engine, frame: Any) -> None:
    assert bp.is_allowed(frame.assign(resource_account=B), engine).tolist() == [False] * 5
    assert bp.is_allowed(frame.assign(owner=B), engine).tolist() == [True, *[False] * 4]
    assert bp.is_allowed(frame.assign(owner=B, resource_account=A), engine, resource_account="owner").tolist() == [False] * 5


@pytest.mark.parametrize(
    ("column", "reasons"),
    [
        (["a", None, float("nan"), pd.NA, "b"], REASONS),
        ([None] * 5, REASONS),
        ([float("nan")] * 5, REASONS),
        (pd.array([1, None, 3, 4, 5], dtype="Int64"), REASONS),
        (pd.Categorical(["a", "b", None, "a", "a"]), REASONS),
        (pd.array([True, None, False, True, True], dtype="boolean"), REASONS),
        ([Decimal("1.5")] * 5, REASONS),
        ([datetime(2026, 1, 31, tzinfo=UTC)] * 5, REASONS),
        ([["a"], ["a", "b"], [], None, ["a"]], REASONS),
        ([["a"], ["a", None], [], None, ["a"]], ["identity", "invalid_request", *REASONS[2:]]),
        ([("a",)] * 5, REASONS),
    ],
)
def test_missing_values_are_absent_keys(engine: bw.Engine, frame: Any, column: Any, reasons: list[str]) -> None:
    decided = bp.check(frame.assign(**{"app:x": column}), engine)
    assert decided["reason"].tolist() == reasons


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([1.5, None, 2.0, 1.0, 1.0], "expected an integer, a decimal or text, found Float64"),
        (["a", 1, "b", "c", "d"], "expected values of one type: "),
        ([object()] * 5, "expected values of one type: "),
        ([2**70] * 5, "expected values of one type: "),
        ([1 + 2j] * 5, "expected values of one type: "),
        ([date(2026, 1, 31)] * 5, "expected text, booleans, integers"),
        ([datetime(2026, 1, 31)] * 5, "expected a timestamp with a time zone"),
        ([{"a": 1}] * 5, "expected text, booleans, integers"),
    ],
)
def test_a_type_without_a_meaning_is_refused_by_name(engine: bw.Engine, frame: Any, column: Any, words: str) -> None:
    asked = frame.assign(**{"app:x": column})
    for decide in (bp.check, lambda frame, engine: engine.check_batch(frame)):
        with pytest.raises(TypeError, match=f"column `app:x`: {words}"):
            decide(asked, engine)


def test_columns_are_refused_by_name(engine: bw.Engine, frame: Any) -> None:
    with pytest.raises(TypeError, match="column `action` is missing"):
        bp.check(frame.drop(columns="action"), engine)
    with pytest.raises(TypeError, match="column `who` is missing"):
        bp.check(frame, engine, principal="who")
    with pytest.raises(TypeError, match="column `app:x` is missing"):
        bp.check(frame, engine, context=["app:x"])
    twice = pd.concat([frame, frame[["aws:SecureTransport"]]], axis="columns")
    for decide in (bp.check, lambda frame, engine: engine.check_batch(frame)):
        with pytest.raises(TypeError, match="column `aws:SecureTransport` is there twice"):
            decide(twice, engine)
    for context in (["tls"], {"tls": "aws:SecureTransport"}):
        with pytest.raises(ValueError, match="context key `tls` has no colon"):
            bp.check(frame.assign(tls=True), engine, context=context)
    with pytest.raises(TypeError, match="expected names of columns, found the text `aws:SecureTransport`"):
        bp.check(frame, engine, context="aws:SecureTransport")


def test_no_rows_are_a_frame_without_rows(engine: bw.Engine, frame: Any) -> None:
    for decided in (bp.check(frame.head(0), engine), engine.check_batch(frame.head(0))):
        assert decided.shape == (0, 3)
        assert [str(kind) for kind in decided.dtypes] == ["category"] * 3
    assert bp.is_allowed(frame.head(0), engine).dtype == "bool"


def test_progress_is_told(engine: bw.Engine, frame: Any) -> None:
    told: list[int] = []
    bp.check(frame, engine, progress=told.append, threads=1)
    assert told[-1] == 5
