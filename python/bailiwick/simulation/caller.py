"""Whom a simulation asks for, and who owns what is asked for (S-04…06)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bailiwick.context import fold
from bailiwick.errors import InvalidInput
from bailiwick.models import Registry

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_IDENTITY = re.compile(r"arn:([^:]+):iam::([0-9]{12}):(user|group|role)/(?:[!-~]+/)?([\w+=,.@-]+)", re.ASCII)
_OWNER = re.compile(r"arn:[^:]+:iam::([0-9]{12}):root", re.ASCII)
#: Account of a caller of whom nothing is known.
_NOBODY = "000000000000"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user, group or role by its ARN."""

    arn: str
    partition: str
    account: str
    kind: str
    name: str


def identity_of(arn: str, registry: Registry, parameter: str) -> Identity:
    """The identity that a parameter names.

    Raises:
        InvalidInput: It is no user, group or role.
    """
    found = _IDENTITY.fullmatch(arn)
    if found is None or not registry.knows_partition(found[1]):
        raise InvalidInput(f"{parameter} `{arn}`: expected the ARN of a user, group or role")
    return Identity(arn, *found.groups())


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        identity: The identity of CallerArn; `None` if there is none.
        account: Account of a caller of whom nothing else is known; `None` makes it the owner of whatever is asked for.
        owner: Account that ResourceOwner names.
        is_service_linked: The role is a service's own, which SCPs do not bind (E-25).
        is_of_management_account: The caller is of the organization's management account (E-10).
    """

    identity: Identity | None
    account: str | None
    owner: str | None
    is_service_linked: bool = False
    is_of_management_account: bool = False

    def keys(self) -> dict[str, list[str]]:
        """Context keys that follow from CallerArn (S-04)."""
        if self.identity is None:
            return {}
        one = self.identity
        keys = {"aws:PrincipalAccount": [one.account], "aws:PrincipalType": ["AssumedRole" if one.kind == "role" else "User"]}
        if one.kind != "group":
            keys["aws:PrincipalArn"] = [one.arn]
        if one.kind == "user":
            keys["aws:username"] = [one.name]
        return keys

    def request(self, action: str, resource: str, context: Mapping[str, list[str]]) -> dict[str, Any]:
        """The request of a case (S-05, S-06)."""
        owner = _account_in(resource) or self.owner
        account = self.identity.account if self.identity is not None else self.account or owner or _NOBODY
        given = {fold(key) for key in context}
        derived = {key: values for key, values in self.keys().items() if fold(key) not in given}
        asked: dict[str, Any] = {
            "principal": self._principal(account, resource),
            "action": action,
            "resource": resource,
            "context": {**derived, **context},
            "management_account": self.is_of_management_account,
        }
        return asked | ({"resource_account": owner or account} if resource != "*" else {})

    def crosses_accounts(self, resource: str) -> bool:
        """S-06."""
        asked = self.request("", resource, {})
        return resource != "*" and asked["resource_account"] != asked["principal"]["account"]

    def _principal(self, account: str, resource: str) -> dict[str, Any]:
        if self.identity is None:
            # Nothing can name it; it is of the resource's partition, so that none is crossed.
            partition = resource.split(":")[1] if resource != "*" else "aws"
            return {"kind": "user", "account": account, "arn": f"arn:{partition}:iam::{account}:user/simulated"}
        if self.identity.kind == "role":
            return {"kind": "role_session", "account": account, "role_arn": self.identity.arn, "slr": self.is_service_linked}
        return {"kind": "user", "account": account, "arn": self.identity.arn}


def _account_in(resource: str) -> str | None:
    named = (resource.split(":", 5) + [""] * 5)[4]
    return named if _ACCOUNT.fullmatch(named) else None


def owner_of(given: str | None) -> str | None:
    """The account of ResourceOwner, which is an account id or the ARN of its root user.

    Raises:
        InvalidInput: It is neither.
    """
    if given is None or _ACCOUNT.fullmatch(given):
        return given
    found = _OWNER.fullmatch(given)
    if found is None:
        raise InvalidInput(f"ResourceOwner `{given}`: expected an account of 12 digits, or the ARN of its root user")
    return found[1]
