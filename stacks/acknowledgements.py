"""Acknowledged findings of cdk-nag in the reference stacks, with their reasons."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations

from stacks.mnp import MnpStack

_INSTANCE_POLICY = (
    "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
)


def acknowledge(stack: MnpStack) -> None:
    """Acknowledge the findings on the cluster that are intended."""
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
                reason="ecr:GetAuthorizationToken does not support resource-level permissions; "
                "pulling is only allowed from the repositories of the job.",
            )
        )
