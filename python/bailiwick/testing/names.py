"""Principals, actions and resources as test files write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bailiwick.models import Principal
from bailiwick.testing.draft import Faults, Given
from bailiwick.testing.schema import PrincipalEntry
from bailiwick.testing.tree import hint

_ACTION = re.compile(r"[A-Za-z0-9.-]+:[A-Za-z0-9_.-]+")


class Names:
    """The short names of a file; `name/rest` extends what a name stands for."""

    def __init__(self, names: Mapping[str, str | PrincipalEntry], faults: Faults) -> None:
        self.names, self.faults = names, faults

    def principal(self, given: Given) -> str | Principal:
        """The caller that a text or an entry stands for."""
        found = given.value if isinstance(given.value, PrincipalEntry) else self._stands_for(given.value)
        if isinstance(found, PrincipalEntry):
            return Principal(**found.model_dump())
        if not (found.startswith("arn:") or "." in found or found == "anonymous"):
            words = f"principal `{given.value}`: expected an ARN, a service name, `anonymous` or one of `names`"
            self.faults.add(given.path, words + self._hint(given.value))
        return found

    def action(self, given: Given) -> str:
        """The action, which has no short names."""
        action = str(given.value)
        if not _ACTION.fullmatch(action):
            wild = "; a request asks for one action, without wildcards" if "*" in action or "?" in action else ""
            self.faults.add(given.path, f"action `{action}`: expected `service:Name`{wild}")
        return action

    def resource(self, given: Given) -> str:
        """The resource that a text stands for."""
        found = self._stands_for(given.value)
        if isinstance(found, PrincipalEntry):
            self.faults.add(given.path, f"resource `{given.value}`: the name is that of a caller")
            return str(given.value)
        parts = found.split(":", 5)
        whole = len(parts) == 6 and parts[0] == "arn" and parts[1] and parts[2] and parts[5]
        if found != "*" and not whole:
            words = f"resource `{given.value}`: expected `*`, an ARN of six parts, or one of `names`"
            self.faults.add(given.path, words + self._hint(given.value))
        return found

    def _stands_for(self, text: str) -> str | PrincipalEntry:
        if text in self.names:
            return self.names[text]
        head, slash, rest = text.partition("/")
        found = self.names.get(head)
        return f"{found}/{rest}" if slash and isinstance(found, str) else text

    def _hint(self, text: str) -> str:
        return hint(text.split("/", 1)[0], self.names)
