"""Which columns of a frame a request is read from, and which are added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: Context keys by the columns that they are read from, or columns that are named like their keys.
ContextColumns: TypeAlias = Mapping[str, str] | Iterable[str]

ANSWERS = ("decision", "reason", "deciding_layer")
DETAILS = ("matched", "missing_keys")


@dataclass(frozen=True, slots=True)
class RequestColumns:
    """Names of the columns that requests are read from.

    Attributes:
        principal: Column of principals.
        action: Column of actions.
        resource: Column of resources.
        resource_account: Column of the resources' owners; `None` is `resource_account` if the frame has it.
        context: Columns of context keys; `None` is all others that have a colon in their name, as every context key has
            (B-07).
    """

    principal: str = "principal"
    action: str = "action"
    resource: str = "resource"
    resource_account: str | None = None
    context: ContextColumns | None = None

    def chosen(self, columns: Sequence[object]) -> dict[str, str]:
        """What each column of a request is called in a frame with these columns.

        Raises:
            TypeError: A column is missing or there twice.
            ValueError: A context key has no colon.
        """
        found = {"principal": self.principal, "action": self.action, "resource": self.resource}
        if self.resource_account is not None:
            found["resource_account"] = self.resource_account
        elif "resource_account" in columns:
            found["resource_account"] = "resource_account"
        found |= context_columns(self._all_keys(columns, set(found.values())) if self.context is None else self.context)
        for name in found.values():
            if name not in columns:
                raise TypeError(f"column `{name}` is missing")
            if columns.count(name) > 1:
                raise TypeError(f"column `{name}` is there twice")
        return found

    @staticmethod
    def _all_keys(columns: Sequence[object], taken: set[str]) -> list[str]:
        return [name for name in columns if isinstance(name, str) and ":" in name and name not in taken]


def context_columns(context: ContextColumns) -> dict[str, str]:
    """The columns of context keys by key.

    Raises:
        TypeError: A single text stands in place of names.
        ValueError: A context key has no colon.
    """
    if isinstance(context, str):
        raise TypeError(f"context: expected names of columns, found the text `{context}`")
    found = dict(context) if isinstance(context, Mapping) else {name: name for name in context}
    require_keys(found)
    return found


def require_keys(keys: Iterable[str]) -> None:
    """A name without a colon is no key that a policy could read: it would be ignored, whatever its column says.

    Raises:
        ValueError: A context key has no colon.
    """
    for key in keys:
        if ":" not in key:
            raise ValueError(
                f"context key `{key}` has no colon, and no policy can name it\n"
                f"hint: say which key the column is, as in {{'aws:SourceIp': '{key}'}}"
            )
