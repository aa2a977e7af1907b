"""Memory of an instance that is available to containers."""

from __future__ import annotations

from cdk_batch_mnp.instances.instance_type import InstanceType

ECS_RESERVED_MIB = 32
"""Reserved by AWS Batch images. Source: AWS Batch User Guide, reserve system memory."""

_SYSTEM_MIB = 256
_SYSTEM_SHARE_PERCENT = 5


def container_memory_mib(instance: InstanceType) -> int:
    """Return the largest memory in MiB that the containers of a node can safely request.

    A job that requests more than the ECS agent registers is never placed. The agent registers the
    memory that the kernel sees, minus 32 MiB. The kernel sees less than the nominal memory, by an
    amount that depends on the type: measurements on several hundred types show 2 to 5 percent for
    large instances and up to 12 percent for the smallest. This model reserves 5 percent of the
    nominal memory (the buffer that the AWS Batch User Guide recommends) plus 256 MiB for the
    system, and 32 MiB for the agent.

    Raises:
        ValueError: The memory of the type is unknown.

    Source: AWS Batch User Guide, compute resource memory management and reserve system memory.
    """
    if instance.memory_mib is None:
        raise ValueError(f"the memory of {instance.name} is unknown")
    system = _SYSTEM_MIB + -(-instance.memory_mib * _SYSTEM_SHARE_PERCENT // 100)
    return max(instance.memory_mib - system - ECS_RESERVED_MIB, 4)
