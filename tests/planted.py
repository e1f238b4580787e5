"""Plants bugs in copies of the core and counts the drawn cases until each is caught: `python -m tests.planted [--out FILE]`.

Each bug is one changed line. Its copy is built, then asked the same cases as `tests.campaign`, from several seeds; the first
disagreement with the reference ends a run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from bailiwick import Engine, _core, reference
from bailiwick.snapshot_case import case_of
from tests.campaign import Fast, differ
from tests.drawing import Draw
from tests.snapshots import snapshot

ROOT = Path(__file__).resolve().parent.parent
SEEDS = (1, 2, 3, 4, 5)
#: Cases after which a bug counts as not caught.
ENOUGH = {"cases": 30_000, "snapshots": 3_000}


@dataclass(frozen=True)
class Bug:
    """One line of one file, and what stands there instead."""

    name: str
    file: str
    line: str
    planted: str


HEAD = """# Planted bugs

Written by `make planted`; do not edit. Each bug is one changed line of the core (`tests/planted.py`); a cell says how many
drawn cases and seconds it took until the first disagreement with the reference, the median of five seeds. Bugs of indexes
cannot show in self-contained cases, whose documents are short.
"""

BUGS = (
    Bug(
        "an index row is lost",
        "index/mod.rs",
        "        for hash in choice.hashes {",
        "        for hash in choice.hashes.into_iter().skip(1) {",
    ),
    Bug(
        "the filter forgets a bit",
        "index/filter.rs",
        "            *word |= bits(hash);",
        "            *word |= bits(hash) & !(1 << 17);",
    ),
    Bug(
        "IfExists is ignored",
        "condition/mod.rs",
        "            ([], _) if if_exists => Truth::T,",
        "            ([], _) if if_exists && values.len() == 1 => Truth::T,",
    ),
    Bug(
        "an Allow beats a Deny",
        "evaluate.rs",
        "    if let Some(layer) = first_deny(results) {",
        "    if let Some(layer) = first_deny(results).filter(|_| !results.identity.allows) {",
    ),
    Bug(
        "the boundary of a user is skipped",
        "evaluate.rs",
        "            boundary: layers.boundary.as_ref().filter(|_| with_policies),",
        "            boundary: layers.boundary.as_ref().filter(|_| with_policies && kind != Kind::User),",
    ),
    Bug(
        "what a variable gives is a wildcard",
        "template_match.rs",
        '                ReadyPart::Variable(_) => Token::Text(next.next().map_or("", String::as_str)),',
        '                ReadyPart::Variable(_) => match next.next().map_or("", String::as_str) {\n'
        '                    "*" => Token::Any,\n                    text => Token::Text(text),\n                },',
    ),
    Bug(
        "fold knows ASCII alone",
        "text.rs",
        "        '\\u{C0}'..='\\u{DE}' if c != '\\u{D7}' => char::from_u32(u32::from(c) + 0x20).unwrap_or(c),",
        "        '\\u{C0}'..='\\u{DE}' if c == '\\u{D7}' => char::from_u32(u32::from(c) + 0x20).unwrap_or(c),",
    ),
)


def cases(seed: int) -> Iterator[bool]:
    """Self-contained cases: whether the two evaluators agree."""
    draw = Draw(Fast(seed))
    while True:
        requests, layers = draw.group(25)
        written = json.dumps(layers, ensure_ascii=False)
        for request, plain in zip(requests, reference.simulate_many(written, requests), strict=True):
            case = f'{{"request":{json.dumps(request, ensure_ascii=False)},"layers":{written}}}'
            yield not differ(_core.simulate(case), plain)


def snapshots(seed: int) -> Iterator[bool]:
    """Requests to random snapshots, whose long lists and documents have indexes."""
    for number in count():
        drawn = snapshot(Draw(Fast(1_000 * seed + number)))
        engine = Engine(drawn.snapshot)
        for _ in range(100):
            who, what, where, context = drawn.request()
            context = {key: value for key, value in context.items() if value is not None}
            found = asdict(engine.check(who, what, where, context))
            found |= {"matched": list(found["matched"]), "missing_keys": list(found["missing_keys"])}
            case = case_of(drawn.snapshot, who, what, where, context)
            yield not differ(found, reference.simulate(json.dumps(case, ensure_ascii=False)))


def until_caught(seed: int, source: str) -> tuple[int, float] | None:
    """Cases and seconds to the first disagreement."""
    start = time.perf_counter()
    for number, agree in enumerate(cases(seed) if source == "cases" else snapshots(seed), 1):
        if not agree:
            return number, time.perf_counter() - start
        if number >= ENOUGH[source]:
            break
    return None


def plant(bug: Bug, folder: Path) -> None:
    """Copies what git knows, changes the line and builds."""
    archive = subprocess.run(["git", "stash", "create"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    packed = subprocess.run(["git", "archive", archive or "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
    path = folder / "rust/core/src" / bug.file
    text = path.read_text(encoding="utf-8")
    if text.count(bug.line) != 1:
        raise SystemExit(f"{bug.name}: the line stands in {bug.file} {text.count(bug.line)} times: name another")
    path.write_text(text.replace(bug.line, bug.planted), encoding="utf-8")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "planted"
    build = ["cargo", "build", "--release", "--quiet", "-p", "bailiwick-py", "--features", "pyo3/extension-module"]
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(target),
        "PYO3_PYTHON": sys.executable,
        "CARGO_PROFILE_RELEASE_LTO": "off",
    }
    subprocess.run(build, cwd=folder, check=True, env=environment)
    (folder / "python/bailiwick/_core.abi3.so").write_bytes((target / "release/lib_core.so").read_bytes())


def measure(bug: Bug) -> dict[str, list[tuple[int, float] | None]]:
    """What each source of cases needs, seed by seed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plant(bug, folder)
        environment = os.environ | {"PYTHONPATH": f"{folder / 'python'}{os.pathsep}{folder}"}
        found = {}
        for source in ("cases", "snapshots"):
            command = [sys.executable, "-m", "tests.planted", "--detect", source]
            answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment).stdout
            found[source] = json.loads(answer)
        return found


def words(source: str, found: list[tuple[int, float] | None]) -> str:
    """The median, or that it was not caught."""
    caught = [one for one in found if one is not None]
    if not caught:
        return f"not in {ENOUGH[source]:,} cases"
    number, seconds = statistics.median(one[0] for one in caught), statistics.median(one[1] for one in caught)
    part = "" if len(caught) == len(found) else f" ({len(caught)} of {len(found)} seeds)"
    return f"{number:,.0f} cases, {seconds:.2f} s{part}"


def main() -> int:
    """Plants each bug and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the table to this file as well")
    parser.add_argument("--detect", choices=["cases", "snapshots"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.detect:
        once = until_caught(SEEDS[0], options.detect)
        rest = SEEDS[1:] if once is not None else ()
        print(json.dumps([once, *(until_caught(seed, options.detect) for seed in rest)]))
        return 0
    lines = [HEAD, "| planted bug | self-contained cases | snapshots |", "|---|---|---|"]
    missed = 0
    for bug in BUGS:
        found = measure(bug)
        missed += not any(one for runs in found.values() for one in runs)
        lines.append(f"| {bug.name} | {' | '.join(words(source, found[source]) for source in ENOUGH)} |")
        print(lines[-1], flush=True)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(BUGS) - missed} of {len(BUGS)} bugs were caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
