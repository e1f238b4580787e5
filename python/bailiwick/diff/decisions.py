"""Two engines asked the same: which decisions differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, TypeAlias

from bailiwick.engine import Engine
from bailiwick.models import Context

#: Decision, reason and deciding layer.
Answer: TypeAlias = tuple[str, str, str | None]
Group: TypeAlias = Literal["newly_allowed", "newly_denied", "denied_otherwise"]
GROUPS: tuple[Group, ...] = ("newly_allowed", "newly_denied", "denied_otherwise")

#: Reasons of requests that were not decided by policies.
UNDECIDED = ("unknown_principal", "invalid_request")
_OWN = frozenset(("principal", "action", "resource", "resource_account", "decision", "reason", "deciding_layer"))
#: Requests of a grid that are decided at a time.
_CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """A request whose decision differs: the request as its columns, and both answers."""

    request: Mapping[str, Any]
    old: Answer
    new: Answer

    @property
    def group(self) -> Group:
        """What the change comes to for the caller."""
        if self.new[0] == "ALLOW":
            return "newly_allowed"
        return "newly_denied" if self.old[0] == "ALLOW" else "denied_otherwise"


@dataclass(slots=True)
class DecisionDifference:
    """What two engines say of the same requests.

    Attributes:
        asked: How many requests there were.
        counts: How many decisions differ, by group.
        changed: The first of them, by group.
        undecided: How many requests neither could decide, by reason.
        limit: How many of a group are kept; all if it is `None`.
    """

    limit: int | None = None
    asked: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    changed: dict[Group, list[ChangedDecision]] = field(default_factory=lambda: {group: [] for group in GROUPS})
    undecided: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return sum(self.counts.values()) > 0

    def add_rows(self, old: Engine, new: Engine, rows: Sequence[Mapping[str, Any]], threads: int | None = None) -> None:
        """Asks both of requests that are mappings of columns, as `Engine.check_batch` names them."""
        requests = [
            (row.get("principal"), row.get("action"), row.get("resource"), _context(row), row.get("resource_account") or None)
            for row in rows
        ]
        sides = [engine.check_batch(requests, threads=threads).answers for engine in (old, new)]
        self.asked += len(rows)
        for row, before, after in zip(rows, *sides, strict=True):
            if before[0] != after[0]:
                self._note(ChangedDecision(row, before, after))
            elif before[1] in UNDECIDED and after[1] in UNDECIDED:
                self.undecided[after[1]] += 1

    def add_table(self, old: Engine, new: Engine, table: Any, threads: int | None = None) -> None:
        """Asks both of a table of pyarrow, column by column."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kept = table.select([name for name in table.column_names if name not in ("decision", "reason", "deciding_layer")])
        sides = [pa.table(engine.check_batch(kept, threads=threads)) for engine in (old, new)]
        self.asked += kept.num_rows
        texts = [side.column("decision").cast(pa.string()) for side in sides]
        differ = pc.not_equal(*texts)
        rows = kept.filter(differ).to_pylist()
        answers = [side.filter(differ).to_pylist() for side in sides]
        for row, before, after in zip(rows, *answers, strict=True):
            given = {name: value for name, value in row.items() if value is not None}
            self._note(ChangedDecision(given, _answer(before), _answer(after)))
        reasons = [side.column("reason").cast(pa.string()) for side in sides]
        neither = pc.and_(*(pc.is_in(side, value_set=pa.array(UNDECIDED)) for side in reasons))
        self.undecided.update(pc.filter(reasons[1], neither).to_pylist())

    def add_grid(
        self,
        old: Engine,
        new: Engine,
        principals: Sequence[str],
        actions: Sequence[str],
        resources: Sequence[str],
        context: Context | None = None,
        threads: int | None = None,
    ) -> None:
        """Asks both of all combinations; columns are used where pyarrow is installed, which is faster."""
        pa = _pyarrow()
        keys = dict(context or {})
        for some in _parts(resources, _CHUNK):
            for few in _parts(actions, max(1, _CHUNK // len(some))):
                for principal in principals:
                    if pa is None:
                        combined = product(few, some)
                        rows = [
                            {"principal": principal, "action": action, "resource": resource, **keys}
                            for action, resource in combined
                        ]
                        self.add_rows(old, new, rows, threads)
                    else:
                        self.add_table(old, new, _grid(pa, principal, few, some, keys), threads)

    def _note(self, changed: ChangedDecision) -> None:
        self.counts[changed.group] += 1
        kept = self.changed[changed.group]
        if self.limit is None or len(kept) < self.limit:
            kept.append(changed)


def _context(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in _OWN and value is not None}


def _answer(row: Mapping[str, Any]) -> Answer:
    return row["decision"], row["reason"], row["deciding_layer"]


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        return None
    return pyarrow


def _parts(values: Sequence[str], most: int) -> Iterable[Sequence[str]]:
    return (values[at : at + most] for at in range(0, len(values), most))


def _grid(pa: Any, principal: str, actions: Sequence[str], resources: Sequence[str], context: Mapping[str, Any]) -> Any:
    """The combinations of one principal, the resource running fastest; each text is stored once."""
    rows = len(actions) * len(resources)

    def column(texts: Sequence[str], places: Iterable[int]) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(texts, pa.string()))

    return pa.table(
        {
            "principal": column([principal], [0] * rows),
            "action": column(actions, [at for at in range(len(actions)) for _ in resources]),
            "resource": column(resources, [at for _ in actions for at in range(len(resources))]),
            **{key: pa.array([value] * rows) for key, value in context.items()},
        }
    )
