"""Policy test files: found, read, and made into suites."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError as ShapeError

from bailiwick._json import read_file
from bailiwick.errors import ValidationError
from bailiwick.testing import schema
from bailiwick.testing.case import Case, is_policy, policy_names
from bailiwick.testing.expand import cases_of
from bailiwick.testing.faults import faults_of
from bailiwick.testing.json_lines import read_json, read_json_lines
from bailiwick.testing.policy_texts import PolicyTexts
from bailiwick.testing.sources import Source, Sources
from bailiwick.testing.tree import PolicyTestError, Tree, fault, hint

#: What is collected from folders; a file that is named is read whatever it is called.
SUFFIXES = (".policytest.yaml", ".policytest.yml", ".policytest.json", ".policytest.jsonl")
_HEADER = ("snapshot", "layers", "names", "defaults", "coverage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A policy test file.

    Attributes:
        file: Its path, as it was given.
        source: The policies that its cases are put to.
        cases: What it asks.
        ignored: Statements whose coverage it does not ask for.
        files: Everything that was read for it.
    """

    file: str
    source: Source
    cases: tuple[Case, ...]
    ignored: tuple[schema.IgnoreEntry, ...]
    files: frozenset[str]


def find_files(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """The files that paths name: files as they are, and in folders everything with one of `SUFFIXES`.

    Raises:
        ValidationError: A path does not exist, or a folder has no test file.
    """
    found: dict[str, None] = {}
    for path in paths:
        place = Path(path)
        if place.is_dir():
            inside = list(_below(place))
            if not inside:
                raise ValidationError(f"{place}: no policy test files (*{', *'.join(SUFFIXES)})")
            found |= dict.fromkeys(inside)
        elif place.exists():
            found[os.fspath(path)] = None
        else:
            raise ValidationError(f"{place}: no such file or folder")
    return list(found)


def _below(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.name.endswith(SUFFIXES) and path.is_file() and not hidden:
            yield os.fspath(path)


def load_suite(path: str | os.PathLike[str], sources: Sources | None = None) -> Suite:
    """Reads a test file and the policies that it names.

    Args:
        path: YAML, JSON or JSON Lines.
        sources: Where policies are kept that several files name; they are compiled once.

    Raises:
        PolicyTestError: The file is not of the shape; all that is wrong with it is named, with line and column.
        ValidationError: A file that it names is not there, or is not of its shape.
        MalformedPolicyDocument: A policy breaks a rule of the grammar.
    """
    file = os.fspath(path)
    tree = read_tree(file)
    try:
        tests = schema.PolicyTests.model_validate(tree.plain())
    except ShapeError as error:
        raise PolicyTestError(faults_of(error, tree)) from None
    texts = PolicyTexts(Path(file).parent, tree)
    cases = cases_of(tests, tree, texts.read)
    source = (sources or Sources()).of(tests, texts, file)
    _look_at_ignored(tests, source, tree)
    return Suite(
        file=file,
        source=source,
        cases=cases,
        ignored=tuple(tests.coverage.ignore),
        files=frozenset({file, *source.files, *texts.files}),
    )


def _look_at_ignored(tests: schema.PolicyTests, source: Source, tree: Tree) -> None:
    """What coverage is asked to ignore must be there: a name that means nothing is a mistake or out of date."""
    ids = [document.id for document in source.documents]
    for at, entry in enumerate(tests.coverage.ignore):
        if not any(is_policy(entry.policy, id) for id in ids):
            names = {name for id in ids for name in policy_names(id)}
            place = tree.place_of(("coverage", "ignore", at, "policy"))
            raise fault(place, f"no policy is called `{entry.policy}`{hint(entry.policy, names)}")


def read_tree(file: str) -> Tree:
    """What a test file says, with places."""
    text, suffix = read_file(Path(file)), Path(file).suffix.lower()
    if suffix in (".yaml", ".yml"):
        from bailiwick.testing.yaml_text import read_yaml

        tree = read_yaml(text, file)
    elif suffix in (".jsonl", ".ndjson"):
        tree = _of_lines(read_json_lines(text, file))
    elif suffix == ".json":
        tree = read_json(text, file)
    else:
        raise ValidationError(f"{file}: expected a name that ends in .yaml, .yml, .json or .jsonl")
    if not isinstance(tree.value, dict):
        raise fault(tree.place, "expected a mapping with `snapshot` or `layers`, and `cases`, `tables` or `matrices`")
    return tree


def _of_lines(lines: list[Tree]) -> Tree:
    """JSON Lines as one file: the head in the first line, then a case a line, or a lone `table` or `matrix`."""
    if not lines or not isinstance(lines[0].value, dict) or not set(lines[0].value) & set(_HEADER):
        raise (
            fault(lines[0].place, "the first line is the head: expected `snapshot` or `layers`")
            if lines
            else ValidationError("no lines: expected a head with `snapshot` or `layers`, and a case a line")
        )
    head, members, names = lines[0], dict(lines[0].value), dict(lines[0].names)
    listed: dict[str, list[Tree]] = {"cases": [], "tables": [], "matrices": []}
    for line in lines[1:]:
        if not isinstance(line.value, dict):
            raise fault(line.place, "expected an object: a case, or a lone `table` or `matrix`")
        alone = next(iter(line.value)) if len(line.value) == 1 else None
        kind = {"table": "tables", "matrix": "matrices"}.get(alone or "", "cases")
        listed[kind].append(line if kind == "cases" else line.value[alone])
    for kind, entries in listed.items():
        if kind in members:
            raise fault(names[kind], f"`{kind}`: each stands in a line of its own")
        if entries:
            members[kind], names[kind] = Tree(entries[0].place, entries), entries[0].place
    return Tree(head.place, members, names)
