"""The grammar of policy documents (G-06…37): every error is found, the one that N-09 and B-01 select is raised."""

from __future__ import annotations

import re
from typing import Any

from bailiwick.errors import MalformedPolicyDocument
from bailiwick.models import DEFAULT_PROFILE, PolicyKind, Registry, ServiceProfile
from bailiwick.reference import elements, values
from bailiwick.reference.codes import RANK
from bailiwick.reference.document import ArnValue, Document, Operator, PrincipalValue, ResourceValue, Statement, Test
from bailiwick.reference.json_text import Fault, Member, Node, Reader, Stop, line_starts, pointer, position
from bailiwick.reference.text import fold
from bailiwick.reference.variables import Part, Variable, VariableError, parts_of

DEPTH = 16
_SID = re.compile(r"[0-9A-Za-z]*", re.ASCII)
_MEMBERS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")
_WITHOUT_PRINCIPAL = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP)

STRING = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike")
ARN = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
_COMPARED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
NUMERIC = tuple(f"Numeric{name}" for name in _COMPARED)
DATE = tuple(f"Date{name}" for name in _COMPARED)
BASES = (*STRING, *NUMERIC, *DATE, "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", *ARN, "Null")
_TYPED: dict[str, tuple[Any, str]] = {
    **dict.fromkeys(NUMERIC, (values.number, "TYPE_MISMATCH_NUMBER")),
    **dict.fromkeys(DATE, (values.date, "TYPE_MISMATCH_DATE")),
    **dict.fromkeys(("Bool", "Null"), (values.boolean, "TYPE_MISMATCH_BOOLEAN")),
    **dict.fromkeys(("IpAddress", "NotIpAddress"), (values.network, "TYPE_MISMATCH_IP")),
    "BinaryEquals": (values.base64, "TYPE_MISMATCH_BASE64"),
}


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
    grammar = _Grammar(decoded, kind, profile, registry or Registry())
    document = grammar.document(root)
    faults = [*reader.faults, *grammar.faults]
    if faults or document is None:
        raise _error(faults, decoded)
    return document


def faults(
    root: Node, kind: PolicyKind, *, profile: ServiceProfile = DEFAULT_PROFILE, registry: Registry | None = None
) -> list[Fault]:
    """Everything the grammar has to say of a document that is JSON, where `parse` raises one error (V-04)."""
    grammar = _Grammar("", kind, profile, registry or Registry())
    grammar.document(root)
    return grammar.faults


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
    first = min(faults, key=lambda fault: (fault.offset, RANK[fault.code]))
    line, column = position(text, first.offset)
    return MalformedPolicyDocument(first.code, first.path, line, column, first.message)


