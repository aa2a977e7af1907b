"""How much of an instance's memory its containers can have."""

from __future__ import annotations

from cdk_batch_mnp.instances.instance_type import InstanceType

ECS_RESERVED_MIB = 32
"""Reserved by the image that Batch uses. Source: Batch User Guide, reserve system memory."""

_SYSTEM_MIB = 256
_SYSTEM_SHARE_PERCENT = 5


def container_memory_mib(instance: InstanceType) -> int:
    """Give the largest memory in MiB that containers of one node can safely ask for.

    A job that asks for more than the ECS agent registers is never placed. The agent registers what
    the system kernel sees, less 32 MiB; the kernel sees less than the nominal memory, by an amount
    that depends on the type. Overheads measured on several hundred types lie between 2 and 5
    percent of large instances and up to 12 percent of the smallest. So the model here leaves 5
    percent of the nominal memory (which the Batch User Guide recommends to keep as a buffer) and
    256 MiB to the system, and 32 MiB to the agent.

    Raises:
        ValueError: The type's memory is not known.

    Source: Batch User Guide, compute resource memory management and reserve system memory.
    """
    if instance.memory_mib is None:
        raise ValueError(f"the memory of {instance.name} is not known")
    system = _SYSTEM_MIB + -(-instance.memory_mib * _SYSTEM_SHARE_PERCENT // 100)
    return max(instance.memory_mib - system - ECS_RESERVED_MIB, 4)
