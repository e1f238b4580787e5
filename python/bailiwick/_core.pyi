"""The compiled extension: conversions around the Rust core."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, final

from typing_extensions import disjoint_base

from bailiwick.changes import Change
from bailiwick.models import Context, Principal, Registry, Snapshot, TrustMode

__all__ = ["DecisionTable", "Engine", "Rows", "parse_policy", "simulate"]

def parse_policy(text: str | bytes, kind: str, service: str | None = None, registry: Registry | None = None) -> None: ...
def simulate(case: str, registry: Registry | None = None, search: str = "indexed") -> dict[str, Any]: ...

@final
class Rows:
    def __len__(self) -> int: ...
    def allowed(self) -> list[bool]: ...
    def answers(self) -> list[tuple[str, str, str | None]]: ...
    def members(self, row: int) -> tuple[tuple[Any, ...], str, str]: ...

@final
class DecisionTable:
    """Decisions as a table of Arrow's PyCapsule interface: `pyarrow.table(it)`, `polars.DataFrame(it)`."""

    @property
    def num_rows(self) -> int | None: ...
    @property
    def column_names(self) -> list[str]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@disjoint_base
class Engine:
    def __new__(cls, source: Snapshot | bytes, *, search: str = "indexed") -> Self: ...
    @property
    def revision(self) -> int: ...
    @property
    def statement_count(self) -> int: ...
    def is_allowed(
        self,
        principal: str | Principal,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str | None = None,
        session_policies: Any = None,
        endpoint_policies: Any = None,
        trust_mode: TrustMode | None = None,
        anonymous_allowed: bool | None = None,
    ) -> bool: ...
    def _decide(
        self,
        principal: str | Principal,
        action: str,
        resource: str,
        context: Context | None = None,
        *,
        resource_account: str | None = None,
        session_policies: Any = None,
        endpoint_policies: Any = None,
        trust_mode: TrustMode | None = None,
        anonymous_allowed: bool | None = None,
    ) -> tuple[Any, ...]: ...
    def _decide_rows(
        self,
        rows: Iterable[Any],
        *,
        threads: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Rows: ...
    def _decide_table(
        self,
        requests: object,
        *,
        matched: bool = False,
        missing_keys: bool = False,
        threads: int | None = None,
        progress: Callable[[int], object] | None = None,
        stream: bool = False,
    ) -> DecisionTable: ...
    def _decide_grid(
        self,
        principals: Sequence[str],
        actions: Sequence[str],
        resources: Sequence[str],
        context: Context | None = None,
        *,
        bits: bool = False,
        threads: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> DecisionTable | bytes: ...
    def _update(self, changes: Sequence[Change]) -> int: ...
    def to_bytes(self) -> bytes: ...
