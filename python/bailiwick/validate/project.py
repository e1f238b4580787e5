"""Validation of files under a configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from bailiwick.errors import ValidationError
from bailiwick.models import PolicyKind, Registry
from bailiwick.validate.config import Config, Suppression
from bailiwick.validate.finding import Finding, FindingType
from bailiwick.validate.patterns import matcher
from bailiwick.validate.policy import read_policy
from bailiwick.validate.run import resource_kind_of, validate_document
from bailiwick.validate.services import HOW_TO_INSTALL, ServiceReference
from bailiwick.validate.sources import SUFFIXES, FoundPolicy, policies_in

_WIDTH = 96
#: So much of a long line is shown before the finding.
_BEFORE = 24


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Part of a line: its text, and where in it the finding starts and how long it is."""

    text: str
    start: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """A finding of a policy in a file.

    Attributes:
        file: Path as it was given.
        policy: Name of the policy in the file; empty if the file is the policy.
        kind: What it was taken for.
        pointer: Where the policy stands in the file; `finding.path` goes on from there.
        sid: `Sid` of the statement, if the finding is about one that has one.
        finding: What was found.
        excerpt: The line it is in, cut to what fits a screen.
        suppression: By which it is accepted, if it is.
    """

    file: str
    policy: str
    kind: PolicyKind
    pointer: str
    sid: str | None
    finding: Finding
    excerpt: Excerpt
    suppression: Suppression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What validation of files came to.

    Attributes:
        findings: By file, policy and place; the accepted ones as well.
        files: How many files were read.
        policies: How many policies were in them.
        services: What is known of services, and of what day, for people.
        notes: What else to know: checks that were omitted, suppressions that are outdated or about nothing.
    """

    findings: tuple[PolicyFinding, ...]
    files: int
    policies: int
    services: str
    notes: tuple[str, ...]

    @property
    def open(self) -> Iterator[PolicyFinding]:
        """The findings that are not accepted."""
        return (found for found in self.findings if found.suppression is None)

    def fails(self, level: FindingType | None) -> bool:
        """Whether a finding that is not accepted is at least so grave."""
        return level is not None and any(found.finding.type.rank <= level.rank for found in self.open)


def validate_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    config: Config,
    services: ServiceReference,
    registry: Registry,
    today: date,
    resource_type: str | None = None,
    others: Literal["refuse", "ignore"] = "refuse",
) -> Report:
    """Validates all policies of files.

    Args:
        paths: Files, of which each is to hold a policy, `-` being stdin; and directories, of which the files that hold some
            are looked at.
        config: What counts, and what is accepted.
        services: Knowledge of services.
        registry: The host's partitions and services.
        today: Decides which suppressions are outdated.
        resource_type: For resource policies of which the file does not say what holds them.
        others: What to do with a given file without a policy: `refuse` it, or `ignore` it.

    Raises:
        ValidationError: A file cannot be read, or holds no policy.
    """
    valid = [one for one in config.suppressions if one.until is None or one.until >= today]
    used: set[int] = set()
    findings: list[PolicyFinding] = []
    looked_at: list[str] = []
    policies = 0
    for path, is_given in _files(paths):
        data = _read(path)
        if not (is_given and others == "refuse") and not _can_hold_policies(path, data):
            continue
        lines = data.decode("utf-8", "replace").split("\n")
        looked_at.append(_relative(path, config))
        for policy in policies_in(data, path.name):
            policies += 1
            for found in _findings(policy, path, config, services, registry, resource_type, lines):
                at = next((at for at, one in enumerate(valid) if _covers(one, found, config)), None)
                used |= set() if at is None else {at}
                findings.append(found if at is None else replace(found, suppression=valid[at]))
    unused = [one for at, one in enumerate(valid) if at not in used and _is_about_one(one, looked_at)]
    notes = _notes(config, services, today, unused)
    return Report(findings=tuple(findings), files=len(looked_at), policies=policies, services=str(services), notes=tuple(notes))


def _files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[tuple[Path, bool]]:
    """Files, and whether they were given or found in a directory."""
    for given in paths:
        path = Path(given)
        if path.is_dir():
            yield from (
                (inner, False) for inner in sorted(path.rglob("*")) if inner.suffix.lower() in SUFFIXES and inner.is_file()
            )
        else:
            yield path, True


def _can_hold_policies(path: Path, data: bytes) -> bool:
    """Whether there is a policy in a file, or something that is meant to be one."""
    if b"Statement" not in data:
        return False
    try:
        return bool(policies_in(data, path.name))
    except ValidationError:
        return False


def _read(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
    except OSError as error:
        raise ValidationError(f"{path}: {error.strerror or error}") from error


def _findings(
    policy: FoundPolicy,
    path: Path,
    config: Config,
    services: ServiceReference,
    registry: Registry,
    resource_type: str | None,
    lines: Sequence[str],
) -> Iterator[PolicyFinding]:
    kind, type_ = _use(policy, path, config, resource_type)
    found = validate_document(
        policy.document,
        kind=kind,
        services=services,
        registry=registry,
        resource_kind=resource_kind_of(type_) if kind is PolicyKind.RESOURCE else None,
        quota=policy.quota,
        must_not_grant=config.must_not_grant,
        turned_on=config.turned_on,
    )
    sids = _sids(policy)
    for one in found:
        # A document that does not parse does not compile, whatever the configuration makes of it.
        counts_as = one.type if one.parse_error is not None else config.type_of(one.code)
        if counts_as is not None:
            yield PolicyFinding(
                file=os.fspath(path),
                policy=policy.name,
                kind=kind,
                pointer=policy.pointer,
                sid=next((sid for start, sid in sids if f"{one.path}/".startswith(start)), None),
                finding=replace(one, type=counts_as),
                excerpt=_excerpt(one, lines),
            )


def _use(policy: FoundPolicy, path: Path, config: Config, resource_type: str | None) -> tuple[PolicyKind, str | None]:
    """Kind and resource type: what the file says, then what the configuration says, then a guess."""
    if not policy.is_guess:
        return policy.kind, policy.resource_type or resource_type
    by_file = next((one for one in config.files if matcher(one.files)(_relative(path, config))), None)
    if by_file is not None:
        return by_file.kind, by_file.resource_type or resource_type
    return config.kind or policy.kind, policy.resource_type or resource_type


def _sids(policy: FoundPolicy) -> list[tuple[str, str]]:
    """Pointers of statements, ended by a slash, and their `Sid`s."""
    if policy.document.root is None:
        return []
    statements = read_policy(policy.document.root).statements
    return [(f"{statement.path}/", statement.sid.text) for statement in statements if statement.sid is not None]


def _excerpt(found: Finding, lines: Sequence[str]) -> Excerpt:
    line = lines[found.line - 1].rstrip("\r") if found.line <= len(lines) else ""
    start = found.column - 1
    end = found.location.end_column - 1 if found.location.end_line == found.line else len(line)
    left = max(0, start - _BEFORE) if len(line) > _WIDTH else len(line) - len(line.lstrip())
    text = line[left : left + _WIDTH].rstrip()
    length = max(1, min(end - start, len(text) - (start - left)))
    if len(line) > _WIDTH:
        text = f"{'…' if left else ''}{text[left > 0 :]}{'…' if left + _WIDTH < len(line) else ''}"
    return Excerpt(text, start - left, length)


def _is_about_one(suppression: Suppression, files: Sequence[str]) -> bool:
    """Whether a suppression names files of which one was looked at: one for all files may be about the others."""
    return suppression.files != "*" and any(matcher(suppression.files)(file) for file in files)


def _covers(suppression: Suppression, found: PolicyFinding, config: Config) -> bool:
    path = _relative(Path(found.file), config)
    return suppression.covers(found.finding.code, path, found.policy, found.sid)


def _relative(path: Path, config: Config) -> str:
    """The path as globs see it: from the configuration's directory, with slashes."""
    try:
        return path.resolve().relative_to(config.root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _notes(config: Config, services: ServiceReference, today: date, unused: Sequence[Suppression]) -> Iterator[str]:
    if not services:
        yield f"checks that need knowledge of services were omitted: {HOW_TO_INSTALL}, or give --service-reference"
    elif not services.is_complete:
        yield f"services that do not exist were not reported, since others may than those that are known ({services})"
    for one in config.suppressions:
        if one.until is not None and one.until < today:
            yield f"{one} ended on {one.until}"
    for one in unused:
        yield f"{one} is about nothing that was found"
