"""`bailiwick.duckdb` in DuckDB: what a function of SQL says of a row is what `check` says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import bailiwick as bw
import bailiwick.duckdb as bd
from bailiwick.changes import PutInlinePolicy
from bailiwick.context import context_strings
from tests.drawing import A, B
from tests.frames import ANN, COLUMNS, DECISIONS, FILE, MEMBERS, REASONS, drawn_in_one_case, reader

TLS = "{'aws:SecureTransport': \"aws:SecureTransport\"}"
DENY = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that knows `reader`, and a table of requests `t` with their number `n`."""
    with duckdb.connect() as connection:
        bd.register(connection, reader())
        requests = pa.table({"n": range(len(DECISIONS)), **COLUMNS})
        connection.register("arrived", requests)
        connection.execute("CREATE TABLE t AS SELECT * FROM arrived")
        yield connection


def asked(connection: duckdb.DuckDBPyConnection, expression: str, rest: str = "FROM t ORDER BY n") -> list[Any]:
    return [value for (value,) in connection.execute(f"SELECT {expression} {rest}").fetchall()]


@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_answered_as_it_is_alone(seed: int) -> None:
    found = drawn_in_one_case(seed, rows=3000)  # more than a block of DuckDB's
    contexts = [context_strings(context) for *_, context in found.requests]
    maps = pa.array([list(context.items()) for context in contexts], pa.map_(pa.string(), pa.list_(pa.string())))
    numbered = found.table.append_column("map", maps).append_column("n", [range(len(contexts))])
    keys = ", ".join(f"'{name}': \"{name}\"" for name in found.table.column_names if ":" in name)
    with duckdb.connect() as connection:
        connection.register("arrived", numbered)
        bd.register(connection, found.engine, matched=True, missing_keys=True)
        for context in (f"{{{keys}}}", "map"):
            request = f"principal, action, resource, {context}"
            assert asked(connection, f"bailiwick_check({request})", "FROM arrived ORDER BY n") == found.answers
            allowed = asked(connection, f"bailiwick_allowed({request})", "FROM arrived ORDER BY n")
            assert allowed == [row["decision"] == "ALLOW" for row in found.answers]


def test_answers_are_columns_and_conditions(connection: duckdb.DuckDBPyConnection) -> None:
    request = f"principal, action, resource, {TLS}"
    found = connection.execute(f"SELECT unnest(bailiwick_check({request})) FROM t ORDER BY n").fetchall()
    assert [row[:2] for row in found] == list(zip(DECISIONS, REASONS, strict=True))
    assert asked(connection, "n", f"FROM t WHERE bailiwick_allowed({request})") == [0]
    assert asked(connection, "n", f"FROM t WHERE NOT bailiwick_allowed({request}) ORDER BY n") == [1, 2, 3, 4]
    assert asked(connection, f"count(*) FILTER (bailiwick_allowed({request}))", "FROM t") == [1]


def test_no_answer_is_null(connection: duckdb.DuckDBPyConnection) -> None:
    assert asked(connection, "bailiwick_allowed(NULL, NULL, NULL, NULL, NULL)", "") == [False]
    denied = {"decision": "IMPLICIT_DENY", "reason": "invalid_request", "deciding_layer": None}
    assert asked(connection, "bailiwick_check(NULL, 's3:GetObject', '*')", "") == [denied]
    assert asked(connection, f"bailiwick_allowed('{ANN}', 's3:GetObject', '*', NULL)", "") == [True]


def test_contexts_are_structs_and_maps(connection: duckdb.DuckDBPyConnection) -> None:
    for context, wanted in (
        ("{'aws:SecureTransport': true, 'app:n': 7, 'app:d': 1.5, 'app:at': now(), 'app:l': ['a', 'b']}", True),
        ("{'aws:SecureTransport': false}", False),
        ("{'aws:SecureTransport': 'false'}", False),
        ("{'aws:SecureTransport': NULL}", True),
        ("CASE WHEN n = 0 THEN {'aws:SecureTransport': false} END", False),
        ("CASE WHEN n > 0 THEN {'aws:SecureTransport': false} END", True),
        ("MAP {'aws:SecureTransport': 'false', 'app:x': 'y'}", False),
        ("MAP {'aws:SecureTransport': false}", False),
        ("MAP {'aws:SecureTransport': ['true']}", True),
        ("MAP {}", True),
        ("CASE WHEN n > 0 THEN MAP {'aws:SecureTransport': 'false'} END", True),
        ('\'{"aws:SecureTransport": "false"}\'::JSON::MAP(VARCHAR, VARCHAR)', False),
    ):
        call = f"bailiwick_allowed(principal, action, resource, {context})"
        assert asked(connection, call, "FROM t WHERE n = 0") == [wanted], context
    connection.execute("SET arrow_large_buffer_size = true")
    call = f"bailiwick_allowed('{ANN}', 's3:GetObject', '*', MAP {{'aws:SecureTransport': 'false'}})"
    assert asked(connection, call, "") == [False]


