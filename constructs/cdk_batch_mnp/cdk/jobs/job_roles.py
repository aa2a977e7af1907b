"""The execution roles and job roles of jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.jobs.launcher_secret import add_launcher_secret, grant_read_value
from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer
from cdk_batch_mnp.cdk.jobs.task_roles import tasks_of_this_account
from cdk_batch_mnp.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_secretsmanager as secretsmanager


@dataclass(slots=True)
class SharedRoles:
    """Roles and the launcher's secret, which jobs of a cluster share.

    No job gets more permissions than it needs. Each is created when the first job needs it.

    Attributes:
        scope: The construct that they are created in.
        log_group: The log group of these jobs.
    """

    scope: Construct
    log_group: logs.ILogGroup
    _execution_role: iam.IRole | None = None
    _launching_role: iam.IRole | None = None
    _launcher_secret: secretsmanager.ISecret | None = None
    _without_permissions: iam.IRole | None = None

    @property
    def execution_role(self) -> iam.IRole:
        """The execution role of jobs without secrets: pulls images and writes logs."""
        if self._execution_role is None:
            self._execution_role = add_execution_role(self.scope)
        return self._execution_role

    @property
    def launching_role(self) -> iam.IRole:
        """The execution role of jobs whose only secret is the launcher's."""
        if self._launching_role is None:
            self._launching_role = add_execution_role(self.scope, "LaunchingExecutionRole")
            grant_read_value(self.launcher_secret, self._launching_role)
        return self._launching_role

    @property
    def launcher_secret(self) -> secretsmanager.ISecret:
        """The secret that the nodes of each job with a launcher share."""
        if self._launcher_secret is None:
            self._launcher_secret = add_launcher_secret(self.scope)
        return self._launcher_secret

    def reads_launcher_secret(self, role: iam.IRole) -> bool:
        """Return whether a role is the shared one that can read the launcher's secret."""
        return role is self._launching_role

    @property
    def without_permissions(self) -> iam.IRole:
        """The job role of jobs without permissions.

        Containers without a role would fall back to the instance role if they can reach it.
        """
        if self._without_permissions is None:
            self._without_permissions = iam.Role(
                self.scope,
                "JobsWithoutPermissions",
                assumed_by=tasks_of_this_account(),
                description="The containers of jobs that no permission was granted to.",
            )
        return self._without_permissions


_shared: WeakKeyDictionary[Construct, SharedRoles] = WeakKeyDictionary()
_writers: WeakKeyDictionary[logs.ILogGroup, WeakSet[iam.IRole]] = WeakKeyDictionary()


def share_roles_in(scope: Construct, log_group: logs.ILogGroup) -> None:
    """Share roles between the job definitions that are created directly in a construct.

    The execution roles are shared by those that write to the log group.
    """
    _shared[scope] = SharedRoles(scope, log_group)


def shared_roles(scope: Construct) -> SharedRoles | None:
    """Return the roles that the job definitions of a construct share, or ``None``."""
    return _shared.get(scope)


def add_job_role(scope: Construct) -> iam.Role:
    """Create a role without permissions that ECS tasks of this account and Region can assume."""
    return iam.Role(
        scope,
        "JobRole",
        assumed_by=tasks_of_this_account(),
        description="What the containers of the job may do.",
    )


def add_execution_role(scope: Construct, id: str = "ExecutionRole") -> iam.Role:
    """Create a role without permissions that ECS tasks of this account and Region can assume."""
    return iam.Role(
        scope,
        id,
        assumed_by=tasks_of_this_account(),
        description="Starts the containers of jobs: images, secrets, logs.",
    )


def can_share_execution_role(
    containers: Iterable[NodeContainer], init_image: str | ecs.ContainerImage | None = None
) -> bool:
    """Return whether containers can start with an execution role that other jobs use too.

    Only the job itself may read its secrets and the credentials of its private registry. A custom
    image class may grant any permission when it is bound.
    """
    if init_image is not None and _may_have_credentials(init_image):
        return False
    return not any(
        container.secrets or _may_have_credentials(container.image) for container in containers
    )


def _may_have_credentials(image: str | ecs.ContainerImage) -> bool:
    if isinstance(image, str):
        return False
    from aws_cdk import aws_ecs as ecs

    return not isinstance(image, ecs.EcrImage | ecs.AssetImage)


def grant_write_once(log_group: logs.ILogGroup, role: iam.IRole) -> None:
    """Allow a role to write to a log group, once."""
    writers = _writers.setdefault(log_group, WeakSet())
    if role not in writers:
        writers.add(role)
        log_group.grant_write(role)
