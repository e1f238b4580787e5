"""An entry of the catalogue, and the documents of its examples."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bailiwick.models import PolicyKind
from bailiwick.validate.finding import FindingType


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What there is to know of one code; the manual and every finding are made from it.

    Attributes:
        code: AWS's where AWS has the check, else our own.
        type: How much a finding weighs.
        title: What it says, in one sentence.
        why: Why that matters.
        mend: What would be right; every finding says it.
        example: A document of which it is said.
        kind: Where the example is used.
        resource_type: What holds the example, for resource policies.
        parse_errors: Codes of the parser that are this defect (N-09); a document with one of them does not compile.
        aws_type: AWS's type where ours differs.
        is_ours: AWS's ValidatePolicy has no such check.
        also: Other names of it: those of the specification, where AWS spells them otherwise.
        needs: `services` if the check knows nothing without a service reference.
        is_on: Reported unless the configuration says otherwise.
    """

    code: str
    type: FindingType
    title: str
    why: str
    mend: str
    example: str
    kind: PolicyKind = PolicyKind.IDENTITY
    resource_type: str | None = None
    parse_errors: tuple[str, ...] = ()
    aws_type: FindingType | None = None
    is_ours: bool = False
    also: tuple[str, ...] = ()
    needs: str | None = None
    is_on: bool = True


def policy(*statements: dict[str, Any], **top: Any) -> str:
    """The text of a document; a member given as `None` is left out."""
    members: dict[str, Any] = {"Version": "2012-10-17", **top}
    members.setdefault("Statement", statements[0] if len(statements) == 1 else list(statements))
    return json.dumps({name: value for name, value in members.items() if value is not None})


def allow(**elements: Any) -> dict[str, Any]:
    """A statement that allows; what is not given is harmless, what is `None` is left out."""
    members = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*", **elements}
    return {name: value for name, value in members.items() if value is not None}


def deny(**elements: Any) -> dict[str, Any]:
    """A statement that denies."""
    return allow(**{"Effect": "Deny", **elements})


def trust(**elements: Any) -> dict[str, Any]:
    """A statement of a trust policy."""
    members = {"Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Resource": None, **elements}
    return allow(**members)


def grant(**elements: Any) -> dict[str, Any]:
    """A statement of a bucket's policy."""
    return allow(**{"Principal": {"AWS": "111122223333"}, **elements})
