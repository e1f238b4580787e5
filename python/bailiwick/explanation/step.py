"""One step of a change: another context, one more statement, an exception to a Deny."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from bailiwick.explanation.draft import Draft

StepKind: TypeAlias = Literal["request", "tag", "statement", "exception"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a change.

    Attributes:
        kind: `request`: ask with other context keys. `tag`: tag the caller or the resource. `statement`: add a statement.
            `exception`: except the request from a Deny.
        words: What to do.
        grants: What it lets happen beyond the request; empty if it lets nothing else happen.
        context: For the first two kinds the keys to ask with and their values; a key without values is left out.
        layer: For the last two kinds the layer of the policy that is edited or added.
        level: Its SCP or RCP level.
        policy: Id of the policy that is edited; `None` if one is added.
        added: JSON of what is added to it: a statement, or a condition; empty if something is taken out.
        document: The whole text of that policy after the step.
    """

    kind: StepKind
    words: str
    grants: str = ""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layer: str | None = None
    level: int = 0
    policy: str | None = None
    added: str = ""
    document: str | None = None


class Made(NamedTuple):
    """A step, the case after it, and how to make it in another case."""

    step: Step
    draft: Draft
    again: Callable[[Draft], Made]
