"""Writes cases for evaluators of AWS's language that are not on PyPI: `python benches/cases.py cases.jsonl`.

One object a line: `principal`, `action`, `resource`, `context` (text values), `policies` (the documents that bind the caller) and
`expected`, whether the engine allows it. S3 requests of the workload with many principals, because that is what all of them know.
`README.md` says how to run which.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import workloads

import bailiwick as bw
from bailiwick.context import context_strings
from bailiwick.snapshot_case import case_of

CASES = 1000


def main(path: str) -> None:
    """Writes the cases."""
    made = workloads.make("principals", 10_000, CASES * 2)
    engine = bw.Engine(made.snapshot)
    requests = [request for request in made.requests if request[1].startswith("s3:")][:CASES]
    lines = []
    for principal, action, resource, context in requests:
        layers = case_of(made.snapshot, principal, action, resource)["layers"]
        case = {
            "principal": principal,
            "action": action,
            "resource": resource,
            "context": {key: values[0] for key, values in context_strings(context).items()},
            "policies": [json.loads(policy["document"]) for policy in layers["identity"]],
            "expected": engine.is_allowed(principal, action, resource, context),
        }
        lines.append(json.dumps(case) + "\n")
    Path(path).write_text("".join(lines), encoding="utf-8")
    print(f"{len(lines):,} cases, {sum(engine.is_allowed(*request) for request in requests):,} allowed")


if __name__ == "__main__":
    main(sys.argv[1])
