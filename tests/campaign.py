"""Long differential runs on all cores: `python -m tests.campaign N [--seed S]`.

Draws N cases, compares whole decisions of the two evaluators, prints progress and the mix of answers. A disagreement is
written to `tests/corpus/regression/found-SEED.json`, to be explained and kept, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from bailiwick import Engine, MalformedPolicyDocument, PolicyKind, _core, reference
from bailiwick.models import BUILT_IN_PROFILES
from bailiwick.snapshot_case import case_of
from tests.drawing import Draw, Json
from tests.snapshots import snapshot as draw_snapshot
from tests.strategies import PIECES

FOUND = Path(__file__).parent / "corpus/regression"
#: Requests put to each drawn set of layers.
REQUESTS = 25
#: Cases a task decides before it reports.
TASK = 5_000


class Fast:
    """Choices from a seed, without shrinking."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        return int(self._random() * limit)


def decide(seed: int) -> tuple[Counter[str], list[Json]]:
    """Draws and compares the cases of one seed."""
    draw, mix, wrong = Draw(Fast(seed)), Counter[str](), []
    while mix.total() < TASK:
        requests, layers = draw.group(REQUESTS)
        written = json.dumps(layers, ensure_ascii=False)
        plain_all = reference.simulate_many(written, requests)
        for request, plain in zip(requests, plain_all, strict=True):
            case = f'{{"request":{json.dumps(request, ensure_ascii=False)},"layers":{written}}}'
            compiled = _core.simulate(case)
            if differ(compiled, plain):
                wrong.append({"request": request, "layers": layers, "compiled": compiled, "reference": plain})
            mix[compiled.get("decision", "error")] += 1
    return mix, wrong


def differ(compiled: Json, plain: Json) -> bool:
    """Whether two whole answers differ; of errors the code, the place and the policy count, not the words."""
    names = ("decision", "reason", "deciding_layer", "matched", "missing_keys", "indeterminate")
    if "error" in compiled or "error" in plain:
        mine, its = compiled.get("error", {}), plain.get("error", {})
        return any(mine.get(name) != its.get(name) for name in ("code", "path", "policy"))
    return any(compiled[name] != plain[name] for name in names)


def parse(seed: int) -> tuple[Counter[str], list[Json]]:
    """Draws broken documents of one seed and compares the errors of the two parsers."""
    chooser = Fast(seed)
    draw, mix, wrong = Draw(chooser), Counter[str](), []
    for _ in range(TASK):
        kind = draw.of(["identity", "resource", "trust", "scp", "rcp", "endpoint"])
        text = json.dumps(draw.document(kind), ensure_ascii=draw.chance(50), indent=draw.of([None, 1]))
        for _ in range(draw.of([0, 1, 1, 2])):
            at = chooser.below(len(text) + 1)
            text = text[:at] + draw.of(PIECES) + text[at + chooser.below(7) :]
        data = text.encode("utf-8", "surrogatepass")
        compiled = _error(_core.parse_policy, data, kind, "s3")
        plain = _error(partial(reference.parse, profile=BUILT_IN_PROFILES["s3"]), data, PolicyKind(kind))
        if compiled != plain:
            wrong.append({"kind": kind, "text": text, "compiled": compiled, "reference": plain})
        mix[compiled[0] if compiled else "parsed"] += 1
    return mix, wrong


def snapshots(seed: int) -> tuple[Counter[str], list[Json]]:
    """Draws snapshots of one seed, and compares the engine with the reference on requests to them."""
    mix, wrong = Counter[str](), []
    while mix.total() < TASK:
        drawn = draw_snapshot(Draw(Fast(seed + 7 * mix.total())))
        engine = Engine(drawn.snapshot)
        for _ in range(4 * REQUESTS):
            who, what, where, context = drawn.request()
            context = {key: value for key, value in context.items() if value is not None}
            compiled = asdict(engine.check(who, what, where, context))
            compiled |= {"matched": list(compiled["matched"]), "missing_keys": list(compiled["missing_keys"])}
            case = case_of(drawn.snapshot, who, what, where, context)
            plain = reference.simulate(json.dumps(case, ensure_ascii=False))
            if differ(compiled, plain):
                wrong.append({"case": case, "compiled": compiled, "reference": plain})
            mix[compiled["decision"]] += 1
    return mix, wrong


def _error(parse: Any, *arguments: Any) -> tuple[str, str, int, int] | None:
    try:
        parse(*arguments)
    except MalformedPolicyDocument as error:
        return error.code, error.path, error.line, error.column
    return None


def main() -> int:
    """Runs the campaign and prints what it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--parsers", action="store_true", help="compare the parsers on broken documents instead")
    what.add_argument("--snapshots", action="store_true", help="compare the engine on whole snapshots instead")
    options = parser.parse_args()
    work = parse if options.parsers else snapshots if options.snapshots else decide
    tasks = -(-options.cases // TASK)
    mix, wrong, start = Counter[str](), [], time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(work, options.seed * 1_000_003 + number) for number in range(tasks)]
        for done, future in enumerate(as_completed(futures), 1):
            part, bad = future.result()
            mix += part
            wrong += bad
            rate = mix.total() / (time.monotonic() - start)
            line = f"{mix.total():>12,} cases  {rate:>8,.0f}/s  {len(wrong)} disagreements"
            if sys.stderr.isatty() or done % 20 == 0 or done == tasks:
                print(line, end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
    print(f"\nseed {options.seed}: {mix.total():,} cases in {time.monotonic() - start:,.0f} s, {len(wrong)} disagreements")
    for name, count in mix.most_common():
        print(f"  {name:40} {count:>12,}  {count / mix.total():6.1%}")
    if wrong:
        FOUND.mkdir(parents=True, exist_ok=True)
        path = FOUND / f"found-{options.seed}.json"
        path.write_text(json.dumps({"found": wrong[:20]}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"the first of them are in {path}; explain them and turn them into cases")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
