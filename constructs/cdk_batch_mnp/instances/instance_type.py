"""EC2 instance types."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceType:
    """Facts about an EC2 instance type; ``None`` or an empty tuple if they are unknown.

    Attributes:
        name: ``p5.48xlarge``.
        vcpus: vCPUs of the whole instance.
        memory_mib: Nominal memory in MiB; less is available to containers.
        cores: Physical cores.
        threads_per_core: Default threads per core; 2 means hyper-threading.
        architectures: ``x86_64`` or ``arm64`` (with suffix ``_mac`` for Mac instances).
        gpus: Whole GPUs; 0 for none or for a fraction of one.
        gpu_memory_mib: Memory of each GPU.
        neuron_devices: Inferentia or Trainium devices.
        placement_strategies: Supported placement group strategies.
        network_cards: Maximum number of interfaces of each network card, by card index.
        efa_interfaces: Maximum number of EFA interfaces; 0 for a type without EFA.
        local_storage_gb: Instance store over all disks, in GB.

    Source: EC2 API, InstanceTypeInfo.
    """

    name: str
    vcpus: int
    memory_mib: int | None = None
    cores: int | None = None
    threads_per_core: int | None = None
    architectures: tuple[str, ...] = ()
    gpus: int | None = None
    gpu_name: str | None = None
    gpu_manufacturer: str | None = None
    gpu_memory_mib: int | None = None
    neuron_devices: int | None = None
    placement_strategies: tuple[str, ...] = ()
    network_cards: tuple[int, ...] = ()
    efa_interfaces: int | None = None
    bare_metal: bool | None = None
    burstable: bool | None = None
    current_generation: bool | None = None
    local_storage_gb: int | None = None

    @property
    def family(self) -> str:
        """``p5`` of ``p5.48xlarge``."""
        return self.name.partition(".")[0]
