"""The secret that the nodes of a job share."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.jobs.launcher import Launcher
from cdk_batch_mnp.cdk.jsii.unchanging import once

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_secretsmanager as secretsmanager

_LENGTH = 64
"""Letters and digits: about 380 random bits. The launcher's keys have 256."""

_NOT_ROTATED = Acknowledgment(
    id="AwsSolutions::AwsSolutions-SMG4",
    reason="Each node reads the secret when its container starts. Nodes of a job that start before "
    "and after a rotation would not accept each other. Connections have keys of their own, which "
    "depend on the job, the attempt and random numbers.",
)


def add_launcher_secret(scope: Construct) -> secretsmanager.Secret:
    """Create a secret for the nodes of jobs, encrypted with the account's key for secrets."""
    from aws_cdk import aws_secretsmanager as secretsmanager

    secret = secretsmanager.Secret(
        scope,
        "LauncherSecret",
        description="Shared by the nodes of a job, which prove to each other that they know it.",
        generate_secret_string=secretsmanager.SecretStringGenerator(
            password_length=_LENGTH, exclude_punctuation=True
        ),
    )
    Validations.of(secret).acknowledge(_NOT_ROTATED)
    return secret


def own_secret(launcher: Launcher) -> batch.Secret | ecs.Secret | None:
    """Return the user's secret of a launcher; ``None`` if there is none."""
    secret = launcher.secret
    if secret is None or not hasattr(secret, "secret_arn"):
        return secret
    return batch.Secret.from_secrets_manager(cast("secretsmanager.ISecret", secret))


@once
def secret_arn_of(secret: secretsmanager.ISecret) -> str:
    """Return a token for a secret's ARN."""
    return secret.secret_arn


def grant_read_value(secret: secretsmanager.ISecret, role: iam.IRole) -> None:
    """Allow a role to read the value of a secret, and nothing else of it.

    ``Secret.grant_read`` also allows ``secretsmanager:DescribeSecret``, which ECS does not need.
    """
    iam.Grant.add_to_principal(
        grantee=role,
        actions=["secretsmanager:GetSecretValue"],
        resource_arns=[secret_arn_of(secret)],
    )
