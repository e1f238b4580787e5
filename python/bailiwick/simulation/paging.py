"""Pages of results (L-82)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bailiwick.errors import ValidationError

PAGE = 100


def page_of(request: Mapping[str, Any], count: int) -> tuple[int, int, str | None]:
    """First result of the page that is asked for, the one after its last, and the marker of the next page.

    Raises:
        ValidationError: The marker was not given out for this request.
    """
    start = _start(request["Marker"], request) if "Marker" in request else 0
    end = min(start + request.get("MaxItems", PAGE), count)
    return start, end, _marker(end, request) if end < count else None


def _digest(request: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in request.items() if name not in ("Marker", "MaxItems")}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]


def _marker(start: int, request: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{start}.{_digest(request)}".encode()).decode()


def _start(marker: str, request: Mapping[str, Any]) -> int:
    try:
        number, _, digest = base64.urlsafe_b64decode(marker.encode("ascii")).decode("ascii").partition(".")
    except (binascii.Error, UnicodeError):
        number, digest = "", ""
    if not number.isdecimal() or _marker(int(number), request) != marker or digest != _digest(request):
        raise ValidationError("the marker is not of a page of this request", "/Marker")
    return int(number)
