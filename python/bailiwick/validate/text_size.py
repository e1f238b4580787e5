"""How many characters of a document count against quotas (Q-01), and the quotas."""

from __future__ import annotations

import re

from bailiwick.models import PolicyKind
from bailiwick.validate.resource_kinds import ResourceKind

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SPACE = re.compile(r"[ \t\n\r]+")
#: The most for a document of a kind. An identity policy may be inline in a role, which stores the most (Q-13); who knows
#: where it is used gives the quota.
_QUOTAS = {
    PolicyKind.IDENTITY: 10240,
    PolicyKind.BOUNDARY: 6144,
    PolicyKind.SESSION: 2048,
    PolicyKind.SCP: 5120,
    PolicyKind.RCP: 5120,
    PolicyKind.TRUST: 2048,
    PolicyKind.ENDPOINT: 20480,
}
#: Kinds in which white space counts.
_WHOLE = (PolicyKind.SCP, PolicyKind.RCP, PolicyKind.SESSION, PolicyKind.RESOURCE, PolicyKind.ENDPOINT)


def size_of(text: str, kind: PolicyKind) -> int:
    """Scalar values that count: all of them, or without the white space outside strings.

    >>> size_of('{"a": "b c"}', PolicyKind.IDENTITY), size_of('{"a": "b c"}', PolicyKind.SCP)
    (11, 12)
    """
    if kind in _WHOLE:
        return len(text)
    strings = sum(len(found) for found in _STRING.findall(text))
    return strings + len(_SPACE.sub("", _STRING.sub("", text)))


def quota_of(kind: PolicyKind, resource_kind: ResourceKind | None) -> int | None:
    """The most characters that are stored, if that is known."""
    return resource_kind.quota if resource_kind is not None else _QUOTAS.get(kind)
