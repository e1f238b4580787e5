"""What a request is, and which layers it is put to."""

from __future__ import annotations

from dataclasses import dataclass, field

from bailiwick.models import Principal, ServiceProfile, TrustMode
from bailiwick.reference.document import Document
from bailiwick.reference.text import fold


@dataclass(frozen=True, slots=True)
class Request:
    """A well-formed request (B-20).

    `resource` is `None` for `*`. `context` holds one entry per key under fold, with all its values (C-05); `spellings` says
    how each key was first written.
    """

    principal: Principal
    action: str
    resource: str | None
    resource_account: str | None
    context: dict[str, list[str]]
    profile: ServiceProfile
    trust_mode: TrustMode | None = None
    anonymous_allowed: bool | None = None
    from_management_account: bool = False
    in_management_account: bool = False
    spellings: dict[str, str] = field(default_factory=dict)

    def values(self, key: str) -> list[str]:
        """All values of a key; none if it is missing (C-05, C-06)."""
        return self.context.get(fold(key), [])


@dataclass(frozen=True, slots=True)
class Policy:
    """A document with its id."""

    id: str
    document: Document


@dataclass(frozen=True, slots=True)
class Layers:
    """Policies by layer; `None` is an absent layer, an empty list is a layer that says nothing (E-02)."""

    identity: list[Policy] | None = None
    boundary: list[Policy] | None = None
    session: list[Policy] | None = None
    resource: list[Policy] | None = None
    endpoint: list[Policy] | None = None
    scp: list[list[Policy]] | None = None
    rcp: list[list[Policy]] | None = None


def joined(context: dict[str, list[str]]) -> dict[str, list[str]]:
    """Spellings equal under fold are one key; values in the byte order of the spellings (C-05)."""
    found: dict[str, list[str]] = {}
    for spelling in sorted(context, key=lambda text: text.encode("utf-8", "surrogatepass")):
        found.setdefault(fold(spelling), []).extend(context[spelling])
    return found
