"""Authorization with AWS's policy model, at the speed of a hash look-up."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bailiwick.errors import (
    AccessDenied,
    BailiwickError,
    FormatError,
    InvalidInput,
    MalformedPolicyDocument,
    NoDocuments,
    NoSuchEntity,
    PolicyEvaluation,
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

if TYPE_CHECKING:
    from bailiwick._core import DecisionTable
    from bailiwick.batch import AccessGrid, Decisions
    from bailiwick.cases import simulate
    from bailiwick.documents import PolicyDocument, Statement
    from bailiwick.engine import Engine
    from bailiwick.explanation import Explanation, WhyNot, explain_case, why_not_case
    from bailiwick.session import Session

__version__ = "0.1.0"

__all__ = [
    "AccessDenied",
    "AccessGrid",
    "Account",
    "BailiwickError",
    "Decision",
    "DecisionTable",
    "Decisions",
    "Engine",
    "Explanation",
    "FormatError",
    "Group",
    "InvalidInput",
    "MalformedPolicyDocument",
    "MatchedStatement",
    "NoDocuments",
    "NoSuchEntity",
    "Organization",
    "OrganizationTarget",
    "Outcome",
    "Policy",
    "PolicyDocument",
    "PolicyEvaluation",
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
    "WhyNot",
    "__version__",
    "explain_case",
    "simulate",
    "why_not_case",
]

# The reference evaluator must be importable where the compiled extension is not, so nothing here needs it at once.
_LATER = {
    "AccessGrid": "bailiwick.batch",
    "DecisionTable": "bailiwick._core",
    "Decisions": "bailiwick.batch",
    "Engine": "bailiwick.engine",
    "Explanation": "bailiwick.explanation",
    "PolicyDocument": "bailiwick.documents",
    "Session": "bailiwick.session",
    "Statement": "bailiwick.documents",
    "WhyNot": "bailiwick.explanation",
    "explain_case": "bailiwick.explanation",
    "simulate": "bailiwick.cases",
    "why_not_case": "bailiwick.explanation",
}


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module `bailiwick` has no attribute `{name}`")
    found = getattr(import_module(module), name)
    globals()[name] = found
    return found
