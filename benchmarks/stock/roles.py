"""The roles of the stock platforms, and their cdk-nag acknowledgements."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Aws, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

_INSTANCE_POLICY = "service-role/AmazonEC2ContainerServiceforEC2Role"


def add_instance_role(scope: Construct) -> iam.Role:
    """Create the instance role."""
    role = iam.Role(
        scope,
        "InstanceRole",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description="The nodes.",
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_INSTANCE_POLICY)],
    )
    Validations.of(role).acknowledge(
        Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM4[Policy::"
            f"arn:<AWS::Partition>:iam::aws:policy/{_INSTANCE_POLICY}]",
            reason="The managed policy that container instances need.",
        )
    )
    return role


def add_job_role(scope: Construct) -> iam.Role:
    """Create the job role."""
    return _task_role(scope, "JobRole", "The containers of jobs.")


def add_execution_role(scope: Construct) -> iam.Role:
    """Create the execution role."""
    role = _task_role(scope, "ExecutionRole", "Starts the containers of jobs.")
    Validations.of(role).acknowledge(
        Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            reason="ecr:GetAuthorizationToken does not support resource-level permissions.",
        )
    )
    return role


def _task_role(scope: Construct, id: str, description: str) -> iam.Role:
    tasks = iam.ServicePrincipal(
        "ecs-tasks.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {
                "aws:SourceArn": f"arn:{Aws.PARTITION}:ecs:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"
            },
        },
    )
    return iam.Role(scope, id, assumed_by=tasks, description=description)
