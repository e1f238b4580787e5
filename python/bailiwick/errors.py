"""Every exception that bailiwick raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bailiwick.models import Decision


class BailiwickError(Exception):
    """Base of all exceptions of this package."""


class MalformedPolicyDocument(BailiwickError, ValueError):
    """A policy document that breaks a rule of the grammar (G-*).

    Attributes:
        code: Which rule, as an upper snake case word (`INVALID_EFFECT`).
        path: JSON pointer (RFC 6901) of the offending value, inside the document.
        line: Line of the text, from 1.
        column: Column in scalar values, from 1.
        message: The words, without the place.
        policy: Id of the policy, when known.

    Source: N-09, L-80.
    """

    def __init__(
        self,
        code: str,
        path: str,
        line: int,
        column: int,
        message: str,
        policy: str | None = None,
    ) -> None:
        super().__init__(code, path, line, column, message, policy)
        self.code = code
        self.path = path
        self.line = line
        self.column = column
        self.message = message
        self.policy = policy

    def __str__(self) -> str:
        where = f"policy `{self.policy}`, " if self.policy is not None else ""
        place = f"line {self.line} column {self.column}"
        at = f" at `{self.path}`" if self.path else ""
        return f"{where}{place}{at}: {self.message} [{self.code}]"


class ValidationError(BailiwickError, ValueError):
    """A request, case or snapshot whose shape is wrong (`ValidationError` of L-80).

    Attributes:
        message: What is wrong and what would have worked.
        path: JSON pointer into the input, `""` when there is none.
    """

    code = "ValidationError"

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"at `{self.path}`: {self.message}" if self.path else self.message


class UnknownPrincipal(ValidationError):
    """A principal that the snapshot does not know."""


class UnknownEntity(ValidationError):
    """A policy, user, group, role or resource that an update names and the snapshot does not hold."""


class InvalidInput(BailiwickError, ValueError):
    """A parameter that is well formed and makes no sense (`InvalidInput` of L-80)."""

    code, http_status = "InvalidInput", 400


class NoSuchEntity(BailiwickError, LookupError):
    """A parameter that names an identity which is not there (`NoSuchEntity` of L-80)."""

    code, http_status = "NoSuchEntity", 404


class PolicyEvaluation(BailiwickError, RuntimeError):
    """A simulation that could not be evaluated, for no fault of the caller's (`PolicyEvaluation` of L-80)."""

    code, http_status = "PolicyEvaluation", 500


class FormatError(BailiwickError, ValueError):
    """Bytes that are not a serialized engine of a version this package reads, or are damaged."""


class NoDocuments(BailiwickError, RuntimeError):
    """Policy texts are asked for that the engine does not have, or has otherwise than they were compiled."""


class AccessDenied(BailiwickError, PermissionError):
    """Raised by `Engine.require`; its text is the denial message of E-42.

    Attributes:
        decision: The denial.
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.message)
        self.decision = decision
