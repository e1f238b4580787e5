"""The compiled extension: conversions around the Rust core."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

from typing_extensions import disjoint_base

from bailiwick.changes import Change
from bailiwick.models import Context, Principal, Registry, Snapshot, TrustMode

__all__ = ["Engine", "parse_policy", "simulate"]

def parse_policy(text: str | bytes, kind: str, service: str | None = None, registry: Registry | None = None) -> None: ...
def simulate(case: str, registry: Registry | None = None, search: str = "indexed") -> dict[str, Any]: ...

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
    def _decide_rows(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]: ...
    def _update(self, changes: Sequence[Change]) -> int: ...
    def to_bytes(self) -> bytes: ...
