"""Suites -> results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bailiwick.errors import BailiwickError
from bailiwick.models import Decision
from bailiwick.testing.case import Case, Difference
from bailiwick.testing.files import Suite
from bailiwick.testing.questions import Questions
from bailiwick.testing.sources import Source

Status: TypeAlias = Literal["passed", "failed", "error"]
Evaluator: TypeAlias = Literal["compiled", "reference", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a case.

    Attributes:
        suite: Where it is from.
        case: What was asked.
        decision: The answer; `None` on an error.
        differences: How the answer differs from what was expected.
        error: Why there is no answer.
        other: The answer of the reference evaluator, where it was asked as well and differs.
        seconds: How long it took.
    """

    suite: Suite
    case: Case
    decision: Decision | None = None
    differences: tuple[Difference, ...] = ()
    error: str | None = None
    other: Decision | None = None
    seconds: float = 0.0

    @property
    def status(self) -> Status:
        """Whether it went as expected."""
        if self.error is not None:
            return "error"
        return "failed" if self.differences or self.other is not None else "passed"


class Runner:
    """Decides cases; what the reference evaluator has parsed is kept for its next case."""

    def __init__(self, evaluator: Evaluator = "compiled") -> None:
        self.evaluator = evaluator
        # With the source, so that its number is not given to another one.
        self._questions: dict[int, tuple[Source, Questions]] = {}

    def run(self, suite: Suite, wanted: Callable[[Case], bool] = lambda case: True) -> Iterator[Result]:
        """The results of the wanted cases of a suite, in order."""
        for case in suite.cases:
            if wanted(case):
                yield self.result(suite, case)

    def result(self, suite: Suite, case: Case) -> Result:
        """What comes of one case."""
        start = time.perf_counter()
        try:
            decision, other = self._decide(suite, case)
        except (BailiwickError, TypeError) as error:
            return Result(suite=suite, case=case, error=str(error), seconds=time.perf_counter() - start)
        return Result(
            suite=suite,
            case=case,
            decision=decision,
            differences=case.expected.differences(decision),
            other=other,
            seconds=time.perf_counter() - start,
        )

    def questions(self, suite: Suite) -> Questions:
        """The reference evaluator for a suite."""
        source = suite.source
        return self._questions.setdefault(id(source), (source, Questions(source.registry)))[1]

    def _decide(self, suite: Suite, case: Case) -> tuple[Decision, Decision | None]:
        if self.evaluator == "compiled":
            return suite.source.decide(case), None
        plain = self.questions(suite).ask(suite.source.case_of(case)).decision
        if self.evaluator == "reference":
            return plain, None
        decision = suite.source.decide(case)
        return decision, None if same(decision, plain) else plain


def same(one: Decision, other: Decision) -> bool:
    """Whether two evaluators say the same of a request."""
    names = ("decision", "reason", "deciding_layer", "matched", "missing_keys", "indeterminate")
    return all(getattr(one, name) == getattr(other, name) for name in names)
