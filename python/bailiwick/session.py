"""Who is signed in, and how: the condition keys of a session at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bailiwick.context import context_strings
from bailiwick.models import ContextValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """How a user, role or federated user is signed in.

    Attributes:
        principal: ARN of the caller, to be handed to `Engine.check`.
        issued_at: When temporary credentials were issued; `None` for a long-term access key.
        mfa_at: When a code of the user's own device was verified, in a GetSessionToken or console session (X-11);
            `None` if it was not. Role and federated sessions never carry it (X-12, X-13).
        source_identity: Source identity of a role session (L-64).
        called_via: Services that forwarded the request, first to last (X-30).
    """

    principal: str
    issued_at: datetime | None = None
    mfa_at: datetime | None = None
    source_identity: str | None = None
    called_via: Sequence[str] = ()

    def context(self, now: datetime) -> dict[str, ContextValue]:
        """Condition keys that describe this session at `now`.

        Without MFA, `aws:MultiFactorAuthAge` is absent, not zero: a policy that asks for an age below 300 must not match.
        With a long-term key `aws:MultiFactorAuthPresent` is absent as well (X-10).

        Returns:
            Key to value; ages in whole seconds, rounded down.

        Raises:
            ValueError: `mfa_at` stands with a principal or a key that cannot have it.
            TypeError: A date without a time zone.

        Source: X-10…X-13, X-30.
        """
        found: dict[str, ContextValue] = {
            "aws:CurrentTime": now,
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:ViaAWSService": bool(self.called_via),
        }
        context_strings(found)  # a date without a time zone is refused here, by its key
        if self.called_via:
            first, last = self.called_via[0], self.called_via[-1]
            found |= {"aws:CalledVia": list(self.called_via), "aws:CalledViaFirst": first, "aws:CalledViaLast": last}
        if self.source_identity is not None:
            found["aws:SourceIdentity"] = self.source_identity
        if self.issued_at is not None:
            found["aws:TokenIssueTime"] = self.issued_at
        return found | self._mfa(now)

    def _mfa(self, now: datetime) -> dict[str, ContextValue]:
        if self.issued_at is None:
            if self.mfa_at is not None:
                raise ValueError("mfa_at: a long-term key carries no MFA; give issued_at of the session")
            return {}
        is_user = ":user/" in self.principal or self.principal.endswith(":root")
        if self.mfa_at is not None and not is_user:
            raise ValueError("mfa_at: sessions of roles and federated users carry no MFA (X-12, X-13)")
        if self.mfa_at is None or self.called_via:
            return {"aws:MultiFactorAuthPresent": False}
        age_s = max(0, int((now - self.mfa_at).total_seconds()))
        return {"aws:MultiFactorAuthPresent": True, "aws:MultiFactorAuthAge": age_s}
