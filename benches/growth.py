"""What one check and one row cost as statements grow: a process for each size, and all sizes take turns.

As a module of its own (`python -m growth SHAPE SIZE`) it is the process of one size.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import measuring
import tables
import workloads
from lines import Child, close_all, serve

import bailiwick as bw
from bailiwick.changes import AttachPolicy, Change, DetachPolicy, PutInlinePolicy, PutPolicy, PutResource
from bailiwick.models import Resource

ROOT = Path(__file__).resolve().parent.parent
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
#: Requests of single checks.
CHECKS = 1000
#: They are asked so often in a round, so that it is not over before the caches are filled.
TIMES = 10
#: What is measured, and whether a round is `CHECKS` checks or a table.
KINDS = ("context", "no_context", "dictionary", "distinct")


class Size:
    """One engine, and rounds of requests to it."""

    def __init__(self, shape: workloads.Shape, size: int) -> None:
        self._shape, self._size = shape, size
        self._rounds: dict[str, Callable[[], object]] = {}

    def load(self, rows: int) -> dict[str, Any]:
        """Compiles the snapshot; `rows` is the length of the tables.

        Returns:
            `statements`, `load_s`, `bytes_per_statement` and `allowed`, the share of the requests.
        """
        made = workloads.make(self._shape, self._size, max(CHECKS, rows // tables.REPETITION))
        workloads.warm_up()
        gc.collect()
        before = measuring.held_bytes()
        start = time.perf_counter()
        engine = bw.Engine(made.snapshot)
        load_s = time.perf_counter() - start
        gc.collect()
        held = measuring.held_bytes() - before
        self._engine, self._asked = engine, made.requests[:CHECKS]
        if rows:
            coded, distinct = (tables.requests_table(made, rows, encoding) for encoding in ("dictionary", "distinct"))
            self._rounds["dictionary"] = lambda: engine.check_batch(coded, threads=1)
            self._rounds["distinct"] = lambda: engine.check_batch(distinct, threads=1)
        self._rounds["context"], self._rounds["no_context"] = self._with_context, self._without_context
        return {
            "statements": engine.statement_count,
            "load_s": load_s,
            "bytes_per_statement": held / engine.statement_count,
            "allowed": sum(engine.is_allowed(*request) for request in self._asked) / len(self._asked),
        }

    def round(self, kind: str) -> float:
        """Seconds of one round."""
        return measuring.timed(self._rounds[kind])

    def from_rust(self) -> float | None:
        """Nanoseconds of one check with four keys without Python, if the example was built."""
        tool = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples/latency"
        if not tool.exists():
            return None
        pairs = [text for key, value in workloads.CONTEXT.items() for text in (key, "true" if value is True else value)]
        with tempfile.TemporaryDirectory() as folder:
            engine, lines = Path(folder) / "engine", Path(folder) / "requests"
            engine.write_bytes(self._engine.to_bytes())
            lines.write_text("".join("\t".join([*asked[:3], *pairs]) + "\n" for asked in self._asked), encoding="utf-8")
            answer = subprocess.run([tool, engine, lines, "1"], check=True, capture_output=True, text=True).stdout
        return float(answer.split()[1])

    def updates(self) -> dict[str, float]:
        """Microseconds to put a policy of ten statements, and to attach or detach one."""
        count = min(40, max(2, self._size // 10))
        changes = {"put_us": self._put, "attach_us": self._attach}
        return {name: statistics.median(self._update(make(number)) for number in range(count)) for name, make in changes.items()}

    def _with_context(self) -> None:
        is_allowed, context = self._engine.is_allowed, workloads.CONTEXT
        for _ in range(TIMES):
            for who, what, where, _ in self._asked:
                is_allowed(who, what, where, context)

    def _without_context(self) -> None:
        is_allowed = self._engine.is_allowed
        for _ in range(TIMES):
            for who, what, where, _ in self._asked:
                is_allowed(who, what, where)

    def _update(self, change: Change) -> float:
        start = time.perf_counter()
        self._engine.update(change)
        return (time.perf_counter() - start) * 1e6

    def _put(self, number: int) -> Change:
        account, shape = workloads.ACCOUNT, self._shape
        rng = random.Random(number)
        text = workloads.document([workloads.statement(rng, number, shape=shape)[0] for _ in range(10)])
        if shape == "hot_principal":
            return PutPolicy(account=account, id=f"arn:aws:iam::{account}:policy/p{number:06d}", document=text)
        if shape == "hot_resource":
            other = text.replace(workloads.LAKE, "arn:aws:s3:::other")
            return PutResource(resource=Resource(arn="arn:aws:s3:::other", account=account, policy=other))
        return PutInlinePolicy(identity=self._asked[0][0], name="own", document=text)

    def _attach(self, number: int) -> Change:
        kind = AttachPolicy if number % 2 == 0 else DetachPolicy
        return kind(identity=self._asked[0][0], policy=f"arn:aws:iam::{workloads.ACCOUNT}:policy/common")


def run(sizes: tuple[int, ...], rows: int, seconds: float) -> list[dict[str, Any]]:
    """The curve of all shapes: for each size its facts, and figures of each kind of round."""
    found = []
    for shape in workloads.SHAPES:
        children = {size: Child("growth", shape, str(size)) for size in sizes}
        facts = {size: child.ask("load", rows=rows) for size, child in children.items()}
        for kind in KINDS:
            units = rows if kind in ("dictionary", "distinct") else CHECKS * TIMES
            contenders = {str(size): (_round(child, kind), units) for size, child in children.items()}
            figures = measuring.samples(contenders, seconds=seconds)
            for size in sizes:
                facts[size][kind] = figures[str(size)]
        for size, child in children.items():
            facts[size] |= {"rust_ns": child.ask("from_rust"), **child.ask("updates")}
            found.append({"shape": shape, "size": size, **facts[size]})
            print("  " + described(found[-1]), flush=True)
        close_all(list(children.values()))
    return found


def described(one: dict[str, Any]) -> str:
    """One size in a line."""
    return (
        f"{one['shape']:14} {one['statements']:>9,}  check {one['context']['each_ns']:,.0f} ns  "
        f"rows/s {one['dictionary']['rate'] / 1e6:.1f} M, all distinct {one['distinct']['rate'] / 1e6:.1f} M  "
        f"load {one['load_s']:.2f} s  {one['bytes_per_statement']:,.0f} B/statement"
    )


def _round(child: Child, kind: str) -> measuring.Round:
    return lambda: float(child.ask("round", kind=kind))


if __name__ == "__main__":
    one = Size(cast(workloads.Shape, sys.argv[1]), int(sys.argv[2]))
    serve({"load": one.load, "round": one.round, "from_rust": one.from_rust, "updates": one.updates})
