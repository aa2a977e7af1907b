"""The launcher of the stock platforms: its secret, and its file on the nodes."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk_batch_mnp_launch import zipapp

FOLDER = "/opt/mnp-launch"
PROGRAM = f"{FOLDER}/mnp-launch"


def add_launcher_secret(scope: Construct) -> dict[str, batch.Secret]:
    """Create the secret that the nodes share, and return it as a container's ``secrets``."""
    secret = secretsmanager.Secret(
        scope,
        "LauncherSecret",
        description="Shared by the nodes of a job.",
        generate_secret_string=secretsmanager.SecretStringGenerator(
            password_length=64, exclude_punctuation=True
        ),
    )
    Validations.of(secret).acknowledge(
        Acknowledgment(
            id="AwsSolutions::AwsSolutions-SMG4",
            reason="Nodes read the secret when they start, so it must not change meanwhile.",
        )
    )
    return {"MNP_SECRET": batch.Secret.from_secrets_manager(secret)}


def launcher_download(scope: Construct, instance_role: iam.Role, folder: Path) -> list[str]:
    """Upload the launcher, and return commands with which a node downloads it.

    Args:
        scope: Scope of the file's asset.
        instance_role: Role of the nodes.
        folder: Where the file is made.
    """
    file = folder / "mnp-launch"
    zipapp.build(str(file), compressed=False)
    asset = s3_assets.Asset(scope, "LauncherFile", path=str(file))
    instance_role.add_to_policy(
        iam.PolicyStatement(
            actions=["s3:GetObject"],
            resources=[asset.bucket.arn_for_objects(asset.s3_object_key)],
        )
    )
    return [
        f"mkdir -p {FOLDER}",
        f"aws s3 cp --only-show-errors {asset.s3_object_url} {PROGRAM}",
        f"chmod 0755 {PROGRAM}",
    ]
