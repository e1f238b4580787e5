"""What validation says: findings, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FindingType(StrEnum):
    """How much a finding weighs, gravest first (V-02)."""

    ERROR = "ERROR"
    SECURITY_WARNING = "SECURITY_WARNING"
    WARNING = "WARNING"
    SUGGESTION = "SUGGESTION"

    @property
    def rank(self) -> int:
        """0 for errors, more for what weighs less."""
        return list(FindingType).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A piece of the text.

    Attributes:
        offset: Where it starts, in scalar values from the start of the text.
        end_offset: Where it ends, exclusive.
        line: Line of the start, from 1.
        column: Column of the start in scalar values, from 1.
        end_line: Line of the end.
        end_column: Column of the end, exclusive.
        path: JSON pointer (RFC 6901) inside the policy document.
    """

    offset: int
    end_offset: int
    line: int
    column: int
    end_line: int
    end_column: int
    path: str

    def aws(self) -> dict[str, Any]:
        """The shape of ValidatePolicy: columns count from 0 (V-02)."""
        start = {"line": self.line, "column": self.column - 1, "offset": self.offset}
        end = {"line": self.end_line, "column": self.end_column - 1, "offset": self.end_offset}
        return {"path": _aws_path(self.path), "span": {"start": start, "end": end}}


def _aws_path(pointer: str) -> list[dict[str, Any]]:
    names = [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]
    return [{"index": int(name)} if name.isdecimal() else {"value": name} for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know of a policy.

    Attributes:
        code: Which check, as AWS spells it where AWS has the check (V-03).
        type: How much it weighs.
        message: What is wrong here, in one line.
        mend: What would be right.
        location: Where; the first of `locations`.
        locations: All places that take part, the one to look at first.
        parse_error: The parser's code (N-09) if the document does not parse because of this.
        hint: What was probably meant (`s3:GetObject`), where that is known.
    """

    code: str
    type: FindingType
    message: str
    mend: str
    locations: tuple[Location, ...]
    parse_error: str | None = None
    hint: str | None = None

    @property
    def location(self) -> Location:
        """The place to look at first."""
        return self.locations[0]

    @property
    def path(self) -> str:
        """JSON pointer of the place, inside the policy document."""
        return self.location.path

    @property
    def line(self) -> int:
        """Line of the place, from 1."""
        return self.location.line

    @property
    def column(self) -> int:
        """Column of the place, from 1."""
        return self.location.column

    def aws(self) -> dict[str, Any]:
        """The shape in which AWS's ValidatePolicy gives findings (V-02)."""
        return {
            "findingType": str(self.type),
            "issueCode": self.code,
            "findingDetails": self.message,
            "learnMoreLink": learn_more(self.code),
            "locations": [location.aws() for location in self.locations],
        }


def learn_more(code: str) -> str:
    """The place of a finding in the manual."""
    return f"findings.md#{code.lower()}"


def in_order(findings: list[Finding]) -> list[Finding]:
    """By start, then type, then code (V-03)."""
    return sorted(findings, key=lambda found: (found.location.offset, found.type.rank, found.code, found.locations))
