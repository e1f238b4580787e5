"""Security warnings: the document allows more, or denies less, than it seems to."""

from __future__ import annotations

from bailiwick.models import PolicyKind
from bailiwick.validate.catalogue.check import Entry, allow, deny, grant, policy, trust
from bailiwick.validate.finding import FindingType

_SECURITY = FindingType.SECURITY_WARNING
_PASSING = "Whoever may pass a role to a service has what the role has, as soon as a service does their bidding."
_NAME_ROLES = "Name the roles, or the services in `iam:PassedToService`."
_GITHUB = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}
_AUDIENCE = {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}
_TAG = {"aws:ResourceTag/team": "red"}


def _when(operator: str, key: str, value: object, *, action: str = "s3:GetObject") -> str:
    return policy(allow(Action=action, Condition={operator: {key: value}}))


ENTRIES = (
    Entry(
        code="PASS_ROLE_WITH_STAR_IN_RESOURCE",
        type=_SECURITY,
        title="`iam:PassRole` on every role.",
        why=_PASSING,
        mend=_NAME_ROLES,
        example=policy(allow(Action="iam:PassRole", Resource="*")),
    ),
    Entry(
        code="PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        type=_SECURITY,
        title="A wildcard that includes `iam:PassRole`, on every role.",
        why=_PASSING,
        mend=_NAME_ROLES,
        example=policy(allow(Action="iam:*", Resource="*")),
    ),
    Entry(
        code="PASS_ROLE_WITH_NOT_RESOURCE",
        type=_SECURITY,
        title="`iam:PassRole` on every role but some.",
        why=_PASSING,
        mend=_NAME_ROLES,
        example=policy(allow(Action="iam:PassRole", Resource=None, NotResource="arn:aws:iam::111122223333:role/admin")),
        also=("PASS_ROLE_WITH_NOTRESOURCE",),
    ),
    Entry(
        code="PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        type=_SECURITY,
        title="A wildcard that includes `iam:PassRole`, on every role but some.",
        why=_PASSING,
        mend=_NAME_ROLES,
        example=policy(allow(Action="iam:*", Resource=None, NotResource="arn:aws:iam::111122223333:role/admin")),
        also=("PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOTRESOURCE",),
    ),
    Entry(
        code="PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        type=_SECURITY,
        title="`NotAction` that leaves `iam:PassRole` in, on every role but some.",
        why=_PASSING,
        mend="Add `iam:PassRole` to `NotAction`, and allow it on the roles that are meant.",
        example=policy(allow(Action=None, NotAction="s3:*", Resource=None, NotResource="arn:aws:iam::111122223333:role/admin")),
        also=("PASS_ROLE_WITH_NOTACTION_AND_NOTRESOURCE",),
    ),
    Entry(
        code="PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        type=_SECURITY,
        title="`NotAction` that leaves `iam:PassRole` in, on every role.",
        why=_PASSING,
        mend="Add `iam:PassRole` to `NotAction`, and allow it on the roles that are meant.",
        example=policy(allow(Action=None, NotAction="s3:*", Resource="*")),
        also=("PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOTACTION",),
    ),
    Entry(
        code="FORALLVALUES_WITH_SINGLE_VALUED_KEY",
        type=_SECURITY,
        title="`ForAllValues` on a key of one value, in an Allow.",
        why="It also holds where the key is missing.",
        mend="Remove `ForAllValues:`.",
        example=_when("ForAllValues:StringEquals", "aws:PrincipalTag/team", "red"),
    ),
    Entry(
        code="STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",
        type=_SECURITY,
        title="`StringLike` on a key that holds an ARN.",
        why="Its `*` crosses the colons of the ARN, so that a pattern for one account matches names in another.",
        mend="Use the Arn operator.",
        example=_when("StringLike", "aws:SourceArn", "arn:aws:sns:*:111122223333:*"),
    ),
    Entry(
        code="MISSING_PAIRED_CONDITION_KEYS",
        type=_SECURITY,
        title="A key that says little without another.",
        why="Private addresses are the same in every network; a path in an organization is only as good as the organization.",
        mend="Add the other key to the same statement.",
        example=_when("IpAddress", "aws:VpcSourceIp", "10.1.0.0/16"),
    ),
    Entry(
        code="DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        type=_SECURITY,
        title="A Deny by tags, about a service that supplies none.",
        why="The key is missing in its requests, so they are not denied.",
        mend="Deny the actions of that service in a statement without the tag, by ARN.",
        example=policy(deny(Action="account:DeleteAlternateContact", Resource="*", Condition={"StringEquals": _TAG})),
        needs="services",
    ),
    Entry(
        code="DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        type=_SECURITY,
        title="A Deny with `NotAction` by tags.",
        why="It reaches services that supply no tags; their requests are not denied.",
        mend="List in `Action` what is to be denied.",
        example=policy(deny(Action=None, NotAction="iam:*", Resource="*", Condition={"StringEquals": _TAG})),
    ),
    Entry(
        code="RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
        type=_SECURITY,
        title="A service may do something for whoever asks it.",
        why="Everybody can make a service call; it would act here on a stranger's behalf (the confused deputy).",
        mend="Test `aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOrgID` or `aws:SourceOrgPaths`.",
        example=policy(grant(Principal={"Service": "cloudtrail.amazonaws.com"}, Action="s3:PutObject")),
        kind=PolicyKind.RESOURCE,
    ),
    Entry(
        code="MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
        type=_SECURITY,
        title="An OIDC provider is trusted whatever its token says.",
        why="Whoever the provider knows may assume the role.",
        mend="Test the provider's `aud` or `sub` claim.",
        example=policy(trust(Principal={"Federated": "cognito-identity.amazonaws.com"}, Action="sts:AssumeRoleWithWebIdentity")),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="MISSING_GITHUB_REPO_CONDITION_KEY",
        type=_SECURITY,
        title="GitHub is trusted whatever the repository.",
        why="Every repository of everybody may assume the role.",
        mend="Test `token.actions.githubusercontent.com:sub` for repository and branch.",
        example=policy(trust(Principal=_GITHUB, Action="sts:AssumeRoleWithWebIdentity", Condition=_AUDIENCE)),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE",
        type=_SECURITY,
        title="`ForAnyValue` on the audience of a token.",
        why="A token that was made for others as well would be taken.",
        mend="Remove `ForAnyValue:`.",
        example=policy(
            trust(
                Principal={"Federated": "accounts.google.com"},
                Action="sts:AssumeRoleWithWebIdentity",
                Condition={"ForAnyValue:StringEquals": {"accounts.google.com:aud": "my-app"}},
            )
        ),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="UNTRUSTWORTHY_CONDITION_KEY",
        type=_SECURITY,
        title="A key whose value the caller chooses.",
        why="`aws:Referer` and `aws:UserAgent` are headers; whoever knows the policy sends the right one.",
        mend="Test something that the caller cannot choose.",
        example=_when("StringLike", "aws:Referer", "https://example.com/*"),
    ),
    Entry(
        code="DYNAMODB_ATTRIBUTES_WITHOUT_SELECT",
        type=_SECURITY,
        title="Attributes are limited, but not for a read that names none.",
        why="A request without a projection has no `dynamodb:Attributes` and returns the whole item.",
        mend='Add `"StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}`.',
        example=policy(
            allow(
                Action="dynamodb:GetItem",
                Resource="arn:aws:dynamodb:eu-central-1:111122223333:table/orders",
                Condition={"ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "state"]}},
            )
        ),
    ),
    Entry(
        code="S3_PREFIX_IN_NEGATIVE_CONTEXT",
        type=_SECURITY,
        title="`s3:prefix` is used to keep something from being listed.",
        why="A request with a shorter prefix, or none, lists it all the same.",
        mend="Allow with `StringLike` the prefixes that may be listed, or deny with `StringNotLike`.",
        example=policy(
            deny(Action="s3:ListBucket", Resource="arn:aws:s3:::reports", Condition={"StringLike": {"s3:prefix": "private/*"}})
        ),
    ),
    Entry(
        code="TRUST_ANY_AWS_PRINCIPAL",
        type=_SECURITY,
        title="Every principal of every account may assume the role.",
        why="An account id costs nothing.",
        mend="Name accounts or roles, or pin the caller by `aws:PrincipalOrgID`.",
        example=policy(trust(Principal={"AWS": "*"})),
        kind=PolicyKind.TRUST,
        is_ours=True,
    ),
    Entry(
        code="PUBLIC_ACCESS",
        type=_SECURITY,
        title="Everybody may do this.",
        why="An Allow names `*`, no condition pins the caller and no Deny takes it back (V-23).",
        mend="Name principals, or pin the caller by `aws:PrincipalOrgID`, `aws:SourceVpce` or the like.",
        example=policy(grant(Principal="*")),
        kind=PolicyKind.RESOURCE,
        is_ours=True,
    ),
    Entry(
        code="DENY_FAILS_OPEN_ON_MISSING_KEY",
        type=_SECURITY,
        title="A Deny that does not apply where its key is missing.",
        why="Requests with long-term access keys have no MFA keys at all: they are not denied.",
        mend="Add `IfExists` to the operator.",
        example=policy(deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
        is_ours=True,
    ),
    Entry(
        code="ALLOW_NEGATED_TEST_ON_OPTIONAL_KEY",
        type=_SECURITY,
        title="An Allow that is restricted by negated tests alone.",
        why="They hold for every request that lacks the keys.",
        mend="Test what is allowed, or add a test that the key is there.",
        example=_when("StringNotEquals", "aws:PrincipalTag/team", "contractors"),
        is_ours=True,
    ),
    Entry(
        code="ALLOW_NOTRESOURCE_WITH_VARIABLE",
        type=_SECURITY,
        title="An Allow whose `NotResource` holds a variable without a default.",
        why="Where the variable has no value the pattern matches nothing, and nothing is left out (M-26).",
        mend="Give the variable a default, or name resources in `Resource`.",
        example=policy(allow(Resource=None, NotResource="arn:aws:s3:::home/${aws:username}/*")),
        is_ours=True,
    ),
    Entry(
        code="ALLOW_WITHOUT_MFA",
        type=_SECURITY,
        title="An Allow that asks for MFA and lets in those without.",
        why="`false` is the answer of sessions without MFA, and `IfExists` holds for long-term access keys.",
        mend='Write `"Bool": {"aws:MultiFactorAuthPresent": "true"}`.',
        example=_when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"),
        is_ours=True,
    ),
)
