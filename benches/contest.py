"""Peers on the same decisions: agreement first, then single checks as statements grow, then batches."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import exchange
import measuring
import plain
import tables
from lines import Child
from workloads import Workload

import bailiwick as bw

#: Modules in `peers` and what they are called.
PEERS = {"with_cedar": "cedarpy", "with_casbin": "pycasbin", "with_vakt": "vakt", "with_moto": "moto"}
#: Ways to decide that are batches, or the closest that there is.
BATCHES = ("cedarpy, sliced batch", "pycasbin, FastEnforcer")
#: Seconds of a round of the reference evaluator.
ROUND_S = 0.2


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the contest may take.

    Attributes:
        round_s: A way that needs longer for one request is left out at that size.
        way_s: Rounds of one way go on for so long.
        agreement: At most so many requests are compared.
        batch_rows: Rows of the batches.
        reference: Up to so many statements the reference evaluator takes part; it reads them for seconds beyond.
    """

    round_s: float
    way_s: float
    agreement: int
    batch_rows: int
    reference: int = 10_000


def run(workload: Workload, peers_python: str, limits: Limits) -> dict[str, Any]:
    """Agreement and single checks of all peers on one workload.

    Returns:
        `workload`, `statements`, and `peers`: for each its answers compared with the engine's, what it cannot express, and
        for each of its ways the figures of both contenders on the same requests, in turns.
    """
    engine = bw.Engine(workload.snapshot)
    requests = workload.requests[: limits.agreement]
    work = exchange.work_of(workload, engine, requests)
    found: dict[str, Any] = {}
    with _written(work) as path:
        for module, name in PEERS.items():
            with Child("peers.serve", module, python=peers_python) as child:
                loaded = child.ask("load", path=str(path))
                print(f"  {name}: {len(loaded['asked']):,} of {len(requests):,} requests, ready in {loaded['seconds']:.1f} s")
                asked = [requests[at] for at in loaded["asked"]]
                expected = [work["expected"][at] for at in loaded["asked"]]
                for way in loaded["ways"]:
                    one = _single(child, way, asked, expected, engine, limits)
                    found[f"{name}, {way}"] = {**loaded, "asked": len(asked), "requests": len(requests), **one}
    if engine.statement_count <= limits.reference * 1.1:
        found["reference evaluator"] = _reference(workload, engine, requests, limits)
    return {"workload": workload.name, "statements": engine.statement_count, "peers": found}


def batches(workload: Workload, peers_python: str, limits: Limits) -> dict[str, Any]:
    """Batches of the peers that have them, and the engine on the same rows on one core, in turns.

    Returns:
        For each kind of table (`repeated`: each request ten times; `distinct`: no resource twice) the figures of all.
    """
    engine = bw.Engine(workload.snapshot)
    return {
        "repeated": _batch(workload, engine, "plain", peers_python, limits),
        "distinct": _batch(workload, engine, "distinct", peers_python, limits),
    }


def _batch(workload: Workload, engine: bw.Engine, encoding: tables.Encoding, python: str, limits: Limits) -> dict[str, Any]:
    rows = limits.batch_rows
    table = tables.requests_table(workload, rows, encoding)
    requests = [(one[0], one[1], one[2], one[3] if len(one) > 3 else {}) for one in tables.tuples(table)]
    work = exchange.work_of(workload, engine, requests)
    expected = engine.check_batch(requests).allowed
    given = {"bailiwick, plain columns": table}
    if encoding == "plain":
        given = {"bailiwick, dictionary columns": tables.requests_table(workload, rows, "dictionary"), **given}
    contenders: dict[str, tuple[measuring.Round, int]] = {name: (_rows(engine, one), rows) for name, one in given.items()}
    children: list[Child] = []
    try:
        with _written(work) as path:
            for module, name in PEERS.items():
                for label in (label for label in BATCHES if label.startswith(name)):
                    way = label.removeprefix(f"{name}, ")
                    child = Child("peers.serve", module, python=python)
                    children.append(child)
                    loaded = child.ask("load", path=str(path))
                    answers = child.ask("answers", way=way, count=len(loaded["asked"]))
                    _same(label, answers, [expected[at] for at in loaded["asked"]])
                    count = len(loaded["asked"])
                    contenders[label] = (_remote(child, way, count), count)
        return measuring.samples(contenders, seconds=limits.way_s * len(contenders), least=3)
    finally:
        for child in children:
            child.close()


def _rows(engine: bw.Engine, table: Any) -> measuring.Round:
    return lambda: measuring.timed(lambda: engine.check_batch(table, threads=1))


def _remote(child: Child, way: str, count: int) -> measuring.Round:
    return lambda: float(child.ask("round", way=way, count=count))


def _single(child: Child, way: str, asked: list[Any], expected: list[bool], engine: bw.Engine, limits: Limits) -> dict[str, Any]:
    size = child.ask("size", way=way, at_most_s=limits.round_s) if asked else 0
    if size == 0:
        return {"compared": 0, "differ": 0, "too_slow": bool(asked)}
    # At most as many as take ten rounds of measuring.
    compared = min(len(asked), size * 10)
    answers = child.ask("answers", way=way, count=compared)
    differ = sum(one != other for one, other in zip(answers, expected, strict=False))
    figures = measuring.samples(
        {"peer": (_remote(child, way, size), size), "bailiwick": (_checks(engine, asked[:size]), size)},
        seconds=limits.way_s,
    )
    return {"compared": compared, "differ": differ, "too_slow": False, **figures}


def _checks(engine: bw.Engine, requests: list[Any]) -> measuring.Round:
    """A round of single checks; a few are repeated, so that there is something to time."""
    is_allowed = engine.is_allowed
    times = max(1, 2000 // len(requests))

    def all_requests() -> None:
        for who, what, where, context in requests:
            is_allowed(who, what, where, context)

    def repeated() -> None:
        for _ in range(times):
            all_requests()

    return lambda: measuring.timed(repeated) / times


def _reference(workload: Workload, engine: bw.Engine, requests: list[Any], limits: Limits) -> dict[str, Any]:
    evaluator = plain.Evaluator(workload.snapshot)
    one = evaluator.prepare(requests[:1])
    size = max(1, int(ROUND_S / measuring.timed(lambda: evaluator.decide(one))))
    ready = evaluator.prepare(requests[: size * 2])
    answers, used = evaluator.decide(ready), requests[: len(ready)]
    differ = sum(answer != engine.is_allowed(*request) for answer, request in zip(answers, used, strict=True))
    size = min(size, len(ready))
    figures = measuring.samples(
        {
            "peer": (lambda: measuring.timed(lambda: evaluator.decide(ready[:size])), size),
            "bailiwick": (_checks(engine, used[:size]), size),
        },
        seconds=limits.way_s,
    )
    nothing: Counter[str] = Counter()
    return {
        "asked": len(requests),
        "requests": len(requests),
        "left_out": nothing,
        "beyond": nothing,
        "compared": len(used),
        "differ": differ,
        "too_slow": False,
        **figures,
    }


def _same(label: str, answers: list[bool], expected: list[bool]) -> None:
    differ = sum(one != other for one, other in zip(answers, expected, strict=True))
    if differ:
        raise RuntimeError(f"{label}: {differ:,} of {len(answers):,} answers differ; a batch is not compared on other answers")


@contextmanager
def _written(work: dict[str, Any]) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8", delete=False) as file:
        json.dump(work, file)
    try:
        yield Path(file.name)
    finally:
        os.unlink(file.name)
