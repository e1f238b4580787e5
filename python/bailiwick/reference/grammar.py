"""The grammar of policy documents (G-06…37): every error is found, the one that N-09 and B-01 select is raised.

This is the top level; `statement`, `principal_element` and `condition_element` have the rest, `elements` single values.
"""

from __future__ import annotations

from bailiwick.errors import MalformedPolicyDocument
from bailiwick.models import DEFAULT_PROFILE, PolicyKind, Registry, ServiceProfile
from bailiwick.reference.checks import Checks
from bailiwick.reference.document import Document, Statement
from bailiwick.reference.json_text import Fault, Member, Node, Reader, Stop, position
from bailiwick.reference.statement import statement

DEPTH = 16
_NAMES = ("Version", "Id", "Statement")


def parse(
    text: str | bytes,
    kind: PolicyKind,
    *,
    profile: ServiceProfile = DEFAULT_PROFILE,
    registry: Registry | None = None,
) -> Document:
    """Parses a document of a kind.

    Args:
        text: The document; bytes must be UTF-8.
        kind: Where it is used (N-08).
        profile: Of the service, for kind `resource` (G-17, G-27).
        registry: Host's partitions and services (G-24, G-26).

    Raises:
        MalformedPolicyDocument: The error with the smallest offset (N-09).
    """
    decoded = decode(text)
    reader = Reader(decoded, depth=DEPTH, policy=True)
    try:
        root = reader.read()
    except Stop as stop:
        raise _error([*reader.faults, stop.fault], decoded) from None
    checks = Checks(decoded, kind, profile, registry or Registry())
    document = _document(checks, root)
    faults = [*reader.faults, *checks.faults]
    if faults or document is None:
        raise _error(faults, decoded)
    return document


def faults(
    root: Node, kind: PolicyKind, *, profile: ServiceProfile = DEFAULT_PROFILE, registry: Registry | None = None
) -> list[Fault]:
    """Everything the grammar has to say of a document that is JSON, where `parse` raises one error (V-04)."""
    checks = Checks("", kind, profile, registry or Registry())
    _document(checks, root)
    return checks.faults


def decode(text: str | bytes) -> str:
    """The text of a document (G-01).

    Raises:
        MalformedPolicyDocument: It is not UTF-8, or starts with a byte-order mark.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if data.startswith(b"\xef\xbb\xbf"):
        raise MalformedPolicyDocument("INVALID_ENCODING", "", 1, 1, "the text starts with a byte-order mark: leave it out")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = position(before, len(before))
        raise MalformedPolicyDocument("INVALID_ENCODING", "", line, column, "the text is not UTF-8") from None


def _error(faults: list[Fault], text: str) -> MalformedPolicyDocument:
    first = min(faults, key=lambda fault: fault.rank)
    line, column = position(text, first.offset)
    return MalformedPolicyDocument(first.code, first.path, line, column, first.message)


def _document(checks: Checks, root: Node) -> Document | None:
    if root.kind != "object":
        checks.fault("JSON_SYNTAX_ERROR", root.start, "", "expected an object")  # B-05
        return None
    members = checks.members(root, "", _NAMES, "INVALID_POLICY_ELEMENT")
    _check_version(checks, members.get("Version"))
    if (member := members.get("Id")) is not None:
        checks.string(member.node, "/Id")
    if "Statement" not in members:
        if len(members) == len({member.name for member in root.members}):  # B-14
            checks.fault("MISSING_STATEMENT", root.start, "", "the document has no `Statement`")
        return None
    return _statements(checks, members["Statement"].node)


def _check_version(checks: Checks, member: Member | None) -> None:
    """G-07; variables are known in 2012-10-17 alone (M-20)."""
    if member is None:
        return
    text = checks.string(member.node, "/Version")
    if text is not None and text not in ("2008-10-17", "2012-10-17"):
        checks.fault("INVALID_VERSION", member.node.start, "/Version", f"version `{text}`: expected `2012-10-17`")
    checks.variables = text == "2012-10-17"


def _statements(checks: Checks, node: Node) -> Document | None:
    """G-09."""
    checks.full_access = checks.kind is PolicyKind.RCP and _is_full_access(node)
    if node.kind == "object":
        places = [(node, "/Statement")]
    elif node.kind == "array":
        places = [(item, f"/Statement/{at}") for at, item in enumerate(node.items)]
        if not places:
            checks.fault("MISSING_STATEMENT", node.start, "/Statement", "the list of statements is empty")
    else:
        checks.mismatch(node, "/Statement", "an object or a list of objects")
        return None
    found: list[Statement] = []
    sids: set[str] = set()
    for index, (item, path) in enumerate(places):
        if item.kind != "object":
            checks.mismatch(item, path, "an object")
            continue
        one = statement(checks, index, item, path, sids)
        if one is not None:
            found.append(one)
    return Document(tuple(found))


def _is_full_access(node: Node) -> bool:
    """Whether the statements are those of `RCPFullAWSAccess` (B-12)."""
    statements = node.items if node.kind == "array" else [node]
    if len(statements) != 1 or statements[0].kind != "object":
        return False
    members = {member.name: member.node for member in statements[0].members}
    if set(members) - {"Sid"} != {"Effect", "Principal", "Action", "Resource"} or len(members) != len(statements[0].members):
        return False

    def is_star(node: Node) -> bool:
        one = node.items[0] if node.kind == "array" and len(node.items) == 1 else node
        return one.kind == "string" and one.value == "*"

    principal = members["Principal"]
    stars = is_star(members["Action"]) and is_star(members["Resource"])
    return members["Effect"].value == "Allow" and principal.kind == "string" and principal.value == "*" and stars
