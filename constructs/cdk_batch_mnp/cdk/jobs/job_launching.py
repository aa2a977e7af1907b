"""What a job with a launcher needs beside its command: the secret and the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.known_nodes import QueueNodes
from cdk_batch_mnp.cdk.jobs.container_properties import RenderContext
from cdk_batch_mnp.cdk.jobs.job_roles import SharedRoles
from cdk_batch_mnp.cdk.jobs.launched_containers import Launching
from cdk_batch_mnp.cdk.jobs.launcher import Launcher
from cdk_batch_mnp.cdk.jobs.launcher_secret import (
    add_launcher_secret,
    grant_read_value,
    own_secret,
    secret_arn_of,
)
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.nodes.launcher_file import image_folder
from cdk_batch_mnp.instances import InstanceType

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs


def prepare_launching(
    definition: Construct,
    launcher: Launcher,
    *,
    container_names: Iterable[str],
    context: RenderContext,
    execution_role: iam.IRole,
    shared: SharedRoles | None,
    queue_nodes: QueueNodes | None,
) -> Launching:
    """Create what the launcher of a job needs, and grant the permissions.

    Args:
        definition: The job definition.
        launcher: Its launcher.
        container_names: Names of its containers, in all node groups.
        context: Values that its containers use.
        execution_role: Role that reads the secret and pulls the image of the init container.
        shared: What the jobs of its cluster share; ``None`` outside of a cluster.
        queue_nodes: The nodes of the queue that jobs are submitted to, if they are known.

    Raises:
        ArgumentError: The nodes must have the launcher, but the queue's nodes cannot get it; or no
            node group has the container that the launcher names.
    """
    names = sorted(set(container_names))
    if launcher.container is not None and launcher.container not in names:
        raise ArgumentError(
            f"the launcher's container is {launcher.container!r}, but the node groups have "
            f"{', '.join(map(repr, names))}; name one of these, or leave container out"
        )
    delivery = launcher.delivery
    if delivery.is_from_nodes:
        if queue_nodes is None:
            raise ArgumentError(
                "the launcher is delivered from the nodes, but the job has no queue of this "
                "library whose nodes could get it; use cluster.add_job, set job_queue to an "
                "MnpJobQueue, or choose another delivery"
            )
        queue_nodes.install_launcher()
    init_image = None
    if delivery.init_program is not None:
        instance = None if context.hardware is None else context.hardware.instance
        init_image = context.address_of(delivery.init_image or _built_image(instance))
    return Launching(
        launcher=launcher,
        secret_arn=_share_secret(definition, launcher, execution_role, shared),
        init_image=init_image,
    )


def _share_secret(
    definition: Construct, launcher: Launcher, role: iam.IRole, shared: SharedRoles | None
) -> str | None:
    """Return the ARN of the secret that the nodes share, and allow the role to read it."""
    if launcher.insecure:
        return None
    own = own_secret(launcher)
    if own is not None:
        own.grant_read(role)
        return own.arn
    made = add_launcher_secret(definition) if shared is None else shared.launcher_secret
    if shared is None or not shared.reads_launcher_secret(role):
        grant_read_value(made, role)
    return secret_arn_of(made)


def _built_image(instance: InstanceType | None) -> ecs.ContainerImage:
    """Return an image with the launcher, for the architecture of the nodes if it is known."""
    from aws_cdk import aws_ecr_assets as ecr_assets
    from aws_cdk import aws_ecs as ecs

    platform = ecr_assets.Platform.LINUX_AMD64
    if instance is not None and "arm64" in instance.architectures:
        platform = ecr_assets.Platform.LINUX_ARM64
    return ecs.ContainerImage.from_asset(str(image_folder()), platform=platform)
