"""Authorization with AWS's policy model, at the speed of a hash look-up."""

from bailiwick.documents import PolicyDocument, Statement
from bailiwick.engine import Engine
from bailiwick.errors import (
    AccessDenied,
    BailiwickError,
    FormatError,
    MalformedPolicyDocument,
    UnknownEntity,
    UnknownPrincipal,
    ValidationError,
)
from bailiwick.models import (
    Account,
    Decision,
    Group,
    MatchedStatement,
    Organization,
    OrganizationTarget,
    Outcome,
    Policy,
    PolicyKind,
    Principal,
    PrincipalKind,
    Registry,
    Resource,
    Role,
    ServiceProfile,
    Snapshot,
    User,
)
from bailiwick.session import Session
from bailiwick.simulate import simulate

__version__ = "0.1.0"

__all__ = [
    "AccessDenied",
    "Account",
    "BailiwickError",
    "Decision",
    "Engine",
    "FormatError",
    "Group",
    "MalformedPolicyDocument",
    "MatchedStatement",
    "Organization",
    "OrganizationTarget",
    "Outcome",
    "Policy",
    "PolicyDocument",
    "PolicyKind",
    "Principal",
    "PrincipalKind",
    "Registry",
    "Resource",
    "Role",
    "ServiceProfile",
    "Session",
    "Snapshot",
    "Statement",
    "UnknownEntity",
    "UnknownPrincipal",
    "User",
    "ValidationError",
    "__version__",
    "simulate",
]
