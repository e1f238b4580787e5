"""Answers -> the points that they show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bailiwick.errors import MalformedPolicyDocument
from bailiwick.models import PolicyKind, Registry, ServiceProfile
from bailiwick.reference.document import Statement
from bailiwick.reference.evaluate import Said
from bailiwick.reference.grammar import parse
from bailiwick.reference.parts import Part, holds, parts_of
from bailiwick.reference.request import Request
from bailiwick.reference.truth import F
from bailiwick.snapshot_documents import HeldDocument
from bailiwick.testing.case import is_policy
from bailiwick.testing.coverage.points import Group, PartShape, Point, points_of, shapes_of
from bailiwick.testing.questions import Answer
from bailiwick.testing.schema import IgnoreEntry
from bailiwick.testing.sources import Source


@dataclass(frozen=True, slots=True)
class Figures:
    """How many points were seen, of how many."""

    seen: int = 0
    all: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.seen + other.seen, self.all + other.all)

    @property
    def percent(self) -> float:
        """Of nothing, all was seen."""
        return 100.0 * self.seen / self.all if self.all else 100.0

    def __str__(self) -> str:
        return f"{self.seen}/{self.all}"


@dataclass(slots=True)
class DocumentCoverage:
    """The points of a document, and which of them were seen.

    Attributes:
        document: The document.
        source: What reports call the policies that it is of.
        statements: Its statements.
        points: What can be shown of it; points of ignored statements are not among them.
        ignored: Statements that a test file asks to ignore, and why.
        seen: What was shown of it.
    """

    document: HeldDocument
    source: str
    statements: tuple[Statement, ...]
    points: set[Point]
    ignored: dict[int, str] = field(default_factory=dict)
    seen: set[Point] = field(default_factory=set)
    _shapes: dict[int, list[PartShape]] = field(default_factory=dict)

    def shapes(self, statement: int) -> list[PartShape]:
        """The elements and tests of a statement."""
        if statement not in self._shapes:
            self._shapes[statement] = shapes_of(self.statements[statement])
        return self._shapes[statement]

    def figures(self, group: Group | None = None) -> Figures:
        """How much was seen, of all or of one group of points."""
        wanted = self.points if group is None else {point for point in self.points if self.group(point) == group}
        return Figures(len(wanted & self.seen), len(wanted))

    def group(self, point: Point) -> Group:
        """Where a point is counted."""
        return "statements" if point.part < 0 else self.shapes(point.statement)[point.part].group

    def gaps(self) -> list[Point]:
        """What was not seen, in the order of the document; of a statement that never applied, that alone."""
        missed = sorted(self.points - self.seen)
        never = {point.statement for point in missed if point.what == "applies"}
        return [point for point in missed if point.what == "applies" or point.statement not in never]

    def words(self, point: Point) -> str:
        """A gap in words."""
        if point.what == "applies":
            return "never applied"
        shape = self.shapes(point.statement)[point.part]
        if point.what == "fails":
            return f"{shape.name}: never the only reason why it did not apply"
        if point.what == "absent":
            return f"{shape.name}: never asked without the key"
        value = shape.texts[point.value]
        if shape.negated:
            return f"{shape.name} `{value}`: never the only reason why it did not apply"
        return f"{shape.name} `{value}`: never matched when it applied"


class Coverage:
    """What the cases of suites have shown of the policies that they were put to."""

    def __init__(self) -> None:
        self._sources: dict[int, Source] = {}
        self._documents: dict[int, dict[str, list[DocumentCoverage]]] = {}
        self.unbound: list[tuple[str, HeldDocument]] = []

    def add(self, source: Source, ignored: Iterable[IgnoreEntry] = ()) -> None:
        """Counts the points of a source, and leaves out what a test file ignores."""
        if id(source) not in self._documents:
            self._sources[id(source)] = source
            self._documents[id(source)] = self._measured(source)
        for entry in ignored:
            for found in self._of(source):
                _ignore(found, entry)

    def note(self, source: Source, answer: Answer) -> None:
        """Notes what one answer shows."""
        by_id = self._documents[id(source)]
        for said in answer.said:
            for found in by_id.get(said.policy, ()):
                if len(found.statements) > said.statement.index and found.statements[said.statement.index] == said.statement:
                    found.seen.update(_shown(said, answer.request, found.shapes(said.statement.index)))

    def documents(self) -> list[DocumentCoverage]:
        """All documents that some request can be put to and that are not AWS's own, in the order of their files."""
        return [found for source in self._sources.values() for found in self._of(source)]

    def figures(self, group: Group | None = None) -> Figures:
        """How much was seen of all documents."""
        return sum((found.figures(group) for found in self.documents()), Figures())

    def _of(self, source: Source) -> Iterator[DocumentCoverage]:
        for listed in self._documents[id(source)].values():
            yield from listed

    def _measured(self, source: Source) -> dict[str, list[DocumentCoverage]]:
        found: dict[str, list[DocumentCoverage]] = defaultdict(list)
        for document in source.documents:
            if document.vendor:
                continue
            if not document.binds:
                self.unbound.append((source.name, document))
                continue
            profile = document.profile(source.registry)
            statements = _statements(document, profile, source.registry)
            points = {point for one in statements for point in points_of(one, document, profile)}
            found[document.id].append(DocumentCoverage(document, source.name, statements, points))
        return found


def _statements(document: HeldDocument, profile: ServiceProfile, registry: Registry) -> tuple[Statement, ...]:
    try:
        return parse(document.text, document.kind, profile=profile, registry=registry).statements
    except MalformedPolicyDocument:
        if document.kind is not PolicyKind.RESOURCE:
            raise
    # A resource layer does not say of which resource it is; it may be a role's trust policy, or leave `Resource` out.
    try:
        return parse(document.text, PolicyKind.TRUST, registry=registry).statements
    except MalformedPolicyDocument:
        wide = ServiceProfile(implicit_resource=True, canonical_user=True)
        return parse(document.text, PolicyKind.RESOURCE, profile=wide, registry=registry).statements


def _ignore(found: DocumentCoverage, entry: IgnoreEntry) -> None:
    if not is_policy(entry.policy, found.document.id):
        return
    for statement in found.statements:
        if entry.sid in (None, statement.sid) and entry.index in (None, statement.index):
            found.ignored[statement.index] = entry.why
            found.points = {point for point in found.points if point.statement != statement.index}


def _shown(said: Said, request: Request, shapes: list[PartShape]) -> Iterator[Point]:
    """The points that one statement shows on one request."""
    coarse = (said.principal, said.action, said.resource, said.condition)
    if sum(not holds(said, truth) for truth in coarse) > 1:  # most statements on most requests: nothing stands alone
        return
    parts, index = parts_of(said, request), said.statement.index
    failing = [at for at, part in enumerate(parts) if not holds(said, part.truth)]
    if len(failing) > 1:
        return
    if not failing:
        yield Point(index, -1, -1, "applies")
    for at, (part, shape) in enumerate(zip(parts, shapes, strict=True)):
        alone = failing == [at]
        if part.truth is F and not shape.negated:  # and so alone
            yield Point(index, at, -1, "fails")
        if not part.present and (alone or not failing):
            yield Point(index, at, -1, "absent")
        if alone if shape.negated else not failing:
            yield from _matching(index, at, part)


def _matching(index: int, at: int, part: Part) -> Iterator[Point]:
    return (Point(index, at, value, "matches") for value, matches in enumerate(part.matches) if matches)
