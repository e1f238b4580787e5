"""Where a decision is explained, both evaluators have made it: of two that differ neither is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bailiwick.cases import simulate
from bailiwick.errors import NoDocuments, PolicyEvaluation
from bailiwick.models import Decision, Registry
from bailiwick.reference.case import answer

#: What is decided, as `bailiwick.simulate` gives it; the words of messages are not compared.
DECIDED = ("decision", "reason", "deciding_layer", "matched", "missing_keys", "indeterminate")


def require_compiled(case: str | bytes | Mapping[str, Any], plain: Decision, registry: Registry) -> None:
    """Refuses a decision of the reference evaluator on a case that the compiled one does not make.

    Raises:
        PolicyEvaluation: They differ.
    """
    compiled = simulate(case, registry=registry)
    if _decided(compiled) != _decided(answer(plain)):
        other = compiled.get("reason", compiled.get("error", {}).get("code"))
        raise PolicyEvaluation(
            f"the evaluators differ: the compiled one says {compiled.get('decision')} ({other}), the reference {_words(plain)}"
        )


def require_engine(decision: Decision, plain: Decision) -> None:
    """Refuses a decision of the reference evaluator on an engine's documents that the engine does not make.

    Raises:
        NoDocuments: They differ.
    """
    if _decided(answer(plain)) != _decided(answer(decision)):
        raise NoDocuments(
            f"the engine says {_words(decision)}, its documents say {_words(plain)}; "
            "an engine from bytes must be given the snapshot that the bytes were made from"
        )


def _decided(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer.get(name) for name in DECIDED}


def _words(decision: Decision) -> str:
    matched = ", ".join(f"`{one.policy}` statement {one.statement}" for one in decision.matched)
    return f"{decision.decision} ({decision.reason}{': ' + matched if matched else ''})"