def test_the_owner_of_the_resource_is_the_fifth_argument(connection: duckdb.DuckDBPyConnection) -> None:
    for owner, wanted in ((f"'{A}'", True), (f"'{B}'", False), ("NULL", True), ("'12'", False)):
        assert asked(connection, f"bailiwick_allowed('{ANN}', 's3:GetObject', '{FILE}', NULL, {owner})", "") == [wanted]


def test_no_prepared_statement_keeps_an_answer() -> None:
    own = reader()
    with duckdb.connect() as connection:
        bd.register(connection, own)
        connection.execute(f"PREPARE ask AS SELECT bailiwick_allowed('{ANN}', 's3:GetObject', '{FILE}')")
        assert connection.execute("EXECUTE ask").fetchall() == [(True,)]
        own.update(PutInlinePolicy(identity=ANN, name="stop", document=DENY))
        assert connection.execute("EXECUTE ask").fetchall() == [(False,)]


def test_engines_stand_side_by_side_and_take_each_others_place(connection: duckdb.DuckDBPyConnection) -> None:
    closed = reader()
    closed.update(PutInlinePolicy(identity=ANN, name="stop", document=DENY))
    call = f"_allowed('{ANN}', 's3:GetObject', '{FILE}')"
    bd.register(connection, closed, prefix="next")
    assert connection.execute(f"SELECT bailiwick{call}, next{call}").fetchall() == [(True, False)]
    bd.register(connection, closed)
    assert asked(connection, f"bailiwick{call}", "") == [False]
    with connection.cursor() as cursor:
        assert asked(cursor, f"bailiwick{call}", "") == [False]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("'a', 'b'", "expected principal, action, resource"),
        ("'a', 'b', 'c', NULL, 'd', 'e'", "found 6 arguments"),
        ("1, 'b', 'c'", "column `principal`: expected text, found Int32"),
        ("'a', 'b', 'c'::BLOB", "column `resource`: expected text, found"),
        ("'a', 'b', 'c', 'd'", "context: expected a STRUCT or a MAP, found string"),
        ("'a', 'b', 'c', MAP {1: 'x'}", "context: expected a MAP with VARCHAR keys"),
        ("'a', 'b', 'c', {'app:x': 1.5::DOUBLE}", "column `app:x`: expected an integer, a decimal or text, found Float64"),
        ("'a', 'b', 'c', {'app:x': localtimestamp}", "column `app:x`: expected a timestamp with a time zone"),
        ("'a', 'b', 'c', {'app:x': {'y': 1}}", "column `app:x`: expected text, booleans, integers"),
        ("'a', 'b', 'c', {'ip': '1.2.3.4'}", "context key `ip` has no colon"),
        ("'a', 'b', 'c', MAP {'ip': '1.2.3.4'}", "context key `ip` has no colon"),
    ],
)
def test_arguments_without_a_meaning_are_refused_by_name(
    connection: duckdb.DuckDBPyConnection, arguments: str, words: str
) -> None:
    for function in ("bailiwick_allowed", "bailiwick_check"):
        with pytest.raises(duckdb.InvalidInputException, match=words):
            connection.execute(f"SELECT {function}({arguments})").fetchall()


def test_bad_values_are_denied_rows(connection: duckdb.DuckDBPyConnection) -> None:
    lists = "CASE n WHEN 0 THEN ['a'] WHEN 1 THEN ['a', NULL] WHEN 2 THEN [] END"
    call = f"bailiwick_check('{ANN}', 's3:GetObject', '{FILE}', {{'app:x': {lists}}}).reason"
    assert asked(connection, call) == ["identity", "invalid_request", "identity", "identity", "identity"]


def test_a_relation_is_a_table_and_decisions_are_a_relation(connection: duckdb.DuckDBPyConnection) -> None:
    decided = reader().check_batch(connection.sql("SELECT * EXCLUDE (n) FROM t ORDER BY n"))
    assert isinstance(decided, bw.DecisionTable)
    found = connection.sql("SELECT decision, reason FROM decided").fetchall()
    assert found == list(zip(DECISIONS, REASONS, strict=True))
    both = connection.sql("SELECT n, decision FROM (FROM t ORDER BY n) POSITIONAL JOIN decided ORDER BY n").fetchall()
    assert both == list(enumerate(DECISIONS))
    assert list(MEMBERS[:3]) == connection.sql("FROM decided").columns
