"""Facts about instance types from EC2 DescribeInstanceTypes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp.instances.instance_type import InstanceType

Described = Mapping[str, Any]
"""An InstanceTypeInfo as boto3 and the AWS CLI return it. Source: EC2 API, InstanceTypeInfo."""

_NEURON_FAMILIES = ("inf", "trn")


class DescriptionError(ValueError):
    """The description of a type is contradictory or incomplete.

    Attributes:
        contradictions: The problems, one line each.
    """

    def __init__(self, contradictions: tuple[str, ...]) -> None:
        super().__init__("; ".join(contradictions))
        self.contradictions = contradictions


def read_description(info: Described) -> InstanceType:
    """Return the facts of a type.

    Raises:
        DescriptionError: The description is contradictory or incomplete.
    """
    try:
        found = tuple(_contradictions(info))
        facts = _facts(info)
    except KeyError as missing:
        raise DescriptionError((f"{missing.args[0]} is missing",)) from None
    if found:
        raise DescriptionError(found)
    return facts


def _facts(info: Described) -> InstanceType:
    cpu, gpus = info["VCpuInfo"], _gpus(info)
    gpu = gpus[0] if gpus else {}
    return InstanceType(
        name=info["InstanceType"],
        vcpus=cpu["DefaultVCpus"],
        memory_mib=info["MemoryInfo"]["SizeInMiB"],
        cores=cpu["DefaultCores"],
        threads_per_core=cpu["DefaultThreadsPerCore"],
        architectures=_architectures(info),
        # EC2 reports a fraction of a GPU as 0; a job can only request whole GPUs.
        gpus=sum(each["Count"] for each in gpus),
        gpu_name=gpu.get("Name"),
        gpu_manufacturer=gpu.get("Manufacturer"),
        gpu_memory_mib=gpu.get("MemoryInfo", {}).get("SizeInMiB"),
        neuron_devices=_neuron_devices(info),
        placement_strategies=tuple(sorted(info["PlacementGroupInfo"]["SupportedStrategies"])),
        network_cards=_cards(info),
        efa_interfaces=_efa_interfaces(info),
        bare_metal=info["BareMetal"],
        burstable=info["BurstablePerformanceSupported"],
        current_generation=info["CurrentGeneration"],
        local_storage_gb=info.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
    )


def _gpus(info: Described) -> list[dict[str, Any]]:
    return list(info.get("GpuInfo", {}).get("Gpus", []))


def _neuron_devices(info: Described) -> int | None:
    devices = info.get("NeuronInfo", {}).get("NeuronDevices")
    if devices is None:
        # EC2 omits the devices of some types (trn2u) whose family always has them.
        return None if info["InstanceType"].startswith(_NEURON_FAMILIES) else 0
    return int(sum(device["Count"] for device in devices))


def _architectures(info: Described) -> tuple[str, ...]:
    # No AWS Batch image is for i386.
    names = info["ProcessorInfo"]["SupportedArchitectures"]
    return tuple(sorted(name for name in names if name != "i386"))


def _cards(info: Described) -> tuple[int, ...]:
    cards = sorted(
        info["NetworkInfo"]["NetworkCards"],
        key=lambda network_card: network_card["NetworkCardIndex"],
    )
    return tuple(card["MaximumNetworkInterfaces"] for card in cards)


def _efa_interfaces(info: Described) -> int:
    return int(info["NetworkInfo"].get("EfaInfo", {}).get("MaximumEfaInterfaces", 0))


def _contradictions(info: Described) -> Iterator[str]:
    cpu, network, cards = info["VCpuInfo"], info["NetworkInfo"], _cards(info)
    vcpus, cores, threads = (
        cpu[key] for key in ("DefaultVCpus", "DefaultCores", "DefaultThreadsPerCore")
    )
    if vcpus != cores * threads:
        yield f"{vcpus} vCPUs are not {cores} x {threads}"
    if info["MemoryInfo"]["SizeInMiB"] <= 0 or vcpus <= 0:
        yield "no memory or no vCPUs"
    if not _architectures(info):
        yield "no architecture"
    if len({gpu["Name"] for gpu in _gpus(info)}) > 1:
        yield "GPUs of several models"
    if not cards or sum(cards) != network["MaximumNetworkInterfaces"]:
        most = network["MaximumNetworkInterfaces"]
        yield f"cards {list(cards)} do not add up to {most} interfaces"
    efa = _efa_interfaces(info)
    if efa > len(cards):
        yield f"{efa} EFA interfaces on {len(cards)} cards"
    if (efa > 0) != network["EfaSupported"]:
        yield f"{efa} EFA interfaces, but EfaSupported is {network['EfaSupported']}"
    if info["BareMetal"] != (".metal" in info["InstanceType"]):
        yield f"BareMetal is {info['BareMetal']}"
