"""Suggestions: the same could be said better."""

from __future__ import annotations

from bailiwick.models import PolicyKind
from bailiwick.validate.catalogue.check import Entry, allow, grant, policy, trust
from bailiwick.validate.finding import FindingType

_SUGGESTION = FindingType.SUGGESTION
_TAG = {"aws:ResourceTag/team": "red"}


def _when(operator: str, key: str, value: object) -> str:
    return policy(allow(Condition={operator: {key: value}}))


ENTRIES = (
    Entry(
        code="EMPTY_OBJECT_CONDITION",
        type=_SUGGESTION,
        title="An empty condition.",
        why="It restricts nothing, and looks as if it did.",
        mend="Remove it, or say what is to be restricted.",
        example=policy(allow(Condition={})),
    ),
    Entry(
        code="EMPTY_SID_VALUE",
        type=_SUGGESTION,
        title="An empty `Sid`.",
        why="It names nothing.",
        mend="Remove it, or give the statement a name.",
        example=policy(allow(Sid="")),
    ),
    Entry(
        code="IMPROVE_IP_RANGE",
        type=_SUGGESTION,
        title="A range with bits behind its prefix.",
        why="They are ignored: the range is larger than it looks.",
        mend="Write the address of the range.",
        example=_when("IpAddress", "aws:SourceIp", "203.0.113.7/24"),
    ),
    Entry(
        code="PRIVATE_IP_ADDRESS_SUBSET",
        type=_SUGGESTION,
        title="`aws:SourceIp` with private addresses among others.",
        why="It is the public address; the private ones never match.",
        mend="Remove them, or use `aws:VpcSourceIp` for them.",
        example=_when("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "10.0.0.0/8"]),
    ),
    Entry(
        code="PRIVATE_NOT_IP_ADDRESS_SUBSET",
        type=_SUGGESTION,
        title="`NotIpAddress` on `aws:SourceIp` with private addresses among others.",
        why="It is the public address; the private ones never match.",
        mend="Remove them, or use `aws:VpcSourceIp` for them.",
        example=_when("NotIpAddress", "aws:SourceIp", ["203.0.113.0/24", "10.0.0.0/8"]),
    ),
    Entry(
        code="REDUNDANT_ACTION",
        type=_SUGGESTION,
        title="Actions that another pattern includes.",
        why="They change nothing, and hide that a wildcard is wider.",
        mend="Remove them, or the pattern.",
        example=policy(allow(Action=["s3:Get*", "s3:GetObject"])),
    ),
    Entry(
        code="REDUNDANT_RESOURCE",
        type=_SUGGESTION,
        title="Resources that another pattern includes.",
        why="They change nothing, and hide that a wildcard is wider.",
        mend="Remove them, or the pattern.",
        example=policy(allow(Resource=["arn:aws:s3:::reports*", "arn:aws:s3:::reports/2026/*"])),
    ),
    Entry(
        code="REDUNDANT_STATEMENT",
        type=_SUGGESTION,
        title="Two statements say the same.",
        why="Who changes one forgets the other.",
        mend="Remove one of them.",
        example=policy(allow(Sid="One"), allow(Sid="Two")),
    ),
    Entry(
        code="REDUNDANT_CONDITION_VALUE_NUM",
        type=_SUGGESTION,
        title="Several bounds where one decides.",
        why="The widest of them is the bound.",
        mend="Keep the one that decides.",
        example=_when("NumericLessThan", "aws:MultiFactorAuthAge", ["2700", "3600"]),
    ),
    Entry(
        code="REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",
        type=_SUGGESTION,
        title="A session next to its role.",
        why="The role includes all its sessions.",
        mend="Remove the session.",
        example=policy(
            trust(
                Principal={
                    "AWS": ["arn:aws:iam::111122223333:role/deploy", "arn:aws:sts::111122223333:assumed-role/deploy/ci"],
                }
            )
        ),
        kind=PolicyKind.TRUST,
    ),
    Entry(
        code="WILDCARD_IN_SERVICE_NAME",
        type=_SUGGESTION,
        title="A wildcard in the service of an action.",
        why="It reaches services of similar names, those of next year included.",
        mend="Write one action for each service.",
        example=policy(allow(Action="s*:Get*", Resource="*")),
    ),
    Entry(
        code="EQUIVALENT_TO_NULL_FALSE",
        type=_SUGGESTION,
        title="A test that asks whether a key is there.",
        why="`*` matches every value, the empty one included.",
        mend="Write the test with `Null`, which says so.",
        example=_when("StringLike", "aws:PrincipalTag/team", "*"),
    ),
    Entry(
        code="EQUIVALENT_TO_NULL_TRUE",
        type=_SUGGESTION,
        title="A test that asks whether a key is missing.",
        why="`*` matches every value, so the negation holds only where there is none.",
        mend="Write the test with `Null`, which says so.",
        example=_when("StringNotLike", "aws:PrincipalTag/team", "*"),
    ),
    Entry(
        code="REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
        type=_SUGGESTION,
        title="A test that always holds.",
        why="`*` matches every value, and a missing key passes as well.",
        mend="Remove it, or write what is meant.",
        example=_when("StringLikeIfExists", "aws:PrincipalTag/team", "*"),
    ),
    Entry(
        code="REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION",
        type=_SUGGESTION,
        title="A test that never holds.",
        why="`*` matches every value, and a missing key fails as well; the statement never applies.",
        mend="Remove the statement, or write what is meant.",
        example=_when("ForAnyValue:StringNotLike", "aws:TagKeys", "*"),
    ),
    Entry(
        code="ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        type=_SUGGESTION,
        title="An Allow by tags, about a service that supplies none.",
        why="The key is missing in its requests, so they are not allowed.",
        mend="Allow the actions of that service in a statement without the tag, by ARN.",
        example=policy(allow(Action="account:GetContactInformation", Resource="*", Condition={"StringEquals": _TAG})),
        needs="services",
    ),
    Entry(
        code="ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        type=_SUGGESTION,
        title="An Allow with `NotAction` by tags.",
        why="It reaches services that supply no tags; their requests are not allowed.",
        mend="List in `Action` what is to be allowed.",
        example=policy(allow(Action=None, NotAction="iam:*", Resource="*", Condition={"StringEquals": _TAG})),
    ),
    Entry(
        code="RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        type=_SUGGESTION,
        title="A service is restricted by a key that was not made for it.",
        why="`aws:Referer` and `aws:SourceOwner` stood in before there were source keys.",
        mend="Test `aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOrgID` or `aws:SourceOrgPaths`.",
        example=policy(
            grant(
                Principal={"Service": "ses.amazonaws.com"},
                Action="s3:PutObject",
                Condition={"StringEquals": {"aws:Referer": "111122223333"}},
            )
        ),
        kind=PolicyKind.RESOURCE,
    ),
    Entry(
        code="IRRELEVANT_CONDITION_KEY_IN_POLICY",
        type=_SUGGESTION,
        title="The owner of the resource is tested in the resource's own policy.",
        why="It is always the same.",
        mend="Remove the test; in policies of identities it makes sense.",
        example=policy(grant(Condition={"StringEquals": {"s3:ResourceAccount": "111122223333"}})),
        kind=PolicyKind.RESOURCE,
    ),
    Entry(
        code="CONFIRM_AUDIENCE_CLAIM_TYPE",
        type=_SUGGESTION,
        title="`ForAllValues` on the audience of a token.",
        why="The claim has one value, unless the provider lists several; and `ForAllValues` holds where it is missing.",
        mend="Remove `ForAllValues:` unless the provider's tokens list several audiences.",
        example=policy(
            trust(
                Principal={"Federated": "accounts.google.com"},
                Action="sts:AssumeRoleWithWebIdentity",
                Condition={"ForAllValues:StringEquals": {"accounts.google.com:aud": "my-app"}},
            )
        ),
        kind=PolicyKind.TRUST,
    ),
)
