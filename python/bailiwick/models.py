"""The nouns people hold: requests, decisions, principals and snapshots.

All are frozen. Policy documents stand in them as JSON text: the parsers of the two evaluators read text, so that
repeated members, number lexemes and positions survive (G-04, G-05, N-09).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, TypeAlias

ContextScalar: TypeAlias = str | bool | int | datetime | IPv4Address | IPv6Address | bytes
ContextValue: TypeAlias = ContextScalar | Sequence[ContextScalar]
Context: TypeAlias = Mapping[str, ContextValue]

TrustMode: TypeAlias = Literal["default", "resource_required"]


class PolicyKind(StrEnum):
    """Where a policy document is used; decides what is legal in it (N-08, B-10)."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    TRUST = "trust"
    RESOURCE = "resource"
    ENDPOINT = "endpoint"


class Outcome(StrEnum):
    """What comes of a request (E-01)."""

    ALLOW = "ALLOW"
    EXPLICIT_DENY = "EXPLICIT_DENY"
    IMPLICIT_DENY = "IMPLICIT_DENY"


class Layer(StrEnum):
    """Where policies stand (E-02), in the order in which their denials are looked for (E-10)."""

    RCP = "rcp"
    SCP = "scp"
    RESOURCE = "resource"
    ENDPOINT = "endpoint"
    BOUNDARY = "boundary"
    SESSION = "session"
    IDENTITY = "identity"


class PrincipalKind(StrEnum):
    """Kinds of callers (M-40)."""

    ROOT = "root"
    USER = "user"
    ROLE_SESSION = "role_session"
    FEDERATED_USER = "federated_user"
    SERVICE = "service"
    FEDERATED_CALLER = "federated_caller"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks (M-40).

    Attributes:
        kind: What sort of caller.
        account: 12 digits; `None` for kinds without an account.
        arn: User, session, federated-user or root ARN; `None` for a role session of unknown name (B-26).
        id: `AIDA…` of a user, `AROA…` of a role session's role.
        role_arn: The session's role, with its path.
        issuer_arn: User or root that issued a federated user's session.
        issuer_id: `AIDA…` of that user.
        name: Service name, provider ARN or provider name.
        slr: The session is of a service-linked role (E-25).
        canonical_id: 64 hex digits that name the account in `CanonicalUser` (M-41).
        session_tags: Tags passed to the session, over those of the role or user (L-63).
    """

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
    session_tags: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, order=True)
class MatchedStatement:
    """A statement that took part in a decision (E-40).

    Attributes:
        layer: Name of the layer (E-02).
        level: Index of the SCP or RCP level, 0 elsewhere.
        policy: Policy id.
        statement: 0-based position in the document.
        sid: The statement's `Sid`, if it has one.
    """

    layer: str
    level: int
    policy: str
    statement: int
    sid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to one request; true in a boolean context iff it is allowed (E-40).

    Attributes:
        decision: `ALLOW`, `EXPLICIT_DENY` or `IMPLICIT_DENY`.
        reason: Reason code (E-41).
        deciding_layer: Layer that decided, or `None` (B-40).
        matched: Deciding statements in the order of E-40.
        missing_keys: Context keys that relevant statements read and the request lacks (B-42).
        indeterminate: A denial fired because a test could not be decided (N-05).
        principal: The caller as text, for the message.
        action: The action asked for.
        resource: The resource asked for.
        revision: Number of the snapshot that was asked; 0 for self-contained cases.
    """

    decision: Outcome
    reason: str
    deciding_layer: str | None = None
    matched: tuple[MatchedStatement, ...] = ()
    missing_keys: tuple[str, ...] = ()
    indeterminate: bool = False
    principal: str = ""
    action: str = ""
    resource: str = ""
    revision: int = 0

    @property
    def allowed(self) -> bool:
        """Whether the request may go ahead."""
        return self.decision is Outcome.ALLOW

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def message(self) -> str | None:
        """Denial message in AWS's wording, `None` for an allowed request (E-42)."""
        if self.allowed:
            return None
        text = f"User: {self.principal} is not authorized to perform: {self.action} on resource: {self.resource}"
        name = _LAYER_NAMES.get(self.deciding_layer or "")
        if name is None:
            return text
        if self.decision is Outcome.EXPLICIT_DENY:
            article = "an" if name[0] in "aeiou" else "a"
            return f"{text} with an explicit deny in {article} {name} policy"
        return f"{text} because no {name} policy allows the {self.action} action"


