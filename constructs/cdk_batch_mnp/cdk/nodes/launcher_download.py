"""The launcher on the nodes, where containers mount it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from cdk_batch_mnp.cdk.jsii.unchanging import region_of, stack_of
from cdk_batch_mnp.cdk.nodes.launcher_file import FOLDER, PROGRAM, launcher_file
from cdk_batch_mnp.cdk.nodes.shell import shell_word

# The AMIs of Amazon Linux 2023 have the AWS CLI unless they are minimal.
_COMMANDS = """
launcher={folder}/{program}
command -v aws > /dev/null || persist dnf install -y awscli-2
mkdir -p {folder}
persist aws s3 cp --only-show-errors --region {region} {url} "$launcher.new"
sha256sum --check --strict --quiet <<< "{digest}  $launcher.new"
chmod 0755 "$launcher.new"
mv "$launcher.new" "$launcher"
"""


def launcher_download(scope: Construct, instance_role: iam.IRole, environment: IConstruct) -> str:
    """Upload the launcher, and return commands with which a node downloads and checks it.

    Args:
        scope: Scope of the file's asset.
        instance_role: Role of the nodes, which is allowed to read this file and nothing else.
        environment: The compute environment, which launches no node before that is allowed.
    """
    from aws_cdk import aws_s3_assets as s3_assets

    file = launcher_file()
    asset = s3_assets.Asset(scope, "LauncherFile", path=str(file))
    key = asset.s3_object_key
    # Asset.grant_read allows to read the whole bucket.
    # Not with asset.bucket, because to import its class takes longer than all of this function.
    grant = iam.Grant.add_to_principal(
        grantee=instance_role,
        actions=["s3:GetObject"],
        resource_arns=[f"arn:{stack_of(scope).partition}:s3:::{asset.s3_bucket_name}/{key}"],
    )
    grant.apply_before(environment)
    return _COMMANDS.format(
        folder=FOLDER,
        program=PROGRAM,
        region=shell_word(region_of(scope)),
        url=shell_word(asset.s3_object_url),
        digest=_digest(file),
    )


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
