"""What a policy test file comes to: requests, each with the decision it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from bailiwick.models import Context, Decision, MatchedStatement, Outcome, Principal, TrustMode
from bailiwick.source_text import Place

#: Words of `expect` to the decisions that they accept.
OUTCOMES: Mapping[str, frozenset[Outcome]] = {
    "allow": frozenset({Outcome.ALLOW}),
    "deny": frozenset({Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY}),
    "explicit_deny": frozenset({Outcome.EXPLICIT_DENY}),
    "implicit_deny": frozenset({Outcome.IMPLICIT_DENY}),
}
#: Name, expected, got.
Difference: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedStatement:
    """A statement that must be among those that decided; what is `None` is not asked for."""

    policy: str | None = None
    sid: str | None = None
    index: int | None = None
    layer: str | None = None

    def names(self, found: MatchedStatement) -> bool:
        """Whether a statement is the wanted one."""
        return (
            (self.policy is None or is_policy(self.policy, found.policy))
            and self.sid in (None, found.sid)
            and self.index in (None, found.statement)
            and self.layer in (None, found.layer)
        )

    def __str__(self) -> str:
        parts = [
            f"{self.layer} layer" if self.layer is not None else None,
            self.policy,
            f"statement {self.index}" if self.index is not None else None,
            f"`{self.sid}`" if self.sid is not None else None,
        ]
        return ", ".join(part for part in parts if part is not None)


def is_policy(wanted: str, id: str) -> bool:
    """Whether a text names a policy: its id, or what follows the last `/` or `:` of it; `*` and `?` are wild.

    >>> is_policy("Boundary", "arn:aws:iam::111122223333:policy/team/Boundary")
    True
    """
    return any(wanted == name or fnmatchcase(name, wanted.replace("[", "[[]")) for name in policy_names(id))


def policy_names(id: str) -> tuple[str, ...]:
    """What a policy may be called."""
    return id, id.rsplit("/", 1)[-1], id.rsplit(":", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a decision must be.

    Attributes:
        outcome: A word of `OUTCOMES`.
        reason: A reason code (E-41).
        statements: Each must be among the deciding ones (E-40).
    """

    outcome: str
    reason: str | None = None
    statements: tuple[WantedStatement, ...] = ()

    def differences(self, decision: Decision) -> tuple[Difference, ...]:
        """How a decision differs from it; nothing if it does not."""
        found: list[Difference] = []
        if decision.decision not in OUTCOMES[self.outcome]:
            found.append(("decision", self.outcome, str(decision.decision).lower()))
        if self.reason not in (None, decision.reason):
            found.append(("reason", str(self.reason), decision.reason))
        for wanted in self.statements:
            if not any(wanted.names(one) for one in decision.matched):
                found.append(("statement", str(wanted), "; ".join(map(statement_name, decision.matched)) or "none"))
        return tuple(found)


def statement_name(matched: MatchedStatement) -> str:
    """How reports name a statement."""
    sid = f" `{matched.sid}`" if matched.sid else ""
    return f"{matched.policy}, statement {matched.statement}{sid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request and what must come of it.

    Attributes:
        name: Unique in its file.
        place: Where the file says so.
        principal: As for `Engine.check`; so are the other members of a request.
        expected: What the decision must be.
        why: Words of the file about it.
    """

    name: str
    place: Place
    principal: str | Principal
    action: str
    resource: str
    expected: Expectation
    context: Context = field(default_factory=dict)
    resource_account: str | None = None
    session_policies: tuple[str, ...] | None = None
    trust_mode: TrustMode | None = None
    anonymous_allowed: bool | None = None
    why: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of `Engine.check`."""
        return {
            "resource_account": self.resource_account,
            "session_policies": None if self.session_policies is None else list(self.session_policies),
            "trust_mode": self.trust_mode,
            "anonymous_allowed": self.anonymous_allowed,
        }

    @property
    def caller(self) -> str:
        """The principal as text."""
        if isinstance(self.principal, str):
            return self.principal
        return self.principal.arn or self.principal.role_arn or self.principal.name or str(self.principal.kind)
