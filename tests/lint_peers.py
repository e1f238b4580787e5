"""Lint cases of other programs: what they expect, and whether we say it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bailiwick.errors import ValidationError
from bailiwick.validate import Access, Finding, FindingType, validate_policy
from bailiwick.validate.catalogue import CATALOGUE
from bailiwick.validate.sources import policies_in
from tests.analyzer import rows, services

_OFF_BY_DEFAULT = frozenset(code for code, entry in CATALOGUE.items() if not entry.is_on)

#: Parliament's findings, and the codes of which one says the same.
PARLIAMENT: Mapping[str, tuple[str, ...]] = {
    "BAD_PATTERN_FOR_MFA": ("ALLOW_WITHOUT_MFA",),
    "CREDENTIALS_EXPOSURE": ("CREDENTIALS_EXPOSURE",),
    "DUPLICATE_SID": ("UNIQUE_SIDS_REQUIRED",),
    "INVALID_ARN": ("DATA_TYPE_MISMATCH",),
    "INVALID_SID": ("UNSUPPORTED_SID",),
    "MALFORMED": ("MISSING_ACTION", "MISSING_STATEMENT"),
    "MISMATCHED_TYPE": ("TYPE_MISMATCH", "TYPE_MISMATCH_DATE"),
    "NOTPRINCIPAL_WITH_ALLOW": ("ALLOW_WITH_NOT_PRINCIPAL",),
    "NOTRESOURCE_WITH_ALLOW": ("ALLOW_WITH_NOT_RESOURCE",),
    "PERMISSIONS_MANAGEMENT_ACTIONS": ("PERMISSIONS_MANAGEMENT_ACTIONS",),
    "PRIVILEGE_ESCALATION": ("PRIVILEGE_ESCALATION",),
    "RESOURCE_EFFECTIVELY_STAR": ("RESOURCE_STAR",),
    "RESOURCE_MISMATCH": ("ACTION_WITHOUT_RESOURCE",),
    "RESOURCE_POLICY_PRIVILEGE_ESCALATION": ("PERMISSIONS_MANAGEMENT_ACTIONS",),
    "RESOURCE_STAR": ("RESOURCE_STAR",),
    "SENSITIVE_ACCESS": ("ACCESS_GRANTED",),
    "UNKNOWN_ACTION": ("INVALID_ACTION",),
    "UNKNOWN_CONDITION_FOR_ACTION": ("INVALID_SERVICE_CONDITION_KEY", "UNSUPPORTED_ACTION_FOR_CONDITION_KEY"),
    "UNKNOWN_OPERATOR": ("INVALID_CONDITION_OPERATOR",),
}

#: What is wrong with a known bad document, as its collection says it, and codes of which one says the same.
BAD: Mapping[str, tuple[str, ...]] = {
    "Action/NotAction": ("DATA_TYPE_MISMATCH", "INVALID_ACTION", "MISSING_ACTION", "UNSUPPORTED_ELEMENT_COMBINATION"),
    "Condition type": ("DATA_TYPE_MISMATCH",),
    "Effect": ("DATA_TYPE_MISMATCH", "INVALID_EFFECT", "MISSING_EFFECT"),
    "Version": ("DATA_TYPE_MISMATCH", "INVALID_VERSION"),
    "both X and NotX": ("UNSUPPORTED_ELEMENT_COMBINATION",),
    "unknown element": ("INVALID_POLICY_ELEMENT",),
    "unknown top-level element": ("INVALID_POLICY_ELEMENT",),
}
#: The same for texts that are no actions.
BAD_ACTIONS = (
    "ACTION_MANY_COLONS",
    "ACTION_WITHOUT_PREFIX",
    "DATA_TYPE_MISMATCH",
    "INVALID_ACTION",
    "INVALID_ACTION_NAME",
    "INVALID_ACTION_PREFIX",
    "INVALID_SERVICE_IN_ACTION",
)

#: Why we differ, by case or by what is common to several.
EXPLAINED: Mapping[str, str] = {
    "parliament/test_advanced_policy_elements/test_notprincipal_allow#1": "the text ends in a comma that JSON does not have; "
    "without it, `ALLOW_WITH_NOT_PRINCIPAL` is reported",
    "parliament/test_credentials_exposure/test_credentials_management#0": "by AWS's access levels of today, none of the two "
    "actions manages permissions",
    "parliament/test_formatting/test_condition_mismatch#0": "a pattern of actions is not blamed for actions in it that lack the "
    "key; that the negated test holds without the key is reported instead",
    "parliament/test_formatting/test_condition_operator#1": "an operator that does not exist has no type that could mismatch",
    "parliament/test_formatting/test_condition_operator_values#0": "`StringEquals` on a key of ARNs compares as it should if no "
    "part is a wildcard; AWS's `STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS` is about the others",
    "parliament/test_patterns/test_resource_policy_privilege_escalation_at_bucket_level#1": "a pattern of actions is not blamed "
    "for actions in it that the resources do not go with",
    "parliament/test_principals/test_policy_with_principal#4": "S3 does not accept federated principals, as AWS says",
    "moto/valid#1": "spaces in an action: G-21",
    "moto/valid#9": "an ARN of three parts: G-28",
    "moto/valid#19": "an operator `a`, without keys: G-33",
    "moto/valid#30": "a key `a`: G-34; `01T` is no date",
    "moto/valid#32": "a key `a`: G-34",
    "moto/valid#33": "a key `a`: G-34",
    "moto/valid#35": "a key `a`: G-34",
    "moto/valid#36": "a key `a`: G-34; no date of G-35",
    "moto/valid#37": "a key `a`: G-34; no date of G-35",
    "moto/valid#40": "underscores in a `Sid`: G-11",
    "moto/valid#41": "`null` in a list: G-05",
    "d6e516d0d645c093": "the template around it is bad, the document is not",
    "cae692961c998e36": "the template around it is bad, the document is not",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Something that a case expects and that we do not say, or the other way round."""

    case: str
    expected: str
    found: tuple[str, ...]


