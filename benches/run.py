"""All benchmarks in one run: `make bench`, or `python benches/run.py [--quick] [--only SECTION …] [--out FOLDER]`.

Prints what it does and then the report; writes `report.md`, `report.json` and the plots. `--only` measures and reports some
sections, and writes below `target` unless told where; `--render` writes the last run's report again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import contest
import fifty_million
import growth
import managed
import measuring
import memory
import plots
import rates
import report
import single
import trail
import workloads
from lines import Child

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs/benchmarks"
#: Enough rows that what a batch holds in any case, a few megabytes, does not count.
MEMORY_ROWS = 1_000_000
PEERS = ROOT / ".venv-peers/bin/python"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Attributes:
        rows: Length of tables; `growth_rows` of those of each size.
        seconds: Rounds of one comparison go on for so long.
        sizes: Statements of the growth curve, of the peers' curve and of the engines that are opened.
    """

    rows: int
    growth_rows: int
    seconds: float
    sizes: tuple[int, ...]
    peer_sizes: tuple[int, ...]
    opened: tuple[int, ...]
    stream_rows: int
    limits: contest.Limits


FULL = Scale(
    rows=1_000_000,
    growth_rows=500_000,
    seconds=15,
    sizes=growth.SIZES,
    peer_sizes=(100, 1_000, 10_000, 100_000),
    opened=(10_000, 100_000, 1_000_000),
    stream_rows=fifty_million.ROWS,
    limits=contest.Limits(round_s=0.5, way_s=2.0, agreement=2000, batch_rows=100_000),
)
QUICK = Scale(
    rows=100_000,
    growth_rows=50_000,
    seconds=1.0,
    sizes=(100, 1_000, 10_000),
    peer_sizes=(100, 1_000),
    opened=(1_000, 10_000),
    stream_rows=1_000_000,
    limits=contest.Limits(round_s=0.1, way_s=0.1, agreement=200, batch_rows=2_000),
)


class Run:
    """The sections, in the order of the run."""

    def __init__(self, *, quick: bool, peers: str) -> None:
        self.scale = QUICK if quick else FULL
        self._quick, self._peers = quick, peers
        self.sections: dict[str, Callable[[], Any]] = {
            "in_rust": self._in_rust,
            "contest": self._contest,
            "batches": self._batches,
            "in_process": lambda: single.in_process(quick=quick),
            "growth": self._growth,
            "encodings": self._encodings,
            "repetition": self._repetition,
            "workloads": self._workloads,
            "memory": lambda: memory.of_batches(10_000, MEMORY_ROWS),
            "opening": lambda: memory.of_opening(self.scale.opened),
            "stream": lambda: fifty_million.run(self.scale.stream_rows),
        }

    def versions(self) -> dict[str, str]:
        """What is compared."""
        found = {name: version(name) for name in ("pyarrow", "numpy")}
        with Child("peers.versions", python=self._peers) as child:
            return {**found, **child.ask("versions")}

    def _in_rust(self) -> Any:
        # Building it takes longer than a quick run.
        if self._quick:
            return []
        return single.in_rust()

    def _growth(self) -> Any:
        if not self._quick:
            single.build_example()
        return growth.run(self.scale.sizes, self.scale.growth_rows, self.scale.seconds)

    def _contest(self) -> list[dict[str, Any]]:
        found, limits = [], self.scale.limits
        asked = limits.agreement
        for shape in ("principals", "hot_principal"):
            for size in self.scale.peer_sizes:
                made = workloads.make(shape, size, asked)
                print(f"  {made.name}")
                found.append({"shape": shape, **contest.run(made, self._peers, limits)})
        for name, made in (("managed", managed.make(self._peers, asked)), ("trail", trail.make(asked))):
            print(f"  {made.name}")
            found.append({"shape": name, **contest.run(made, self._peers, limits)})
        return found

    def _batches(self) -> Any:
        rows = self.scale.limits.batch_rows
        return contest.batches(workloads.make("principals", 10_000, rows // 10), self._peers, self.scale.limits)

    def _encodings(self) -> Any:
        made = workloads.make("principals", 10_000, self.scale.rows // 10)
        return rates.of_encodings(made, self.scale.rows, self._peers, self.scale.seconds)

    def _repetition(self) -> Any:
        return rates.of_repetition(workloads.make("principals", 10_000, self.scale.rows), self.scale.rows, self.scale.seconds)

    def _workloads(self) -> Any:
        count = self.scale.rows // 10
        made = [workloads.make(shape, 10_000, count) for shape in workloads.SHAPES]
        made += [managed.make(self._peers, count), trail.make(count)]
        return rates.of_workloads(made, self.scale.rows, self.scale.seconds)


def main() -> None:
    """Runs what is asked for, then writes and prints the report."""
    options = _options()
    out = options.out or (ROOT / "target/benchmarks" if options.only else OUT)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "report.json"
    run = Run(quick=options.quick, peers=str(options.peers))
    unknown = set(options.only) - set(run.sections)
    if unknown:
        raise SystemExit(f"--only {sorted(unknown)[0]}: expected some of {', '.join(run.sections)}")
    if options.render:
        results = json.loads(path.read_text(encoding="utf-8"))
    else:
        results = _measure(run, options)
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    plots.draw(results, out)
    print(report.write(results, out))
    print(f"written to {out}")


def _measure(run: Run, options: argparse.Namespace) -> dict[str, Any]:
    start = time.perf_counter()
    found: dict[str, Any] = {"quick": options.quick, "machine": measuring.machine(), "versions": run.versions()}
    for name, section in run.sections.items():
        if not options.only or name in options.only:
            print(f"{name} …", flush=True)
            began = time.perf_counter()
            found[name] = section()
            print(f"  {time.perf_counter() - began:.0f} s", flush=True)
    found["seconds"] = time.perf_counter() - start
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, some two minutes")
    parser.add_argument("--only", nargs="+", default=[], metavar="SECTION")
    parser.add_argument("--render", action="store_true", help="write the report of the last run again")
    parser.add_argument("--out", type=Path, metavar="FOLDER")
    parser.add_argument("--peers", type=Path, default=PEERS, help="interpreter of the peers' environment")
    return parser.parse_args()


if __name__ == "__main__":
    main()
