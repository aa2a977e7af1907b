"""What EC2 describes of a type becomes facts, or a contradiction."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.instances.described import DescriptionError, read_description
from tests.instances.descriptions import FACTS, INFO, changed


def test_a_description_becomes_facts() -> None:
    assert read_description(INFO) == FACTS


@pytest.mark.parametrize(
    ("structure", "facts"),
    [
        pytest.param("GpuInfo", {"gpus": 0, "gpu_name": None, "gpu_memory_mib": None}, id="GPUs"),
        pytest.param("NeuronInfo", {"neuron_devices": 0}, id="Neuron devices"),
        pytest.param("InstanceStorageInfo", {"local_storage_gb": 0}, id="instance store"),
    ],
)
def test_what_only_some_types_have_is_none_where_it_is_not_described(
    structure: str, facts: dict[str, Any]
) -> None:
    found = read_description(changed(lambda info: info.pop(structure)))
    assert {name: getattr(found, name) for name in facts} == facts


@pytest.mark.parametrize("name", ["trn9.large", "inf9.large"])
def test_neuron_devices_of_a_neuron_family_are_unknown_where_not_described(
    name: str,
) -> None:
    silent = changed(lambda info: info.pop("NeuronInfo")) | {"InstanceType": name}
    assert read_description(silent).neuron_devices is None


@pytest.mark.parametrize("structure", ["VCpuInfo", "NetworkInfo", "BareMetal", "InstanceType"])
def test_a_description_that_lacks_what_every_type_has_is_refused(structure: str) -> None:
    with pytest.raises(DescriptionError, match=f"^{structure} is missing$"):
        read_description(changed(lambda info: info.pop(structure)))


def test_all_contradictions_are_reported_at_once() -> None:
    wrong = changed(lambda info: info.update(BareMetal=True, MemoryInfo={"SizeInMiB": 0}))
    with pytest.raises(DescriptionError) as raised:
        read_description(wrong)
    assert raised.value.contradictions == ("no memory or no vCPUs", "BareMetal is True")
