"""Runs what others measure: pytest-benchmark for this process, criterion for the Rust core; gives their medians."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def in_process(*, quick: bool) -> list[dict[str, Any]]:
    """`test_check.py` under pytest-benchmark: for each test its name and nanoseconds of one check, call or load."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.json"
        command = [sys.executable, "-m", "pytest", "-o", "addopts=", "-o", "pythonpath=benches", "-q", "benches/test_check.py"]
        seconds = "0.1" if quick else "1.0"
        options = [f"--benchmark-json={path}", f"--benchmark-max-time={seconds}", "--benchmark-quiet", "--benchmark-disable-gc"]
        subprocess.run([*command, *options], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        found = json.loads(path.read_text(encoding="utf-8"))
    return [_of_test(one) for one in found["benchmarks"]]


def in_rust() -> list[dict[str, Any]]:
    """`cargo bench` of the core: for each benchmark its name, and the median and its deviation in nanoseconds."""
    command = ["cargo", "bench", "--quiet", "-p", "bailiwick-core", "--bench", "checks"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "criterion"
    found = []
    for path in sorted(folder.rglob("new/estimates.json")):
        figures = json.loads(path.read_text(encoding="utf-8"))
        median, deviation = figures["median"]["point_estimate"], figures["median_abs_dev"]["point_estimate"]
        name = json.loads(path.with_name("benchmark.json").read_text(encoding="utf-8"))["full_id"]
        found.append({"name": name, "ns": median, "spread": deviation / median})
    return found


def build_example() -> None:
    """Builds the tool that times checks without Python, for `growth`."""
    command = ["cargo", "build", "--release", "--quiet", "-p", "bailiwick-core", "--example", "latency"]
    subprocess.run(command, check=True, cwd=ROOT)


def _of_test(one: dict[str, Any]) -> dict[str, Any]:
    stats, count = one["stats"], one["extra_info"]["checks"]
    each = stats["median"] / count * 1e9
    return {"name": one["name"], "ns": each, "spread": stats["iqr"] / 2 / stats["median"], "rounds": stats["rounds"]}
