"""Where formats keep policies, and of which kind they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.models import PolicyKind


@dataclass(frozen=True, slots=True)
class Use:
    """What a policy is used for: its kind, what holds it, and the most characters that are stored there."""

    kind: PolicyKind | None
    resource_type: str | None = None
    quota: int | None = None


_IDENTITY = Use(PolicyKind.IDENTITY)
_TRUST = Use(PolicyKind.TRUST)
_MANAGED = Use(PolicyKind.IDENTITY, quota=6144)
_ENDPOINT = Use(PolicyKind.ENDPOINT)
_OF_USER = Use(PolicyKind.IDENTITY, quota=2048)
_OF_GROUP = Use(PolicyKind.IDENTITY, quota=5120)
_OF_ROLE = Use(PolicyKind.IDENTITY, quota=10240)


def _on(resource_type: str) -> Use:
    return Use(PolicyKind.RESOURCE, resource_type)


#: Members that say by their name what they hold, wherever they stand.
BY_MEMBER: Mapping[str, Use] = {"AssumeRolePolicyDocument": _TRUST, "assume_role_policy": _TRUST}

#: CloudFormation's resource types; of those that are not listed the kind is guessed.
CLOUDFORMATION: Mapping[str, Use] = {
    "AWS::Backup::BackupVault": _on("AWS::Backup::BackupVault"),
    "AWS::DynamoDB::Table": _on("AWS::DynamoDB::Table"),
    "AWS::EC2::VPCEndpoint": _ENDPOINT,
    "AWS::ECR::Repository": _on("AWS::ECR::Repository"),
    "AWS::EFS::FileSystem": _on("AWS::EFS::FileSystem"),
    "AWS::IAM::Group": _OF_GROUP,
    "AWS::IAM::GroupPolicy": _OF_GROUP,
    "AWS::IAM::ManagedPolicy": _MANAGED,
    "AWS::IAM::Policy": _IDENTITY,
    "AWS::IAM::Role": _OF_ROLE,
    "AWS::IAM::RolePolicy": _OF_ROLE,
    "AWS::IAM::User": _OF_USER,
    "AWS::IAM::UserPolicy": _OF_USER,
    "AWS::KMS::Key": _on("AWS::KMS::Key"),
    "AWS::KMS::ReplicaKey": _on("AWS::KMS::Key"),
    "AWS::S3::AccessPoint": _on("AWS::S3::AccessPoint"),
    "AWS::S3::BucketPolicy": _on("AWS::S3::Bucket"),
    "AWS::SNS::TopicPolicy": _on("AWS::SNS::Topic"),
    "AWS::SQS::QueuePolicy": _on("AWS::SQS::Queue"),
    "AWS::SSO::PermissionSet": _IDENTITY,
    "AWS::SecretsManager::ResourcePolicy": _on("AWS::SecretsManager::Secret"),
    "AWS::Serverless::Function": _OF_ROLE,
}

#: Terraform's resource types; of those that are not listed the kind is guessed.
TERRAFORM: Mapping[str, Use] = {
    "aws_backup_vault_policy": _on("AWS::Backup::BackupVault"),
    "aws_dynamodb_resource_policy": _on("AWS::DynamoDB::Table"),
    "aws_ecr_repository_policy": _on("AWS::ECR::Repository"),
    "aws_efs_file_system_policy": _on("AWS::EFS::FileSystem"),
    "aws_iam_group_policy": _OF_GROUP,
    "aws_iam_policy": _MANAGED,
    "aws_iam_role": _OF_ROLE,
    "aws_iam_role_policy": _OF_ROLE,
    "aws_iam_user_policy": _OF_USER,
    "aws_kms_key": _on("AWS::KMS::Key"),
    "aws_kms_key_policy": _on("AWS::KMS::Key"),
    "aws_s3_access_point": _on("AWS::S3::AccessPoint"),
    "aws_s3_bucket": _on("AWS::S3::Bucket"),
    "aws_s3_bucket_policy": _on("AWS::S3::Bucket"),
    "aws_secretsmanager_secret": _on("AWS::SecretsManager::Secret"),
    "aws_secretsmanager_secret_policy": _on("AWS::SecretsManager::Secret"),
    "aws_sns_topic": _on("AWS::SNS::Topic"),
    "aws_sns_topic_policy": _on("AWS::SNS::Topic"),
    "aws_sqs_queue": _on("AWS::SQS::Queue"),
    "aws_sqs_queue_policy": _on("AWS::SQS::Queue"),
    "aws_ssoadmin_permission_set_inline_policy": _IDENTITY,
    "aws_vpc_endpoint": _ENDPOINT,
    "aws_vpc_endpoint_policy": _ENDPOINT,
}

#: Types of organizations' policies, as AWS, CloudFormation and Terraform call them.
ORGANIZATION: Mapping[str, Use] = {
    "SERVICE_CONTROL_POLICY": Use(PolicyKind.SCP),
    "RESOURCE_CONTROL_POLICY": Use(PolicyKind.RCP),
}

#: Lists of an account's identities, and what their inline policies may have.
ACCOUNT: Mapping[str, Use] = {
    "UserDetailList": _OF_USER,
    "GroupDetailList": _OF_GROUP,
    "RoleDetailList": _OF_ROLE,
    "Policies": _MANAGED,
}
