"""What goes into the operations and comes out, as the service model of IAM says it."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

ContextKeyType: TypeAlias = Literal[
    "string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip", "ipList",
    "binary", "binaryList", "date", "dateList",
]  # fmt: skip
Decided: TypeAlias = Literal["allowed", "explicitDeny", "implicitDeny"]
SourceType: TypeAlias = Literal["user", "group", "role", "aws-managed", "user-managed", "resource", "none"]


class ContextEntry(TypedDict, total=False):
    """A condition key, its values, and the type that they are checked against (S-04)."""

    ContextKeyName: str
    ContextKeyValues: list[str]
    ContextKeyType: ContextKeyType


class OrganizationPolicies(TypedDict, total=False):
    """The service control policies of one level."""

    ServiceControlPolicyInputList: list[str]


class InlinePolicyIdentifier(TypedDict):
    """An inline policy by its owner."""

    PolicyName: str
    AttachmentType: Literal["user", "group", "role"]
    AttachmentName: str


class PolicyIdentifier(TypedDict, total=False):
    """Policies that a simulation leaves out: exactly one of the members."""

    PolicyType: Literal["inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp"]
    PolicyArn: str
    InlinePolicyIdentifier: InlinePolicyIdentifier


class _Request(TypedDict, total=False):
    PermissionsBoundaryPolicyInputList: list[str]
    ResourceArns: list[str]
    ResourcePolicy: str
    ResourceOwner: str
    CallerArn: str
    ContextEntries: list[ContextEntry]
    ResourceHandlingOption: str
    MaxItems: int
    Marker: str


class CustomPolicyRequest(_Request):
    """Parameters of SimulateCustomPolicy."""

    PolicyInputList: list[str]
    ActionNames: list[str]
    OrderedOrganizationPolicyInputList: NotRequired[list[OrganizationPolicies]]


class PrincipalPolicyRequest(_Request):
    """Parameters of SimulatePrincipalPolicy."""

    PolicySourceArn: str
    ActionNames: list[str]
    PolicyInputList: NotRequired[list[str]]
    PolicyExclusionList: NotRequired[list[PolicyIdentifier]]


class CustomKeysRequest(TypedDict):
    """Parameters of GetContextKeysForCustomPolicy."""

    PolicyInputList: list[str]


class PrincipalKeysRequest(TypedDict):
    """Parameters of GetContextKeysForPrincipalPolicy."""

    PolicySourceArn: str
    PolicyInputList: NotRequired[list[str]]


class Position(TypedDict):
    """A place in a text, both numbers from 1 (S-22)."""

    Line: int
    Column: int


class MatchedStatement(TypedDict):
    """A statement that decided (S-20, S-21)."""

    SourcePolicyId: str
    SourcePolicyType: SourceType
    StartPosition: Position
    EndPosition: Position


class BoundaryDetail(TypedDict):
    """Whether the permissions boundary allows (S-23)."""

    AllowedByPermissionsBoundary: bool


class OrganizationsDetail(TypedDict):
    """Whether the service control policies allow (S-24)."""

    AllowedByOrganizations: bool


class ResourceSpecificResult(TypedDict):
    """What was decided for one resource."""

    EvalResourceName: str
    EvalResourceDecision: Decided
    MatchedStatements: list[MatchedStatement]
    MissingContextValues: list[str]
    EvalDecisionDetails: NotRequired[dict[str, Decided]]
    PermissionsBoundaryDecisionDetail: NotRequired[BoundaryDetail]


class EvaluationResult(TypedDict):
    """What was decided for one action, over all resources (S-10, S-11)."""

    EvalActionName: str
    EvalResourceName: str
    EvalDecision: Decided
    MatchedStatements: list[MatchedStatement]
    MissingContextValues: list[str]
    OrganizationsDecisionDetail: NotRequired[OrganizationsDetail]
    PermissionsBoundaryDecisionDetail: NotRequired[BoundaryDetail]
    EvalDecisionDetails: NotRequired[dict[str, Decided]]
    ResourceSpecificResults: NotRequired[list[ResourceSpecificResult]]


class SimulatePolicyResponse(TypedDict):
    """One page of results; `Marker` stands only where there are more."""

    EvaluationResults: list[EvaluationResult]
    IsTruncated: bool
    Marker: NotRequired[str]


class ContextKeysResponse(TypedDict):
    """Condition keys that policies read."""

    ContextKeyNames: list[str]
