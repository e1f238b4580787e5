"""Decides a log of requests in several processes: `decide.py REQUESTS.csv DECISIONS.csv`."""

from __future__ import annotations

import sys
from pathlib import Path

import dask.dataframe as dd
import pandas as pd
from dask.distributed import Client, LocalCluster

import bailiwick as bw
import bailiwick.pandas

ORGANIZATION = Path(__file__).resolve().parents[1] / "organization"


def decide(rows: pd.DataFrame, engine: bw.Engine) -> pd.DataFrame:
    """The rows of a partition with their decisions."""
    # Each process has a core for itself.
    return rows.join(bailiwick.pandas.check(rows, engine, threads=1))


def main(requests: str, decisions: str) -> None:
    """Decides the requests of a file."""
    engine = bw.Engine.from_account(
        ORGANIZATION / "account.json",
        organization=ORGANIZATION / "organization.json",
        resource_policies=ORGANIZATION / "resource-policies.jsonl",
        registry=bw.Registry(partitions=frozenset({"app"})),
    )
    # A cluster that is there already: `Client("tcp://scheduler:8786")`.
    with LocalCluster(n_workers=2, threads_per_worker=1) as cluster, Client(cluster) as client:
        # Pickled to bytes once, opened once by each worker.
        shared = client.scatter(engine, broadcast=True, hash=False)
        rows = dd.read_csv(requests, dtype="str", blocksize="2KiB")
        decided = rows.map_partitions(decide, shared, meta=decide(rows._meta, engine)).persist()
        decided.to_csv(decisions, single_file=True, index=False)
        print(f"{rows.npartitions} partitions on {len(client.nthreads())} workers")
        print(decided["decision"].value_counts().compute().to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
