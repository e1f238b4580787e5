"""The report: results of a run as Markdown."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import targets
from targets import millions

Part: TypeAlias = Callable[[dict[str, Any]], Iterable[str]]

NAMES = {
    "principals": "many principals",
    "hot_principal": "one hot principal",
    "hot_resource": "one hot resource policy",
}
ONE = targets.ONE


def write(results: dict[str, Any], folder: Path) -> str:
    """Writes `report.md` and gives its text; parts whose sections were not measured are left out."""
    parts: tuple[tuple[Part, tuple[str, ...]], ...] = (
        (_head, ()),
        (_agreement, ("contest",)),
        (_targets, ()),
        (_single, ("in_process",)),
        (_growth, ("growth",)),
        (_peers, ("contest", "batches")),
        (_batches, ("encodings",)),
        (_repetition, ("repetition",)),
        (_workloads, ("workloads",)),
        (_memory, ("memory",)),
        (_opening, ("opening",)),
        (_stream, ("stream",)),
        (_rust, ("in_rust",)),
        (_elsewhere, ("contest",)),
    )
    chosen = (part for part, needed in parts if all(results.get(name) for name in needed))
    text = "\n".join(line for part in chosen for line in part(results)) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    return text


def _head(results: dict[str, Any]) -> Iterable[str]:
    machine = results["machine"]
    yield "# Benchmarks"
    yield ""
    yield from prose(
        f"Written by `make bench{' QUICK=1' if results['quick'] else ''}`; do not edit. How to run it, what the workloads are",
        "and what was done for the peers: [benches/README.md](../../benches/README.md). All figures are medians of one run, in",
        "which contenders took turns; `±` is the median distance from the median.",
    )
    if results["quick"]:
        yield ""
        yield from prose(
            "**A quick run: small tables and few rounds, to see that it works. The figures are not for quoting.**",
        )
    yield ""
    yield f"- {machine['cpu']}, {machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GiB; {machine['system']}"
    yield f"- Python {machine['python']}; " + ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    yield f"- {machine['date']}; load {machine['load']:.2f} at the start; the run took {results['seconds'] / 60:.0f} min"


def _agreement(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## Agreement", "")
    yield from prose(
        "Every peer gets the same requests, and what it answers is compared with the engine. What its",
        "language has no words for is left out of its policies, and requests that this could touch are not put to it.",
    )
    yield ""
    yield _row("workload", "peer", "requests", "put to it", "compared", "answers that differ", "statements it cannot express")
    yield _row("---", "---", "---:", "---:", "---:", "---:", "---")
    reasons: dict[str, Counter[str]] = {}
    for one in _largest(results["contest"]):
        for peer, ways in _by_peer(one["peers"]).items():
            first = ways[0]
            differ = sum(way["differ"] for way in ways)
            left_out = sum(first["left_out"].values())
            why = ", ".join(f"{count:,} {name}" for name, count in Counter(first["left_out"]).most_common(3))
            more = ", …" if len(first["left_out"]) > 3 else ""
            reasons.setdefault(one["workload"], Counter()).update(first["beyond"])
            yield _row(
                one["workload"],
                peer,
                f"{first['requests']:,}",
                f"{first['asked']:,}",
                f"{max(way['compared'] for way in ways):,}",
                f"**{differ:,}**" if differ else "0",
                f"{left_out:,}: {why}{more}" if left_out else "none",
            )
    total = sum(way["differ"] for one in results["contest"] for way in one["peers"].values())
    compared = sum(way["compared"] for one in results["contest"] for way in one["peers"].values())
    yield ""
    yield from prose(
        f"In all sizes and workloads together {compared:,} answers were compared; {total:,} differ.",
    )


def _targets(results: dict[str, Any]) -> Iterable[str]:
    judged = targets.judge(results)
    if not judged:
        return
    yield from ("", "## Targets", "")
    yield _row("what", "wanted", "found", "", "section")
    yield _row("---", "---", "---", "---", "---")
    yield from targets.show(judged, _row)


def _single(results: dict[str, Any]) -> Iterable[str]:
    found = {one["name"]: one for one in results["in_process"]}
    loop = found["test_limit[empty_loop]"]["ns"]
    limits = {name: found[f"test_limit[{name}]"]["ns"] - loop for name in ("empty_call", "c_call", "look_up")}
    yield from ("", "## Single checks", "")
    yield from prose(
        "In one process under pytest-benchmark, at 10,000 statements. The limits are what Python itself takes on this machine.",
    )
    yield ""
    yield _row("what", "ns", "±", "three-argument calls")
    yield _row("---", "---:", "---:", "---:")
    labels = {
        "empty_call": "limit: an empty Python function",
        "c_call": "limit: a C function with three arguments",
        "look_up": "limit: a look-up in a dictionary",
    }
    for name, label in labels.items():
        one = found[f"test_limit[{name}]"]
        yield _row(label, f"{limits[name]:,.0f}", f"{one['spread']:.0%}", f"{limits[name] / limits['c_call']:.1f}")
    for name, one in found.items():
        if "limit" not in name:
            yield _row(_test_label(name), f"{one['ns']:,.0f}", f"{one['spread']:.0%}", f"{one['ns'] / limits['c_call']:,.0f}")
    check = found["test_is_allowed[principals-four_keys]"]["ns"]
    bare = found["test_is_allowed[principals-no_context]"]["ns"]
    yield ""
    times, more, keys = bare / limits["c_call"], bare - limits["c_call"], check - bare
    yield from prose(
        f"**How far from the limit.** A check without context takes {times:.0f} times the call of a C function with three",
        f"arguments ({more:,.0f} ns more), and four context keys add {keys:,.0f} ns: each is a Python object whose key and value",
        "are read and matched with the keys that policies name.",
    )
    rust = next(
        (one["rust_ns"] for one in results.get("growth", []) if one["shape"] == "principals" and one["size"] == 10_000), None
    )
    if rust is not None:
        yield from prose(
            f"Of the check with four keys the core itself takes {rust:,.0f} ns (section Growth): the look-up of the caller, the",
            "parsing of action and ARN, the statements that may match and the layers; the rest is the border to Python.",
        )


def _growth(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## Growth", "")
    yield from prose(
        "A process for each size. Checks are single, from Python with four context keys, and the same without Python. Rows are",
        "those of a table on one core: dictionary-encoded with each request ten times, and plain text with no resource twice.",
    )
    yield ""
    yield "![time of a check over statements](growth-checks.svg)"
    yield ""
    yield "![rows per second over statements](growth-rows.svg)"
    yield ""
    heads = ("check, ns", "±", "no context, ns", "core, ns", "rows/s", "distinct rows/s", "load, s", "B/statement")
    yield _row("shape", "statements", *heads, "put, µs", "attach, µs", "allowed")
    yield _row("---", *["---:"] * (len(heads) + 4))
    for one in results["growth"]:
        yield _row(
            NAMES[one["shape"]],
            f"{one['statements']:,}",
            f"{one['context']['each_ns']:,.0f}",
            f"{one['context']['spread']:.0%}",
            f"{one['no_context']['each_ns']:,.0f}",
            f"{one['rust_ns']:,.0f}" if one["rust_ns"] is not None else "",
            millions(one["dictionary"]["rate"]),
            millions(one["distinct"]["rate"]),
            f"{one['load_s']:.2f}",
            f"{one['bytes_per_statement']:,.0f}",
            f"{one['put_us']:,.0f}",
            f"{one['attach_us']:,.1f}",
            f"{one['allowed']:.0%}",
        )


def _peers(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## Peers", "")
    yield from prose(
        "One check at a time, each peer in the fastest way that it documents. *Sliced* means that the peer was told which",
        "policies belong to the caller and never saw the others; the engine finds that out itself. *Engine* is the engine's time",
        "for the same requests, in turns with the peer's.",
    )
    yield ""
    yield "![time of a check over statements, all peers](peers.svg)"
    yield ""
    sizes = {one["statements"] for one in results["contest"] if one["shape"] in NAMES}
    shown = [one for one in results["contest"] if one["shape"] not in NAMES or one["statements"] in (max(sizes), _near(sizes))]
    for one in shown:
        yield f"### {one['workload']}"
        yield ""
        yield _row("contender", "µs a check", "±", "engine, µs", "faster", "to get ready, s")
        yield _row("---", "---:", "---:", "---:", "---:", "---:")
        for name, way in one["peers"].items():
            yield _peer_row(name, way)
        yield ""
    yield "### Batches"
    yield ""
    yield from prose(
        "The same rows to all, in the form each takes best: Arrow columns; for cedarpy, lists of requests that are ready, with",
        "contexts already serialized, and parsed policies of each caller; for pycasbin, lists of tuples, and its fast enforcer",
        "looks only at the lines of the caller and action. One core each.",
    )
    yield ""
    yield "![decisions per second of batches](batches.svg)"
    yield ""
    for kind, title in (("repeated", "every request ten times"), ("distinct", "no resource twice")):
        figures = results["batches"][kind]
        ours = [one for name, one in figures.items() if name.startswith("bailiwick")]
        yield _row(
            f"10,000 statements, {title}",
            "decisions/s",
            "±",
            *(f"times slower than {_short(name)}" for name in figures if "bail" in name),
        )
        yield _row("---", "---:", "---:", *["---:"] * len(ours))
        for name, one in figures.items():
            slower = [f"{other['rate'] / one['rate']:,.0f}" if "bailiwick" not in name else "" for other in ours]
            yield _row(name, f"{one['rate']:,.0f}", f"{one['spread']:.0%}", *slower)
        if kind == "repeated":
            yield ""


def _batches(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## Batches", "")
    rows = results["encodings"]["plain"][ONE]["units"]
    yield from prose(
        f"{rows:,} rows to 10,000 statements of the workload with many principals: three columns of names and three of",
        "context, a fifth of the rows with context. The limit is a hash join of the same six columns with a table of all",
        "answers, as if they were known: DuckDB from the same Arrow columns, Polars from its own.",
    )
    yield ""
    yield "![rows per second by encoding](encodings.svg)"
    yield ""
    names = list(results["encodings"]["plain"])
    yield _row("rows/s", *names)
    yield _row("---", *["---:"] * len(names))
    for encoding in ("dictionary", "plain", "distinct", "tuples"):
        found = results["encodings"][encoding]
        cells = [f"{millions(found[name]['rate'])} ± {found[name]['spread']:.0%}" if name in found else "" for name in names]
        yield _row(encoding, *cells)
    yield ""
    yield from prose(
        "`dictionary`: names are dictionary-encoded, each request stands in the table ten times; `plain`: the same rows as",
        "text; `distinct`: text, no resource twice; `tuples`: the rows of `plain` as Python tuples, each with strings of",
        "its own.",
    )


def _repetition(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "### Repetition", "", "![rows per second by repetition](repetition.svg)", "")
    runs = {one["repetition"]: one for one in results["repetition"]}
    most, ten = max(runs), 10
    known, tenfold = runs[most]["each_ns"], runs[ten]["each_ns"]
    new = (tenfold - known) / (1 / ten - 1 / most)
    yield from prose(
        f"**How far from the limit.** At {most:,}-fold repetition a row takes {known:,.0f} ns: its numbers are looked up among",
        f"the answers that were given before. At tenfold it takes {tenfold:,.0f} ns, so that a request that was not met before",
        f"takes {new:,.0f} ns more: the join is handed its answer, the engine has to decide it, and remember it.",
    )


def _workloads(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "### All workloads", "")
    yield "On one core:"
    yield ""
    yield _row("workload", "statements", "allowed", "dictionary", "plain", "distinct", "tuples")
    yield _row("---", *["---:"] * 6)
    for one in results["workloads"]:
        rates = [
            f"{millions(one[name]['rate'])} ± {one[name]['spread']:.0%}" for name in ("dictionary", "plain", "distinct", "tuples")
        ]
        yield _row(one["workload"], f"{one['statements']:,}", f"{one['allowed']:.0%}", *rates)


def _memory(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## Memory", "")
    yield from prose(
        "A batch on all cores, in a process of its own: what the process held at most beyond what it held before.",
    )
    yield ""
    yield _row("encoding", "rows", "columns, MB", "engine, MB", "batch on top, MB", "answers, MB", "peak / columns")
    yield _row("---", *["---:"] * 6)
    for name, one in results["memory"].items():
        cells = [f"{one[key] / 1e6:,.1f}" for key in ("columns", "engine", "extra", "answers")]
        yield _row(name, f"{one['rows']:,}", *cells, f"{(one['columns'] + one['extra']) / one['columns']:.2f}")


def _opening(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## The serialized engine", "")
    yield "Opened in a new process from a file; the peak holds the bytes as well."
    yield ""
    yield _row("statements", "bytes", "to write, s", "to open, s", "first time, s", "peak, MB", "held, MB")
    yield _row(*["---:"] * 7)
    for one in results["opening"]:
        times = [f"{one[key]:.3f}" for key in ("write_s", "open_s", "first_open_s")]
        yield _row(
            f"{one['statements']:,}", f"{one['bytes']:,}", *times, f"{one['peak'] / 1e6:,.0f}", f"{one['held'] / 1e6:,.0f}"
        )


def _stream(results: dict[str, Any]) -> Iterable[str]:
    found = results["stream"]
    yield from ("", "## A stream in bounded memory", "")
    yield from prose(
        f"{found['rows']:,} rows of plain text ({found['columns'] / 1e9:.1f} GB, {found['source']}) of the log workload went",
        f"through `check_batch` as record batches in {found['seconds']:.1f} s: **{found['rate'] / 1e6:.2f} M rows/s** on all",
        f"cores, {found['net_rate'] / 1e6:.2f} M without the {found['source_s']:.1f} s that the rows alone take. The process",
        f"held **{found['peak'] / 1e6:,.0f} MB** at most, {found['before'] / 1e6:,.0f} MB of them before the first row.",
    )


def _rust(results: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## The core alone", "")
    yield from prose(
        "Under criterion (`make bench-rust`). *Checks* look up caller and action each time, *rows* once, as in a table.",
    )
    yield ""
    yield _row("benchmark", "median", "±")
    yield _row("---", "---:", "---:")
    for one in results["in_rust"]:
        yield _row(one["name"], _time(one["ns"]), f"{one['spread']:.0%}")


def _elsewhere(_: dict[str, Any]) -> Iterable[str]:
    yield from ("", "## Not in this run", "")
    yield from prose(
        "Evaluators of AWS's language that are not on PyPI or need AWS, and how to put the same cases to them, are named in",
        "[benches/README.md](../../benches/README.md#peers-that-are-not-on-pypi).",
    )


def _peer_row(name: str, way: dict[str, Any]) -> str:
    ready = f"{way['seconds']:.1f}" if "seconds" in way else ""
    if way["too_slow"]:
        return _row(name, "too slow to be timed", "", "", "", ready)
    if "peer" not in way:
        return _row(name, "cannot express any request", "", "", "", ready)
    peer, ours = way["peer"], way["bailiwick"]
    faster = peer["each_ns"] / ours["each_ns"]
    spread = f"{peer['spread']:.0%}"
    return _row(name, f"{peer['each_ns'] / 1e3:,.1f}", spread, f"{ours['each_ns'] / 1e3:,.2f}", f"{faster:,.0f}×", ready)


def _largest(contest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each workload the largest size in which all peers take part."""
    found: dict[str, dict[str, Any]] = {}
    for one in contest:
        if "reference evaluator" in one["peers"]:
            found[one["shape"]] = one
    return list(found.values())


def _by_peer(ways: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, way in ways.items():
        found.setdefault(name.split(",")[0], []).append(way)
    return found


def _near(sizes: set[int]) -> int:
    """The size at which most of the report is."""
    return min(sizes, key=lambda size: abs(size - 10_000))


def _test_label(name: str) -> str:
    return name.removeprefix("test_").replace("[", " (").replace("]", ")").replace("-", ", ").replace("_", " ")


def _short(name: str) -> str:
    return name.removeprefix("bailiwick, ")


def _time(ns: float) -> str:
    return f"{ns:,.0f} ns" if ns < 1e4 else f"{ns / 1e3:,.1f} µs" if ns < 1e7 else f"{ns / 1e6:,.1f} ms"


def prose(*parts: str) -> list[str]:
    """A paragraph of the parts, in lines of one width."""
    return textwrap.wrap(" ".join(parts), 120, break_long_words=False, break_on_hyphens=False)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
