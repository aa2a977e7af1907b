"""Who may assume the roles of tasks."""

from __future__ import annotations

from functools import cache

from aws_cdk import aws_iam as iam

# Written as CloudFormation has them: each pseudo parameter of the CDK is a round trip to Node.
_ACCOUNT = {"Ref": "AWS::AccountId"}
_TASKS = {"Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*"}


@cache
def tasks_of_this_account() -> iam.IPrincipal:
    """Return ECS tasks, but only those of the stack's own account and Region.

    ECS is a service that others use too: without the conditions it could be made to use the role
    on another account's behalf (the confused deputy).

    Source: ECS Developer Guide, task IAM role.
    """
    return iam.ServicePrincipal(
        "ecs-tasks.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": _ACCOUNT},
            "ArnLike": {"aws:SourceArn": _TASKS},
        },
    )
