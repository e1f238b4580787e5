"""The engine: compiled once, asked many times."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, overload

from bailiwick import _core
from bailiwick._core import DecisionTable
from bailiwick.account import load_account
from bailiwick.batch import (
    AccessGrid,
    ArrowArray,
    ArrowStream,
    Decisions,
    Progress,
    Row,
    check_rows,
    check_table,
    decision_of,
)
from bailiwick.changes import Change
from bailiwick.documents import PolicyDocument
from bailiwick.errors import AccessDenied, NoDocuments
from bailiwick.models import (
    Context,
    Decision,
    Organization,
    Principal,
    Registry,
    Resource,
    Snapshot,
    TrustMode,
)
from bailiwick.snapshot_case import case_of
from bailiwick.source import Source

if TYPE_CHECKING:
    from bailiwick.explanation import Explanation, WhyNot

Document: TypeAlias = str | PolicyDocument | Mapping[str, Any]


class Engine(_core.Engine):
    """A compiled snapshot that answers requests.

    It is immutable to those who ask: an update makes the next snapshot and puts it in place, readers never wait, and each
    decision carries the revision it was made at. Works from any number of threads; pickles to bytes.

    The compiled table holds no policy texts; for explanations the engine keeps a reference to the snapshot that it was given.

    Args:
        source: A snapshot, or the bytes that `to_bytes` made.
        search: How statements are found; the answers are the same.
        keep_documents: Keep the reference to the snapshot. Without it `explain` and `why_not` are refused, and the memory of a
            snapshot that the host lets go of is free.

    Raises:
        MalformedPolicyDocument: A document breaks a rule of the grammar.
        ValidationError: The parts of the snapshot do not fit together.
    """

    __slots__ = ("_source", "_updating")
    _source: Source | None
    _updating: Lock

    def __new__(cls, source: Snapshot | bytes, *, search: str = "indexed", keep_documents: bool = True) -> Self:
        engine = super().__new__(cls, source, search=search)
        engine._source = Source(source) if keep_documents and not isinstance(source, bytes) else None
        engine._updating = Lock()
        return engine

    @classmethod
    def from_account(
        cls,
        account: str | os.PathLike[str] | bytes | Mapping[str, Any] | Sequence[str | os.PathLike[str]],
        *,
        organization: str | os.PathLike[str] | Organization | None = None,
        resource_policies: str | os.PathLike[str] | Sequence[Resource] | None = None,
        managed_policies: str | os.PathLike[str] | Mapping[str, str] | None = None,
        registry: Registry | None = None,
        keep_documents: bool = True,
    ) -> Self:
        """Compiles the output of `get-account-authorization-details`; see `bailiwick.account.load_account`."""
        snapshot = load_account(
            account,
            organization=organization,
            resource_policies=resource_policies,
            managed_policies=managed_policies,
            registry=registry if registry is not None else Registry(),
        )
        return cls(snapshot, keep_documents=keep_documents)

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot, *, keep_documents: bool = True) -> Self:
        """Compiles a snapshot of Python objects."""
        return cls(snapshot, keep_documents=keep_documents)

    @classmethod
    def from_bytes(cls, data: bytes, *, snapshot: Snapshot | None = None) -> Self:
        """Opens what `to_bytes` made; open only bytes you trust, as with a snapshot.

        Args:
            data: The bytes.
            snapshot: What the bytes were made from, for `explain` and `why_not`: bytes hold no policy texts.

        Raises:
            FormatError: The bytes are not a serialized engine of this format, or are damaged.
        """
        engine = cls(data)
        engine._source = Source(snapshot) if snapshot is not None else None
        return engine

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
        return decision_of(members, action, resource)

    def explain(
        self,
        principal: str | Principal,
        action: str,
        resource: str,
        context: Context | None = None,
        **options: Any,
    ) -> Explanation:
        """Decides a request as `check` does, and tells every step.

        The decision is the compiled engine's; the steps are the reference evaluator's, and its decision on the same documents
        must be the same. Takes milliseconds where `check` takes microseconds.

        Args:
            principal: As for `check`, like all that follow.
            action: `service:Name`.
            resource: `*` or a concrete ARN.
            context: Condition keys and values.
            **options: As for `check`.

        Raises:
            NoDocuments: The engine has no policy texts, or they say otherwise than the engine does.
            UnknownPrincipal: As `check`.
            ValidationError: As `check`.
            TypeError: As `check`.
        """
        from bailiwick.explanation.explanation import explain_decision

        decision, case, registry = self._written_out(principal, action, resource, context, options)
        return explain_decision(decision, case, registry)

    def why_not(
        self,
        principal: str | Principal,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        limit: int = 5,
        **options: Any,
    ) -> WhyNot:
        """What stands between a denied request and an Allow, nearest first, each with the smallest change that takes it away.

        A change is shown only if both evaluators allow the request with it; what it lets happen beyond the request is said.

        Args:
            principal: As for `check`, like all that follow.
            action: `service:Name`.
            resource: `*` or a concrete ARN.
            context: Condition keys and values.
            limit: At most this many.
            **options: As for `check`.

        Raises:
            NoDocuments: As `explain`, like all others.
        """
        from bailiwick.explanation.why_not import why_not_decision

        return why_not_decision(*self._written_out(principal, action, resource, context, options), limit)

    def _written_out(
        self, principal: str | Principal, action: str, resource: str, context: Context | None, options: Mapping[str, Any]
    ) -> tuple[Decision, dict[str, Any], Registry]:
        """A decision, and the self-contained case of its request at the same revision."""
        with self._updating:
            decision = self.check(principal, action, resource, context, **options)
            part = self._documents().about(principal, resource)
        return decision, case_of(part, principal, action, resource, context, **options), part.registry

    def snapshot(self) -> Snapshot:
        """Everything that the engine decides by, as it is now: what it was made from, with all changes.

        Raises:
            NoDocuments: The engine has no policy texts.
        """
        with self._updating:
            return self._documents().snapshot()

    def _documents(self) -> Source:
        if self._source is None:
            raise NoDocuments(
                "this engine holds no policy texts: it was opened from bytes, or made with `keep_documents=False`; "
                "open bytes with `Engine.from_bytes(data, snapshot=…)`"
            )
        return self._source

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

    @overload
    def check_batch(
        self,
        requests: ArrowStream | ArrowArray,
        *,
        matched: bool = ...,
        missing_keys: bool = ...,
        threads: int | None = ...,
        progress: Progress | None = ...,
    ) -> Any: ...
    @overload
    def check_batch(
        self,
        requests: Iterable[Row] | Mapping[str, Sequence[Any]],
        *,
        matched: bool = ...,
        missing_keys: bool = ...,
        threads: int | None = ...,
        progress: Progress | None = ...,
    ) -> Decisions: ...
    def check_batch(
        self,
        requests: ArrowStream | ArrowArray | Iterable[Row] | Mapping[str, Sequence[Any]],
        *,
        matched: bool = False,
        missing_keys: bool = False,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Decides many requests, in order, on all cores.

        A value that cannot be understood makes its row a denial with reason `invalid_request`, an unknown principal one
        with reason `unknown_principal`; neither is an exception, and neither is ever allowed. All rows are decided at one
        revision.

        Args:
            requests: A table, rows, or columns.

                A table is anything of Arrow's PyCapsule interface: pyarrow, Polars, DuckDB, pandas, nanoarrow. Its columns
                are `principal`, `action`, `resource` and, if wanted, `resource_account`, all of text; every other column
                is a context key by its name, of text, booleans, integers, decimals, timestamps with a time zone, or lists
                of these. Null is an absent key. What has a length is decided now, a reader as its result is read.

                A row is a tuple (principal, action, resource[, context[, resource_account]]) or a mapping with these
                names. Columns are a mapping of names as in a table to sequences of equal length.
            matched: Add the column `matched` to the result of a table: a list of the deciding statements (E-40).
            missing_keys: Add the column `missing_keys` to the result of a table (B-42).
            threads: At most this many; all cores otherwise.
            progress: Called with the number of rows done, some twenty times a second.

        Returns:
            For a table, the columns `decision`, `reason` and `deciding_layer`, dictionary-encoded: of pyarrow's, Polars' or
            pandas' own types for theirs (a frame of pandas keeps its index), else a `DecisionTable` of the PyCapsule
            interface. For rows and columns, `Decisions`.

        Raises:
            TypeError: A row has not the shape of one; a column is missing, there twice, of another length or of a type
                without a meaning. No row is decided then.
            ValidationError: The table's data are damaged.
        """
        if isinstance(requests, ArrowStream | ArrowArray):
            options: dict[str, Any] = {"matched": matched, "missing_keys": missing_keys}
            return check_table(self, requests, **options, threads=threads, progress=progress)
        return check_rows(self, requests, threads=threads, progress=progress)

    @overload
    def check_grid(
        self,
        principals: Iterable[str],
        actions: Iterable[str],
        resources: Iterable[str],
        context: Context | None = ...,
        *,
        bits: Literal[True],
        threads: int | None = ...,
        progress: Progress | None = ...,
    ) -> AccessGrid: ...
    @overload
    def check_grid(
        self,
        principals: Iterable[str],
        actions: Iterable[str],
        resources: Iterable[str],
        context: Context | None = ...,
        *,
        bits: Literal[False] = ...,
        threads: int | None = ...,
        progress: Progress | None = ...,
    ) -> DecisionTable: ...
    def check_grid(
        self,
        principals: Iterable[str],
        actions: Iterable[str],
        resources: Iterable[str],
        context: Context | None = None,
        *,
        bits: bool = False,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> DecisionTable | AccessGrid:
        """Decides all combinations of principals, actions and resources: who may do what where.

        Args:
            principals: Names as for `check`.
            actions: `service:Name`.
            resources: `*` or concrete ARNs.
            context: Keys that all combinations share.
            bits: Give one bit a combination in place of a table.
            threads: At most this many; all cores otherwise.
            progress: Called with the number of combinations done.

        Returns:
            A table of Arrow's PyCapsule interface with `principal`, `action`, `resource`, `decision`, `reason` and
            `deciding_layer`, the resource running fastest; or an `AccessGrid`. Names that cannot be understood are denied,
            as in `check_batch`.

        Raises:
            TypeError: A context value is of a type that has no meaning, named with its key.
            ValueError: The table would have more rows than one can hold.
        """
        if any(isinstance(side, str) for side in (principals, actions, resources)):
            raise TypeError("check_grid: expected lists of names, found a single text")
        sides = tuple(principals), tuple(actions), tuple(resources)
        decided = self._decide_grid(*sides, context, bits=bits, threads=threads, progress=progress)
        return AccessGrid(*sides, decided) if isinstance(decided, bytes) else decided

    def update(self, *changes: Change) -> int:
        """Makes all changes and puts the next snapshot in place, or makes none.

        Returns:
            The new revision. Requests that start after the return see it.

        Raises:
            MalformedPolicyDocument: A new document breaks a rule of the grammar.
            UnknownEntity: A change names something that is not there.
            ValidationError: Any other reason why a change cannot be made.
        """
        with self._updating:
            revision = self._update(changes)
            if self._source is not None:
                self._source.changed(changes)
        return revision

    def __repr__(self) -> str:
        return f"<Engine revision {self.revision}, {self.statement_count} statements>"
