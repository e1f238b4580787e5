"""What one check costs as the number of statements grows: `python benches/latency.py [--sizes …] [--out docs/benchmarks]`.

Each size and shape runs in a process of its own. Prints a table as it goes, then writes `latency.md`, `latency.json` and
`latency.svg`. Nothing is asserted: the figures depend on the machine and on who else uses it.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
COLUMNS = (
    ("py_context_ns", "from Python, 4 keys (ns)"),
    ("py_empty_ns", "from Python, no context (ns)"),
    ("rust_ns", "from Rust, 4 keys (ns)"),
    ("load_s", "load (s)"),
    ("bytes_per_statement", "bytes/statement"),
    ("update_put_us", "put a policy (µs)"),
    ("update_attach_us", "attach (µs)"),
    ("allowed", "allowed"),
)


def rss() -> int:
    """Bytes of memory that the process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def nanoseconds(call: Callable[[], object], count: int, rounds: int = 9) -> tuple[float, float]:
    """Fastest and median round: the time for one of `count` calls."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        call()
        times.append((time.perf_counter_ns() - start) / count)
    return min(times), statistics.median(times)


def limits() -> dict[str, float]:
    """What Python itself costs on this machine: an empty call, one with three arguments, a look-up in a dictionary."""
    loop = range(100_000)
    table = {f"key-{n}": n for n in range(1000)}

    def empty() -> None:
        for _ in loop:
            pass

    def c_call() -> None:
        f = divmod
        for _ in loop:
            f(7, 3)

    def look_up() -> None:
        for _ in loop:
            table["key-7"]

    base, _ = nanoseconds(empty, len(loop))
    return {
        "c_call_ns": nanoseconds(c_call, len(loop))[0] - base,
        "dict_look_up_ns": nanoseconds(look_up, len(loop))[0] - base,
    }


def measure(shape: str, size: int) -> dict[str, Any]:
    """The figures of one size and shape; runs in a process of its own."""
    sys.path.insert(0, str(ROOT / "benches"))
    import workloads

    from bailiwick import Engine
    from bailiwick.changes import AttachPolicy, DetachPolicy, PutInlinePolicy, PutPolicy, PutResource
    from bailiwick.models import Resource

    made = workloads.make(shape, size)  # type: ignore[arg-type]  # the shapes are the workloads' own
    gc.collect()
    before = rss()
    start = time.perf_counter()
    engine = Engine.from_snapshot(made.snapshot)
    load_s = time.perf_counter() - start
    gc.collect()
    held = rss() - before
    found: dict[str, Any] = {
        "shape": shape,
        "size": size,
        "statements": engine.statement_count,
        "load_s": load_s,
        "bytes_per_statement": held / engine.statement_count,
    }
    is_allowed, context, requests = engine.is_allowed, workloads.CONTEXT, made.requests
    found["allowed"] = sum(is_allowed(*request, context) for request in requests) / len(requests)

    def with_context() -> None:
        for who, what, where in requests:
            is_allowed(who, what, where, context)

    def without() -> None:
        for who, what, where in requests:
            is_allowed(who, what, where)

    def empty() -> None:
        for _who, _what, _where in requests:
            pass

    base, _ = nanoseconds(empty, len(requests), 31)
    for name, call in (("py_context", with_context), ("py_empty", without)):
        fastest, median = nanoseconds(call, len(requests), 201)
        found[f"{name}_ns"], found[f"{name}_median_ns"] = fastest - base, median - base
    found["rust_ns"], found["rust_median_ns"] = from_rust(engine.to_bytes(), requests, context)

    # Updates: each makes a whole new snapshot.
    account, user = workloads.ACCOUNT, made.requests[0][0]
    texts = [workloads.document([workloads.statement(__import__("random").Random(n), n)[0]] * 10) for n in range(40)]
    common = f"arn:aws:iam::{account}:policy/common"

    def put(n: int) -> None:
        if shape == "hot_principal":
            engine.update(PutPolicy(account=account, id=f"arn:aws:iam::{account}:policy/p{n:06d}", document=texts[n]))
        elif shape == "hot_resource":
            engine.update(
                PutResource(
                    resource=Resource(
                        arn="arn:aws:s3:::other",
                        account=account,
                        policy=texts[n]
                        .replace('{"Effect"', '{"Principal":"*","Effect"')
                        .replace("arn:aws:ec2:*:111122223333:instance", "arn:aws:s3:::other"),
                    )
                )
            )
        else:
            engine.update(PutInlinePolicy(identity=user, name="own", document=texts[n]))

    def attach(n: int) -> None:
        kind = AttachPolicy if n % 2 == 0 else DetachPolicy
        engine.update(kind(identity=user, policy=common))

    for name, change in (("update_attach_us", attach), ("update_put_us", put)):
        times = []
        for n in range(min(40, max(2, size // 10))):
            start = time.perf_counter()
            change(n)
            times.append((time.perf_counter() - start) * 1e6)
        found[name] = statistics.median(times)
        found[name.replace("_us", "_max_us")] = max(times)
    return found


def from_rust(data: bytes, requests: list[tuple[str, str, str]], context: dict[str, Any]) -> tuple[float, float]:
    """The same checks without Python."""
    tool = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples/latency"
    pairs = [text for key, value in context.items() for text in (key, str(value).lower() if value is True else value)]
    with tempfile.TemporaryDirectory() as folder:
        engine, lines = Path(folder) / "engine", Path(folder) / "requests"
        engine.write_bytes(data)
        lines.write_text("".join("\t".join([*request, *pairs]) + "\n" for request in requests), encoding="utf-8")
        answer = subprocess.run([tool, engine, lines, "2"], check=True, capture_output=True, text=True).stdout
    fastest, median, _allowed = answer.split()
    return float(fastest), float(median)


def main() -> None:
    """Runs all sizes and shapes and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--shapes", nargs="+", default=["principals", "hot_principal", "hot_resource"])
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks")
    parser.add_argument("--one", nargs=2, metavar=("SHAPE", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], int(options.one[1]))))
        return
    build = ["cargo", "build", "--release", "--quiet", "-p", "bailiwick-core", "--example", "latency"]
    subprocess.run(build, check=True, cwd=ROOT)
    floor = limits()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"one C call {floor['c_call_ns']:.0f} ns, one dictionary look-up {floor['dict_look_up_ns']:.0f} ns\n")
    found = []
    for shape in options.shapes:
        for size in options.sizes:
            command = [sys.executable, __file__, "--one", shape, str(size)]
            one = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            found.append(one)
            print(f"{shape:14} {size:>9,}  " + "  ".join(f"{label}: {one[key]:,.2f}" for key, label in COLUMNS), flush=True)
    write(options.out, found, floor)


