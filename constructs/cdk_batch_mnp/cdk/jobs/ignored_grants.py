"""Warnings about roles that the CDK does not change, so that they lack what a job needs."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

IGNORED_GRANTS = "cdk-batch-mnp:ignoredGrants"
"""Id of the warning about an execution role to which the CDK adds no permissions."""

IGNORED_JOB_ROLE_GRANTS = "cdk-batch-mnp:ignoredJobRoleGrants"
"""Id of the warning about a job role to which the CDK adds no permissions."""

WRITE_LOGS = "logs:CreateLogStream and logs:PutLogEvents on the log group"
PULL_IMAGES = (
    "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on the "
    "repositories of the images, and ecr:GetAuthorizationToken on *"
)
READ_SECRETS = (
    "secretsmanager:GetSecretValue (ssm:GetParameters for parameters) on the secrets of the job "
    "(of containers, registries or the launcher)"
)
MOUNT_VOLUMES = (
    "elasticfilesystem:ClientMount, and elasticfilesystem:ClientWrite unless they are read-only, "
    "on the EFS file systems of the volumes"
)
EXECUTE_COMMANDS = (
    "ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel, "
    "ssmmessages:OpenControlChannel and ssmmessages:OpenDataChannel on *"
)


def warn_about_ignored_grants(
    definition: Construct, argument: str, role: iam.IRole, needs: Sequence[str]
) -> None:
    """Warn that a role did not get the permissions that a job needs.

    The CDK drops grants to an imported role of another account, or one that is imported with
    ``mutable=False``, and reports success all the same. A role of the app keeps them elsewhere.

    Args:
        definition: The job definition.
        argument: The argument with the role: ``execution_role`` or ``job_role``.
        role: The role, after the grants.
        needs: The permissions that were granted.
    """
    # Imported roles have no class in Python, and get their permissions in a child of this name.
    is_imported = not isinstance(role, iam.Role | iam.LazyRole)
    if not needs or not is_imported or role.node.try_find_child("Policy") is not None:
        return
    is_job_role = argument == "job_role"
    Validations.of(definition).add_warning(
        IGNORED_JOB_ROLE_GRANTS if is_job_role else IGNORED_GRANTS,
        f"{argument} is imported so that the CDK cannot change it (mutable=False, or of another "
        f"account), so nothing was granted to it; where the role is managed, allow "
        f"{'; '.join(needs)}. Without these permissions, the tasks of the job "
        f"{'fail' if is_job_role else 'do not start'}. Acknowledge this when the role has them, or "
        f"leave {argument} out",
    )
