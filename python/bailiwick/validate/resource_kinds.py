"""Sorts of resources that hold policies, by the names that CloudFormation gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceKind:
    """A sort of resource.

    Attributes:
        name: CloudFormation's (`AWS::S3::Bucket`).
        service: Action prefix.
        arn_services: What its ARNs have in the third segment.
        quota: The most characters that its policy may have, if AWS says.
    """

    name: str
    service: str
    arn_services: tuple[str, ...]
    quota: int | None = None


def _kind(name: str, service: str, *arn_services: str, quota: int | None = None) -> ResourceKind:
    return ResourceKind(name=name, service=service, arn_services=arn_services or (service,), quota=quota)


RESOURCE_KINDS: Mapping[str, ResourceKind] = {
    kind.name: kind
    for kind in (
        _kind("AWS::Backup::BackupVault", "backup"),
        _kind("AWS::DynamoDB::Table", "dynamodb", quota=20480),
        _kind("AWS::ECR::Repository", "ecr"),
        _kind("AWS::EFS::FileSystem", "elasticfilesystem", quota=20000),
        _kind("AWS::Events::EventBus", "events"),
        _kind("AWS::KMS::Key", "kms", quota=32768),
        _kind("AWS::Lambda::Function", "lambda", quota=20480),
        _kind("AWS::S3::AccessPoint", "s3", quota=20480),
        _kind("AWS::S3::Bucket", "s3", quota=20480),
        _kind("AWS::S3::MultiRegionAccessPoint", "s3", quota=20480),
        _kind("AWS::S3ObjectLambda::AccessPoint", "s3-object-lambda", quota=20480),
        _kind("AWS::SNS::Topic", "sns", quota=30720),
        _kind("AWS::SQS::Queue", "sqs"),
        _kind("AWS::SecretsManager::Secret", "secretsmanager", quota=20480),
    )
}
