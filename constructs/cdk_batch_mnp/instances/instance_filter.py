"""Filters for instance types."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.instances.instance_type import InstanceType
from cdk_batch_mnp.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFilter:
    """Criteria for instance types. ``None`` or an empty tuple matches every type.

    A type does not match if a fact that a criterion needs is unknown.

    Attributes:
        families: Any of these families (``p5``).
        architecture: ``x86_64`` or ``arm64``.
        min_vcpus: Minimum number of vCPUs.
        min_memory_gib: Minimum nominal memory in GiB.
        gpus: Exact number of whole GPUs.
        gpu_name: GPU model (``H100``), case-insensitive.
        has_neuron_devices: Whether it has Inferentia or Trainium devices.
        has_efa: Whether it supports EFA interfaces.
        has_local_storage: Whether it has an instance store.
        has_cluster_placement: Whether it can be launched in a cluster placement group.
        is_current_generation: Whether it is of the current generation.
        is_bare_metal: Whether it runs without a hypervisor.
    """

    families: tuple[str, ...] = ()
    architecture: str | None = None
    min_vcpus: int | None = None
    min_memory_gib: float | None = None
    gpus: int | None = None
    gpu_name: str | None = None
    has_neuron_devices: bool | None = None
    has_efa: bool | None = None
    has_local_storage: bool | None = None
    has_cluster_placement: bool | None = None
    is_current_generation: bool | None = None
    is_bare_metal: bool | None = None

    def fits(self, instance: InstanceType) -> bool:
        """Return whether an instance type matches all criteria."""
        return all(self._answers(instance))

    def _answers(self, instance: InstanceType) -> Iterator[bool]:
        if self.families:
            yield instance.family in self.families
        if self.architecture is not None:
            yield self.architecture in instance.architectures
        if self.min_vcpus is not None:
            yield instance.vcpus >= self.min_vcpus
        if self.min_memory_gib is not None:
            yield (instance.memory_mib or 0) >= self.min_memory_gib * 1024
        if self.gpus is not None:
            yield instance.gpus == self.gpus
        if self.gpu_name is not None:
            yield (instance.gpu_name or "").lower() == self.gpu_name.lower()
        placements = instance.placement_strategies
        for wanted, fact in (
            (self.has_neuron_devices, _some(instance.neuron_devices)),
            (self.has_efa, _some(instance.efa_interfaces)),
            (self.has_local_storage, _some(instance.local_storage_gb)),
            (self.has_cluster_placement, "cluster" in placements if placements else None),
            (self.is_current_generation, instance.current_generation),
            (self.is_bare_metal, instance.bare_metal),
        ):
            if wanted is not None:
                yield fact is wanted


def _some(count: int | None) -> bool | None:
    return None if count is None else count > 0
