"""The log group of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.nodes.encryption_keys import allow_logs_to_use

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

DEFAULT_LOG_RETENTION = logs.RetentionDays.ONE_MONTH


class LogGroupOptions(TypedDict, total=False):
    """Options of the log group that is created for jobs."""

    log_encryption_key: kms.IKey | None
    """KMS key of the log group that is created.

    If the app creates the key, CloudWatch Logs is allowed to use it. The policy of an imported key
    must allow ``logs.<region>.amazonaws.com``. Default: a key that CloudWatch Logs manages.
    """


def make_log_group(
    scope: Construct,
    *,
    retention: logs.RetentionDays | None = None,
    encryption_key: kms.IKey | None = None,
) -> logs.LogGroup:
    """Create a log group, and allow CloudWatch Logs to use its key."""
    if encryption_key is not None:
        allow_logs_to_use(encryption_key)
    return logs.LogGroup(
        scope,
        "LogGroup",
        retention=retention or DEFAULT_LOG_RETENTION,
        encryption_key=encryption_key,
    )