def _codes(found: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(sorted({one.code for one in found}))


def _errors(found: Sequence[Finding]) -> tuple[str, ...]:
    return _codes([one for one in found if one.type is FindingType.ERROR])


@cache
def parliament() -> tuple[int, int, tuple[Miss, ...]]:
    """Cases, findings they expect, and what is missed; a clean case is one where we find no error."""
    expected, misses = 0, []
    cases = rows("peer_cases/parliament_lint")
    for case in cases:
        text = case["policy_text"]
        kind = "resource" if re.search(r'"(Not)?Principal"', text) else "identity"
        found = validate_policy(
            text, kind=kind, services=services(), turned_on=_OFF_BY_DEFAULT, must_not_grant=list(_forbidden(case))
        )
        codes = _codes(found)
        for issue in case["expected"]["issues"]:
            expected += 1
            if not set(PARLIAMENT.get(issue, ())) & set(codes):
                misses.append(Miss(case=case["id"], expected=issue, found=codes))
        if not case["expected"]["issues"] and (_errors(found) or "ACCESS_GRANTED" in codes):
            misses.append(Miss(case=case["id"], expected="nothing", found=_errors(found)))
    return len(cases), expected, tuple(misses)


def _forbidden(case: Mapping[str, Any]) -> Iterator[Access]:
    """Access that parliament's configuration calls sensitive."""
    for listed in case["options"].get("config", {}).get("SENSITIVE_ACCESS", {}).get("resources", []):
        for action, resources in listed.items():
            yield Access((action,), tuple(resources))


@cache
def moto() -> tuple[int, int, tuple[Miss, ...]]:
    """Cases, those that are to be refused, and what differs."""
    refused, misses = 0, []
    cases = rows("peer_cases/moto_policy_validation")
    for case in cases:
        text = case.get("text") or json.dumps(case["document"])
        found = validate_policy(text, kind="identity", services=services())
        if case["expected"] == "invalid":
            refused += 1
            if not _errors(found):
                misses.append(Miss(case=case["id"], expected="an error", found=_codes(found)))
        elif parsing := _codes([one for one in found if one.parse_error is not None]):
            misses.append(Miss(case=case["id"], expected="nothing", found=parsing))
    return len(cases), refused, tuple(misses)


@cache
def known_bad() -> tuple[int, int, tuple[Miss, ...]]:
    """Documents, faults that their collection names, and those for which we have no error that says so."""
    named, misses = 0, []
    documents = rows("policies/known_bad")
    for row in documents:
        text = json.dumps(row["document"])
        kind = "resource" if re.search(r'"(Not)?Principal"', text) else "identity"
        errors = _errors(validate_policy(text, kind=kind, services=services()))
        for why in row["why_bad"]:
            named += 1
            codes = BAD.get(why, ())
            if why.startswith("action "):
                codes = BAD_ACTIONS
            elif why.startswith("operator "):
                codes = ("INVALID_CONDITION_OPERATOR",)
            if not (set(codes) & set(errors) if codes else errors):
                misses.append(Miss(case=row["id"], expected=why, found=errors))
    return len(documents), named, tuple(misses)


@cache
def odd_case() -> tuple[int, int, tuple[Miss, ...]]:
    """Documents, those in which policies are found, and those in which none is."""
    read, misses = 0, []
    documents = rows("policies/odd_case")
    for row in documents:
        try:
            policies_in(json.dumps(row["document"]).encode(), "odd.json")
            read += 1
        except ValidationError:
            misses.append(Miss(case=row["id"], expected="a policy", found=()))
    return len(documents), read, tuple(misses)
