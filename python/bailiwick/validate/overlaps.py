"""Findings that say of one statement what another says better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bailiwick.validate.finding import Finding

#: Code -> codes that make it superfluous in the same statement; those that end in `_` are starts of codes.
_SAID_BETTER_BY = {
    "ACTION_WITHOUT_RESOURCE": (
        "ARN_",
        "INVALID_ARN_",
        "INVALID_PARTITION",
        "INVALID_SERVICE",
        "MISSING_ARN_",
        "UNKNOWN_ARN_RESOURCE",
    ),
    "ALLOW_NEGATED_TEST_ON_OPTIONAL_KEY": ("EQUIVALENT_TO_NULL_TRUE", "PRIVATE_NOT_IP_ADDRESS"),
    "ALLOW_WITH_NOT_RESOURCE": (
        "ALLOW_NOTRESOURCE_WITH_VARIABLE",
        "CREATE_SLR_WITH_NOT_",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_",
        "PASS_ROLE_WITH_NOT_",
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_",
    ),
    "UNKNOWN_ARN_RESOURCE": ("INVALID_ARN_RESOURCE",),
    "UNTRUSTWORTHY_CONDITION_KEY": ("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",),
}


def without_overlaps(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings but those of which another of the same statement says more, or that judge what does not parse."""
    listed = list(findings)
    codes: dict[str, set[str]] = {}
    for found in listed:
        codes.setdefault(_statement(found), set()).add(found.code)
    unparsed = {found.path for found in listed if found.parse_error is not None}
    for found in listed:
        if found.parse_error is None and found.path and found.path in unparsed:
            continue
        better = _SAID_BETTER_BY.get(found.code)
        if better is None or not any(_is_among(code, better) for code in codes[_statement(found)]):
            yield found


def _is_among(code: str, names: Iterable[str]) -> bool:
    return any(code == name or (name.endswith("_") and code.startswith(name)) for name in names)


def _statement(found: Finding) -> str:
    """The pointer of the statement that a finding is about."""
    steps = found.path.split("/")
    return "/".join(steps[: 3 if len(steps) > 2 and steps[2].isdecimal() else 2])
