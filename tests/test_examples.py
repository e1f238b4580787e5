"""The examples do what their pages show."""

from __future__ import annotations

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
from dask import dataframe as dd
from dask.distributed import Client, LocalCluster

import bailiwick.pandas
from tests.frames import COLUMNS, DECISIONS, noted

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_dask_decides_the_requests_of_the_example_organization(tmp_path: Path) -> None:
    page = (EXAMPLES / "dask/README.md").read_text(encoding="utf-8")
    shown = re.search(r"^\$ python (.*)\n((?:[^$`].*\n)+)```", page, re.MULTILINE)
    assert shown is not None
    command = shlex.split(shown[1].replace("examples/", f"{EXAMPLES}/"))
    run = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == shown[2]
    with (tmp_path / "decisions.csv").open(encoding="utf-8", newline="") as file:
        found = [(row["decision"], row["reason"]) for row in csv.DictReader(file)]
    with (EXAMPLES / "organization/expected.csv").open(encoding="utf-8", newline="") as file:
        assert found == [(row["decision"], row["reason"]) for row in csv.DictReader(file)]


def test_each_worker_of_dask_opens_the_engine_once(tmp_path: Path) -> None:
    engine = noted(tmp_path / "opened")
    rows = pd.DataFrame({**COLUMNS, "aws:SecureTransport": pd.array(COLUMNS["aws:SecureTransport"], dtype="boolean")})
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        shared = client.scatter(engine, broadcast=True, hash=False)
        asked = dd.from_pandas(pd.concat([rows] * 8, ignore_index=True), npartitions=8)
        decided = asked.map_partitions(bailiwick.pandas.check, shared, meta=bailiwick.pandas.check(rows.head(0), engine))
        for _ in range(2):
            assert decided.compute()["decision"].tolist() == DECISIONS * 8
    assert len(engine.opened()) == len(set(engine.opened())) == 2
