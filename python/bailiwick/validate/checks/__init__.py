"""The checks, one module per family. Each looks at a policy and gives drafts of findings."""

from bailiwick.validate.checks import (
    actions,
    arns,
    audit,
    effect,
    keys,
    organizations,
    principals,
    redundant,
    roles,
    scope,
    shape,
    tags,
    trust,
    values,
)
from bailiwick.validate.subject import Check

ALL: tuple[Check, ...] = tuple(
    check
    for family in (
        shape,
        actions,
        arns,
        principals,
        trust,
        keys,
        values,
        roles,
        tags,
        scope,
        organizations,
        effect,
        redundant,
    )
    for check in family.CHECKS
)
#: Checks of what is a matter of judgement; off by default.
OF_AUDITS: tuple[Check, ...] = audit.CHECKS