_LAYER_NAMES: Mapping[str, str] = {
    "identity": "identity-based",
    "resource": "resource-based",
    "boundary": "permissions boundary",
    "session": "session",
    "scp": "service control",
    "rcp": "resource control",
    "endpoint": "VPC endpoint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProfile:
    """What the engine has to know of a service (X-02).

    Attributes:
        trust_mode: `resource_required` if a resource's own policy must allow (E-05).
        implicit_resource: Resource policies may leave out `Resource` (G-27).
        canonical_user: Resource policies may name `CanonicalUser` (G-17).
        rcp: Resource control policies apply (E-11).
        anonymous_allowed: Anonymous callers may reach the service.
        policy_depth: A resource policy of `X` also governs the resources below it that have none of their own (B-48): the
            number of `/`-separated parts of the sixth ARN segment that name the resource which holds the policy; 0 when
            only the exact ARN does.
    """

    trust_mode: TrustMode = "default"
    implicit_resource: bool = False
    canonical_user: bool = False
    rcp: bool = True
    anonymous_allowed: bool = False
    policy_depth: int = 0


BUILT_IN_PROFILES: Mapping[str, ServiceProfile] = {
    "s3": ServiceProfile(canonical_user=True, anonymous_allowed=True, policy_depth=1),
    "kms": ServiceProfile(trust_mode="resource_required"),
    "sns": ServiceProfile(implicit_resource=True, anonymous_allowed=True),
    "sqs": ServiceProfile(anonymous_allowed=True),
    "ecr": ServiceProfile(implicit_resource=True),
    "dynamodb": ServiceProfile(policy_depth=2),
    "lambda": ServiceProfile(anonymous_allowed=True),
    "execute-api": ServiceProfile(anonymous_allowed=True),
    "es": ServiceProfile(anonymous_allowed=True),
}
DEFAULT_PROFILE = ServiceProfile()

KNOWN_PARTITIONS: frozenset[str] = frozenset(
    {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """What the host application adds to the built-in knowledge (N-10, X-02).

    Attributes:
        partitions: Partitions besides the known ones.
        services: Profiles by action prefix, in lower case; they replace built-in ones of the same name.
    """

    partitions: frozenset[str] = frozenset()
    services: Mapping[str, ServiceProfile] = field(default_factory=dict)

    def knows_partition(self, name: str) -> bool:
        """Whether `name` is a known or registered partition."""
        return name in KNOWN_PARTITIONS or name in self.partitions

    def profile(self, service: str) -> ServiceProfile:
        """The profile of an action prefix in lower case."""
        found = self.services.get(service)
        return found if found is not None else BUILT_IN_PROFILES.get(service, DEFAULT_PROFILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A named policy document: inline, managed or of an organization.

    Attributes:
        id: ARN of a managed policy, name of an inline one, `p-…` of an organization's; unique where it is attached.
        document: JSON text.
    """

    id: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user. `policies` are ids of managed policies, `groups` names of groups of the same account."""

    arn: str
    id: str | None = None
    inline: tuple[Policy, ...] = ()
    policies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of users. `policies` are ids of managed policies."""

    arn: str
    inline: tuple[Policy, ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role. `trust` is the text of its trust policy; `slr` marks a service-linked role (E-25)."""

    arn: str
    trust: str
    id: str | None = None
    inline: tuple[Policy, ...] = ()
    policies: tuple[str, ...] = ()
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    slr: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account and its identities. `policies` holds managed policies, AWS's own included, by id."""

    id: str
    partition: str = "aws"
    canonical_id: str | None = None
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationTarget:
    """A root, organizational unit or account of an organization.

    Attributes:
        id: `r-…`, `ou-…` or 12 digits.
        parent: Id of the target above; `None` for the root.
        scps: Ids of the service control policies attached here, in the organization's `policies`.
        rcps: Ids of the resource control policies attached here.
    """

    id: str
    parent: str | None = None
    scps: tuple[str, ...] = ()
    rcps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization: its tree of targets and its policies.

    `scp_enabled` and `rcp_enabled` say whether the policy type is enabled; a disabled type is an absent layer (E-10).
    """

    id: str
    management_account: str
    targets: tuple[OrganizationTarget, ...] = ()
    scps: tuple[Policy, ...] = ()
    rcps: tuple[Policy, ...] = ()
    scp_enabled: bool = True
    rcp_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource that the engine knows: its owner, its policy and its tags (for `aws:ResourceTag/…`)."""

    arn: str
    account: str
    policy: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a decision depends on, at one moment."""

    accounts: tuple[Account, ...] = ()
    organization: Organization | None = None
    resources: tuple[Resource, ...] = ()
    registry: Registry = field(default_factory=Registry)
