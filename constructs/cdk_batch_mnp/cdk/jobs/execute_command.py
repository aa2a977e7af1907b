"""Amazon ECS Exec: commands and shells in the running containers of a job."""

from __future__ import annotations

from aws_cdk import aws_iam as iam

_ACTIONS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


def allow_execute_command(job_role: iam.IRole) -> None:
    """Allow the SSM agent in the containers to open its channels.

    These actions have no resource types, so the resource is ``*``.

    Source: ECS Developer Guide, task IAM role, permissions for ECS Exec; Service Authorization
    Reference, Amazon Message Gateway Service.
    """
    job_role.add_to_principal_policy(iam.PolicyStatement(actions=list(_ACTIONS), resources=["*"]))
