"""ARNs of imported AWS Batch resources."""

from __future__ import annotations

from aws_cdk import Fn

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_token


def arn_of(argument: str, arn: str) -> str:
    """Return an ARN after checking its kind.

    Args:
        argument: Name of the argument, such as ``job_queue_arn``.
        arn: The ARN, or a token for it.

    Raises:
        ArgumentError: It is not the ARN of an AWS Batch resource of this kind.
    """
    kind = argument.removesuffix("_arn").replace("_", "-")
    parts = arn.split(":", 5)
    if not is_token(arn) and not (
        len(parts) == 6 and parts[2] == "batch" and parts[5].startswith(f"{kind}/")
    ):
        raise ArgumentError(
            f"{argument} is {arn!r}, but must be an ARN (arn:aws:batch:REGION:ACCOUNT:{kind}/NAME)"
        )
    return arn


def name_in(arn: str) -> str:
    """Return the name of the resource in an ARN."""
    if is_token(arn):
        return Fn.select(1, Fn.split("/", arn))
    return arn.partition("/")[2]


def jobs_beside(arn: str) -> str:
    """Return the ARNs of all jobs in the account and Region of another AWS Batch resource."""
    if is_token(arn):
        account = [Fn.select(index, Fn.split(":", arn)) for index in range(5)]
    else:
        account = arn.split(":")[:5]
    return ":".join([*account, "job/*"])
