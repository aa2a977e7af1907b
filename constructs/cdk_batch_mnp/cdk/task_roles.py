"""Who may assume the roles of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam


def tasks_of_this_account() -> iam.IPrincipal:
    """Return ECS tasks, but only those of the stack's own account and Region.

    ECS is a service that others use too: without the conditions it could be made to use the role
    on another account's behalf (the confused deputy).

    Source: ECS Developer Guide, task IAM role.
    """
    return iam.ServicePrincipal("ecs-tasks.amazonaws.com", conditions=_own_tasks())


@cache
def _own_tasks() -> Mapping[str, Any]:
    # Each pseudo parameter is a round trip to Node, and they are the same in every stack.
    return {
        "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
        "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:ecs:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"},
    }
