"""Parse errors as findings: the parser's codes, and what AWS calls the same defects (V-04, V-06)."""

from __future__ import annotations

from bailiwick.models import PolicyKind
from bailiwick.reference.json_text import Fault
from bailiwick.reference.variables import split_outside

#: AWS's code of a parser's code, where the kind and the place do not matter. Others keep their own.
_SAME = {
    "DUPLICATE_CONDITION_KEY": "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
    "DUPLICATE_SID": "UNIQUE_SIDS_REQUIRED",
    "EMPTY_OBJECT": "EMPTY_OBJECT_PRINCIPAL",
    "IAM_RESOURCE_PATH": "INVALID_ARN_RESOURCE",
    "INVALID_CONDITION_KEY": "INVALID_CONDITION_KEY_FORMAT",
    "MISSING_ARN_RESOURCE": "INVALID_ARN_RESOURCE",
    "MISSING_TAG_KEY": "MISSING_TAG_KEY_IN_CONDITION",
    "MULTIPLE_BOOLEAN": "INVALID_CONDITION_MULTIPLE_BOOLEAN",
    "NOTPRINCIPAL_WITH_ALLOW": "ALLOW_WITH_NOT_PRINCIPAL",
    "NULL_WITH_IFEXISTS": "NULL_WITH_IF_EXISTS",
    "RCP_ACTION": "RCP_SYNTAX_ERROR_ACTION",
    "RCP_EFFECT": "RCP_SYNTAX_ERROR_ALLOW",
    "RCP_PRINCIPAL": "RCP_SYNTAX_ERROR_PRINCIPAL",
    "RESOURCE_NOT_ARN": "INVALID_ARN_PREFIX",
    "TRUST_NOTPRINCIPAL": "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
    "TRUST_WILDCARD_PRINCIPAL": "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
    "TYPE_MISMATCH_BASE64": "TYPE_MISMATCH_STRING",
    "TYPE_MISMATCH_IP": "TYPE_MISMATCH_IP_RANGE",
}
_WITHOUT_PRINCIPAL = {
    PolicyKind.SCP: "SCP_SYNTAX_ERROR_PRINCIPAL",
    PolicyKind.RCP: "RCP_SYNTAX_ERROR_PRINCIPAL",
    PolicyKind.IDENTITY: "UNSUPPORTED_PRINCIPAL",
    PolicyKind.BOUNDARY: "UNSUPPORTED_PRINCIPAL",
    PolicyKind.SESSION: "UNSUPPORTED_PRINCIPAL",
}


def code_of(fault: Fault, kind: PolicyKind, value: str | None) -> str:
    """The code of the finding; `value` is the text at the place of the fault, if it is one."""
    steps = fault.path.split("/")[1:]
    if fault.code == "EMPTY_ARRAY":
        return _empty_list(steps)
    if fault.code == "UNSUPPORTED_ELEMENT":
        return _unsupported(steps[-1] if steps else "", kind)
    if fault.code == "INVALID_PRINCIPAL":
        return _principal(steps)
    if fault.code == "INVALID_ARN_SEGMENT":
        return _segment(value or "")
    return _SAME.get(fault.code, fault.code)


def _empty_list(steps: list[str]) -> str:
    if "Condition" not in steps:
        name = next((name for name in ("ACTION", "RESOURCE") if any(step.upper().endswith(name) for step in steps)), "PRINCIPAL")
        return f"EMPTY_ARRAY_{name}"
    operator = steps[steps.index("Condition") + 1]
    for word in ("ForAllValues", "ForAnyValue"):
        if operator.startswith(f"{word}:"):
            return f"EMPTY_ARRAY_CONDITION_{word.upper()}"
    return "EMPTY_ARRAY_CONDITION_IFEXISTS" if operator.endswith("IfExists") else "EMPTY_ARRAY_CONDITION"


def _unsupported(name: str, kind: PolicyKind) -> str:
    if name in ("Principal", "NotPrincipal"):
        return _WITHOUT_PRINCIPAL.get(kind, "UNSUPPORTED_ELEMENT")
    if name in ("Resource", "NotResource") and kind is PolicyKind.TRUST:
        return "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE"
    return "RCP_SYNTAX_ERROR_NOTACTION" if name == "NotAction" and kind is PolicyKind.RCP else "UNSUPPORTED_ELEMENT"


def _principal(steps: list[str]) -> str:
    if "Federated" in steps:
        return "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY"
    return "INVALID_SERVICE_PRINCIPAL_FORMAT" if "Service" in steps else "INVALID_PRINCIPAL"


def _segment(text: str) -> str:
    """Which of region and account holds what no segment may hold (G-26): the first that does."""
    region = split_outside(text, 6, variables=True)[3:4]
    legal = all(scalar.isascii() and (scalar.isalnum() or scalar in "*?-") for scalar in "".join(region))
    return "INVALID_ARN_ACCOUNT" if legal else "INVALID_ARN_REGION"
