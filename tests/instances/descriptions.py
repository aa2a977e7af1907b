"""An instance type as EC2 describes it, and as the catalogue has it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from cdk_batch_mnp.instances import InstanceType

INFO: dict[str, Any] = {
    "InstanceType": "x9.huge",
    "VCpuInfo": {"DefaultVCpus": 8, "DefaultCores": 4, "DefaultThreadsPerCore": 2},
    "MemoryInfo": {"SizeInMiB": 16384},
    "ProcessorInfo": {"SupportedArchitectures": ["i386", "x86_64"]},
    "GpuInfo": {
        "Gpus": [
            {"Name": "Z1", "Manufacturer": "Acme", "Count": 2, "MemoryInfo": {"SizeInMiB": 1024}}
        ]
    },
    "NeuronInfo": {"NeuronDevices": [{"Count": 3}]},
    "PlacementGroupInfo": {"SupportedStrategies": ["cluster"]},
    "NetworkInfo": {
        "NetworkCards": [
            {"NetworkCardIndex": 1, "MaximumNetworkInterfaces": 4},
            {"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 2},
        ],
        "MaximumNetworkInterfaces": 6,
        "EfaInfo": {"MaximumEfaInterfaces": 1},
        "EfaSupported": True,
    },
    "BareMetal": False,
    "BurstablePerformanceSupported": False,
    "CurrentGeneration": True,
    "InstanceStorageInfo": {"TotalSizeInGB": 900},
}
FACTS = InstanceType(
    name="x9.huge",
    vcpus=8,
    memory_mib=16384,
    cores=4,
    threads_per_core=2,
    architectures=("x86_64",),
    gpus=2,
    gpu_name="Z1",
    gpu_manufacturer="Acme",
    gpu_memory_mib=1024,
    neuron_devices=3,
    placement_strategies=("cluster",),
    network_cards=(2, 4),
    efa_interfaces=1,
    bare_metal=False,
    burstable=False,
    current_generation=True,
    local_storage_gb=900,
)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The right description with one change."""
    info = copy.deepcopy(INFO)
    change(info)
    return info
