"""Findings of an audit: what a policy grants, where that is a matter of judgement. Off unless they are asked for."""

from __future__ import annotations

from bailiwick.validate.catalogue.check import Entry, allow, policy
from bailiwick.validate.finding import FindingType

ENTRIES = (
    Entry(
        code="RESOURCE_STAR",
        type=FindingType.SUGGESTION,
        title="Actions on every resource that could be limited to some.",
        why="The fewer resources a policy names, the less is lost with its credentials.",
        mend="Name the resources.",
        example=policy(allow(Action="sqs:SendMessage", Resource="*")),
        is_ours=True,
        needs="services",
        is_on=False,
    ),
    Entry(
        code="PERMISSIONS_MANAGEMENT_ACTIONS",
        type=FindingType.WARNING,
        title="Actions that change who may do what.",
        why="Whoever has them can have more.",
        mend="Leave them to those who administer access, or limit them by a permissions boundary.",
        example=policy(allow(Action="s3:PutBucketPolicy", Resource="arn:aws:s3:::reports")),
        is_ours=True,
        needs="services",
        is_on=False,
    ),
    Entry(
        code="CREDENTIALS_EXPOSURE",
        type=FindingType.WARNING,
        title="Actions that return credentials.",
        why="What they return can be used elsewhere, and is not limited by this policy.",
        mend="Leave them to those who need the credentials, on the resources they need.",
        example=policy(allow(Action="ecr:GetAuthorizationToken", Resource="*")),
        is_ours=True,
        is_on=False,
    ),
    Entry(
        code="PRIVILEGE_ESCALATION",
        type=FindingType.SECURITY_WARNING,
        title="Actions by which the caller can get more access than the policy gives.",
        why="They change a policy, take over an identity, or let a service act with another role.",
        mend="Limit them to harmless resources, or by a permissions boundary.",
        example=policy(allow(Action=["iam:PassRole", "ec2:RunInstances"], Resource="*")),
        is_ours=True,
        is_on=False,
    ),
    Entry(
        code="ACCESS_GRANTED",
        type=FindingType.ERROR,
        title="The policy may grant access that the configuration forbids.",
        why="`must_not_grant` lists actions and resources; conditions count as satisfiable (V-22).",
        mend="Narrow the statement, or add a Deny without conditions.",
        example=policy(allow(Action="s3:*", Resource="arn:aws:s3:::payroll/*")),
        is_ours=True,
        needs="configuration",
    ),
)
