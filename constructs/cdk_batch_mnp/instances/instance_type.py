"""EC2 instance types."""

from __future__ import annotations

from cdk_batch_mnp.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceType:
    """Facts about an EC2 instance type; ``None`` or an empty tuple if they are unknown.

    Attributes:
        name: ``p5.48xlarge``.
        vcpus: vCPUs of the whole instance.
        memory_mib: Nominal memory in MiB; less is available to containers. Default: unknown.
        cores: Physical cores. Default: unknown.
        threads_per_core: Threads per core unless a launch template sets them; 2 means
            hyper-threading. Default: unknown.
        architectures: ``x86_64`` or ``arm64`` (with suffix ``_mac`` for Mac instances). Default:
            unknown.
        gpus: Whole GPUs; 0 for none or for a fraction of one. Default: unknown.
        gpu_name: Model of the GPUs, such as ``H100``. Default: unknown, or no GPU.
        gpu_manufacturer: Manufacturer of the GPUs, such as ``NVIDIA``. Default: unknown, or no GPU.
        gpu_memory_mib: Memory of each GPU in MiB. Default: unknown, or no GPU.
        neuron_devices: Inferentia or Trainium devices. Default: unknown.
        placement_strategies: Supported placement group strategies. Default: unknown.
        network_cards: Maximum number of interfaces of each network card, by card index. Default:
            unknown.
        efa_interfaces: Maximum number of EFA interfaces; 0 for a type without EFA. Default:
            unknown.
        bare_metal: Whether it has no hypervisor. Default: unknown.
        burstable: Whether its CPU performance is burstable. Default: unknown.
        current_generation: Whether it is of the current generation. Default: unknown.
        local_storage_gb: Instance store over all disks, in GB. Default: unknown.

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
