"""What the checks of one document need, and what they find."""

from __future__ import annotations

from bailiwick.models import PolicyKind, Registry, ServiceProfile
from bailiwick.reference.json_text import Fault, Member, Node, line_starts, pointer, position


class Checks:
    """The checks of one document share this.

    Attributes:
        kind: Where the document is used (N-08).
        profile: Of the service, for kind `resource`.
        registry: Host's partitions and services.
        faults: Every error that was found.
        variables: Whether `${…}` means something: in 2012-10-17 alone (M-20).
        full_access: The document equals `RCPFullAWSAccess` (B-12).
    """

    def __init__(self, text: str, kind: PolicyKind, profile: ServiceProfile, registry: Registry) -> None:
        self._text, self._starts = text, line_starts(text)
        self.kind, self.profile, self.registry = kind, profile, registry
        self.faults: list[Fault] = []
        self.variables = False
        self.full_access = False

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        return position(self._text, offset, self._starts)

    def fault(self, code: str, offset: int, path: str, message: str) -> None:
        """Notes an error."""
        self.faults.append(Fault(code, offset, path, message))

    def mismatch(self, node: Node, path: str, wanted: str) -> None:
        """Notes a value of the wrong JSON type."""
        self.fault("DATA_TYPE_MISMATCH", node.start, path, f"expected {wanted}, found {node.kind}")

    def members(self, node: Node, path: str, known: tuple[str, ...], code: str) -> dict[str, Member]:
        """The first member of each known name; others are faults, repeated ones are already."""
        found: dict[str, Member] = {}
        for member in node.members:
            if member.name in found:
                continue
            found[member.name] = member
            if member.name not in known:
                self.fault(code, member.start, pointer(path, member.name), f"unknown member `{member.name}`")
        return {name: member for name, member in found.items() if name in known}

    def string(self, node: Node, path: str) -> str | None:
        """The text of a value that must be a string."""
        if node.kind != "string":
            self.mismatch(node, path, "a string")
            return None
        return str(node.value)

    def strings(self, node: Node, path: str, wanted: str = "a string or a list of strings") -> list[tuple[Node, str, str]]:
        """Texts of a string or a list of strings, with their nodes and pointers (G-13)."""
        if node.kind == "string":
            return [(node, path, str(node.value))]
        if node.kind != "array":
            self.mismatch(node, path, wanted)
            return []
        if not node.items:
            self.fault("EMPTY_ARRAY", node.start, path, "the list is empty")
        found = []
        for at, item in enumerate(node.items):
            text = self.string(item, pointer(path, at))
            if text is not None:
                found.append((item, pointer(path, at), text))
        return found