def write(folder: Path, found: list[dict[str, Any]], floor: dict[str, float]) -> None:
    """Writes the table and the plot."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latency.json").write_text(json.dumps({"limits": floor, "runs": found}, indent=1) + "\n", encoding="utf-8")
    machine = f"{os.cpu_count()} cores ({cpu()}), Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
    lines = [
        "# What one check costs",
        "",
        "Written by `make bench-latency`; do not edit. The fastest of many rounds over 500 requests, which is what the code",
        "costs when nobody else uses the machine; medians, which on this shared machine are up to twice that, are in",
        "[latency.json](latency.json).",
        "",
        f"Machine: {machine}. One C call from Python: {floor['c_call_ns']:.0f} ns; one dictionary look-up: "
        f"{floor['dict_look_up_ns']:.0f} ns.",
        "",
        "![latency over number of statements](latency.svg)",
        "",
        "| shape | statements | " + " | ".join(label for _, label in COLUMNS) + " |",
        "|---|---:|" + "---:|" * len(COLUMNS),
    ]
    for one in found:
        cells = [f"{one[key]:,.2f}" if one[key] < 10 else f"{one[key]:,.0f}" for key, _ in COLUMNS]
        lines.append(f"| {one['shape']} | {one['statements']:,} | " + " | ".join(cells) + " |")
    (folder / "latency.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    for shape in dict.fromkeys(one["shape"] for one in found):
        runs = [one for one in found if one["shape"] == shape]
        sizes = [one["statements"] for one in runs]
        line = axes.plot(sizes, [one["py_context_ns"] for one in runs], marker="o", label=f"{shape}, Python")[0]
        axes.plot(
            sizes, [one["rust_ns"] for one in runs], marker=".", linestyle="--", color=line.get_color(), label=f"{shape}, Rust"
        )
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("statements")
    axes.set_ylabel("ns a check, 4 context keys")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(folder / "latency.svg")
    figure.savefig(folder / "latency.png", dpi=120)
    print(f"\nwritten to {folder}")


def cpu() -> str:
    """The processor's name."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
