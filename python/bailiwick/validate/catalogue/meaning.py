"""Errors of meaning: the document compiles, and part of it can never do what it says."""

from __future__ import annotations

from bailiwick.models import PolicyKind
from bailiwick.validate.catalogue.check import Entry, allow, deny, grant, policy, trust
from bailiwick.validate.finding import FindingType

_ERROR = FindingType.ERROR
_LONG = "arn:aws:s3:::reports-of-a-team-with-quite-a-long-name-{:04}/*"


def _when(operator: str, key: str, value: object) -> str:
    return policy(allow(Condition={operator: {key: value}}))


ENTRIES = (
    Entry(
        code="INVALID_ACTION",
        type=_ERROR,
        title="An action that the service does not have.",
        why="The pattern matches nothing; what was meant is neither allowed nor denied.",
        mend="Write an action of the service.",
        example=policy(allow(Action="s3:DeletObject")),
        needs="services",
    ),
    Entry(
        code="INVALID_SERVICE_IN_ACTION",
        type=_ERROR,
        title="An action of a service that does not exist.",
        why="The pattern matches nothing; what was meant is neither allowed nor denied.",
        mend="Write the prefix as the service's documentation gives it, or register the service of your own application.",
        example=policy(allow(Action="dynamo:GetItem", Resource="*")),
        needs="services",
    ),
    Entry(
        code="INVALID_SERVICE",
        type=_ERROR,
        title="An ARN or a condition key of a service that does not exist.",
        why="No resource has such an ARN, and no request such a key.",
        mend="Write the service as its documentation gives it, or register the service of your own application.",
        example=policy(allow(Resource="arn:aws:s33:::reports/*")),
        needs="services",
    ),
    Entry(
        code="UNSUPPORTED_ACTION_IN_POLICY",
        type=_ERROR,
        title="A resource's policy about an action of another service.",
        why="The policy is asked only about its own resource.",
        mend="Name actions of the service that the resource is of.",
        example=policy(grant(Action="kms:Decrypt", Resource="arn:aws:s3:::reports")),
        kind=PolicyKind.RESOURCE,
        resource_type="AWS::S3::Bucket",
    ),
    Entry(
        code="UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
        type=_ERROR,
        title="A resource's policy about a resource of another service.",
        why="The policy is asked only about its own resource.",
        mend="Name the resource that holds the policy.",
        example=policy(grant(Resource="arn:aws:sqs:eu-central-1:111122223333:orders")),
        kind=PolicyKind.RESOURCE,
        resource_type="AWS::S3::Bucket",
    ),
    Entry(
        code="INVALID_ARN_SERVICE_CASE",
        type=_ERROR,
        title="A service with upper-case letters in an ARN.",
        why="ARNs are compared with case, and services are in lower case.",
        mend="Write the service in lower case.",
        example=policy(allow(Resource="arn:aws:S3:::reports/*")),
    ),
    Entry(
        code="MISSING_ARN_REGION",
        type=_ERROR,
        title="An ARN without the region that such resources have.",
        why="Nothing matches an empty region but an empty region.",
        mend="Write the region, or `*`.",
        example=policy(allow(Action="sqs:SendMessage", Resource="arn:aws:sqs::111122223333:orders")),
        needs="services",
    ),
    Entry(
        code="MISSING_ARN_ACCOUNT",
        type=_ERROR,
        title="An ARN without the account that such resources have.",
        why="Nothing matches an empty account but an empty account.",
        mend="Write the account, or `*`.",
        example=policy(allow(Action="sqs:SendMessage", Resource="arn:aws:sqs:eu-central-1::orders")),
        needs="services",
    ),
    Entry(
        code="ARN_ACCOUNT_NOT_ALLOWED",
        type=_ERROR,
        title="An account in an ARN that has none.",
        why="Nothing would match.",
        mend="Leave the account empty.",
        example=policy(allow(Resource="arn:aws:s3::111122223333:reports/*")),
        needs="services",
    ),
    Entry(
        code="INVALID_REGION",
        type=_ERROR,
        title="A value of `aws:RequestedRegion` that is no region.",
        why="No request is for it.",
        mend="Write a region, as in `eu-central-1`.",
        example=_when("StringEquals", "aws:RequestedRegion", "eu-centrul-1"),
    ),
    Entry(
        code="INVALID_GLOBAL_CONDITION_KEY",
        type=_ERROR,
        title="A key that starts with `aws:` and does not exist.",
        why="No request has it: a positive test never holds, a negated one always.",
        mend="Write a key that exists.",
        example=_when("StringEquals", "aws:PrincipalOrganization", "o-a1b2c3d4e5"),
    ),
    Entry(
        code="INVALID_SERVICE_CONDITION_KEY",
        type=_ERROR,
        title="A condition key that the service does not have.",
        why="No request has it: a positive test never holds, a negated one always.",
        mend="Write a key that the service has.",
        example=_when("StringEquals", "s3:prefixes", "home/"),
        needs="services",
    ),
    Entry(
        code="UNSUPPORTED_GLOBAL_CONDITION_KEY",
        type=_ERROR,
        title="`aws:ARN`.",
        why="Requests no longer have it.",
        mend="Write `aws:PrincipalArn`, or `aws:SourceArn` for the resource on whose behalf a service calls.",
        example=_when("ArnLike", "aws:ARN", "arn:aws:iam::111122223333:role/deploy"),
    ),
    Entry(
        code="INVALID_CONDITION_DATA_TYPE",
        type=_ERROR,
        title="Values of several JSON types in one test.",
        why="They are compared as text, so `true` and `1` are not what they look like.",
        mend="Write all of them as strings.",
        example=_when("StringEquals", "aws:PrincipalTag/level", ["high", 3]),
    ),
    Entry(
        code="MISSING_QUALIFIER",
        type=_ERROR,
        title="A key of several values under an operator for one.",
        why="As soon as a request has two values the test cannot be decided: an Allow does not apply, a Deny does.",
        mend="Put `ForAnyValue:` or `ForAllValues:` in front of the operator.",
        example=_when("StringEquals", "aws:TagKeys", "team"),
    ),
    Entry(
        code="MISSING_ACTION_FOR_CONDITION_KEY",
        type=_ERROR,
        title="A key that comes with an action which the statement does not list.",
        why="A request that asks for it needs that action as well, and is denied.",
        mend="Add the action to the statement.",
        example=policy(trust(Condition={"StringEquals": {"sts:SourceIdentity": "ann"}})),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
        type=_ERROR,
        title="A condition key that requests for a listed action never have.",
        why="For that action a positive test never holds, so the statement never applies to it.",
        mend="Move the action to a statement without this key.",
        example=policy(
            allow(Action="ec2:DescribeInstances", Resource="*", Condition={"StringEquals": {"ec2:ResourceTag/team": "red"}})
        ),
        needs="services",
    ),
    Entry(
        code="UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        type=_ERROR,
        title="A key that calls of services do not have, in a statement about services.",
        why="A service is in no organization and has no tags; the statement never applies.",
        mend="Use `aws:SourceOrgID`, `aws:SourceAccount` or `aws:SourceArn`.",
        example=policy(
            grant(
                Principal={"Service": "cloudtrail.amazonaws.com"},
                Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:SourceAccount": "111122223333"}},
            )
        ),
        kind=PolicyKind.RESOURCE,
    ),
    Entry(
        code="INVALID_VPC_FORMAT",
        type=_ERROR,
        title="A value that is no id of a VPC.",
        why="No request comes from it.",
        mend="Write `vpc-` and 8 or 17 letters and digits.",
        example=_when("StringEquals", "aws:SourceVpc", "production"),
    ),
    Entry(
        code="INVALID_VPCE_FORMAT",
        type=_ERROR,
        title="A value that is no id of a VPC endpoint.",
        why="No request comes through it.",
        mend="Write `vpce-` and 8 or 17 letters and digits.",
        example=_when("StringEquals", "aws:SourceVpce", "vpc-1a2b3c4d"),
    ),
    Entry(
        code="INVALID_KMS_KEY_VALUE",
        type=_ERROR,
        title="A value that is no ARN of a key.",
        why="Requests have the key's ARN, never its id or alias.",
        mend="Write `arn:aws:kms:REGION:ACCOUNT:key/ID`.",
        example=policy(
            allow(
                Action="s3:PutObject",
                Condition={"StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "alias/reports"}},
            )
        ),
    ),
    Entry(
        code="PRIVATE_IP_ADDRESS",
        type=_ERROR,
        title="`aws:SourceIp` with private addresses only.",
        why="It is the public address; through a private endpoint it is missing. The test never holds.",
        mend="Use `aws:VpcSourceIp` together with `aws:SourceVpc`.",
        example=_when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ),
    Entry(
        code="PRIVATE_NOT_IP_ADDRESS",
        type=_ERROR,
        title="`NotIpAddress` on `aws:SourceIp` with private addresses only.",
        why="It is the public address; through a private endpoint it is missing. The test always holds.",
        mend="Use `aws:VpcSourceIp` together with `aws:SourceVpc`.",
        example=policy(deny(Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
    ),
    Entry(
        code="WILDCARD_USAGE_TOO_PERMISSIVE",
        type=_ERROR,
        title="A wildcard in the value of a key that has no part free to vary.",
        why="Half an account or organization id says nothing: whoever registers the other half is let in.",
        mend="Write the values out.",
        example=_when("StringLike", "aws:PrincipalOrgID", "o-a1*"),
    ),
    Entry(
        code="VARIABLE_UNSUPPORTED_IN_VERSION",
        type=_ERROR,
        title="A variable in a document of 2008.",
        why="There it is plain text, and matches only itself.",
        mend='Write `"Version": "2012-10-17"`.',
        example=policy(grant(Resource="arn:aws:s3:::home/${aws:username}/*"), Version="2008-10-17"),
        kind=PolicyKind.RESOURCE,
    ),
    Entry(
        code="MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",
        type=_ERROR,
        title="IAM Roles Anywhere is trusted without all it needs.",
        why="It assumes roles with a source identity and session tags, and fails without the permission for them.",
        mend="Allow `sts:AssumeRole`, `sts:SetSourceIdentity` and `sts:TagSession`.",
        example=policy(trust(Principal={"Service": "rolesanywhere.amazonaws.com"})),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="POLICY_SIZE_EXCEEDS_SCP_QUOTA",
        type=_ERROR,
        title="A service control policy that is too long.",
        why="Organizations stores 5,120 characters, white space included.",
        mend="Write it as several policies, or without white space.",
        example=policy(deny(Resource=[_LONG.format(at) for at in range(80)])),
        kind=PolicyKind.SCP,
    ),
    Entry(
        code="POLICY_SIZE_EXCEEDS_RCP_QUOTA",
        type=_ERROR,
        title="A resource control policy that is too long.",
        why="Organizations stores 5,120 characters, white space included.",
        mend="Write it as several policies, or without white space.",
        example=policy(deny(Principal="*", Resource=[_LONG.format(at) for at in range(80)])),
        kind=PolicyKind.RCP,
    ),
)
