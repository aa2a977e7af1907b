"""x86 and Arm are not mixed."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    INSTANCE_TYPE,
    environment,
    findings,
    ids,
    queue,
)

ARM = "c6g.16xlarge"


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, ARM), ["MNP110"], id="two exact types"),
        pytest.param((INSTANCE_TYPE, "c7g"), ["MNP109", "MNP110"], id="a family of Arm"),
        pytest.param((INSTANCE_TYPE, "default_arm64"), ["MNP109", "MNP110"], id="the Arm bundle"),
        pytest.param((INSTANCE_TYPE, "c6gn.metal"), ["MNP110"], id="a type known by its family"),
        pytest.param((INSTANCE_TYPE, "t2.micro"), ["MNP403"], id="x86 of any age"),
        pytest.param((INSTANCE_TYPE, "m5.24xlarge"), [], id="two types of x86 are the limit"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown type may be x86"),
        pytest.param(UNKNOWN, [], id="unknown types"),
    ],
)
def test_mnp110_an_environment_has_one_architecture(types: object, expected: list[str]) -> None:
    assert ids(environment(instance_types=types)) == expected


def test_mnp110_says_which_type_is_of_which_architecture() -> None:
    (finding,) = findings(environment(instance_types=(INSTANCE_TYPE, ARM)))
    assert finding.actual == "c6g.16xlarge (arm64); c5.18xlarge (x86_64)"
    assert str(finding.property_path) == "computeResources.instanceTypes"


def behind_one_queue(*types: object) -> list[str]:
    """The ids that a queue breaks with an environment for each of these types."""
    environments = (
        environment(id=f"Stack/Environment{number}", instance_types=(name,))
        for number, name in enumerate(types)
    )
    return ids(queue(*environments, acknowledged={"MNP207": "one is a reserve"}))


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, ARM), ["MNP208"], id="x86 and Arm break it"),
        pytest.param((INSTANCE_TYPE, "default_arm64"), ["MNP208"], id="the Arm bundle breaks it"),
        pytest.param((INSTANCE_TYPE, "m5.24xlarge"), [], id="two x86 environments"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown type"),
    ],
)
def test_mnp208_a_queue_has_one_architecture(
    types: tuple[object, ...], expected: list[str]
) -> None:
    assert behind_one_queue(*types) == expected


def test_mnp208_leaves_an_environment_that_mixes_by_itself_to_mnp110() -> None:
    assert ids(environment(instance_types=(INSTANCE_TYPE, ARM))) == ["MNP110"]
