"""Self-contained cases: a request and its layers, decided by either evaluator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from bailiwick import _core, reference
from bailiwick.models import Registry

Evaluator: TypeAlias = Literal["compiled", "reference"]


def simulate(
    case: str | bytes | Mapping[str, Any],
    engine: Evaluator = "compiled",
    *,
    registry: Registry | None = None,
) -> dict[str, Any]:
    """Decides one case; never raises for what the case says.

    Args:
        case: JSON text, or the same as Python objects. Members: `request` (`principal`, `action`, `resource`, `context`,
            …), `layers` (`identity`, `boundary`, `session`, `resource`, `scp`, `rcp`, `endpoint`), and, if wanted, `id` and
            `expect`. A policy is a document or `{"id": …, "document": …}`.
        engine: Which of the two evaluators.
        registry: What the host registers besides the built-in services and partitions.

    Returns:
        `id`, `decision`, `reason`, `deciding_layer`, `matched`, `missing_keys`, `indeterminate`; or `id` and `error` with
        `code`, `path`, `line`, `column`, `message`, `policy`.

    >>> allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
    >>> request = {"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject",
    ...            "resource": "arn:aws:s3:::reports/q3.csv"}
    >>> simulate({"request": request, "layers": {"identity": [allow]}})["decision"]
    'ALLOW'
    """
    if engine not in ("compiled", "reference"):
        raise ValueError(f"engine `{engine}`: expected `compiled` or `reference`")
    try:
        text = _text(case)
    except UnicodeError:
        # N-01: a text is scalar values, and a lone surrogate is none.
        message = "the case is not UTF-8 text"
        return {"id": None, "error": {"code": "INVALID_ENCODING", "path": "", "message": message, **_NOWHERE}}
    if engine == "reference":
        return reference.simulate(text, registry=registry if registry is not None else Registry())
    line = _core.simulate(text, registry)
    line["id"] = json.loads(line["id"]) if line["id"] is not None else None
    return line


_NOWHERE = {"line": None, "column": None, "policy": None}


def _text(case: str | bytes | Mapping[str, Any]) -> str:
    if isinstance(case, bytes):
        return case.decode("utf-8")
    text = case if isinstance(case, str) else json.dumps(case, ensure_ascii=False)
    text.encode("utf-8")
    return text
