"""Requests for the libraries that hold tables, and what is answered to each of them alone."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

import bailiwick as bw
from tests import snapshots
from tests.campaign import Fast
from tests.drawing import A, B, Draw
from tests.tables import table_of
from tests.test_batch import drawn_requests, row_by_row

ANN = f"arn:aws:iam::{A}:user/ann"
FILE = "arn:aws:s3:::files/1"
MEMBERS = ("decision", "reason", "deciding_layer", "matched", "missing_keys")

READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
TLS = {"Sid": "Tls", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


@dataclass(frozen=True)
class Drawn:
    """A drawn snapshot's engine with requests to it.

    Attributes:
        engine: Who is asked.
        requests: As `Engine.check` takes them.
        table: The same as columns, in any encoding.
        answers: What is answered to each, with the names of `MEMBERS`.
    """

    engine: bw.Engine
    requests: list[snapshots.Request]
    table: pa.Table
    answers: list[dict[str, Any]]


def drawn(seed: int, rows: int = 200) -> Drawn:
    """Draws a snapshot and requests."""
    return _drawn(seed, rows, lambda request: request)


def drawn_in_one_case(seed: int, rows: int = 200) -> Drawn:
    """The same for libraries that take names which differ in case for one."""
    return _drawn(seed, rows, lambda request: (*request[:3], {key.lower(): value for key, value in request[3].items()}))


def _drawn(seed: int, rows: int, spelled: Callable[[snapshots.Request], snapshots.Request]) -> Drawn:
    rng = random.Random(seed)
    found = snapshots.snapshot(Draw(Fast(seed)))
    engine = bw.Engine(found.snapshot)
    requests = [spelled(request) for request in drawn_requests(found, rng, 40, rows) if isinstance(request[0], str)]
    answers = [dict(zip(MEMBERS, row, strict=True)) for row in row_by_row(engine, requests)]
    return Drawn(engine, requests, table_of(requests, rng), answers)


def reader(*statements: dict[str, Any]) -> bw.Engine:
    """Ann may read everything, but not without TLS."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [READ, TLS, *statements]})
    user = bw.User(arn=ANN, inline=(bw.Policy(id="read", document=document),))
    return bw.Engine(bw.Snapshot(accounts=(bw.Account(id=A, users=(user,)), bw.Account(id=B))))


class Noted(bw.Engine):
    """An engine that writes down which process opens it, and that process's parent."""

    note: Path

    def __reduce__(self) -> tuple[Callable[[Path, bytes], Noted], tuple[Path, bytes]]:
        return noted, (self.note, self.to_bytes())

    def opened(self) -> list[tuple[int, int]]:
        """Parents and processes, in their order."""
        return [(int(parent), int(process)) for parent, process in map(str.split, self.note.read_text("utf-8").splitlines())]


def noted(note: Path, data: bytes = b"") -> Noted:
    """What a `Noted` is pickled as."""
    if data:
        with note.open("a", encoding="utf-8") as file:
            print(os.getppid(), os.getpid(), file=file)
    engine = Noted.from_bytes(data or reader().to_bytes())
    engine.note = note
    return engine


#: Five requests to `reader`, a column each, and what is answered to them.
COLUMNS: dict[str, list[Any]] = {
    "principal": [ANN, ANN, ANN, None, ANN],
    "action": ["s3:GetObject", "s3:GetObject", "s3:PutObject", "s3:GetObject", "s3:GetObject"],
    "resource": [FILE, FILE, FILE, FILE, "no-arn"],
    "aws:SecureTransport": [True, False, None, True, None],
}
DECISIONS = ["ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY", "IMPLICIT_DENY", "IMPLICIT_DENY"]
REASONS = ["identity", "identity", "identity", "invalid_request", "invalid_request"]