class _Grammar:
    def __init__(self, text: str, kind: PolicyKind, profile: ServiceProfile, registry: Registry) -> None:
        self.text, self.starts = text, line_starts(text)
        self.kind, self.profile, self.registry = kind, profile, registry
        self.faults: list[Fault] = []
        self.variables = False
        self.full_access = False

    def fault(self, code: str, offset: int, path: str, message: str) -> None:
        self.faults.append(Fault(code, offset, path, message))

    # Top level --------------------------------------------------------------------------------------------------------

    def document(self, root: Node) -> Document | None:
        if root.kind != "object":
            self.fault("JSON_SYNTAX_ERROR", root.start, "", "expected an object")  # B-05
            return None
        members = self.members(root, "", ("Version", "Id", "Statement"), "INVALID_POLICY_ELEMENT")
        self.version(members.get("Version"))
        if (member := members.get("Id")) is not None:
            self.string(member.node, "/Id")
        if "Statement" not in members:
            self.fault("MISSING_STATEMENT", root.start, "", "the document has no `Statement`")
            return None
        node = members["Statement"].node
        self.full_access = self.kind is PolicyKind.RCP and _is_full_access(node)
        if node.kind == "object":
            places = [(node, "/Statement")]
        elif node.kind == "array":
            places = [(item, f"/Statement/{at}") for at, item in enumerate(node.items)]
            if not places:
                self.fault("MISSING_STATEMENT", node.start, "/Statement", "the list of statements is empty")
        else:
            self.mismatch(node, "/Statement", "an object or a list of objects")
            return None
        found: list[Statement] = []
        sids: set[str] = set()
        for index, (item, path) in enumerate(places):
            if item.kind != "object":
                self.mismatch(item, path, "an object")
                continue
            statement = self.statement(index, item, path, sids)
            if statement is not None:
                found.append(statement)
        return Document(tuple(found))

    def version(self, member: Member | None) -> None:
        """G-07; variables are known in 2012-10-17 alone (M-20)."""
        if member is None:
            return
        text = self.string(member.node, "/Version")
        if text is not None and text not in ("2008-10-17", "2012-10-17"):
            self.fault("INVALID_VERSION", member.node.start, "/Version", f"version `{text}`: expected `2012-10-17`")
        self.variables = text == "2012-10-17"

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

    def mismatch(self, node: Node, path: str, wanted: str) -> None:
        self.fault("DATA_TYPE_MISMATCH", node.start, path, f"expected {wanted}, found {node.kind}")

    def string(self, node: Node, path: str) -> str | None:
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

    # Statements -------------------------------------------------------------------------------------------------------

    def statement(self, index: int, node: Node, path: str, sids: set[str]) -> Statement | None:
        members = self.members(node, path, _MEMBERS, "INVALID_POLICY_ELEMENT")
        effect = self.effect(members.get("Effect"), path)
        self.presence(node, members, path, effect)
        sid = self.sid(members.get("Sid"), path, sids)
        principal = self.principal(members, path)
        action = self.action(members, path)
        resource = self.resource(members, path)
        if self.kind is PolicyKind.TRUST:
            self.pairs(members, principal, action, path)
        tests = self.condition(members.get("Condition"), path)
        line, column = position(self.text, node.start, self.starts)
        if effect is None or action is None:
            return None
        return Statement(index, sid, effect, principal, action, resource, tests, line, column)

    def effect(self, member: Member | None, path: str) -> str | None:
        if member is None:
            return None
        here = f"{path}/Effect"
        text = self.string(member.node, here)
        if text is None:
            return None
        if text not in ("Allow", "Deny"):
            self.fault("INVALID_EFFECT", member.node.start, here, f"effect `{text}`: expected `Allow` or `Deny`")
            return None
        if text == "Allow" and self.kind is PolicyKind.RCP and not self.full_access:
            self.fault("RCP_EFFECT", member.node.start, here, "a resource control policy can only deny")
        return text

    def presence(self, node: Node, members: dict[str, Member], path: str, effect: str | None) -> None:
        """G-10, G-18: which members are there, whatever their values are (B-04)."""

        def missing(code: str, *names: str) -> None:
            if not any(name in members for name in names):
                self.fault(code, node.start, path, f"the statement has no `{names[0]}`")

        def forbid(name: str, code: str = "UNSUPPORTED_ELEMENT") -> None:
            if name in members:
                self.fault(code, members[name].start, f"{path}/{name}", f"`{name}` is not supported here")

        kind = self.kind
        missing("MISSING_EFFECT", "Effect")
        missing("MISSING_ACTION", "Action", "NotAction")
        if kind in (PolicyKind.RCP, PolicyKind.TRUST, PolicyKind.RESOURCE):
            missing("MISSING_PRINCIPAL", "Principal", "NotPrincipal")
        if kind is not PolicyKind.TRUST and not (kind is PolicyKind.RESOURCE and self.profile.implicit_resource):
            missing("MISSING_RESOURCE", "Resource", "NotResource")
        if kind in _WITHOUT_PRINCIPAL:
            forbid("Principal")
            forbid("NotPrincipal")
        if kind in (PolicyKind.RCP, PolicyKind.ENDPOINT):
            forbid("NotPrincipal")
        if kind is PolicyKind.TRUST:
            forbid("NotPrincipal", "TRUST_NOTPRINCIPAL")
            forbid("Resource")
            forbid("NotResource")
        if kind in (PolicyKind.TRUST, PolicyKind.RCP):
            forbid("NotAction")
        if kind is PolicyKind.RESOURCE and effect == "Allow":
            forbid("NotPrincipal", "NOTPRINCIPAL_WITH_ALLOW")
        for one in ("Principal", "Action", "Resource"):
            other = f"Not{one}"
            if one in members and other in members:
                later = max(members[one], members[other], key=lambda member: member.start)
                message = f"`{one}` and `{other}` exclude each other"
                self.fault("UNSUPPORTED_ELEMENT_COMBINATION", later.start, f"{path}/{later.name}", message)

    def sid(self, member: Member | None, path: str, sids: set[str]) -> str | None:
        if member is None:
            return None
        here, node = f"{path}/Sid", member.node
        text = self.string(node, here)
        if not text:
            return None
        free = self.kind in (PolicyKind.RESOURCE, PolicyKind.ENDPOINT)
        if len(text) > 256 if free else not _SID.fullmatch(text):
            self.fault("UNSUPPORTED_SID", node.start, here, f"sid `{text[:64]}`: expected letters and digits")
        if text in sids:
            self.fault("DUPLICATE_SID", node.start, here, f"two statements have the sid `{text}`")
        sids.add(text)
        return text

    def principal(self, members: dict[str, Member], path: str) -> tuple[bool, tuple[PrincipalValue, ...]] | None:
        name = "Principal" if "Principal" in members else "NotPrincipal"
        found = [
            self.principal_value(members[name].node, f"{path}/{name}")
            for name in ("Principal", "NotPrincipal")
            if name in members
        ]
        return (name == "NotPrincipal", tuple(found[0])) if found else None

    def principal_value(self, node: Node, path: str) -> list[PrincipalValue]:
        if self.kind in _WITHOUT_PRINCIPAL:
            return []
        if self.kind is PolicyKind.RCP:
            if node.kind != "string" or node.value != "*":
                self.fault("RCP_PRINCIPAL", node.start, path, "a resource control policy has the principal `*`")
            return [PrincipalValue("everyone", "*")]
        if node.kind == "string":
            if node.value != "*":
                self.fault("INVALID_PRINCIPAL_FORMAT", node.start, path, 'expected `*` or an object such as {"AWS": …}')
            elif self.kind is PolicyKind.TRUST:
                self.fault("TRUST_WILDCARD_PRINCIPAL", node.start, path, 'write {"AWS": "*"} to trust every AWS principal')
            return [PrincipalValue("everyone", "*")]
        if node.kind != "object":
            self.mismatch(node, path, "`*` or an object")
            return []
        if not node.members:
            self.fault("EMPTY_OBJECT", node.start, path, "the principal is empty")
        found: list[PrincipalValue] = []
        for name, member in self.members(node, path, _PRINCIPAL_KEYS, "INVALID_PRINCIPAL_KEY").items():
            here = pointer(path, name)
            if name == "Federated" and self.kind is not PolicyKind.TRUST:
                self.fault("FEDERATED_PRINCIPAL_NOT_SUPPORTED", member.start, here, "only trust policies name providers")
                continue
            if name == "CanonicalUser" and not (self.kind is PolicyKind.RESOURCE and self.profile.canonical_user):
                self.fault("UNSUPPORTED_ELEMENT", member.start, here, "`CanonicalUser` is not supported here")
                continue
            for item, place, text in self.strings(member.node, here):
                try:
                    found.append(elements.principal(name, text, self.registry))
                except elements.Refused as refused:
                    self.fault(str(refused), item.start, place, f"principal `{text}` is not a legal `{name}`")
        return found

    def action(self, members: dict[str, Member], path: str) -> tuple[bool, tuple[str, ...]] | None:
        found: tuple[bool, tuple[str, ...]] | None = None
        for name in ("Action", "NotAction"):
            if name not in members:
                continue
            texts = self.strings(members[name].node, f"{path}/{name}")
            for node, place, text in texts:
                try:
                    if not self.full_access:
                        elements.action(text, self.kind, self.registry)
                except elements.Refused as refused:
                    self.fault(str(refused), node.start, place, f"action `{text}`: expected `*` or `service:Name`")
            if found is None:
                found = (name == "NotAction", tuple(text for _, _, text in texts))
        return found

    def resource(self, members: dict[str, Member], path: str) -> tuple[bool, tuple[ResourceValue, ...]] | None:
        if self.kind is PolicyKind.TRUST:
            return None
        found: tuple[bool, tuple[ResourceValue, ...]] | None = None
        for name in ("Resource", "NotResource"):
            if name not in members:
                continue
            listed = []
            for node, place, text in self.strings(members[name].node, f"{path}/{name}"):
                try:
                    listed.append(elements.resource(text, self.registry, variables=self.variables, kind=self.kind))
                except elements.Refused as refused:
                    self.fault(str(refused), node.start, place, f"resource `{text}` is not `*` or a legal ARN pattern")
            if found is None:
                found = (name == "NotResource", tuple(listed))
        return found

    def pairs(
        self,
        members: dict[str, Member],
        principal: tuple[bool, tuple[PrincipalValue, ...]] | None,
        action: tuple[bool, tuple[str, ...]] | None,
        path: str,
    ) -> None:
        """G-19, B-13."""
        if principal is None or action is None or "Principal" not in members or "Action" not in members:
            return
        node = members["Principal"].node
        pairs = [(text, value) for text in action[1] for value in principal[1]]
        if node.kind == "object" and pairs and all(elements.mismatched(text, value) for text, value in pairs):
            message = "no principal can use any of the actions"
            self.fault("MISMATCHED_ACTION_FOR_PRINCIPAL", node.start, f"{path}/Principal", message)

    # Conditions -------------------------------------------------------------------------------------------------------

    def condition(self, member: Member | None, path: str) -> tuple[Test, ...]:
        if member is None:
            return ()
        node, here = member.node, f"{path}/Condition"
        if node.kind != "object":
            self.mismatch(node, here, "an object")
            return ()
        found: list[Test] = []
        seen: set[str] = set()
        for entry in node.members:
            if entry.name in seen:
                continue
            seen.add(entry.name)
            place = pointer(here, entry.name)
            operator = self.operator(entry, place)
            if entry.node.kind != "object":
                self.mismatch(entry.node, place, "an object of condition keys")
                continue
            found += self.tests(operator, entry.node, place)
        return tuple(found)

    def operator(self, member: Member, path: str) -> Operator | None:
        """G-33."""
        name, prefix = member.name, ""
        for candidate in ("ForAllValues", "ForAnyValue"):
            if name.startswith(f"{candidate}:"):
                prefix, name = candidate, name[len(candidate) + 1 :]
                break
        if_exists = name.endswith("IfExists")
        base = name.removesuffix("IfExists")
        if base not in BASES:
            message = f"unknown condition operator `{member.name}`"
            self.fault("INVALID_CONDITION_OPERATOR", member.start, path, message)
            return None
        if base == "Null" and if_exists:
            self.fault("NULL_WITH_IFEXISTS", member.start, path, "`Null` has no `IfExists`")
        if base == "Null" and prefix:
            self.fault("NULL_WITH_QUALIFIER", member.start, path, "`Null` has no set prefix")
        return Operator(prefix, base, if_exists)

    def tests(self, operator: Operator | None, node: Node, path: str) -> list[Test]:
        found: list[Test] = []
        exact: set[str] = set()
        folded: set[str] = set()
        for member in node.members:
            if member.name in exact:
                continue
            exact.add(member.name)
            here = pointer(path, member.name)
            self.key(member, here)
            if fold(member.name) in folded:
                message = f"condition key `{member.name}` is given twice"
                self.fault("DUPLICATE_CONDITION_KEY", member.start, here, message)
            folded.add(fold(member.name))
            texts = self.scalars(member.node, here)
            parsed = [self.value(operator, *text) for text in texts] if operator is not None else []
            if operator is None:
                continue
            if operator.base in ("Bool", "Null") and None not in parsed and len(set(parsed)) > 1:
                self.fault("MULTIPLE_BOOLEAN", member.node.start, here, "expected one of `true` and `false`")
            found.append(Test(operator, member.name, tuple(parsed), tuple(text for _, _, text in texts)))
        return found

    def key(self, member: Member, path: str) -> None:
        """G-34, B-07."""
        name = member.name
        before, colon, after = name.rpartition(":")
        head = name.split("/", 1)[0]
        bad = (
            not 3 <= len(name) <= 256
            or any(scalar < " " or "\x7f" <= scalar <= "\x9f" for scalar in name)
            or not colon
            or not before
            or not after
            or any(scalar in " \t\n\r" for scalar in head)
        )
        if bad:
            self.fault("INVALID_CONDITION_KEY", member.start, path, f"condition key `{name[:64]}`: expected `prefix:name`")
        elif name.endswith("/"):
            self.fault("MISSING_TAG_KEY", member.start, path, f"condition key `{name}`: the tag key is missing")

    def scalars(self, node: Node, path: str) -> list[tuple[Node, str, str]]:
        """Condition values as text: strings, lexemes of numbers, booleans (G-05)."""
        items = [(node, path)] if node.kind != "array" else [(item, pointer(path, at)) for at, item in enumerate(node.items)]
        if node.kind == "array" and not items:
            self.fault("EMPTY_ARRAY", node.start, path, "the list is empty")
        found = []
        for item, place in items:
            if item.kind in ("string", "number"):
                found.append((item, place, str(item.value)))
            elif item.kind == "boolean":
                found.append((item, place, "true" if item.value else "false"))
            else:
                self.mismatch(item, place, "a string, a number or a boolean")
        return found

    def value(self, operator: Operator, node: Node, path: str, text: str) -> Any:
        """One value, parsed for its operator (G-35, B-08)."""
        base = operator.base
        try:
            if base in STRING:
                return tuple(parts_of(text, wild=base in ("StringLike", "StringNotLike"), variables=self.variables))
            if base in ARN:
                return self.arn(text)
        except VariableError as error:
            self.fault(str(error), node.start, path, f"value `{text}`: malformed variable")
            return None
        except elements.Refused as refused:
            self.fault(str(refused), node.start, path, f"value `{text}`: expected an ARN pattern, `*` or a variable")
            return None
        if self.variables and "${" in text:
            message = f"value `{text}`: only String and Arn operators know variables"
            self.fault("INVALID_VARIABLE_FOR_OPERATOR", node.start, path, message)
            return None
        reader, code = _TYPED[base]
        found = reader(text)
        if found is None:
            self.fault(code, node.start, path, f"value `{text}` is not of the type of `{operator}`")
        return found

    def arn(self, text: str) -> ArnValue:
        if text == "*":
            return ArnValue(("any",), None)
        if self.variables and text.startswith("${") and text.find("}") == len(text) - 1:
            whole: list[Part] = parts_of(text, wild=True, variables=True)
            if isinstance(whole[0], Variable):
                return ArnValue(whole[0], None)
        segments = elements.arn_segments(text, variables=self.variables)
        if segments is None:
            raise elements.Refused("TYPE_MISMATCH_ARN")
        return ArnValue(None, segments)


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
