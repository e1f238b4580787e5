"""The report's plots, as SVG and PNG."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter

#: Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
MARKERS = "os^"
SHAPES = {
    "principals": "many principals, 20 statements each",
    "hot_principal": "one principal under all statements",
    "hot_resource": "one resource policy with all statements",
}
SHORT = {"principals": "many principals", "hot_principal": "one hot principal", "hot_resource": "one hot resource policy"}
OURS = "bailiwick"
#: Colour of the library, marker and line of the way to ask it.
LOOKS = {
    "cedarpy, all policies": (COLOURS[1], "s", "--"),
    "cedarpy, sliced": (COLOURS[1], "o", "-"),
    "cedarpy, sliced batch": (COLOURS[1], "^", ":"),
    "pycasbin, Enforcer": (COLOURS[2], "s", "--"),
    "pycasbin, FastEnforcer": (COLOURS[2], "o", "-"),
    "vakt, all policies": (COLOURS[3], "s", "--"),
    "vakt, sliced": (COLOURS[3], "o", "-"),
    "moto, sliced": (COLOURS[4], "o", "-"),
    "reference evaluator": (COLOURS[6], "D", "-"),
}


def draw(results: dict[str, Any], folder: Path) -> None:
    """Draws the plots of all sections that were measured."""
    plots = {
        "growth-checks": (_growth_of_checks, "growth"),
        "growth-rows": (_growth_of_rows, "growth"),
        "peers": (_peers, "contest"),
        "encodings": (_encodings, "encodings"),
        "repetition": (_repetition, "repetition"),
        "batches": (_batches, "batches"),
    }
    with _style():
        for name, (plot, section) in plots.items():
            if results.get(section):
                figure = plot(results)
                figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
                figure.savefig(folder / f"{name}.png", dpi=130)
                pyplot.close(figure)


@contextmanager
def _style() -> Iterator[None]:
    settings: dict[Any, Any] = {
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
        "legend.frameon": False,
        "svg.hashsalt": "bailiwick",
        "figure.constrained_layout.use": True,
    }
    with pyplot.rc_context(settings):
        yield


def _growth_of_checks(results: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4.6))
    for (shape, runs), colour, marker in zip(_by_shape(results["growth"]), COLOURS, MARKERS, strict=False):
        sizes = [one["statements"] for one in runs]
        middle = [one["context"]["each_ns"] for one in runs]
        spread = [one["context"]["spread"] * one["context"]["each_ns"] for one in runs]
        axes.errorbar(sizes, middle, spread, color=colour, marker=marker, capsize=3, label=f"from Python: {SHAPES[shape]}")
        if all(one["rust_ns"] is not None for one in runs):
            rust = [one["rust_ns"] for one in runs]
            axes.plot(sizes, rust, color=colour, marker=marker, markersize=4, linestyle="--", label="the same without Python")
    _statements(axes)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("ns a check")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_title("One check with four context keys, as statements grow (median ± spread)")
    _legend_below(figure, axes, columns=2)
    return figure


def _growth_of_rows(results: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4.6))
    styles = {"dictionary": ("-", "dictionary-encoded, tenfold"), "distinct": ("--", "plain, no resource twice")}
    for (shape, runs), colour, marker in zip(_by_shape(results["growth"]), COLOURS, MARKERS, strict=False):
        for kind, (line, label) in styles.items():
            sizes, rates = [one["statements"] for one in runs], [one[kind]["rate"] / 1e6 for one in runs]
            axes.plot(sizes, rates, color=colour, marker=marker, linestyle=line, label=f"{SHORT[shape]}; {label}")
    _statements(axes)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("million rows/s on one core")
    axes.set_title("Rows of a table, as statements grow (median)")
    _legend_below(figure, axes, columns=2)
    return figure


def _peers(results: dict[str, Any]) -> Any:
    shapes = list(dict.fromkeys(one["shape"] for one in results["contest"] if one["shape"] in SHAPES))
    figure, sides = pyplot.subplots(1, len(shapes), figsize=(11, 6), sharey=True, squeeze=False)
    names = list(dict.fromkeys(name for one in results["contest"] for name in one["peers"]))
    for axes, shape in zip(sides[0], shapes, strict=True):
        runs = [one for one in results["contest"] if one["shape"] == shape]
        ours = {one["statements"]: _median([peer["bailiwick"] for peer in _timed(one)]) for one in runs}
        axes.plot(list(ours), [value / 1e3 for value in ours.values()], color=COLOURS[0], linewidth=3, marker="o", label=OURS)
        for name in names:
            colour, marker, line = LOOKS[name]
            points = [
                (one["statements"], one["peers"][name]["peer"]["each_ns"] / 1e3)
                for one in runs
                if name in one["peers"] and "peer" in one["peers"][name]
            ]
            xs, ys = [x for x, _ in points], [y for _, y in points]
            axes.plot(xs, ys, color=colour, marker=marker, markersize=5, linestyle=line, label=name)
        _statements(axes)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(_microseconds))
        axes.set_title(SHAPES[shape])
    sides[0][0].set_ylabel("time of a check (median)")
    figure.suptitle("One check on the same decisions, as statements grow", x=0.01, ha="left", fontsize=12)
    handles, labels = sides[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=4, fontsize=9)
    return figure


def _encodings(results: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4.4))
    labels = {
        "dictionary": ("dictionary-encoded,\nevery request ten times", 20),
        "plain": ("plain text,\nthe same rows", 8),
        "distinct": ("plain text,\nno resource twice", 4),
        "tuples": ("list of tuples,\nevery request ten times", 2),
    }
    contenders = ("bailiwick, 1 core", "Polars join, 1 core", "DuckDB join, 1 core")
    for at, (name, colour) in enumerate(zip(contenders, (COLOURS[0], COLOURS[4], COLOURS[5]), strict=True)):
        found = [(place, results["encodings"][encoding].get(name)) for place, encoding in enumerate(labels)]
        places = [place + (at - 1) * 0.26 for place, one in found if one is not None]
        rates = [one["rate"] / 1e6 for _, one in found if one is not None]
        spread = [one["rate"] * one["spread"] / 1e6 for _, one in found if one is not None]
        bars = axes.barh(places, rates, 0.24, xerr=spread, color=colour, label=name, error_kw={"capsize": 2, "alpha": 0.6})
        axes.bar_label(bars, fmt="%.1f", padding=6, fontsize=9)
    for place, (_, wanted) in enumerate(labels.values()):
        axes.plot([wanted, wanted], [place - 0.42, place + 0.42], color="black", linestyle=":", linewidth=1.5)
    axes.plot([], [], color="black", linestyle=":", linewidth=1.5, label="target of bailiwick")
    axes.set_yticks(range(len(labels)), [label for label, _ in labels.values()])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("million rows/s")
    axes.set_title("A table of requests at 10,000 statements, against a hash join with all answers")
    _legend_below(figure, axes, columns=4)
    return figure


def _repetition(results: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4.2))
    runs = results["repetition"]
    times = [one["repetition"] for one in runs]
    rates = [one["rate"] / 1e6 for one in runs]
    axes.errorbar(times, rates, [one["rate"] * one["spread"] / 1e6 for one in runs], color=COLOURS[0], marker="o", capsize=3)
    for x, y in zip(times, rates, strict=True):
        axes.annotate(f"{y:.1f}", (x, y), textcoords="offset points", xytext=(-5, 7), ha="right", fontsize=9)
    axes.plot([10], [20], marker="_", markersize=22, color="black")
    axes.annotate("target at tenfold", (10, 20), textcoords="offset points", xytext=(0, 7), ha="center", fontsize=9)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlim(left=0.6)
    axes.set_ylim(0, max([*rates, 20]) * 1.15)
    axes.set_xlabel("times that a request stands in the table, on average")
    axes.set_ylabel("million rows/s on one core")
    axes.set_title("Dictionary-encoded columns, by how often requests repeat (median ± spread)")
    return figure


def _batches(results: dict[str, Any]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 3.6))
    titles = {"repeated": "every request ten times", "distinct": "no resource twice"}
    rows = [(f"{name}\n{titles[kind]}", one) for kind, found in results["batches"].items() for name, one in found.items()]
    colours = [COLOURS[0] if OURS in label else COLOURS[1] if "cedar" in label else COLOURS[3] for label, _ in rows]
    bars = axes.barh(range(len(rows)), [one["rate"] for _, one in rows], color=colours)
    axes.bar_label(bars, labels=[f"{one['rate']:,.0f}" for _, one in rows], padding=5, fontsize=9)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(1e3, max(one["rate"] for _, one in rows) * 8)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("decisions/s on one core")
    axes.set_title("Batches of the same requests to 10,000 statements (median)")
    return figure


def _by_shape(runs: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(shape, [one for one in runs if one["shape"] == shape]) for shape in SHAPES]


def _timed(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [peer for peer in one["peers"].values() if "peer" in peer]


def _median(figures: list[dict[str, Any]]) -> float:
    values = sorted(float(one["each_ns"]) for one in figures)
    return values[len(values) // 2]


def _statements(axes: Any) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("statements")


def _legend_below(figure: Any, axes: Any, *, columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=columns, fontsize=9)


def _microseconds(value: float, _: int) -> str:
    return f"{value / 1e3:,.0f} ms" if value >= 1e3 else f"{value:g} µs"
