"""What jobs ask environments and queues about the nodes, created here or imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware
from cdk_batch_mnp.cdk.nodes.security_groups import allow_to

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs
    from aws_cdk.interfaces.aws_batch import IComputeEnvironmentRef


class EnvironmentNodes:
    """The nodes of a compute environment."""

    instance_type: str | None
    """Name of the instance type, or a token for it; ``None`` if it is unknown."""

    hardware: NodeHardware | None
    """The hardware of a node; ``None`` if it is unknown."""

    @property
    def node_connections(self) -> ec2.Connections:
        """The connections of the instances only, which mount file systems."""
        raise NotImplementedError

    def install_launcher(self) -> None:
        """Have each node download ``mnp-launch`` before it accepts jobs."""
        raise NotImplementedError


class QueueNodes:
    """The nodes of a queue's compute environments."""

    _environments: Sequence[IComputeEnvironmentRef]

    @property
    def instance_type(self) -> str | None:
        """The instance type, if all environments of the queue are known to have the same.

        Environments of other constructs, and those added later, are unknown.
        """
        found = {
            environment.instance_type if isinstance(environment, EnvironmentNodes) else None
            for environment in self._environments
        }
        name = found.pop() if len(found) == 1 else None
        return None if name is None or is_token(name) else name

    def hardware_of(self, instance_type: str) -> NodeHardware | None:
        """Return the hardware of nodes of a type, if all environments of the queue agree.

        Environments of other constructs, and those added later, are unknown.
        """
        found = {
            environment.hardware
            if isinstance(environment, EnvironmentNodes)
            and environment.instance_type == instance_type
            else None
            for environment in self._environments
        }
        return found.pop() if len(found) == 1 else None

    def allow_nodes_to(self, file_system: efs.IFileSystem) -> None:
        """Allow the nodes of the queue's environments to connect to a file system.

        Environments of other constructs are not changed.
        """
        port = file_system.connections.default_port
        for environment in self._nodes:
            groups = environment.node_connections.security_groups
            if port is not None and groups:
                # ECS mounts on the instance, not through the network interface of the task.
                allow_to(
                    groups,
                    file_system.connections.security_groups,
                    [port],
                    "EFS from the nodes of jobs",
                )

    def install_launcher(self) -> None:
        """Have each node download ``mnp-launch`` before it accepts jobs.

        Environments that are added later are not changed.

        Raises:
            ArgumentError: An environment is not an :class:`MnpComputeEnvironment`, or has a launch
                template of the user.
        """
        for environment in self._environments:
            if not isinstance(environment, EnvironmentNodes):
                raise ArgumentError(
                    "the launcher is delivered from the nodes, but an environment of the queue is "
                    "not an MnpComputeEnvironment, whose user data this library does not write; "
                    "choose another delivery"
                )
            environment.install_launcher()

    @property
    def _nodes(self) -> Sequence[EnvironmentNodes]:
        return [
            environment
            for environment in self._environments
            if isinstance(environment, EnvironmentNodes)
        ]


class _StockQueueNodes(QueueNodes):
    """The nodes of a queue of the CDK, whose environments may be constructs of this library."""

    def __init__(self, queue: batch.JobQueue) -> None:
        self._environments = [item.compute_environment for item in queue.compute_environments]


def nodes_of_queue(queue: batch.IJobQueue | None) -> QueueNodes | None:
    """Return the nodes of a queue; ``None`` if its environments are unknown."""
    if isinstance(queue, QueueNodes):
        return queue
    return _StockQueueNodes(queue) if isinstance(queue, batch.JobQueue) else None
