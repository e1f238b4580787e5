"""Context entries: keys with values of a declared type (S-04)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bailiwick.context import fold
from bailiwick.errors import InvalidInput
from bailiwick.reference import values

_READERS: Mapping[str, Callable[[str], object | None]] = {
    "string": lambda text: text,
    "numeric": values.number,
    "boolean": values.boolean,
    "ip": values.address,
    "binary": values.base64,
    "date": values.date,
}


def context_of(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Keys and values of well-formed entries.

    Raises:
        InvalidInput: A value that is not of its type, a single type without exactly one value, or a key that stands twice.
    """
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for entry in entries:
        key, kind, texts = entry["ContextKeyName"], entry["ContextKeyType"], list(entry.get("ContextKeyValues", []))
        if fold(key) in seen:
            raise InvalidInput(f"context key `{key}` is given twice")
        seen.add(fold(key))
        if not kind.endswith("List") and len(texts) != 1:
            raise InvalidInput(
                f"context key `{key}` of type `{kind}`: expected 1 value, found {len(texts)}; for several use `{kind}List`"
            )
        for text in texts:
            if _READERS[kind.removesuffix("List")](text) is None:
                raise InvalidInput(f"context key `{key}`: value `{text}` is not of type `{kind}`")
        found[key] = texts
    return found
