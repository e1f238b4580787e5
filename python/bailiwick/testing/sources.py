"""What cases are put to: a compiled snapshot, or layers that bind every request alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol

from bailiwick.account import load_account
from bailiwick.cases import simulate
from bailiwick.context import context_strings
from bailiwick.engine import Engine
from bailiwick.errors import BailiwickError, MalformedPolicyDocument, ValidationError
from bailiwick.models import Decision, MatchedStatement, Outcome, PolicyKind, Principal, Registry, Snapshot
from bailiwick.services import load_registry
from bailiwick.snapshot_case import case_of
from bailiwick.snapshot_documents import HeldDocument, documents_of, located
from bailiwick.source_text import place_of
from bailiwick.testing import schema
from bailiwick.testing.case import Case
from bailiwick.testing.folder import NOBODY, folder_snapshot
from bailiwick.testing.policy_texts import PolicyTexts


class Source(Protocol):
    """Policies that decide cases.

    Attributes:
        name: What reports call it.
        registry: What the host registers.
        documents: Its policy documents.
        files: What was read for it.
    """

    name: str
    registry: Registry
    files: frozenset[str]

    @property
    def documents(self) -> list[HeldDocument]: ...

    def decide(self, case: Case) -> Decision:
        """The decision of the compiled engine.

        Raises:
            ValidationError: The request has no decision.
            TypeError: A context value has no meaning.
        """
        ...

    def case_of(self, case: Case) -> dict[str, Any]:
        """The self-contained case that must have the same answer."""
        ...


class SnapshotSource:
    """A snapshot, compiled."""

    def __init__(
        self, name: str, snapshot: Snapshot, files: frozenset[str] = frozenset(), policies: Mapping[str, str] | None = None
    ) -> None:
        """Compiles a snapshot; `policies` are the texts of a folder by name, some of which nobody may hold."""
        self.name, self.snapshot, self.files, self.policies = name, snapshot, files, policies or {}
        self.registry = snapshot.registry
        try:
            self.engine = Engine.from_snapshot(snapshot)
        except MalformedPolicyDocument as error:
            raise _located(error, self.documents) from None

    @cached_property
    def documents(self) -> list[HeldDocument]:
        found = [document for document in documents_of(self.snapshot) if document.text != NOBODY]
        held = {id(document.text) for document in found}  # two files may hold the same text
        return found + [
            HeldDocument(id=name, kind=PolicyKind.IDENTITY, text=text, binds=False)
            for name, text in self.policies.items()
            if id(text) not in held
        ]

    def decide(self, case: Case) -> Decision:
        return self.engine.check(case.principal, case.action, case.resource, case.context, **case.options)

    def case_of(self, case: Case) -> dict[str, Any]:
        return case_of(self.snapshot, case.principal, case.action, case.resource, case.context, **case.options)


class LayersSource:
    """Layers of policies; of a request nothing is known but what its case says."""

    def __init__(self, name: str, layers: Mapping[str, Any], registry: Registry, files: frozenset[str] = frozenset()) -> None:
        self.name, self.layers, self.registry, self.files = name, layers, registry, files

    @cached_property
    def documents(self) -> list[HeldDocument]:
        found: list[HeldDocument] = []
        for layer, given in self.layers.items():
            for one in _flat(given):
                found.append(HeldDocument(id=one["id"], kind=PolicyKind(layer), text=one["document"]))
        return found

    def decide(self, case: Case) -> Decision:
        answer = simulate(self.case_of(case), registry=self.registry)
        error = answer.get("error")
        if error is None:
            return Decision(
                decision=Outcome(answer["decision"]),
                reason=answer["reason"],
                deciding_layer=answer["deciding_layer"],
                matched=tuple(MatchedStatement(**one) for one in answer["matched"]),
                missing_keys=tuple(answer["missing_keys"]),
                indeterminate=answer["indeterminate"],
                principal=case.caller,
                action=case.action,
                resource=case.resource,
            )
        if error["code"] == "ValidationError":
            raise ValidationError(error["message"], error["path"])
        raise _located(
            MalformedPolicyDocument(
                error["code"], error["path"], error["line"], error["column"], error["message"], error["policy"]
            ),
            self.documents,
        )

    def case_of(self, case: Case) -> dict[str, Any]:
        layers = dict(self.layers)
        if case.session_policies is not None:
            layers["session"] = [{"id": f"session/{at}", "document": text} for at, text in enumerate(case.session_policies)]
        request: dict[str, Any] = {
            "principal": case.principal if isinstance(case.principal, str) else _members(case.principal),
            "action": case.action,
            "resource": case.resource,
            "context": context_strings(case.context),
        }
        options = {name: value for name, value in case.options.items() if name != "session_policies" and value is not None}
        return {"request": request | options, "layers": layers}


def _members(principal: Principal) -> dict[str, Any]:
    names = ("account", "arn", "id", "role_arn", "issuer_arn", "issuer_id", "name", "canonical_id")
    found = {name: getattr(principal, name) for name in names if getattr(principal, name) is not None}
    return {"kind": str(principal.kind), **found} | ({"slr": True} if principal.slr else {})


def _flat(given: Any) -> list[dict[str, str]]:
    return [one for item in given for one in _flat(item)] if isinstance(given, list) else [given]


def _located(error: MalformedPolicyDocument, documents: list[HeldDocument]) -> BailiwickError:
    return located(error, next((one for one in documents if one.id == error.policy), None))


class Sources:
    """Sources by what they were read from: files that name the same policies share them, and their coverage."""

    def __init__(self) -> None:
        self._known: dict[str, Source] = {}

    def of(self, tests: schema.PolicyTests, texts: PolicyTexts, file: str) -> Source:
        """The source that a test file names.

        Raises:
            ValidationError: A file is not there or not of its shape.
            MalformedPolicyDocument: A policy breaks a rule of the grammar.
        """
        if tests.layers is not None:
            return _layers(tests.layers, texts, file)
        if tests.snapshot is None:  # the schema has seen to it
            raise ValidationError(f"{file}: expected one of `snapshot` and `layers`")
        entry = _resolved(tests.snapshot, texts)
        key = entry.model_dump_json()
        if key not in self._known:
            self._known[key] = _snapshot(entry, texts)
        return self._known[key]


def _resolved(entry: schema.SnapshotEntry, texts: PolicyTexts) -> schema.SnapshotEntry:
    """The entry with paths from the current folder."""
    names = ("organization", "resource_policies", "managed_policies", "services", "policies")
    found: dict[str, Any] = {name: texts.path(getattr(entry, name)) for name in names if getattr(entry, name) is not None}
    if entry.account is not None:
        pages = entry.account if isinstance(entry.account, list) else [entry.account]
        found["account"] = [texts.path(page) for page in pages]
    return entry.model_copy(update=found)


def _snapshot(entry: schema.SnapshotEntry, texts: PolicyTexts) -> Source:
    registry = load_registry(entry.services) if entry.services is not None else Registry()
    if entry.policies is not None:
        snapshot, policies = folder_snapshot(entry, registry, texts.tree)
        read = {place.file for text in policies.values() if (place := place_of(text)) is not None}
        files = frozenset(file for file in (*read, entry.organization, entry.services) if file is not None)
        return SnapshotSource(entry.policies, snapshot, files, policies)
    pages = list(entry.account or [])
    snapshot = load_account(
        pages,
        organization=entry.organization,
        resource_policies=entry.resource_policies,
        managed_policies=entry.managed_policies,
        registry=registry,
    )
    beside = (entry.organization, entry.resource_policies, entry.managed_policies, entry.services)
    return SnapshotSource(pages[0], snapshot, frozenset(file for file in (*pages, *beside) if file is not None))


def _layers(entry: schema.LayersEntry, texts: PolicyTexts, file: str) -> LayersSource:
    found: dict[str, Any] = {}
    for layer in ("identity", "boundary", "session", "resource", "endpoint", "scp", "rcp"):
        given = getattr(entry, layer)
        if given is not None:
            found[layer] = _held(given, texts, ("layers", layer), layer, listed=layer in ("identity", "session", "endpoint"))
    services = texts.path(entry.services) if entry.services is not None else None
    registry = load_registry(services) if services is not None else Registry()
    return LayersSource(file, found, registry, frozenset({services} if services is not None else ()))


def _held(given: Any, texts: PolicyTexts, path: tuple[str | int, ...], id: str, *, listed: bool) -> Any:
    """Documents as `{id, document}`; without an id of their own they have that of B-44."""
    if isinstance(given, list):
        return [_held(one, texts, (*path, at), f"{id}/{at}", listed=False) for at, one in enumerate(given)]
    name = texts.name(given) or (f"{id}/0" if listed else id)
    return {"id": name, "document": texts.read(given, path)}
