"""The nodes that a job runs on: their instance type and their hardware."""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp.cdk.environments.known_nodes import QueueNodes
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware, interfaces_with_efa, name_of_type
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNodes:
    """The nodes of a job.

    Attributes:
        instance_type: Name of the instance type, or a token for it; ``None`` for any type.
        hardware: ``None`` if the instance type is unknown.
    """

    instance_type: str | None
    hardware: NodeHardware | None


def nodes_of_job(
    instance_type: str | ec2.InstanceType | None,
    queue_nodes: QueueNodes | None,
    *,
    efa: bool | None,
    state: StageState,
) -> JobNodes:
    """Return the nodes of a job, from its arguments and the environments of its queue.

    Args:
        instance_type: The user's instance type. Default: that of the queue's environments, if all
            of them have the same.
        queue_nodes: The nodes of the queue that jobs are submitted to, if they are known.
        efa: Whether containers get EFA devices. Default: those of the queue's nodes.
        state: The stage, which knows instance types.

    Raises:
        ArgumentError: EFA is requested on a type that is unknown or does not support it.
    """
    name = None if instance_type is None else name_of_type(instance_type)
    if name is None and queue_nodes is not None:
        name = queue_nodes.instance_type
    return JobNodes(instance_type=name, hardware=_hardware(name, queue_nodes, efa=efa, state=state))


def _hardware(
    name: str | None, queue_nodes: QueueNodes | None, *, efa: bool | None, state: StageState
) -> NodeHardware | None:
    instance = state.catalogue.find(name) if name is not None else None
    if instance is None:
        if efa:
            raise ArgumentError("efa is True, but the instance type is unknown; set instance_type")
        return None
    found = None if queue_nodes is None else queue_nodes.hardware_of(instance.name)
    hardware = found or NodeHardware(instance=instance)
    if efa is None:
        return hardware
    interfaces = interfaces_with_efa(instance, efa)
    return replace(hardware, efa_devices=sum(interface.is_efa for interface in interfaces))
