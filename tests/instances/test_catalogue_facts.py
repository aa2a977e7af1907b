"""Facts of well-known types, compared with what AWS documents."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue

FACTS: dict[str, dict[str, Any]] = {
    "c5.18xlarge": {
        "vcpus": 72,
        "memory_mib": 147456,
        "cores": 36,
        "threads_per_core": 2,
        "architectures": ("x86_64",),
        "gpus": 0,
        "network_cards": (15,),
        "efa_interfaces": 0,
        "placement_strategies": ("cluster", "partition", "spread"),
        "bare_metal": False,
        "burstable": False,
    },
    "c5n.18xlarge": {"vcpus": 72, "memory_mib": 196608, "efa_interfaces": 1},
    "hpc7a.96xlarge": {
        "vcpus": 192,
        "memory_mib": 786432,
        "cores": 192,
        "threads_per_core": 1,
        "efa_interfaces": 2,
    },
    "hpc7g.16xlarge": {"vcpus": 64, "memory_mib": 131072, "architectures": ("arm64",)},
    "p4d.24xlarge": {
        "vcpus": 96,
        "memory_mib": 1179648,
        "gpus": 8,
        "gpu_name": "A100",
        "gpu_memory_mib": 40960,
        "network_cards": (15, 15, 15, 15),
        "efa_interfaces": 4,
    },
    "p5.48xlarge": {
        "vcpus": 192,
        "memory_mib": 2097152,
        "gpus": 8,
        "gpu_name": "H100",
        "gpu_memory_mib": 81920,
        "network_cards": (2,) * 32,
        "efa_interfaces": 32,
    },
    "p6-b300.48xlarge": {
        "vcpus": 192,
        "memory_mib": 4194304,
        "gpus": 8,
        "gpu_name": "B300",
        "network_cards": (4,) * 17,
        # The first card takes no EFA interface.
        "efa_interfaces": 16,
    },
    "trn1.32xlarge": {
        "vcpus": 128,
        "memory_mib": 524288,
        "gpus": 0,
        "neuron_devices": 16,
        "efa_interfaces": 8,
    },
    "g5.xlarge": {"vcpus": 4, "memory_mib": 16384, "gpus": 1, "gpu_name": "A10G"},
    # An eighth of a GPU is none that a job could ask for.
    "g6f.large": {"gpus": 0, "gpu_name": "L4"},
    "t3.micro": {"vcpus": 2, "memory_mib": 1024, "burstable": True},
    "c5.metal": {"vcpus": 96, "bare_metal": True},
}


@pytest.mark.parametrize(
    ("name", "fact", "value"),
    [
        pytest.param(name, fact, value, id=f"{name} {fact}")
        for name, facts in FACTS.items()
        for fact, value in facts.items()
    ],
)
def test_facts_of_well_known_types(name: str, fact: str, value: object) -> None:
    found = default_catalogue().find(name)
    assert found is not None
    assert getattr(found, fact) == value


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return default_catalogue()


def test_bursting_types_have_no_cluster_placement(catalogue: Catalogue) -> None:
    wrong = [each.name for each in catalogue if each.burstable and _in_a_cluster(each)]
    assert not wrong


def _in_a_cluster(instance: InstanceType) -> bool:
    return "cluster" in instance.placement_strategies


def test_hpc_types_can_be_placed_in_a_cluster_and_have_efa(catalogue: Catalogue) -> None:
    hpc = [each for each in catalogue if each.family.startswith("hpc")]
    assert len(hpc) > 8
    assert all(_in_a_cluster(each) and each.efa_interfaces for each in hpc)


def test_every_type_of_the_package_has_its_facts(catalogue: Catalogue) -> None:
    for instance_type in catalogue:
        assert instance_type.cores is not None
        assert instance_type.threads_per_core is not None
        assert instance_type.vcpus == instance_type.cores * instance_type.threads_per_core, (
            instance_type.name
        )
        assert instance_type.architectures, instance_type.name
        assert instance_type.network_cards, instance_type.name
        assert instance_type.efa_interfaces is not None
        assert instance_type.efa_interfaces <= len(instance_type.network_cards), instance_type.name
        assert bool(instance_type.gpu_name) == bool(instance_type.gpu_manufacturer), (
            instance_type.name
        )


def test_every_kind_of_fact_is_known_of_some_type(catalogue: Catalogue) -> None:
    types = list(catalogue)
    for field in fields(InstanceType):
        assert any(getattr(instance_type, field.name) for instance_type in types), field.name
