"""The principal that may assume the roles of tasks."""

from __future__ import annotations

from functools import cache

from aws_cdk import aws_iam as iam

# Plain CloudFormation, because each pseudo parameter of the CDK is a round trip to Node.
_ACCOUNT = {"Ref": "AWS::AccountId"}
_TASKS = {"Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*"}


@cache
def tasks_of_this_account() -> iam.IPrincipal:
    """Return the principal for ECS tasks of the stack's account and Region only.

    The conditions prevent the confused deputy problem: ECS using the role on behalf of another
    account.

    Source: ECS Developer Guide, task IAM role.
    """
    return iam.ServicePrincipal(
        "ecs-tasks.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": _ACCOUNT},
            "ArnLike": {"aws:SourceArn": _TASKS},
        },
    )
