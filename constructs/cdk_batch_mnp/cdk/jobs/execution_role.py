"""What starts the containers of jobs: pulls images, reads secrets, writes logs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer
from cdk_batch_mnp.cdk.jobs.task_roles import tasks_of_this_account

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs

_writers: WeakKeyDictionary[logs.ILogGroup, WeakSet[iam.IRole]] = WeakKeyDictionary()


def add_execution_role(scope: Construct) -> iam.Role:
    """Create a role that ECS tasks of this account and Region can assume."""
    return iam.Role(
        scope,
        "ExecutionRole",
        assumed_by=tasks_of_this_account(),
        description="Starts the containers of jobs: images, secrets, logs.",
    )


def may_share_role(containers: Iterable[NodeContainer]) -> bool:
    """Return whether containers can start with a role that other jobs use too.

    Secrets, and the credentials of a private registry, are readable by one job only. A custom image
    may grant anything when it is bound.
    """
    return not any(
        container.secrets or _may_have_credentials(container.image) for container in containers
    )


def _may_have_credentials(image: str | ecs.ContainerImage) -> bool:
    if isinstance(image, str):
        return False
    from aws_cdk import aws_ecs as ecs

    return not isinstance(image, ecs.EcrImage | ecs.AssetImage)


def grant_write_once(log_group: logs.ILogGroup, role: iam.IRole) -> None:
    """Allow a role to write to a log group, unless it was allowed before."""
    writers = _writers.setdefault(log_group, WeakSet())
    if role not in writers:
        writers.add(role)
        log_group.grant_write(role)
