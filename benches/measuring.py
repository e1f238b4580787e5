"""Time and memory, measured so that noise shows: contenders take turns, and medians come with their spread.

Needs the standard library alone: the peers' environment runs it as well.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias

Round: TypeAlias = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Sample:
    """Many rounds of one contender.

    Attributes:
        units: What one round decides: rows or checks.
        median: Seconds of the middle round.
        spread: Seconds: the median of the rounds' distances from `median`.
        fastest: Seconds of the fastest round.
        rounds: How many there were.
    """

    units: int
    median: float
    spread: float
    fastest: float
    rounds: int

    @classmethod
    def of(cls, seconds: list[float], units: int) -> Self:
        """Sums up rounds."""
        median = statistics.median(seconds)
        spread = statistics.median(abs(one - median) for one in seconds)
        return cls(units=units, median=median, spread=spread, fastest=min(seconds), rounds=len(seconds))

    def to_json(self) -> dict[str, float]:
        """The figures of a report."""
        return {
            "units": self.units,
            "seconds": self.median,
            "spread": self.spread / self.median if self.median else 0.0,
            "fastest": self.fastest,
            "rounds": self.rounds,
            "rate": self.units / self.median,
            "each_ns": self.median / self.units * 1e9,
        }


def timed(call: Callable[[], object]) -> float:
    """Seconds of one call, with no garbage collection inside, as `timeit` does it.

    None before it either: a walk over all objects would leave nothing in the caches of what is about to be asked.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start
    finally:
        if was_enabled:
            gc.enable()


def in_turns(contenders: Mapping[str, Round], *, seconds: float, least: int = 5, most: int = 41) -> dict[str, list[float]]:
    """Rounds of all contenders, one after the other, so that a slow moment of the machine meets all of them.

    Args:
        contenders: Names, and what runs one round and gives its seconds.
        seconds: Rounds go on for so long, but are at least `least` and at most `most`.

    Returns:
        For each contender the seconds of its rounds; a round before the first is not counted.
    """
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    end = time.perf_counter() + seconds
    for number in range(most):
        if number >= least and time.perf_counter() > end:
            break
        for name, run in contenders.items():
            found[name].append(run())
    return found


def samples(contenders: Mapping[str, tuple[Round, int]], *, seconds: float, least: int = 5, most: int = 41) -> dict[str, Any]:
    """`in_turns`, summed up for a report; each contender comes with what one of its rounds decides."""
    rounds = in_turns({name: run for name, (run, _) in contenders.items()}, seconds=seconds, least=least, most=most)
    return {name: Sample.of(rounds[name], units).to_json() for name, (_, units) in contenders.items()}


def held_bytes() -> int:
    """Memory that the process holds now."""
    return _status("VmRSS")


def peak_bytes() -> int:
    """The most memory that the process held since `forget_peak`."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Starts `peak_bytes` anew from what is held now."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no `{name}`")


def machine() -> dict[str, Any]:
    """Where this was measured."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": memory,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }
