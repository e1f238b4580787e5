"""What the project aims at, and whether the run met it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

ONE = "bailiwick, 1 core"


@dataclass(frozen=True, slots=True)
class Target:
    """One aim.

    Attributes:
        name: What is aimed at.
        wanted: The aim, in words.
        found: What was measured, in words.
        is_met: Whether it is enough.
        how: Where in the report it was measured.
    """

    name: str
    wanted: str
    found: str
    is_met: bool
    how: str


def judge(results: dict[str, Any]) -> list[Target]:
    """All targets that this run measured."""
    parts = (("encodings", _rates), ("growth", _scale), ("encodings", _join), ("batches", _peers), ("memory", _memory))
    return [target for section, part in parts if results.get(section) for target in part(results)]


def _rates(results: dict[str, Any]) -> Iterator[Target]:
    wanted = {
        "dictionary": ("dictionary-encoded columns, each request ten times", 20),
        "plain": ("plain text columns, the same rows", 8),
        "distinct": ("plain text columns, no resource twice", 4),
        "tuples": ("list of Python tuples, each request ten times", 2),
    }
    for encoding, (name, least) in wanted.items():
        figures = results["encodings"][encoding][ONE]
        found = (
            f"{millions(figures['rate'])} ± {figures['spread']:.0%}, fastest {millions(figures['units'] / figures['fastest'])}"
        )
        yield Target(name, f"≥ {least} M rows/s a core", found, figures["rate"] >= least * 1e6, "Batches")


def _scale(results: dict[str, Any]) -> Iterator[Target]:
    largest = max(one["size"] for one in results["growth"])
    ratios = {}
    for kind in ("dictionary", "distinct"):
        rates = {(one["shape"], one["size"]): one[kind]["rate"] for one in results["growth"]}
        for shape in dict.fromkeys(shape for shape, _ in rates):
            ratios[f"{shape}, {kind}"] = rates[shape, largest] / rates[shape, 1000]
    worst = min(ratios, key=ratios.__getitem__)
    found = f"{ratios[worst]:.2f}× ({worst}); best {max(ratios.values()):.2f}×"
    yield Target(f"rate at {largest:,} statements", "≥ 0.7× that at 1,000", found, ratios[worst] >= 0.7, "Growth")


def _join(results: dict[str, Any]) -> Iterator[Target]:
    slower = {}
    for encoding in ("dictionary", "plain", "distinct"):
        figures = results["encodings"][encoding]
        best = max(one["rate"] for name, one in figures.items() if name.endswith("join, 1 core"))
        slower[encoding] = best / figures[ONE]["rate"]
    worst = max(slower, key=slower.__getitem__)
    found = ", ".join(f"{name} {ratio:.1f}×" for name, ratio in slower.items())
    yield Target("time of the fastest hash join of the same columns", "within 3×", found, slower[worst] <= 3, "Batches")


def _peers(results: dict[str, Any]) -> Iterator[Target]:
    figures = results["batches"]["repeated"]
    for peer in (name for name in figures if not name.startswith("bailiwick")):
        ratios = {
            name.removeprefix("bailiwick, "): one["rate"] / figures[peer]["rate"]
            for name, one in figures.items()
            if name.startswith("bailiwick")
        }
        found = ", ".join(f"{name} {ratio:,.0f}×" for name, ratio in ratios.items())
        yield Target(f"{peer}, on 10,000 statements", "≥ 1,000× on one core", found, max(ratios.values()) >= 1000, "Peers")


def _memory(results: dict[str, Any]) -> Iterator[Target]:
    shares = {name: (one["columns"] + one["extra"]) / one["columns"] for name, one in results["memory"].items()}
    found = ", ".join(f"{name} {share:.2f}×" for name, share in shares.items())
    yield Target("peak memory of a batch, besides the engine", "< 2× its columns", found, max(shares.values()) < 2, "Memory")


def millions(rate: float) -> str:
    """A rate in millions."""
    return f"{rate / 1e6:.2f} M" if rate < 1e7 else f"{rate / 1e6:.1f} M"


def show(targets: list[Target], row: Callable[..., str]) -> list[str]:
    """The rows of a table."""
    return [row(one.name, one.wanted, one.found, "met" if one.is_met else "**not met**", one.how) for one in targets]
