"""Knowledge of services: AWS's, as a package carries them, and the host's own."""

from bailiwick.validate.services.formats import load_reference
from bailiwick.validate.services.installed import HOW_TO_INSTALL, installed_reference
from bailiwick.validate.services.model import (
    AccessLevel,
    Action,
    ActionResource,
    ConditionKey,
    ResourceType,
    Service,
    ServiceReference,
)

__all__ = [
    "HOW_TO_INSTALL",
    "AccessLevel",
    "Action",
    "ActionResource",
    "ConditionKey",
    "ResourceType",
    "Service",
    "ServiceReference",
    "installed_reference",
    "load_reference",
]
