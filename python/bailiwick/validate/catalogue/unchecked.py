"""Checks of AWS's that are not made here, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

UNCHECKED: Mapping[str, str] = {
    "SCP_SYNTAX_ERROR_ACTION_WILDCARD": "service control policies know wildcards everywhere since 2025 (G-22, R-08)",
    "SCP_SYNTAX_ERROR_ALLOW_CONDITION": "service control policies know the whole language since 2025 (G-30, R-08)",
    "SCP_SYNTAX_ERROR_ALLOW_NOTACTION": "service control policies know the whole language since 2025 (G-30, R-08)",
    "SCP_SYNTAX_ERROR_ALLOW_RESOURCE": "service control policies know the whole language since 2025 (G-30, R-08)",
    "SCP_SYNTAX_ERROR_NOTRESOURCE": "service control policies know the whole language since 2025 (G-30, R-08)",
    "UNIQUE_SIDS_RECOMMENDED": "no kind of policy may repeat a `Sid` here (G-11): `UNIQUE_SIDS_REQUIRED`",
    "VARIABLE_USAGE_TOO_PERMISSIVE": (
        "AWS does not say for which keys; its own policies use `${aws:ResourceAccount}` as a value of `aws:PrincipalAccount`"
    ),
    "INVALID_SERVICE in values of `aws:CalledVia`": "service principals are not action prefixes, and no reference lists them",
    "INVALID_ARN_REGION for a region in which a service is not offered": (
        "the service reference does not say where services are; names that no region can have are reported"
    ),
    "INVALID_PARTITION for a partition in which a service is not offered": (
        "the service reference does not say where services are; unknown partitions are reported"
    ),
    "CheckNoNewAccess (V-21)": "needs a proof over all requests; V-22 and V-23 are in `bailiwick.validate.access`",
}
