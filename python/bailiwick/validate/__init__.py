"""Validation of policies: findings with AWS's codes, their places and how to mend them.

`validate_policy` says what there is to say of one document; `validate_files` of files under a configuration.
"""

from bailiwick.validate.access import Access, CheckResult, Reason
from bailiwick.validate.catalogue import CATALOGUE
from bailiwick.validate.config import Config, load_config
from bailiwick.validate.custom_checks import check_access_not_granted, check_no_public_access
from bailiwick.validate.finding import Finding, FindingType, Location
from bailiwick.validate.project import PolicyFinding, Report, validate_files
from bailiwick.validate.run import validate_policy
from bailiwick.validate.services import ServiceReference, installed_reference, load_reference

__all__ = [
    "CATALOGUE",
    "Access",
    "CheckResult",
    "Config",
    "Finding",
    "FindingType",
    "Location",
    "PolicyFinding",
    "Reason",
    "Report",
    "ServiceReference",
    "check_access_not_granted",
    "check_no_public_access",
    "installed_reference",
    "load_config",
    "load_reference",
    "validate_files",
    "validate_policy",
]
