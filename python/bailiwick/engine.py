"""The engine: compiled once, asked many times."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeAlias

from bailiwick import _core
from bailiwick.account import load_account
from bailiwick.changes import Change
from bailiwick.documents import PolicyDocument
from bailiwick.errors import AccessDenied
from bailiwick.models import (
    Context,
    ContextValue,
    Decision,
    MatchedStatement,
    Organization,
    Outcome,
    Principal,
    Registry,
    Resource,
    Snapshot,
    TrustMode,
)

Document: TypeAlias = str | PolicyDocument | Mapping[str, Any]
Row: TypeAlias = tuple[Any, ...] | Mapping[str, Any]

_ROW_KEYS = frozenset({"principal", "action", "resource", "resource_account", "context"})


class Engine(_core.Engine):
    """A compiled snapshot that answers requests.

    It is immutable to those who ask: an update makes the next snapshot and puts it in place, readers never wait, and each
    decision carries the revision it was made at. Works from any number of threads; pickles to bytes.

    Raises:
        MalformedPolicyDocument: A document breaks a rule of the grammar.
        ValidationError: The parts of the snapshot do not fit together.
    """

    __slots__ = ()

    @classmethod
    def from_account(
        cls,
        account: str | os.PathLike[str] | bytes | Mapping[str, Any] | Sequence[str | os.PathLike[str]],
        *,
        organization: str | os.PathLike[str] | Organization | None = None,
        resource_policies: str | os.PathLike[str] | Sequence[Resource] | None = None,
        managed_policies: str | os.PathLike[str] | Mapping[str, str] | None = None,
        registry: Registry | None = None,
    ) -> Self:
        """Compiles the output of `get-account-authorization-details`; see `bailiwick.account.load_account`."""
        snapshot = load_account(
            account,
            organization=organization,
            resource_policies=resource_policies,
            managed_policies=managed_policies,
            registry=registry if registry is not None else Registry(),
        )
        return cls(snapshot)

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot) -> Self:
        """Compiles a snapshot of Python objects."""
        return cls(snapshot)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Opens what `to_bytes` made; open only bytes you trust, as with a snapshot.

        Raises:
            FormatError: The bytes are not a serialized engine of this format, or are damaged.
        """
        return cls(data)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_bytes, (self.to_bytes(),)

    def check(
        self,
        principal: str | Principal,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str | None = None,
        session_policies: Document | Sequence[Document] | None = None,
        endpoint_policies: Document | Sequence[Document] | None = None,
        trust_mode: TrustMode | None = None,
        anonymous_allowed: bool | None = None,
    ) -> Decision:
        """Decides a request, with the statements that decided it.

        Args:
            principal: ARN of a user, role, role session, federated user or root; a service name; `anonymous`; or a
                `Principal`. A bare role ARN is a session of unknown name (B-26).
            action: `service:Name`.
            resource: `*` or a concrete ARN (M-10).
            context: Condition keys and values; they stand in place of what the engine derives (section 4.2).
            resource_account: Owner of the resource; else the known resource's, the ARN's or the caller's (B-21).
            session_policies: Policies passed to the session (E-21).
            endpoint_policies: Policies of the network endpoint (E-28).
            trust_mode: In place of the service profile's (E-05).
            anonymous_allowed: In place of the service profile's.

        Raises:
            UnknownPrincipal: The snapshot does not know the principal.
            ValidationError: The request is not well formed (B-20).
            TypeError: A context value is of a type that has no meaning, named with its key.
        """
        members = self._decide(
            principal,
            action,
            resource,
            context,
            resource_account=resource_account,
            session_policies=session_policies,
            endpoint_policies=endpoint_policies,
            trust_mode=trust_mode,
            anonymous_allowed=anonymous_allowed,
        )
        return _decision(members, action, resource)

    def require(
        self,
        principal: str | Principal,
        action: str,
        resource: str,
        context: Context | None = None,
        **options: Any,
    ) -> Decision:
        """Like `check`, but raises unless the request is allowed.

        Raises:
            AccessDenied: With the message of E-42 and the decision.
        """
        decision = self.check(principal, action, resource, context, **options)
        if not decision.allowed:
            raise AccessDenied(decision)
        return decision

    def check_call(
        self,
        principal: str | Principal,
        pairs: Iterable[tuple[str, str] | tuple[str, str, Context]],
        context: Context | None = None,
        **options: Any,
    ) -> Decision:
        """Decides an API call that needs several requests, such as CreateFunction with PassRole (E-06).

        Args:
            principal: As for `check`.
            pairs: Actions and resources in the order of the call, each with keys of its own if it has any
                (`iam:PassedToService`).
            context: Keys that all pairs share.
            **options: As for `check`, for all pairs.

        Returns:
            The decision on the first pair that is not allowed, else on the first pair.

        Raises:
            ValueError: There is no pair.
        """
        first = None
        for action, resource, *own in pairs:
            keys = {**(context or {}), **(own[0] if own else {})}
            decision = self.check(principal, action, resource, keys, **options)
            if not decision.allowed:
                return decision
            first = first or decision
        if first is None:
            raise ValueError("a call has at least one pair of action and resource")
        return first

    def check_batch(self, requests: Iterable[Row] | Mapping[str, Sequence[Any]]) -> list[Decision]:
        """Decides many requests, in order.

        A value that cannot be understood makes its row a denial with reason `invalid_request`, an unknown principal one
        with reason `unknown_principal`; neither is an exception, and neither is ever allowed.

        Args:
            requests: Rows, or columns. A row is a tuple (principal, action, resource[, context[, resource_account]]) or a
                mapping with these names. Columns are a mapping of `principal`, `action`, `resource` and, if wanted,
                `resource_account` to sequences of equal length; every other column is a context key by its name, where
                `None` is an absent key.

        Raises:
            TypeError: A row has not the shape of one, or a column is missing or of another length.
        """
        rows = _columns(requests) if isinstance(requests, Mapping) else (_row(row) for row in requests)
        asked: list[tuple[Any, ...]] = list(rows)
        answers = self._decide_rows(asked)
        return [_decision(members, row[1], row[2]) for members, row in zip(answers, asked, strict=True)]

    def update(self, *changes: Change) -> int:
        """Makes all changes and puts the next snapshot in place, or makes none.

        Returns:
            The new revision. Requests that start after the return see it.

        Raises:
            MalformedPolicyDocument: A new document breaks a rule of the grammar.
            UnknownEntity: A change names something that is not there.
            ValidationError: Any other reason why a change cannot be made.
        """
        return self._update(changes)

    def __repr__(self) -> str:
        return f"<Engine revision {self.revision}, {self.statement_count} statements>"


