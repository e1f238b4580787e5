"""Checks of role trust policies: identity providers, Roles Anywhere, roles next to their sessions."""

from __future__ import annotations

from collections.abc import Iterator

from bailiwick.models import PolicyKind
from bailiwick.reference.text import fold
from bailiwick.validate.patterns import matcher
from bailiwick.validate.policy import Principal, Statement, Test
from bailiwick.validate.subject import Draft, Subject

_GITHUB = "token.actions.githubusercontent.com"
_ROLES_ANYWHERE = "rolesanywhere.amazonaws.com"
_FOR_ROLES_ANYWHERE = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
#: Keys that are in a request only if it also asks for the action.
_ASKED_BY = {
    "sts:sourceidentity": "sts:SetSourceIdentity",
    "sts:transitivetagkeys": "sts:TagSession",
    "aws:tagkeys": "sts:TagSession",
    "aws:requesttag/": "sts:TagSession",
    "sts:requestcontext/": "sts:SetContext",
    "sts:requestcontextproviders": "sts:SetContext",
}


def provider_of(principal: Principal) -> str | None:
    """The host and path of an OIDC provider, as its condition keys start."""
    text = principal.value.text
    if principal.key != "Federated" or ":saml-provider/" in text:
        return None
    return fold(text.partition(":oidc-provider/")[2] if ":oidc-provider/" in text else text)


def providers(subject: Subject) -> Iterator[Draft]:
    """OIDC providers have many customers: a role must say whose token it takes."""
    if subject.kind is not PolicyKind.TRUST:
        return
    for statement in subject.allows:
        for principal in statement.principals:
            provider = provider_of(principal)
            if provider is None:
                continue
            own = [test for test in statement.tests if test.folded.startswith(f"{provider}:")]
            yield from _provider(principal, provider, own)


def _provider(principal: Principal, provider: str, tests: list[Test]) -> Iterator[Draft]:
    place = principal.value.place
    restricting = [test for test in tests if not test.holds_without_key and not test.negated]
    subjects = [test for test in restricting if test.folded == f"{provider}:sub"]
    if provider.partition("/")[0] == _GITHUB:
        if not subjects:
            message = "any repository on GitHub may assume the role"
            yield Draft("MISSING_GITHUB_REPO_CONDITION_KEY", message, (place,), f"{_GITHUB}:sub")
        yield from _repositories(subjects, {test.folded for test in restricting})
    elif not restricting:
        message = f"whoever has a token of `{provider}` may assume the role"
        yield Draft("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", message, (place,), f"{provider}:aud")


def _repositories(subjects: list[Test], keys: set[str]) -> Iterator[Draft]:
    """`repo:OWNER/NAME:ref:refs/heads/BRANCH` without a free part, or with the branch in another key."""
    for test in subjects:
        for value in test.values:
            repository, _, rest = value.text.removeprefix("repo:").partition(":")
            free = "*" in repository or "?" in repository
            if free or (("*" in rest or "?" in rest or not rest) and f"{_GITHUB}:ref" not in keys):
                message = f"`{value.text}` lets in more than one branch of one repository"
                yield Draft("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", message, (value.place,))


def audiences(subject: Subject) -> Iterator[Draft]:
    """X-41: `aud` has one value unless the token lists several."""
    if subject.kind is not PolicyKind.TRUST:
        return
    for statement in subject.allows:
        names = {provider for principal in statement.principals if (provider := provider_of(principal)) is not None}
        for test in statement.tests:
            if test.operator is None or test.folded not in {f"{name}:aud" for name in names}:
                continue
            hint = test.name.partition(":")[2]
            if test.operator.prefix == "ForAnyValue":
                message = f"`{test.name}` takes a token of which one audience of several is right"
                yield Draft("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", message, (test.place,), hint)
            elif test.operator.prefix == "ForAllValues":
                message = f"`{test.key}` has one value, for which no set prefix is made"
                yield Draft("CONFIRM_AUDIENCE_CLAIM_TYPE", message, (test.place,), hint)


def roles_anywhere(subject: Subject) -> Iterator[Draft]:
    """IAM Roles Anywhere needs three permissions, in one statement or in several."""
    if subject.kind is not PolicyKind.TRUST:
        return
    trusting = [
        statement
        for statement in subject.allows
        if any(principal.key == "Service" and principal.value.text == _ROLES_ANYWHERE for principal in statement.principals)
    ]
    missing = [action for action in _FOR_ROLES_ANYWHERE if not any(_lists(statement, action) for statement in trusting)]
    if trusting and missing:
        first = trusting[0].action
        place = first.place if first is not None else trusting[0].place
        message = f"Roles Anywhere also needs {', '.join(f'`{action}`' for action in missing)}"
        yield Draft("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", message, (place,))


def _lists(statement: Statement, action: str) -> bool:
    listed = statement.action
    return listed is not None and not listed.negated and any(matcher(fold(value.text))(fold(action)) for value in listed.values)


def keys_without_action(subject: Subject) -> Iterator[Draft]:
    """Keys that are never there because the statement does not list the action that brings them."""
    if subject.kind is not PolicyKind.TRUST:
        return
    for statement in subject.allows:
        for test in statement.tests:
            action = next((action for key, action in _ASKED_BY.items() if _is_key(key, test.folded)), None)
            if action is not None and statement.action is not None and not _lists(statement, action):
                message = f"a request has `{test.key}` only if the role also allows `{action}`"
                yield Draft("MISSING_ACTION_FOR_CONDITION_KEY", message, (test.place, statement.action.place), action)


def _is_key(known: str, key: str) -> bool:
    return key.startswith(known) if known.endswith("/") else key == known


def sessions_of_roles(subject: Subject) -> Iterator[Draft]:
    """A session whose role is trusted anyway."""
    if subject.kind is not PolicyKind.TRUST:
        return
    for statement in subject.statements:
        listed = [principal for principal in statement.principals if principal.key == "AWS"]
        roles = {_role_name(principal.value.text): principal for principal in listed if ":role/" in principal.value.text}
        for principal in listed:
            _, marker, rest = principal.value.text.partition(":assumed-role/")
            account = principal.value.text.split(":")[4:5]
            role = roles.get((*account, rest.partition("/")[0])) if marker else None
            if role is not None:
                message = f"`{role.value.text}` already includes the session `{principal.value.text}`"
                places = (principal.value.place, role.value.place)
                yield Draft("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", message, places)


def _role_name(arn: str) -> tuple[str, ...]:
    """Account and name of a role, without its path."""
    return (*arn.split(":")[4:5], arn.rpartition("/")[2])


CHECKS = (providers, audiences, roles_anywhere, keys_without_action, sessions_of_roles)
