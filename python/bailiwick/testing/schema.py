"""The shape of policy test files; `bailiwick test --schema` prints it as a JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from bailiwick.models import PrincipalKind, TrustMode

#: `deny` is any denial.
Expected: TypeAlias = Literal["allow", "deny", "explicit_deny", "implicit_deny"]
Reason: TypeAlias = Literal[
    "rcp",
    "scp",
    "endpoint",
    "no_resource_allow",
    "identity",
    "boundary",
    "session",
    "anonymous",
    "partition_mismatch",
    "resource",
    "cross_account",
    "always_allowed",
    "internal_error",
]

# Alternatives are told apart by their JSON type, so that a mistake is reported once and not once an alternative.
_BY_TYPE = Discriminator(lambda value: "(list)" if isinstance(value, list) else "(map)" if isinstance(value, dict) else "(one)")


def _context_value(value: Any) -> Any:
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str | bool | int | None) or (item is None and isinstance(value, list)):
            raise PydanticCustomError("context_value", "expected text, a whole number, true, false or a list of those")
    return value


_SCALAR = {"type": ["string", "boolean", "integer", "null"]}
_VALUES = {"anyOf": [_SCALAR, {"type": "array", "items": {"type": ["string", "boolean", "integer"]}}]}
ContextValue: TypeAlias = Annotated[Any, AfterValidator(_context_value), WithJsonSchema(_VALUES)]
Cell: TypeAlias = ContextValue


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PrincipalEntry(_Entry):
    """A caller that its name alone does not say, such as a web identity."""

    kind: PrincipalKind
    account: str | None = None
    arn: str | None = None
    id: str | None = None
    role_arn: str | None = None
    issuer_arn: str | None = None
    issuer_id: str | None = None
    name: str | None = None
    slr: bool = False
    canonical_id: str | None = None
    session_tags: dict[str, str] = {}


Texts: TypeAlias = Annotated[
    Annotated[str, Tag("(one)")] | Annotated[list[str], Field(min_length=1), Tag("(list)")],
    _BY_TYPE,
]
Named: TypeAlias = Annotated[Annotated[str, Tag("(one)")] | Annotated[PrincipalEntry, Tag("(map)")], _BY_TYPE]
Callers: TypeAlias = Annotated[
    Annotated[str, Tag("(one)")]
    | Annotated[list[str], Field(min_length=1), Tag("(list)")]
    | Annotated[PrincipalEntry, Tag("(map)")],
    _BY_TYPE,
]


class StatementEntry(_Entry):
    """A statement that must be among those that decided."""

    policy: str | None = Field(default=None, description="Id of the policy, or what follows its last `/` or `:`")
    sid: str | None = None
    index: int | None = Field(default=None, ge=0, description="Position in the document, from 0")
    layer: Literal["rcp", "scp", "resource", "endpoint", "boundary", "session", "identity"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> StatementEntry:
        if self.policy is None and self.sid is None and self.index is None and self.layer is None:
            raise PydanticCustomError("statement", "expected `policy`, `sid`, `index` or `layer`")
        return self


Statements: TypeAlias = Annotated[
    Annotated[str, Tag("(one)")]
    | Annotated[StatementEntry, Tag("(map)")]
    | Annotated[
        list[Annotated[Annotated[str, Tag("(one)")] | Annotated[StatementEntry, Tag("(map)")], _BY_TYPE]],
        Field(min_length=1),
        Tag("(list)"),
    ],
    _BY_TYPE,
]
Document: TypeAlias = Annotated[
    Annotated[str, Tag("(one)")] | Annotated[dict[str, Any], Tag("(map)")],
    _BY_TYPE,
    Field(description="A policy document, its text, or `file` or `document` with an `id`"),
]
Documents: TypeAlias = Annotated[
    Annotated[str, Tag("(one)")] | Annotated[dict[str, Any], Tag("(map)")] | Annotated[list[Document], Tag("(list)")],
    _BY_TYPE,
]


class _Asked(_Entry):
    """What cases, tables and defaults have in common."""

    context: dict[str, ContextValue] = Field(
        default={}, description="Condition keys; null removes a default, [] is a missing key"
    )
    resource_account: str | None = Field(default=None, description="Owner of the resource, 12 digits in quotes")
    session_policies: Documents | None = Field(default=None, description="Policies passed to the session")
    trust_mode: TrustMode | None = None
    anonymous_allowed: bool | None = None


class Defaults(_Asked):
    """What holds for every case of the file that does not say otherwise."""

    principal: Callers | None = None
    action: Texts | None = None
    resource: Texts | None = None


class CaseEntry(_Asked):
    """One request and its decision; lists stand for all their combinations."""

    name: str | None = None
    why: str | None = Field(default=None, description="Shown when the case fails")
    principal: Callers | None = None
    action: Texts | None = None
    resource: Texts | None = None
    expect: Expected
    reason: Reason | None = None
    statement: Statements | None = Field(default=None, description="Sid of a deciding statement, or more about it")


class TableEntry(_Asked):
    """Requests in rows; what all rows share stands beside them."""

    name: str | None = None
    columns: list[str] = Field(
        min_length=1,
        description="name, principal, action, resource, expect, reason, statement, resource_account, or condition keys",
    )
    rows: list[list[Cell]] = Field(min_length=1)
    principal: Callers | None = None
    action: Texts | None = None
    resource: Texts | None = None
    expect: Expected | None = None
    reason: Reason | None = None
    statement: Statements | None = None


_Outcome: TypeAlias = Annotated[Expected, Tag("(one)")]
_Last: TypeAlias = Annotated[_Outcome | Annotated[dict[str, Expected], Tag("(map)")], _BY_TYPE]
_Middle: TypeAlias = Annotated[_Outcome | Annotated[dict[str, _Last], Tag("(map)")], _BY_TYPE]
Answers: TypeAlias = Annotated[_Outcome | Annotated[dict[str, _Middle], Tag("(map)")], _BY_TYPE]


class MatrixEntry(_Asked):
    """All combinations of principals, actions and resources, with what each must come to.

    `expect` is one word for all, or maps principals to a word or to a map of actions, and these to a word or to a map of
    resources; `"*"` stands for those that a map does not name.
    """

    name: str | None = None
    principals: Texts
    actions: Texts
    resources: Texts
    expect: Answers


class HolderEntry(_Entry):
    """A user or role and what is attached to it; policies by the names of their files, without `.json`."""

    policies: list[str] = []
    boundary: str | None = None
    groups: list[str] = []
    trust: str | None = Field(default=None, description="Trust policy of a role; without one nobody may assume it")
    id: str | None = None
    tags: dict[str, str] = {}


class GroupEntry(_Entry):
    """A group and what is attached to it."""

    policies: list[str] = []


class ResourceEntry(_Entry):
    """A resource: its owner, its policy, its tags."""

    account: str
    policy: str | None = None
    tags: dict[str, str] = {}


class SnapshotEntry(_Entry):
    """An account as AWS prints it, or a folder of policies and who holds them; paths are relative to the test file."""

    account: Texts | None = Field(default=None, description="get-account-authorization-details: one file, or its pages")
    organization: str | None = None
    resource_policies: str | None = None
    managed_policies: str | None = None
    services: str | None = None
    policies: str | None = Field(default=None, description="A folder; every *.json in and below it is a policy")
    principals: dict[str, HolderEntry] = Field(default={}, description="By ARN")
    groups: dict[str, GroupEntry] = Field(default={}, description="By name")
    resources: dict[str, ResourceEntry] = Field(default={}, description="By ARN")

    @model_validator(mode="after")
    def _one_kind(self) -> SnapshotEntry:
        if (self.account is None) == (self.policies is None):
            raise PydanticCustomError("snapshot", "expected one of `account` (files) and `policies` (a folder)")
        if self.account is not None and (self.principals or self.groups or self.resources):
            raise PydanticCustomError("snapshot", "`principals`, `groups` and `resources` belong to `policies`, not to `account`")
        if self.policies is not None and (self.resource_policies or self.managed_policies):
            raise PydanticCustomError("snapshot", "`resource_policies` and `managed_policies` belong to `account`")
        return self


class LayersEntry(_Entry):
    """Policies that bind every request of the file, as in `bailiwick simulate`."""

    identity: Documents | None = None
    boundary: Document | None = None
    session: Documents | None = None
    resource: Document | None = None
    endpoint: Documents | None = None
    scp: list[list[Document]] | None = Field(default=None, description="Levels, root first")
    rcp: list[list[Document]] | None = Field(default=None, description="Levels, root first")
    services: str | None = Field(default=None, description="File of partitions and services")


class IgnoreEntry(_Entry):
    """Statements whose coverage is not asked for."""

    policy: str = Field(description="Id of the policy, or what follows its last `/` or `:`; * and ? are wild")
    sid: str | None = None
    index: int | None = Field(default=None, ge=0)
    why: str = Field(min_length=1)


class CoverageEntry(_Entry):
    """What coverage leaves out."""

    ignore: list[IgnoreEntry] = []


class PolicyTests(_Entry):
    """A policy test file."""

    snapshot: SnapshotEntry | None = None
    layers: LayersEntry | None = None
    names: dict[str, Named] = Field(default={}, description="Short names of principals and resources; `name/rest` extends one")
    defaults: Defaults = Defaults()
    cases: list[CaseEntry] = []
    tables: list[TableEntry] = []
    matrices: list[MatrixEntry] = []
    coverage: CoverageEntry = CoverageEntry()

    @model_validator(mode="after")
    def _one_source(self) -> PolicyTests:
        if (self.snapshot is None) == (self.layers is None):
            raise PydanticCustomError("source", "expected one of `snapshot` and `layers`")
        return self


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy test file, for editors."""
    found = PolicyTests.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": "bailiwick policy tests"}