def _decision(members: tuple[Any, ...], action: object, resource: object) -> Decision:
    decision, reason, layer, matched, missing_keys, indeterminate, principal, revision = members
    return Decision(
        decision=Outcome(decision),
        reason=reason,
        deciding_layer=layer,
        matched=tuple(MatchedStatement(*statement) for statement in matched),
        missing_keys=tuple(missing_keys),
        indeterminate=indeterminate,
        principal=principal,
        action=str(action),
        resource=str(resource),
        revision=revision,
    )


def _row(row: Row) -> tuple[Any, ...]:
    if isinstance(row, Mapping):
        unknown = sorted(set(row) - _ROW_KEYS)
        if unknown:
            raise TypeError(f"row: unknown member `{unknown[0]}`; context keys go into `context`")
        missing = [name for name in ("principal", "action", "resource") if name not in row]
        if missing:
            raise TypeError(f"row: member `{missing[0]}` is missing")
        return (row["principal"], row["action"], row["resource"], row.get("context"), row.get("resource_account"))
    if not isinstance(row, tuple) or not 3 <= len(row) <= 5:
        raise TypeError("row: expected a mapping or a tuple (principal, action, resource[, context[, resource_account]])")
    return row + (None,) * (5 - len(row))


def _columns(columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    for name in ("principal", "action", "resource"):
        if name not in columns:
            raise TypeError(f"column `{name}` is missing")
    lengths = {name: len(column) for name, column in columns.items()}
    rows = lengths["principal"]
    for name, length in lengths.items():
        if length != rows:
            raise TypeError(f"column `{name}` has {length} rows, `principal` has {rows}")
    keys = [name for name in columns if name not in _ROW_KEYS - {"context"}]
    accounts = columns.get("resource_account")
    for at in range(rows):
        context: dict[str, ContextValue] = {key: columns[key][at] for key in keys if columns[key][at] is not None}
        account = accounts[at] if accounts is not None else None
        yield (columns["principal"][at], columns["action"][at], columns["resource"][at], context, account)
