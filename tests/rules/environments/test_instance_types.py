"""Which instance types an environment may list together, and how they are looked up."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    INSTANCE_TYPE,
    definition,
    environment,
    findings,
    ids,
    node_group,
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
        environment(id=f"Stack/Environment{number}", instance_types=(each,))
        for number, each in enumerate(types)
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


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, "x99.large"), ["MNP115"], id="a type of no known family"),
        pytest.param((INSTANCE_TYPE, "c5.19xlarge"), ["MNP115"], id="no such size"),
        pytest.param((INSTANCE_TYPE, "x99"), ["MNP109", "MNP115"], id="no such family"),
        pytest.param((INSTANCE_TYPE, "p3.16xlarge"), [], id="it exists, of which no more is known"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown name"),
        pytest.param(UNKNOWN, [], id="unknown names"),
    ],
)
def test_mnp115_listed_types_are_known(types: object, expected: list[str]) -> None:
    assert ids(environment(instance_types=types)) == expected


def test_mnp115_families_and_bundles_are_no_unknown_types() -> None:
    for each in ("c5", "p3", "u-6tb1", "optimal", "default_x86_64"):
        assert "MNP115" not in ids(environment(instance_types=(each,)))


def test_mnp115_a_new_type_is_a_warning_that_says_how_to_give_its_facts() -> None:
    (finding,) = findings(environment(instance_types=(INSTANCE_TYPE, "c5.19xlarge")))
    assert finding.severity is Severity.WARNING
    for each in ("instances refresh", "CDK_BATCH_MNP_INSTANCES", "vcpus_per_node"):
        assert each in finding.fix
    assert finding.fix.endswith("Perhaps c5.9xlarge is meant.")


@pytest.mark.parametrize("name", ["C5.18xlarge", "c5.18 xlarge", "c5.", ".large", "c5,large"])
def test_mnp115_what_is_no_name_of_a_type_is_an_error(name: str) -> None:
    told = [
        each
        for each in findings(environment(instance_types=(INSTANCE_TYPE, name)))
        if each.rule.id == "MNP115"
    ]
    assert [each.severity for each in told] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("c5.19xlarge", ["MNP327"], id="no such size of a known family"),
        pytest.param("C5.18xlarge", ["MNP107", "MNP327"], id="no name of a type"),
        pytest.param(INSTANCE_TYPE, [], id="a known one"),
        pytest.param("m5", [], id="a family is not looked into"),
        pytest.param(UNKNOWN, [], id="an unknown one"),
        pytest.param(None, ["MNP325"], id="none at all"),
    ],
)
def test_mnp327_the_jobs_type_is_known(name: object, expected: list[str]) -> None:
    job = definition(node_groups=(node_group(container_instance_type=name),))
    assert ids(job, environment(instance_types=("c5",))) == expected


def test_mnp327_of_a_new_family_the_environment_tells_alone() -> None:
    job = definition(node_groups=(node_group(container_instance_type="x99.large"),))
    assert ids(job, environment(instance_types=("x99.large",))) == ["MNP115"]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, "t3.2xlarge"), ["MNP403"], id="a burstable type"),
        pytest.param((INSTANCE_TYPE, "m7i-flex.2xlarge"), ["MNP403"], id="a flex type"),
        pytest.param((INSTANCE_TYPE, "t3"), ["MNP109", "MNP403"], id="a burstable family"),
        pytest.param((INSTANCE_TYPE, "m5.large"), [], id="the types that can"),
        pytest.param((INSTANCE_TYPE, "x99.large"), ["MNP115"], id="no facts"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown type"),
    ],
)
def test_mnp403_types_support_a_cluster_placement_group(
    types: tuple[object, ...], expected: list[str]
) -> None:
    assert ids(environment(instance_types=types)) == expected


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(None, id="no group"),
        pytest.param(UNKNOWN, id="an unknown group"),
        pytest.param(PlacementGroup(id="Group", strategy=UNKNOWN), id="an unknown strategy"),
        pytest.param(PlacementGroup(id="Group", strategy="spread"), id="another strategy"),
    ],
)
def test_mnp403_needs_a_cluster_placement_group(group: object) -> None:
    other = environment(instance_types=(INSTANCE_TYPE, "t3.2xlarge"), placement_group=group)
    assert "MNP403" not in ids(other)


def test_mnp403_is_an_error_only_if_no_type_can_be_launched() -> None:
    def severities(*types: object) -> list[Severity]:
        job = definition(node_groups=(node_group(container_instance_type="t3.2xlarge"),))
        told = findings(job, environment(instance_types=types))
        return [each.severity for each in told if each.rule.id == "MNP403"]

    assert severities("t3.2xlarge", "t2.micro") == [Severity.ERROR]
    assert severities("t3.2xlarge", INSTANCE_TYPE) == [Severity.WARNING]
    assert severities("t3.2xlarge", UNKNOWN) == [Severity.WARNING]


def test_a_family_is_all_of_its_types_with_facts_or_without() -> None:
    few = Catalogue({"c5.large": InstanceType(name="c5.large", vcpus=2)})
    assert few.family("c5") == ("c5.large",)
    assert few.family("c") == ()
    assert "p3.16xlarge" in default_catalogue().family("p3")
