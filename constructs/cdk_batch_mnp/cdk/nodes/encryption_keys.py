"""Key policy statements for AWS services that use customer managed keys for nodes and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
_AUTO_SCALING = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def allow_auto_scaling_to_use(key: kms.IKey) -> None:
    """Allow EC2 Auto Scaling, which launches the nodes, to encrypt their volumes with a key.

    The policy of an imported key is not changed. It needs the same statements, or no node launches.
    The service-linked role must exist before the key, because KMS rejects a policy with a role that
    does not exist.

    Source: EC2 Auto Scaling User Guide, required AWS KMS key policy for use with encrypted volumes.
    """
    role = iam.ArnPrincipal(f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:{_AUTO_SCALING}")
    _allow(key, role, _USE)
    # With a grant, EC2 can decrypt the volume while it is attached.
    _allow(key, role, ("kms:CreateGrant",), {"Bool": {"kms:GrantIsForAWSResource": "true"}})


def allow_logs_to_use(key: kms.IKey) -> None:
    """Allow CloudWatch Logs to encrypt log groups of this account and Region with a key.

    The policy cannot be limited to one log group, because the key must exist before the group. The
    policy of an imported key is not changed. It needs the same statement, or the log group cannot
    be created.

    Source: CloudWatch Logs User Guide, encrypt log data using AWS KMS.
    """
    groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:*"
    _allow(
        key,
        iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com"),
        ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"),
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )


def _allow(
    key: kms.IKey,
    principal: iam.IPrincipal,
    actions: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
) -> None:
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=list(actions), principals=[principal], resources=["*"], conditions=conditions
        )
    )
