"""Warnings: not a matter of security, and probably not what is meant."""

from __future__ import annotations

from bailiwick.models import PolicyKind
from bailiwick.validate.catalogue.check import Entry, allow, deny, grant, policy, trust
from bailiwick.validate.finding import FindingType

_WARNING = FindingType.WARNING
_CREATING = "Service-linked roles have what their service needs; who creates one lets a service into the account."
_NAME_SERVICES = "Name the services in `iam:AWSServiceName`, or the roles."
_LONG = "arn:aws:s3:::reports-of-a-team-with-quite-a-long-name-{:04}/*"
_ORGANIZATION = "o-a1b2c3d4e5"


def _when(operator: str, key: str, value: object) -> str:
    return policy(allow(Condition={operator: {key: value}}))


def _rcp(**condition: dict[str, str]) -> str:
    return policy(deny(Principal="*", Action="s3:*", Resource="*", Condition=condition))


ENTRIES = (
    Entry(
        code="CREATE_SLR_WITH_STAR_IN_RESOURCE",
        type=_WARNING,
        title="`iam:CreateServiceLinkedRole` for every service.",
        why=_CREATING,
        mend=_NAME_SERVICES,
        example=policy(allow(Action="iam:CreateServiceLinkedRole", Resource="*")),
    ),
    Entry(
        code="CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
        type=_WARNING,
        title="A wildcard that includes `iam:CreateServiceLinkedRole`, for every service.",
        why=_CREATING,
        mend=_NAME_SERVICES,
        example=policy(allow(Action="iam:Create*", Resource="*")),
    ),
    Entry(
        code="CREATE_SLR_WITH_NOT_RESOURCE",
        type=_WARNING,
        title="`iam:CreateServiceLinkedRole` for every service but some.",
        why=_CREATING,
        mend=_NAME_SERVICES,
        example=policy(
            allow(Action="iam:CreateServiceLinkedRole", Resource=None, NotResource="arn:aws:iam::111122223333:role/admin")
        ),
        also=("CREATE_SLR_WITH_NOTRESOURCE",),
    ),
    Entry(
        code="CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        type=_WARNING,
        title="A wildcard that includes `iam:CreateServiceLinkedRole`, for every service but some.",
        why=_CREATING,
        mend=_NAME_SERVICES,
        example=policy(allow(Action="iam:Create*", Resource=None, NotResource="arn:aws:iam::111122223333:role/admin")),
        also=("CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOTRESOURCE",),
    ),
    Entry(
        code="CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        type=_WARNING,
        title="`NotAction` that leaves `iam:CreateServiceLinkedRole` in, for every service but some.",
        why=_CREATING,
        mend="Add `iam:CreateServiceLinkedRole` to `NotAction`.",
        example=policy(allow(Action=None, NotAction="s3:*", Resource=None, NotResource="arn:aws:iam::111122223333:role/admin")),
        also=("CREATE_SLR_WITH_NOTACTION_AND_NOTRESOURCE",),
    ),
    Entry(
        code="CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        type=_WARNING,
        title="`NotAction` that leaves `iam:CreateServiceLinkedRole` in, for every service.",
        why=_CREATING,
        mend="Add `iam:CreateServiceLinkedRole` to `NotAction`.",
        example=policy(allow(Action=None, NotAction="s3:*", Resource="*")),
        also=("CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOTACTION",),
    ),
    Entry(
        code="DEPRECATED_GLOBAL_CONDITION_KEY",
        type=_WARNING,
        title="A key that is outdated.",
        why="Services no longer promise to supply it.",
        mend="Use the key that took its place.",
        example=policy(
            grant(
                Principal="*", Resource="*", Action="sns:Publish", Condition={"StringEquals": {"aws:SourceOwner": "111122223333"}}
            )
        ),
        kind=PolicyKind.RESOURCE,
    ),
    Entry(
        code="INVALID_DATE_VALUE",
        type=_WARNING,
        title="A date of digits alone.",
        why="It is a number of seconds since 1970, a year of four digits included: `2026` is in the first hour of 1970.",
        mend="Write an ISO 8601 date, as in `2026-03-01`.",
        example=_when("DateLessThan", "aws:CurrentTime", "2026"),
    ),
    Entry(
        code="INVALID_ROLE_REFERENCE",
        type=_WARNING,
        title="A role named by its id.",
        why="This is what is left when a role was deleted; a new one of the same name has another id.",
        mend="Name the role by its ARN, or remove it.",
        example=policy(trust(Principal={"AWS": "AROA1234567890EXAMPLE"})),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="INVALID_USER_REFERENCE",
        type=_WARNING,
        title="A user named by its id.",
        why="This is what is left when a user was deleted; a new one of the same name has another id.",
        mend="Name the user by its ARN, or remove it.",
        example=policy(trust(Principal={"AWS": "AIDA1234567890EXAMPLE"})),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="MISSING_VERSION",
        type=_WARNING,
        title="The document has no `Version`.",
        why="It is then read as 2008-10-17, in which variables are plain text.",
        mend='Write `"Version": "2012-10-17"`.',
        example=policy(grant(), Version=None),
        kind=PolicyKind.RESOURCE,
    ),
    Entry(
        code="WILDCARD_WITHOUT_LIKE_OPERATOR",
        type=_WARNING,
        title="A wildcard under an operator that takes it as text.",
        why="The value matches only itself, asterisk included.",
        mend="Use the `Like` operator, or write the value out.",
        example=_when("StringEquals", "aws:PrincipalTag/team", "red-*"),
    ),
    Entry(
        code="POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
        type=_WARNING,
        title="A policy of an identity that is too long.",
        why=(
            "IAM stores 6,144 characters of a managed policy and 2,048, 5,120 or 10,240 of all inline policies of a user, group "
            "or role; white space is not counted. Where the use is not known, 10,240 is the measure."
        ),
        mend="Write it as several policies.",
        example=policy(allow(Resource=[_LONG.format(at) for at in range(200)])),
    ),
    Entry(
        code="POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
        type=_WARNING,
        title="A policy of a resource that is too long.",
        why="Services store so many characters and no more; a bucket holds 20 KB.",
        mend="Write it shorter; access points and access grants have policies of their own.",
        example=policy(grant(Resource=[_LONG.format(at) for at in range(400)])),
        kind=PolicyKind.RESOURCE,
        resource_type="AWS::S3::Bucket",
    ),
    Entry(
        code="POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
        type=_WARNING,
        title="A trust policy that is too long.",
        why="IAM stores 2,048 characters, unless the quota was raised; white space is not counted.",
        mend="Write it shorter, or have the quota raised.",
        example=policy(trust(Principal={"AWS": [f"arn:aws:iam::111122223333:role/deploy-{at:04}" for at in range(60)]})),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="TYPE_MISMATCH",
        type=_WARNING,
        title="An operator of another type than the key.",
        why="Values are then compared in another way than they are meant: as text, where an order or a range counts.",
        mend="Use an operator of the key's type.",
        example=_when("StringEquals", "aws:SourceIp", "203.0.113.7"),
    ),
    Entry(
        code="SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",
        type=_WARNING,
        title="More than one branch of one repository on GitHub may assume the role.",
        why="Whoever can push a branch or open a pull request may then act as the role.",
        mend="Write repository and branch, as in `repo:owner/name:ref:refs/heads/main`.",
        example=policy(
            trust(
                Principal={"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
                Action="sts:AssumeRoleWithWebIdentity",
                Condition={"StringLike": {"token.actions.githubusercontent.com:sub": "repo:owner/name:*"}},
            )
        ),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES",
        type=_WARNING,
        title="A key that few services supply, in a statement about all.",
        why="In requests to the others it is missing: a positive test never holds, a negated one always.",
        mend="Name the services that supply it.",
        example=policy(deny(Action="*", Resource="*", Condition={"StringNotEquals": {"aws:VpceOrgID": _ORGANIZATION}})),
    ),
    Entry(
        code="RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY",
        type=_WARNING,
        title="A resource control policy that denies services by keys of people.",
        why="Calls of services have no such keys; a negated test on one denies them all.",
        mend='Add `"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}`.',
        example=_rcp(StringNotEqualsIfExists={"aws:PrincipalOrgID": _ORGANIZATION}),
        kind=PolicyKind.RCP,
    ),
    Entry(
        code="RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY",
        type=_WARNING,
        title="A resource control policy that denies people by keys of services.",
        why="Calls of people have no such keys; a negated test on one denies them all.",
        mend='Add `"Bool": {"aws:PrincipalIsAWSService": "true"}`.',
        example=_rcp(StringNotEqualsIfExists={"aws:SourceOrgID": _ORGANIZATION}),
        kind=PolicyKind.RCP,
    ),
    Entry(
        code="RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK",
        type=_WARNING,
        title="A resource control policy that denies services that act for nobody.",
        why="Some integrations of services have no source; a negated test on its organization denies them.",
        mend='Add `"Null": {"aws:SourceAccount": "false"}`.',
        example=_rcp(StringNotEqualsIfExists={"aws:SourceOrgID": _ORGANIZATION}, Bool={"aws:PrincipalIsAWSService": "true"}),
        kind=PolicyKind.RCP,
    ),
    Entry(
        code="ID_IN_IDENTITY_POLICY",
        type=_WARNING,
        title="An `Id` in a policy of an identity.",
        why="It has no meaning there (G-08).",
        mend="Remove it.",
        example=policy(allow(), Id="reports"),
        is_ours=True,
    ),
    Entry(
        code="UNKNOWN_ARN_RESOURCE",
        type=_WARNING,
        title="An ARN that is like none of the service's resources.",
        why="Probably its type is misspelt, and nothing matches; or the reference does not list this type.",
        mend="Write the type and the name as the service's documentation gives them.",
        example=policy(allow(Action="lambda:InvokeFunction", Resource="arn:aws:lambda:*:111122223333:function/*")),
        is_ours=True,
        needs="services",
    ),
    Entry(
        code="ACTION_WITHOUT_RESOURCE",
        type=_WARNING,
        title="An action that none of the statement's resources can be used with.",
        why="The statement does nothing for this action. Actions that list things mostly know the resource `*` alone.",
        mend="Move the action to a statement with `*`, or with resources of its type.",
        example=policy(allow(Action=["s3:GetObject", "s3:ListAllMyBuckets"])),
        is_ours=True,
        needs="services",
    ),
    Entry(
        code="ALLOW_WITH_NOT_RESOURCE",
        type=_WARNING,
        title="`NotResource` with `Allow`.",
        why="Everything that is not listed is allowed, what is made later included.",
        mend="Name in `Resource` what is allowed.",
        example=policy(allow(Action="s3:*", Resource=None, NotResource="arn:aws:s3:::payroll/*")),
        is_ours=True,
    ),
)
