"""Key policies that let AWS's services use a customer managed key for the nodes and their logs."""

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
    """Let EC2 Auto Scaling, which launches the nodes, encrypt their volumes with a key.

    The policy of an imported key is left as it is: it needs the same statements, or no node ever
    launches. The service-linked role must exist before the key does: KMS refuses a policy that
    names a role which does not.

    Source: EC2 Auto Scaling User Guide, required AWS KMS key policy for use with encrypted volumes.
    """
    role = iam.ArnPrincipal(f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:{_AUTO_SCALING}")
    _allow(key, role, _USE)
    # A grant is what lets EC2 itself decrypt the volume for as long as it is attached.
    _allow(key, role, ("kms:CreateGrant",), {"Bool": {"kms:GrantIsForAWSResource": "true"}})


def allow_logs_to_use(key: kms.IKey) -> None:
    """Let CloudWatch Logs encrypt log groups of this account and Region with a key.

    The policy cannot name the one log group: the group needs the key first. The policy of an
    imported key is left as it is: it needs the same statement, or the log group cannot be made.

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
