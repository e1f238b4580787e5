"""moto: the evaluator behind its `set_initial_no_auth_action_count`, with documents that were read before.

Its own code reads the caller's documents at every request; here they are read once. It has no condition operator but
`StringEquals`, takes a condition that does not hold for a denial and any other operator for one that holds, so that statements
with conditions are left out.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from peers.work import Call, CannotExpress, Statement, Translated, Way, Work, no_variables


class Peer:
    """moto."""

    def __init__(self, work: Work) -> None:
        del work  # nothing of it is needed to translate

    def translate(self, statement: Statement) -> dict[str, Any]:
        """The statement as AWS writes it."""
        if statement.conditions:
            raise CannotExpress("conditions")
        if statement.resources is None:
            raise CannotExpress("NotResource")
        if any("?" in pattern for pattern in [*no_variables(statement.resources), *(statement.actions or [])]):
            raise CannotExpress("`?` in a pattern")
        actions = {"Action": statement.actions} if statement.actions is not None else {"NotAction": statement.not_actions}
        return {"Effect": statement.effect, **actions, "Resource": statement.resources}

    def build(self, work: Work, translated: Translated) -> dict[str, Way]:
        """One request at a time, with the caller's documents."""
        documents = {name: IAMPolicy(json.dumps({"Statement": found})) for name, found in translated.sets.items() if found}
        held = {caller: [documents[name] for name in names if name in documents] for caller, names in work.bound.items()}

        def sliced(count: int) -> Call:
            asked = [(held[request.principal], request.action, request.resource) for request in work.requests[:count]]
            return lambda: [_is_permitted(policies, action, resource) for policies, action, resource in asked]

        return {"sliced": sliced}


def _is_permitted(policies: list[Any], action: str, resource: str) -> bool:
    """As `IAMRequestBase.check_action_permitted` combines policies."""
    permitted = False
    for policy in policies:
        result = policy.is_action_permitted(action, resource)
        if result == PermissionResult.DENIED:
            return False
        permitted = permitted or result == PermissionResult.PERMITTED
    return permitted
