"""Choosing instance types by their facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.instances.instance_filter import InstanceFilter
from tests.instances.descriptions import FACTS

NOTHING_KNOWN = InstanceType(name="x9.huge", vcpus=8)


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        pytest.param({"families": ("x9", "p5")}, {"families": ("x", "p5")}, id="family"),
        pytest.param({"architecture": "x86_64"}, {"architecture": "arm64"}, id="architecture"),
        pytest.param({"min_vcpus": 8}, {"min_vcpus": 9}, id="vCPUs"),
        pytest.param({"min_memory_gib": 16}, {"min_memory_gib": 16.1}, id="memory"),
        pytest.param({"gpus": 2}, {"gpus": 1}, id="GPUs"),
        pytest.param({"gpu_name": "z1"}, {"gpu_name": "Z"}, id="GPU model"),
        pytest.param({"has_neuron_devices": True}, {"has_neuron_devices": False}, id="Neuron"),
        pytest.param({"has_efa": True}, {"has_efa": False}, id="EFA"),
        pytest.param({"has_local_storage": True}, {"has_local_storage": False}, id="storage"),
        pytest.param(
            {"has_cluster_placement": True}, {"has_cluster_placement": False}, id="placement"
        ),
        pytest.param(
            {"is_current_generation": True}, {"is_current_generation": False}, id="generation"
        ),
        pytest.param({"is_bare_metal": False}, {"is_bare_metal": True}, id="bare metal"),
    ],
)
def test_a_type_fits_what_it_is_and_nothing_else(
    wanted: dict[str, Any], other: dict[str, Any]
) -> None:
    assert InstanceFilter(**wanted).fits(FACTS)
    assert not InstanceFilter(**other).fits(FACTS)
    of_name_or_vcpus = wanted.keys() <= {"families", "min_vcpus"}
    assert InstanceFilter(**wanted).fits(NOTHING_KNOWN) is of_name_or_vcpus


@pytest.mark.parametrize(
    ("fact", "wanted"),
    [
        pytest.param({"efa_interfaces": 0}, {"has_efa": False}, id="EFA"),
        pytest.param({"neuron_devices": 0}, {"has_neuron_devices": False}, id="Neuron"),
        pytest.param({"local_storage_gb": 0}, {"has_local_storage": False}, id="storage"),
        pytest.param(
            {"placement_strategies": ("spread",)}, {"has_cluster_placement": False}, id="placement"
        ),
        pytest.param({"gpus": 0}, {"gpus": 0}, id="GPUs"),
    ],
)
def test_what_a_type_has_none_of_can_be_asked_for(
    fact: dict[str, Any], wanted: dict[str, Any]
) -> None:
    assert InstanceFilter(**wanted).fits(replace(FACTS, **fact))
    assert not InstanceFilter(**wanted).fits(NOTHING_KNOWN)


def test_all_that_is_asked_for_must_fit() -> None:
    assert InstanceFilter().fits(NOTHING_KNOWN)
    assert InstanceFilter(gpus=2, has_efa=True).fits(FACTS)
    assert not InstanceFilter(gpus=2, has_efa=False).fits(FACTS)
