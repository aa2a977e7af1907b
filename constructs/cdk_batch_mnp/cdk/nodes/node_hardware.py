"""The hardware of a node, as its containers see it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.instances.efa_interfaces import InterfacePlace, efa_interfaces
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

    from cdk_batch_mnp.model.launch_template import LaunchTemplate


def name_of_type(instance_type: str | ec2.InstanceType) -> str:
    """Return the name of an instance type, or a token for it."""
    return instance_type if isinstance(instance_type, str) else instance_type.to_string()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHardware:
    """The hardware of a node, as its containers see it.

    Attributes:
        instance: The instance type, with the vCPUs that a node registers.
        efa_devices: Number of EFA devices of the node's network interfaces.
    """

    instance: InstanceType
    efa_devices: int = 0

    @property
    def neuron_devices(self) -> int:
        """Number of Inferentia or Trainium devices; 0 if it is unknown."""
        return self.instance.neuron_devices or 0

    @property
    def needs_shared_memory(self) -> bool:
        """Whether jobs on such nodes pass data between processes in ``/dev/shm``.

        Within a node, libfabric's EFA provider, NCCL and the Neuron runtime do.
        """
        return bool(self.efa_devices or self.neuron_devices or self.instance.gpus)


def interfaces_with_efa(instance: InstanceType, efa: bool | None) -> tuple[InterfacePlace, ...]:
    """Return the network interfaces of a node; none if Batch's single default interface is used.

    Args:
        instance: The node's instance type.
        efa: Whether to use EFA; ``None`` uses it if the type is known to support it.

    Raises:
        ArgumentError: EFA is requested on a type that does not support it, that is not known to
            support it, or that has too few network interfaces for it.
    """
    if efa is False:
        return ()
    supported = instance.efa_interfaces
    if supported and instance.network_cards:
        places = efa_interfaces(instance)
        if places or not efa:
            return places
        raise ArgumentError(
            f"efa is True, but {instance.name} has only {sum(instance.network_cards)} network "
            "interface(s), and its tasks need one; leave efa out"
        )
    if efa:
        raise ArgumentError(
            f"efa is True, but {instance.name} "
            + ("does not support EFA" if supported == 0 else "is not known to support EFA")
            + "; choose a type that does, or leave efa out"
        )
    return ()


def single_threaded(instance: InstanceType, threads_per_core: int) -> InstanceType:
    """Return the type with one thread per core, so that a vCPU is a core.

    Raises:
        ArgumentError: The number is not 1, or the type's threads cannot be changed.
    """
    if threads_per_core != 1:
        raise ArgumentError(
            f"threads_per_core is {threads_per_core}, but only 1 is supported; leave it out for "
            "the default of the type"
        )
    if instance.cores is None or instance.threads_per_core is None:
        raise ArgumentError(
            f"threads_per_core is 1, but the number of cores of {instance.name} is unknown; leave "
            "it out"
        )
    if instance.threads_per_core == 1:
        raise ArgumentError(
            f"threads_per_core is 1, but {instance.name} has one thread per core anyway; "
            "leave it out"
        )
    if instance.bare_metal:
        raise ArgumentError(
            f"threads_per_core is 1, but EC2 does not accept CPU options on bare metal "
            f"({instance.name}); leave it out, and turn threads off in your own image"
        )
    return replace(instance, vcpus=instance.cores, threads_per_core=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlan:
    """Network interfaces, threads and hardware of the nodes.

    Attributes:
        hardware: The hardware as containers see it.
        interfaces: Network interfaces of the launch template that is created.
        has_groups: Whether the security groups are set on the launch template's interfaces.
        cores: Core count of the launch template that is created, if it sets the threads per core.
    """

    hardware: NodeHardware
    interfaces: tuple[InterfacePlace, ...] = ()
    has_groups: bool = False
    cores: int | None = None


def plan_node(
    instance: InstanceType,
    *,
    efa: bool | None,
    threads_per_core: int | None,
    template: Maybe[LaunchTemplate] | None,
) -> NodePlan:
    """Decide the network interfaces and threads of the nodes, and the hardware that containers see.

    Args:
        instance: The node's instance type.
        efa: Whether to use EFA; ``None`` if the user does not specify it.
        threads_per_core: Threads per core; ``None`` if the user does not specify it.
        template: The user's launch template; ``None`` if one is created.

    Raises:
        ArgumentError: The type, or the user's template, lacks what is requested.
    """
    if template is not None:
        return _plan_with(template, instance, efa, threads_per_core)
    interfaces = interfaces_with_efa(instance, efa)
    threaded = instance if threads_per_core is None else single_threaded(instance, threads_per_core)
    return NodePlan(
        hardware=NodeHardware(
            instance=threaded, efa_devices=sum(interface.is_efa for interface in interfaces)
        ),
        interfaces=interfaces,
        has_groups=bool(interfaces),
        cores=None if threads_per_core is None else instance.cores,
    )


def _plan_with(
    template: Maybe[LaunchTemplate],
    instance: InstanceType,
    efa: bool | None,
    threads_per_core: int | None,
) -> NodePlan:
    if threads_per_core is not None:
        raise ArgumentError(
            "threads_per_core applies to the launch template that is created; set CpuOptions in "
            "your launch_template, or leave one of the two out"
        )
    interfaces = UNKNOWN if template is UNKNOWN else template.network_interfaces
    if interfaces is UNKNOWN or (efa and not interfaces):
        # Interfaces that a property override adds are not visible before synthesis.
        wanted = interfaces_with_efa(instance, efa) if efa else ()
        devices, has_groups = sum(each.is_efa for each in wanted), bool(wanted)
    else:
        devices = sum(
            interface is not UNKNOWN and interface.is_efa is True for interface in interfaces
        )
        has_groups = bool(interfaces)
        if efa and not devices:
            raise ArgumentError(
                "efa is True, but your launch_template has no EFA interface; add one, or leave efa "
                "out"
            )
        if efa is False:
            devices = 0
    if template is not UNKNOWN and template.threads_per_core == 1 and instance.cores is not None:
        instance = replace(instance, vcpus=instance.cores, threads_per_core=1)
    return NodePlan(
        hardware=NodeHardware(instance=instance, efa_devices=devices), has_groups=has_groups
    )
