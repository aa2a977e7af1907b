"""The image type of Batch's that an instance type starts from."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.instances import InstanceType, default_catalogue
from cdk_batch_mnp.instances.image_type import image_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("c5n.18xlarge", "ECS_AL2023", id="x86"),
        pytest.param("hpc7g.16xlarge", "ECS_AL2023", id="Arm"),
        pytest.param("p5.48xlarge", "ECS_AL2023_NVIDIA", id="GPUs"),
        pytest.param("g6f.large", "ECS_AL2023_NVIDIA", id="share of a GPU"),
        pytest.param("trn1.32xlarge", "ECS_AL2023", id="Neuron devices"),
        pytest.param("a1.4xlarge", None, id="too old for Amazon Linux 2023"),
        pytest.param("mac2.metal", None, id="Apple's"),
    ],
)
def test_the_image_type_follows_from_the_facts(name: str, expected: str | None) -> None:
    facts = default_catalogue().find(name)
    assert facts is not None
    assert image_type(facts) == expected


def test_it_is_unknown_where_gpus_are() -> None:
    assert image_type(InstanceType(name="x9.huge", vcpus=8)) is None
    assert image_type(InstanceType(name="x9.huge", vcpus=8, gpus=0)) == "ECS_AL2023"
