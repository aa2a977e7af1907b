"""The devices that containers get from their node, and the ulimits that these need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_batch as batch

from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.sizes import mebibytes_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware

EFA_FOLDER = "/dev/infiniband"

_SHARED_MEMORY_PART = 2
"""Half of the container's memory; Linux sizes /dev/shm to half of the machine's memory."""


def devices(container: NodeContainer, hardware: NodeHardware | None) -> list[batch.Device]:
    """Return the devices that a container sets, followed by those of its node.

    EFA devices are ``/dev/infiniband/uverbs0`` and so on, one for each EFA interface; Trainium and
    Inferentia devices are ``/dev/neuron0`` and so on. Devices that the container sets are not added
    again.

    Raises:
        ArgumentError: The container requests EFA or Neuron devices, and the node has none.

    Source: Batch User Guide, Elastic Fabric Adapter; ECS Developer Guide, AWS Neuron workloads.
    """
    _validate_devices(container, hardware)
    found = list(container.devices)
    if hardware is None:
        return found
    named = {path.rstrip("/") for path in _device_paths(container)}
    wanted: list[str] = []
    if container.efa is not False and EFA_FOLDER not in named:
        wanted += [f"{EFA_FOLDER}/uverbs{number}" for number in range(hardware.efa_devices)]
    if container.neuron is not False:
        wanted += [f"/dev/neuron{number}" for number in range(hardware.neuron_devices)]
    return [*found, *(batch.Device(host_path=path) for path in wanted if path not in named)]


def ulimits(container: NodeContainer, hardware: NodeHardware | None) -> list[batch.Ulimit]:
    """Return the ulimits of a container, with unlimited locked memory if it has EFA devices.

    EFA transfers from locked memory. Source: Batch User Guide, Elastic Fabric Adapter.
    """
    found = list(container.ulimits)
    gets_efa = hardware is not None and hardware.efa_devices and container.efa is not False
    names = {*(ulimit_name(limit) for limit in found), *_added_limits(container)}
    if gets_efa and "memlock" not in names:
        found.append(batch.Ulimit(name=batch.UlimitName.MEMLOCK, soft_limit=-1, hard_limit=-1))
    return found


def shared_memory_mib(
    container: NodeContainer, hardware: NodeHardware | None, memory_mib: float
) -> int | None:
    """Return the size of ``/dev/shm`` in MiB; ``None`` for Docker's default, 64 MiB.

    On nodes with EFA, GPUs or Neuron devices it is half of the container's memory, unless the
    container sets another size. It counts towards the container's memory.
    """
    if container.shared_memory_size is not None:
        return mebibytes_of("shared_memory_size", container.shared_memory_size)
    if hardware is None or not hardware.needs_shared_memory or is_token(memory_mib):
        return None
    return int(memory_mib) // _SHARED_MEMORY_PART


def ulimit_name(limit: batch.Ulimit) -> str:
    """Return the name of a ulimit in the API's spelling; the CDK's enum has capital letters."""
    return limit.name.value.lower()


def _validate_devices(container: NodeContainer, hardware: NodeHardware | None) -> None:
    if container.efa and (hardware is None or not hardware.efa_devices):
        raise ArgumentError(
            "efa is True, but the nodes are not known to have EFA; set efa=True on the definition, "
            "pass the job_queue of a cluster that has EFA, or leave efa out"
        )
    if container.neuron and (hardware is None or not hardware.neuron_devices):
        raise ArgumentError(
            "neuron is True, but the instance type is not known to have Neuron devices; name a "
            "Trainium or Inferentia type, or leave neuron out"
        )


def _device_paths(container: NodeContainer) -> Iterator[str]:
    for device in container.devices:
        if isinstance(device.host_path, str):
            yield device.host_path
    linux = container.additional_properties.get("linuxParameters")
    if isinstance(linux, Mapping):
        yield from _texts(linux.get("devices"), "hostPath")


def _added_limits(container: NodeContainer) -> Iterator[str]:
    return _texts(container.additional_properties.get("ulimits"), "name")


def _texts(structures: Any, member: str) -> Iterator[str]:
    if isinstance(structures, Sequence) and not isinstance(structures, str):
        for structure in structures:
            if isinstance(structure, Mapping) and isinstance(structure.get(member), str):
                yield structure[member]
