"""What cdk-nag finds in the reference stacks and is meant to be so, each with the reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations

from stacks.mnp import MnpStack

_INSTANCE_POLICY = (
    "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
)


def acknowledge(stack: MnpStack) -> None:
    """Accept the findings on the cluster that are meant."""
    cluster = stack.cluster
    Validations.of(cluster.compute_environment.instance_role).acknowledge(
        Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM4[Policy::{_INSTANCE_POLICY}]",
            reason="AWS documents this managed policy as the one that ECS container instances of "
            "Batch need, and keeps it up to date with the agent.",
        )
    )
    for definition in cluster.job_definitions:
        Validations.of(definition.execution_role).acknowledge(
            Acknowledgment(
                id="AwsSolutions::AwsSolutions-IAM5[Resource::*]",
                reason="ecr:GetAuthorizationToken belongs to no repository and takes no other "
                "resource; pulling is allowed from the named repositories alone.",
            )
        )
