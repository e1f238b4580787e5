"""What pytest has to know of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Needs atheris, which `make fuzz-python` installs.
collect_ignore = ["fuzz.py"]

#: Compile little and start early: the tests are over before more would pay.
_START_EARLY = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A cluster of two worker processes, for all tests that want one."""
    from tests.cluster import cluster

    early = {f"spark.{part}.extraJavaOptions": _START_EARLY for part in ("driver", "executor")}
    with cluster(early) as session:
        yield session
