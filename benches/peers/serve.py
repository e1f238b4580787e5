"""Asks one peer, on behalf of the process that runs the benchmarks: `python -m peers.serve with_cedar`."""

from __future__ import annotations

import importlib
import json
import logging
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from lines import serve
from measuring import timed
from peers.work import Call, Peer, Translated, Way, Work

#: A way to ask is measured with as many requests as take about so long.
ROUND_S = 0.2


class Server:
    """The handlers, and what they hold."""

    def __init__(self, make: type[Peer]) -> None:
        self._make = make
        self._ways: dict[str, Way] = {}
        self._calls: dict[tuple[str, int], Call] = {}
        self._asked: list[int] = []

    def load(self, path: str) -> dict[str, Any]:
        """Reads the work and prepares the peer.

        Returns:
            `seconds` of preparation; `ways`; `asked`, the numbers of the requests that can be put to it; `left_out`, how many
            statements it cannot express, and `beyond`, how many requests, each by reason.
        """
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        work = Work.of(found)
        start = time.perf_counter()
        peer = self._make(work)
        translated = Translated(work, peer.translate)
        beyond = Counter(reason for reason in found["beyond"] if reason is not None)
        self._asked = []
        for at, request in enumerate(work.requests):
            if found["beyond"][at] is None:
                if translated.decides(request, work.bound[request.principal]):
                    self._asked.append(at)
                else:
                    beyond["a statement that is left out may apply"] += 1
        work.requests[:] = [work.requests[at] for at in self._asked]
        self._ways = peer.build(work, translated)
        self._calls.clear()
        return {
            "seconds": time.perf_counter() - start,
            "ways": list(self._ways),
            "asked": self._asked,
            "left_out": translated.reasons,
            "beyond": beyond,
        }

    def answers(self, way: str, count: int) -> list[bool]:
        """The answers to the first requests."""
        return self._call(way, count)()

    def size(self, way: str, at_most_s: float) -> int:
        """How many requests make a round that can be timed; 0 if one takes longer than `at_most_s`."""
        count = 1
        while True:
            call = self._call(way, count)
            seconds = timed(call)
            if count == 1 and seconds > at_most_s:
                return 0
            if seconds > ROUND_S / 4 or count == len(self._asked):
                break
            count = min(count * 4, len(self._asked))
        return max(1, min(len(self._asked), int(count * ROUND_S / seconds)))

    def round(self, way: str, count: int) -> float:
        """Seconds for the first requests."""
        return timed(self._call(way, count))

    def _call(self, way: str, count: int) -> Call:
        if (way, count) not in self._calls:
            self._calls[way, count] = self._ways[way](count)
        return self._calls[way, count]


def main() -> None:
    """Serves until the asking process goes away."""
    logging.disable(logging.CRITICAL)
    server = Server(importlib.import_module(f"peers.{sys.argv[1]}").Peer)
    serve({"load": server.load, "answers": server.answers, "size": server.size, "round": server.round})


if __name__ == "__main__":
    main()
