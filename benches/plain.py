"""The reference evaluator as a contender: requests and documents are read before the clock starts."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from workloads import Request

from bailiwick.models import Outcome, Snapshot
from bailiwick.reference.case import decide, read
from bailiwick.snapshot_case import case_of

Ready: TypeAlias = list[tuple[Any, Any]]


class Evaluator:
    """Cases of a snapshot, put to `bailiwick.reference`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._layers: dict[tuple[str, str], Any] = {}

    def prepare(self, requests: list[Request]) -> Ready:
        """The requests as the evaluator has them."""
        return [self._read(request) for request in requests]

    def decide(self, ready: Ready) -> list[bool]:
        """Whether each is allowed."""
        return [decide(request, layers).decision is Outcome.ALLOW for request, layers in ready]

    def _read(self, request: Request) -> tuple[Any, Any]:
        case = case_of(self._snapshot, *request)
        # What is legal in a resource policy depends on the service.
        key = request[1].partition(":")[0], json.dumps(case["layers"])
        if key not in self._layers:
            self._layers[key] = read(case, self._snapshot.registry)[1]
        alone, _ = read({**case, "layers": {}}, self._snapshot.registry)
        return alone, self._layers[key]
