"""What a policy grants: checks that are off unless the configuration asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bailiwick.models import PolicyKind
from bailiwick.reference.text import fold
from bailiwick.validate.patterns import matcher
from bailiwick.validate.policy import Statement, Value
from bailiwick.validate.services import AccessLevel
from bailiwick.validate.subject import Draft, Subject

_GRANTING = (PolicyKind.IDENTITY, PolicyKind.SESSION)
_CREDENTIALS = (
    "chime:CreateApiKey",
    "codepipeline:PollForJobs",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "connect:GetFederationToken",
    "ec2:GetPasswordData",
    "ecr-public:GetAuthorizationToken",
    "ecr:GetAuthorizationToken",
    "gamelift:RequestUploadCredentials",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "rds-db:connect",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "secretsmanager:GetSecretValue",
    "sso:GetRoleCredentials",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
)
#: Actions that together give more access than they are.
_ESCALATIONS = (
    ("iam:CreatePolicyVersion",),
    ("iam:SetDefaultPolicyVersion",),
    ("iam:AttachUserPolicy",),
    ("iam:AttachGroupPolicy",),
    ("iam:PutUserPolicy",),
    ("iam:PutGroupPolicy",),
    ("iam:AddUserToGroup",),
    ("iam:CreateAccessKey",),
    ("iam:CreateLoginProfile",),
    ("iam:UpdateLoginProfile",),
    ("iam:AttachRolePolicy", "sts:AssumeRole"),
    ("iam:PutRolePolicy", "sts:AssumeRole"),
    ("iam:UpdateAssumeRolePolicy", "sts:AssumeRole"),
    ("iam:DeleteRolePermissionsBoundary",),
    ("iam:DeleteUserPermissionsBoundary",),
    ("lambda:UpdateFunctionCode",),
    ("lambda:UpdateFunctionConfiguration",),
    ("glue:UpdateDevEndpoint",),
    ("sagemaker:CreatePresignedNotebookInstanceUrl",),
    ("iam:PassRole", "cloudformation:CreateStack"),
    ("iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"),
    ("iam:PassRole", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"),
    ("iam:PassRole", "ec2:RunInstances"),
    ("iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    ("iam:PassRole", "glue:CreateDevEndpoint"),
    ("iam:PassRole", "glue:CreateJob", "glue:StartJobRun"),
    ("iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
    ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"),
    ("iam:PassRole", "sagemaker:CreateNotebookInstance"),
    ("iam:PassRole", "sagemaker:CreateProcessingJob"),
    ("iam:PassRole", "sagemaker:CreateTrainingJob"),
)


def everywhere(subject: Subject) -> Iterator[Draft]:
    """Actions on every resource that know resources of their own."""
    for statement in _grants(subject):
        if statement.resource is None or statement.resource.negated:
            continue
        every = next((value for value in statement.resource.values if _is_every(value.text)), None)
        limited = [value for value in _listed(statement) if _could_be_limited(subject, value)]
        if every is not None and limited:
            message = f"{_some(value.text for value in limited)} could be limited to some resources"
            yield Draft("RESOURCE_STAR", message, (every.place, *(value.place for value in limited)))


def _is_every(text: str) -> bool:
    """`*`, or an ARN whose segments are free but for the service and the type."""
    parts = text.split(":", 5)
    if text == "*":
        return True
    return len(parts) == 6 and parts[3] in ("*", "") and parts[4] in ("*", "") and _is_free(parts[5]) and parts[3:5] != ["", ""]


def _is_free(resource: str) -> bool:
    return resource == "*" or (resource.endswith(("/*", ":*")) and not set("*/:") & set(resource[:-2]))


def _could_be_limited(subject: Subject, value: Value) -> bool:
    return any(action.resources for _, action in subject.services.matching(value.text))


def permissions(subject: Subject) -> Iterator[Draft]:
    """Actions of the access level `Permissions management`."""
    is_denied = _denials(subject)
    known: dict[str, list[str]] = {}
    for statement in _grants(subject):
        for value in _listed(statement):
            if value.text not in known:
                matching = subject.services.matching(value.text)
                names = (f"{service.prefix}:{one.name}" for service, one in matching if one.level is AccessLevel.PERMISSIONS)
                known[value.text] = [name for name in names if not is_denied(name)]
            if known[value.text]:
                message = f"`{value.text}` allows {_some(known[value.text])}"
                yield Draft("PERMISSIONS_MANAGEMENT_ACTIONS", message, (value.place,))


def credentials(subject: Subject) -> Iterator[Draft]:
    """Actions that return credentials."""
    is_denied = _denials(subject)
    exposing = [action for action in _CREDENTIALS if not is_denied(action)]
    for statement in _grants(subject):
        for value in _listed(statement):
            test = matcher(fold(value.text))
            found = [action for action in exposing if test(fold(action))]
            if found:
                yield Draft("CREDENTIALS_EXPOSURE", f"`{value.text}` allows {_some(found)}", (value.place,))


def escalations(subject: Subject) -> Iterator[Draft]:
    """Sets of actions that are all allowed, by one statement or by several."""
    is_denied = _denials(subject)
    for actions in _ESCALATIONS:
        places = []
        for action in actions:
            value = _allowing(subject, action)
            if value is None or is_denied(action):
                break
            places.append(value.place)
        else:
            message = f"{_some(actions)} {'give' if len(actions) > 1 else 'gives'} more access than it seems"
            yield Draft("PRIVILEGE_ESCALATION", message, tuple(dict.fromkeys(places)))


def _grants(subject: Subject) -> Iterator[Statement]:
    if subject.kind in _GRANTING:
        yield from subject.allows


def _listed(statement: Statement) -> tuple[Value, ...]:
    return statement.action.values if statement.action is not None and not statement.action.negated else ()


def _allowing(subject: Subject, action: str) -> Value | None:
    """The value by which an action is allowed; `NotAction` counts as its first value."""
    for statement in _grants(subject):
        if statement.action is None:
            continue
        matching = [value for value in statement.action.values if matcher(fold(value.text))(fold(action))]
        if statement.action.negated and not matching and statement.action.values:
            return statement.action.values[0]
        if not statement.action.negated and matching:
            return matching[0]
    return None


def _denials(subject: Subject) -> Callable[[str], bool]:
    """Tells whether a Deny without conditions, on everything, takes an action back."""
    patterns = {
        fold(value.text)
        for statement in subject.statements
        if statement.effect == "Deny" and not statement.tests and _is_about_everything(statement)
        for value in _listed(statement)
    }
    tests = [matcher(pattern) for pattern in sorted(patterns)]
    return lambda action: any(test(fold(action)) for test in tests)


def _is_about_everything(statement: Statement) -> bool:
    resource = statement.resource
    return resource is not None and not resource.negated and any(value.text == "*" for value in resource.values)


def _some(names: Iterator[str] | Sequence[str]) -> str:
    listed = list(names)
    return ", ".join(f"`{name}`" for name in listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


CHECKS = (everywhere, permissions, credentials, escalations)
