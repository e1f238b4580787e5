"""Names, defaults, tables and matrices of a test file -> cases; everything that does not fit is a fault at its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, TypeAlias, get_args

from bailiwick.testing import schema
from bailiwick.testing.case import Case, Expectation, WantedStatement
from bailiwick.testing.draft import SIDES, Draft, Faults, Given
from bailiwick.testing.names import Names
from bailiwick.testing.tree import Path, PolicyTestError, Tree, hint

#: A document as the file gives it, and its path -> its text.
ReadDocument: TypeAlias = Callable[[Any, Path], str]

_ACCOUNT = re.compile(r"[0-9]{12}")
_COLUMNS = ("name", *SIDES, "expect", "reason", "statement", "resource_account")
_WORDS: dict[str, tuple[str, ...]] = {"expect": get_args(schema.Expected), "reason": get_args(schema.Reason)}
_OTHERS = "*"


def cases_of(tests: schema.PolicyTests, tree: Tree, read_document: ReadDocument) -> tuple[Case, ...]:
    """All cases of a file.

    Raises:
        PolicyTestError: With everything that does not fit.
    """
    faults = Faults(tree)
    expander = _Expander(tests, faults, read_document)
    found = [*expander.cases(), *expander.tables(), *expander.matrices()]
    if not found and not faults.found:
        faults.add((), "no cases: expected `cases`, `tables` or `matrices`")
    if faults.found:
        raise PolicyTestError(faults.found)
    return tuple(_numbered(found))


def _numbered(cases: list[Case]) -> Iterator[Case]:
    """The cases, those whose name was there before with a number."""
    taken = Counter[str]()
    for case in cases:
        taken[case.name] += 1
        yield case if taken[case.name] == 1 else replace(case, name=f"{case.name} #{taken[case.name]}")


class _Expander:
    def __init__(self, tests: schema.PolicyTests, faults: Faults, read_document: ReadDocument) -> None:
        self.tests, self.faults, self.read_document = tests, faults, read_document
        self.names = Names(tests.names, faults)
        self.defaults = Draft().with_entry(tests.defaults, ("defaults",))

    # Cases ------------------------------------------------------------------------------------------------------------

    def cases(self) -> Iterator[Case]:
        for at, entry in enumerate(self.tests.cases):
            path = ("cases", at)
            yield from self.made(self.defaults.with_entry(entry, path), path)

    def made(self, draft: Draft, path: Path) -> Iterator[Case]:
        """The cases of a draft, whose entry stands at a path: all combinations of what it lists."""
        missing = [name for name in (*SIDES, "expect") if name not in draft.members]
        for name in missing:
            self.faults.add(path, f"`{name}` is missing: give it here or in `defaults`")
        if missing:
            return
        several = any(isinstance(draft.value(name), list) for name in SIDES)
        for one in draft.single():
            name = draft.value("name") or one.request()
            before = len(self.faults.found)
            case = self.case(one, f"{name}: {one.request()}" if several and name != one.request() else name, path)
            if len(self.faults.found) == before:
                yield case

    def case(self, draft: Draft, name: str, path: Path) -> Case:
        """One case; what does not fit is noted."""
        for key, given in draft.keys.values():
            if ":" not in key:
                self.faults.add(given.path, f"context key `{key}`: expected `prefix:name`", name=True)
        owner = draft.members.get("resource_account")
        if owner is not None and not _ACCOUNT.fullmatch(owner.value):
            self.faults.add(owner.path, f"account `{owner.value}`: expected 12 digits")
        statements = _statements(draft.value("statement"))
        if statements and draft.value("expect") == "implicit_deny":
            self.faults.add(draft.members["statement"].path, "no statement decides an implicit denial: leave `statement` out")
        principal, action, resource = (draft.members[side] for side in SIDES)
        return Case(
            name=name,
            place=self.faults.tree.place_of(path),
            principal=self.names.principal(principal),
            action=self.names.action(action),
            resource=self.names.resource(resource),
            context=draft.context(),
            resource_account=draft.value("resource_account"),
            session_policies=self.sessions(draft.members.get("session_policies")),
            trust_mode=draft.value("trust_mode"),
            anonymous_allowed=draft.value("anonymous_allowed"),
            expected=Expectation(outcome=draft.value("expect"), reason=draft.value("reason"), statements=statements),
            why=draft.value("why"),
        )

    def sessions(self, given: Given | None) -> tuple[str, ...] | None:
        if given is None:
            return None
        if not isinstance(given.value, list):
            return (self.read_document(given.value, given.path),)
        return tuple(self.read_document(one, (*given.path, at)) for at, one in enumerate(given.value))

    # Tables -----------------------------------------------------------------------------------------------------------

    def tables(self) -> Iterator[Case]:
        for at, entry in enumerate(self.tests.tables):
            path = ("tables", at)
            if not self.has_columns(entry, path):
                continue
            shared = self.defaults.with_entry(entry, path)
            title = entry.name or f"table {at + 1}"
            for number, cells in enumerate(entry.rows):
                here = (*path, "rows", number)
                if len(cells) != len(entry.columns):
                    self.faults.add(here, f"expected {len(entry.columns)} cells, found {len(cells)}")
                elif (draft := self.row(entry.columns, cells, shared, here)) is not None:
                    named = cells[entry.columns.index("name")] if "name" in entry.columns else None
                    name = f"{title}: {named}" if named is not None else f"{title}, row {number + 1}"
                    yield from self.made(draft.with_member("name", Given(name, here)), here)

    def has_columns(self, entry: schema.TableEntry, path: Path) -> bool:
        before = len(self.faults.found)
        for at, column in enumerate(entry.columns):
            if column not in _COLUMNS and ":" not in column:
                words = f"column `{column}`: expected a condition key, {_one_of(_COLUMNS)}"
                self.faults.add((*path, "columns", at), words + hint(column, _COLUMNS))
            if column in entry.columns[:at]:
                self.faults.add((*path, "columns", at), f"column `{column}` is given twice")
        return len(self.faults.found) == before

    def row(self, columns: list[str], cells: list[Any], draft: Draft, path: Path) -> Draft | None:
        """What a row says, over what its table says; an empty cell says nothing."""
        before = len(self.faults.found)
        for at, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            here = (*path, at)
            if cell is None:
                continue
            if column not in _COLUMNS:
                draft = draft.with_key(column, Given(cell, here))
            elif not isinstance(cell, str):
                self.faults.add(here, f"`{column}`: expected text, found `{cell}`; put it in quotes")
            elif cell not in _WORDS.get(column, (cell,)):
                known = _WORDS[column]
                self.faults.add(here, f"`{column}` is `{cell}`: expected {_one_of(known)}{hint(cell, known)}")
            else:
                draft = draft.with_member(column, Given(cell, here))
        return draft if len(self.faults.found) == before else None

    # Matrices ---------------------------------------------------------------------------------------------------------

    def matrices(self) -> Iterator[Case]:
        for at, entry in enumerate(self.tests.matrices):
            path = ("matrices", at)
            sides = [side if isinstance(side, list) else [side] for side in (entry.principals, entry.actions, entry.resources)]
            if not self.is_inside(entry.expect, sides, (*path, "expect")):
                continue
            shared = self.defaults.with_entry(entry, path)
            title = entry.name or f"matrix {at + 1}"
            for numbers in product(*(range(len(side)) for side in sides)):
                parts = [side[number] for side, number in zip(sides, numbers, strict=True)]
                answer = self.answer(entry.expect, parts, (*path, "expect"))
                if answer is None:
                    continue
                draft = shared.with_member("expect", answer)
                for name, part, number in zip(SIDES, parts, numbers, strict=True):
                    draft = draft.with_member(name, Given(part, (*path, f"{name}s", number)))
                draft = draft.with_member("name", Given(f"{title}: {draft.request()}", path))
                yield from self.made(draft, answer.path)

    def is_inside(self, answers: Any, sides: Sequence[list[str]], path: Path) -> bool:
        """Whether all that the answers name is in the matrix."""
        if isinstance(answers, str):
            return True
        before = len(self.faults.found)
        kind = f"{SIDES[-len(sides)]}s"
        for name, below in answers.items():
            if name != _OTHERS and name not in sides[0]:
                self.faults.add((*path, name), f"`{name}` is not one of `{kind}`{hint(name, sides[0])}", name=True)
            self.is_inside(below, sides[1:], (*path, name))
        return len(self.faults.found) == before

    def answer(self, answers: Any, parts: list[str], path: Path) -> Given | None:
        """What the answers say of a combination, the most specific first."""
        for part in parts:
            if isinstance(answers, str):
                break
            name = part if part in answers else _OTHERS
            if name not in answers:
                words = f'`{part}` has no answer ({" ".join(parts)}): name it here, or `"*"` for all that are not named'
                self.faults.add(path, words)
                return None
            answers, path = answers[name], (*path, name)
        return Given(answers, path)


def _statements(given: Any) -> tuple[WantedStatement, ...]:
    listed = given if isinstance(given, list) else [given] if given is not None else []
    return tuple(WantedStatement(sid=one) if isinstance(one, str) else WantedStatement(**one.model_dump()) for one in listed)


def _one_of(words: Sequence[str]) -> str:
    return f"{', '.join(f'`{word}`' for word in words[:-1])} or `{words[-1]}`"
