"""Looks for policies below a place of a file: objects with `Statement`, and texts of such objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bailiwick.models import PolicyKind
from bailiwick.reference.json_text import Node, pointer
from bailiwick.reference.text import fold
from bailiwick.validate.document import Document, Lines
from bailiwick.validate.policy import Policy, read_policy
from bailiwick.validate.sources import embedded
from bailiwick.validate.sources.places import BY_MEMBER, Use
from bailiwick.validate.sources.template import Template, faults_of_tree, render


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPolicy:
    """A policy of a file.

    Attributes:
        name: What it is called in the file; empty if the file is the policy.
        pointer: Where it stands in the file.
        kind: What it is used for; guessed from its elements where the file does not say.
        is_guess: The kind was guessed.
        resource_type: What holds it, if the file says.
        quota: The most characters that are stored there, if that is known.
        document: The policy.
    """

    name: str
    pointer: str
    kind: PolicyKind
    is_guess: bool
    resource_type: str | None
    quota: int | None
    document: Document


def found(name: str, where: str, use: Use, document: Document) -> FoundPolicy:
    """A policy and what is known of its use."""
    return FoundPolicy(
        name=name,
        pointer=where,
        kind=use.kind if use.kind is not None else guess_kind(document),
        is_guess=use.kind is None,
        resource_type=use.resource_type,
        quota=use.quota,
        document=document,
    )


def guess_kind(document: Document) -> PolicyKind:
    """What a document seems to be used for: who names principals is a resource, or a role if all is about STS."""
    if document.root is None:
        return PolicyKind.IDENTITY
    policy = read_policy(document.root)
    if not any(name in statement.members for statement in policy.statements for name in ("Principal", "NotPrincipal")):
        return PolicyKind.IDENTITY
    return PolicyKind.TRUST if _is_about_roles(policy) else PolicyKind.RESOURCE


def _is_about_roles(policy: Policy) -> bool:
    return all(
        statement.resource is None
        and statement.action is not None
        and all(fold(value.text).startswith("sts:") for value in statement.action.values)
        for statement in policy.statements
    )


def fields(node: Node | None) -> Mapping[str, Node]:
    """The members of an object by name; nothing if it is none."""
    return {member.name: member.node for member in node.members} if node is not None else {}


def text(node: Node | None) -> str | None:
    """The content of a string; `None` if it is none."""
    return str(node.value) if node is not None and node.kind == "string" else None


def is_policy(node: Node) -> bool:
    """Whether an object has a `Statement`."""
    return any(member.name == "Statement" for member in node.members)


class Search:
    """A file in which policies are looked for."""

    def __init__(self, content: str, *, is_json: bool) -> None:
        self.text, self.is_json = content, is_json
        self.lines = Lines.of(content)

    def below(
        self, node: Node | None, where: str, name: str, use: Use, template: Template | None = None
    ) -> Iterator[FoundPolicy]:
        """The policies at a place and below it.

        Args:
            node: The place.
            where: Its pointer.
            name: What policies there are called; their pointers if it is empty.
            use: What they are used for, unless the name of their member says otherwise.
            template: The template that the place is of, if its functions are to be carried out.
        """
        if node is None:
            return
        if node.kind == "string":
            if str(node.value).lstrip()[:1] in ("{", "%") and "Statement" in str(node.value):
                yield found(name or where, where, use, self._of_string(node))
        elif is_policy(node):
            yield found(name or where, where, use, self._of_object(node, template))
        else:
            for member in node.members:
                inner = BY_MEMBER.get(member.name, use)
                label = f"{name} {member.name}" if name and inner is not use else name
                yield from self.below(member.node, pointer(where, member.name), label, inner, template)
            for at, item in enumerate(node.items):
                yield from self.below(item, f"{where}/{at}", name, use, template)

    def _of_string(self, node: Node) -> Document:
        if self.is_json:
            return embedded.of_string(node, self.text, self.lines)
        return embedded.of_text(str(node.value), node, self.lines)

    def _of_object(self, node: Node, template: Template | None) -> Document:
        if template is None and self.is_json:
            return embedded.of_object(node, self.text, self.lines)
        template = template or Template()
        root = template.resolve(node)
        if root is None:
            return Document(text="", root=None, faults=(), lines=self.lines)
        faults = tuple(faults_of_tree(root))
        return Document(text=render(root), root=root, faults=faults, lines=self.lines, partial=frozenset(template.partial))


def moved(policy: FoundPolicy, start: int, lines: Lines, where: str, name: str) -> FoundPolicy:
    """A policy of a part of a file as one of the file: the part starts at an offset, and stands at a pointer."""
    place = policy.document.place
    document = replace(policy.document, lines=lines, place=lambda offset: start + place(offset))
    label = f"{name} {policy.name}" if policy.name and not policy.name.startswith("/") else name
    return replace(policy, document=document, pointer=f"{where}{policy.pointer}", name=label)
