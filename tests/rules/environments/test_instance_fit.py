"""What the containers of a node may ask for on an instance type."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.instances.memory import container_memory_mib
from cdk_batch_mnp.model.container import Container, ResourceRequirement
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from tests.rules.setups import (
    INSTANCE_TYPE,
    container,
    containing,
    definition,
    environment,
    findings,
    ids,
    launch_template,
    node_group,
    requirements,
    setup,
    with_template,
)

NOMINAL_MIB = 147_456
"""Memory of the right setup's c5.18xlarge."""
SAFE_MIB = 139_795
GPU = "p4d.24xlarge"


def asking(**amounts: object) -> Container:
    """A container that requests these amounts, any of which may be unknown."""
    return container(
        requirements=tuple(
            ResourceRequirement(type=kind, value=value)  # type: ignore[arg-type]
            for kind, value in amounts.items()
        )
    )


def job(*containers: object, instance_type: object = INSTANCE_TYPE) -> JobDefinition:
    """A job of one group with these containers on each node."""
    group = node_group(containers=containers, container_instance_type=instance_type)
    return definition(node_groups=(group,))


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        pytest.param([asking(VCPU="73", MEMORY="1024")], ["MNP312"], id="a vCPU too many"),
        pytest.param([asking(VCPU="72", MEMORY="1024")], [], id="all vCPUs are the limit"),
        pytest.param(
            [asking(VCPU="72", MEMORY=str(SAFE_MIB + 1))], ["MNP312"], id="memory that may be there"
        ),
        pytest.param([asking(VCPU="72", MEMORY=str(SAFE_MIB))], [], id="all safe memory"),
        pytest.param(
            [asking(VCPU="72", MEMORY=str(NOMINAL_MIB))], ["MNP312"], id="all nominal memory"
        ),
        pytest.param([asking(VCPU="72", MEMORY="1024", GPU="1")], ["MNP312"], id="no GPUs at all"),
        pytest.param(
            [asking(VCPU="40", MEMORY="1024"), asking(VCPU="33", MEMORY="1024")],
            ["MNP312"],
            id="two containers together",
        ),
        pytest.param(
            [asking(VCPU="40", MEMORY="1024"), asking(VCPU="32", MEMORY="1024")],
            [],
            id="two that fill it",
        ),
        pytest.param([asking(VCPU=UNKNOWN, MEMORY="1024")], [], id="unknown vCPUs"),
        pytest.param([asking(VCPU="72", MEMORY=UNKNOWN)], [], id="unknown memory"),
        pytest.param(
            [asking(VCPU="72", MEMORY="1024", GPU=UNKNOWN)],
            ["MNP312"],
            id="an unknown number of GPUs",
        ),
        pytest.param([asking(VCPU="72", MEMORY="1024"), UNKNOWN], [], id="an unknown container"),
        pytest.param([container(requirements=UNKNOWN)], [], id="unknown requirements"),
        pytest.param(
            [asking(VCPU="73", MEMORY="1024"), UNKNOWN],
            ["MNP312"],
            id="too much, whatever the unknown one requests",
        ),
    ],
)
def test_mnp312_a_node_fits_on_its_instance(containers: list[object], expected: list[str]) -> None:
    assert ids(job(*containers)) == expected


@pytest.mark.parametrize("name", [UNKNOWN, "x99.large", None], ids=["unknown", "no facts", "none"])
def test_mnp312_needs_the_facts_of_the_type(name: object) -> None:
    large = job(asking(VCPU="1000", MEMORY="1024"), instance_type=name)
    assert "MNP312" not in ids(large)


def test_mnp312_uncertain_memory_is_a_warning_and_certain_lack_an_error() -> None:
    def severity(mib: int) -> Severity:
        (finding,) = findings(containing(requirements=requirements(VCPU="72", MEMORY=str(mib))))
        return finding.severity

    facts = default_catalogue().find(INSTANCE_TYPE)
    assert facts is not None
    assert (facts.memory_mib, container_memory_mib(facts)) == (NOMINAL_MIB, SAFE_MIB)
    assert severity(SAFE_MIB + 1) is Severity.WARNING
    # The agent keeps 32 MiB in any case.
    assert severity(NOMINAL_MIB - 32) is Severity.WARNING
    assert severity(NOMINAL_MIB - 31) is Severity.ERROR


def test_mnp312_counts_gpus() -> None:
    def amounts(gpus: int) -> list[object]:
        given = container(requirements=requirements(VCPU="96", MEMORY="4096", GPU=str(gpus)))
        found = findings(job(given, instance_type=GPU), environment(instance_types=(GPU,)))
        return [each.actual for each in found if each.rule.id == "MNP312"]

    assert amounts(8) == []
    assert amounts(9) == ["9 GPUs"]


def test_mnp312_knows_nothing_of_a_share_of_a_gpu() -> None:
    given = container(requirements=requirements(VCPU="4", MEMORY="4096", GPU="1"))
    name = "g6f.xlarge"
    assert "MNP312" not in ids(job(given, instance_type=name), environment(instance_types=(name,)))


def test_mnp312_is_the_definitions_own_affair() -> None:
    large = job(asking(VCPU="73", MEMORY="1024"))
    report = check(setup(large))
    (finding,) = report.findings
    assert (finding.resource_id, str(finding.property_path)) == (
        "Stack/Job",
        "nodeProperties.nodeRangeProperties[0].container.resourceRequirements",
    )


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param(("m5.large",), ["MNP117"], id="one type, too small"),
        pytest.param(("m5.large", "c5.large"), ["MNP117", "MNP325"], id="all types too small"),
        pytest.param(("m5.large", INSTANCE_TYPE), ["MNP325"], id="one is large enough"),
        pytest.param((INSTANCE_TYPE,), [], id="it just fits"),
        pytest.param(("m5.large", UNKNOWN), ["MNP325"], id="an unknown type may be large enough"),
        pytest.param(UNKNOWN, [], id="as may unknown types"),
        pytest.param(("m5", "c5.large"), ["MNP325"], id="and some type of a family"),
        pytest.param(("x99.large",), ["MNP115"], id="and a new one"),
    ],
)
def test_mnp117_a_job_without_a_type_needs_one_that_holds_a_node(
    types: object, expected: list[str]
) -> None:
    anywhere = job(asking(VCPU="72", MEMORY="1024"), instance_type=None)
    assert ids(anywhere, environment(instance_types=types, max_vcpus=1000)) == expected


@pytest.mark.parametrize(
    ("types", "amounts", "expected"),
    [
        pytest.param(("c6i", "r6i"), {"GPU": "1"}, ["MNP117"], id="families without GPUs"),
        pytest.param(("optimal",), {"GPU": "1"}, ["MNP117"], id="optimal has none either"),
        pytest.param(("default_arm64",), {"GPU": "1"}, ["MNP117"], id="nor has a bundle"),
        pytest.param(("c6i", "g5"), {"GPU": "4"}, [], id="one family with GPUs is enough"),
        pytest.param(("g5",), {"GPU": "8"}, [], id="all GPUs of the largest type"),
        pytest.param(("g5",), {"GPU": "9"}, ["MNP117"], id="a GPU too many"),
        pytest.param(("g6f",), {"GPU": "1"}, [], id="a share of a GPU"),
        pytest.param(("c5",), {"VCPU": "96"}, [], id="all vCPUs of the largest type"),
        pytest.param(("c5",), {"VCPU": "97"}, ["MNP117"], id="a vCPU too many"),
        pytest.param(("c5", "c6i"), {"VCPU": "97"}, [], id="another family has more"),
        pytest.param(("c5",), {"MEMORY": "300000"}, ["MNP117"], id="too much memory"),
        pytest.param(("optimal",), {"VCPU": "150"}, [], id="a newer family than documented"),
        pytest.param(("optimal",), {"VCPU": "1000"}, ["MNP117"], id="more than any general type"),
        pytest.param(("p3",), {"GPU": "99"}, [], id="a family without facts"),
        pytest.param(("x99",), {"GPU": "1"}, [], id="a family that the catalogue does not list"),
        pytest.param(("c6i", UNKNOWN), {"GPU": "1"}, [], id="an unknown entry may have GPUs"),
        pytest.param(UNKNOWN, {"GPU": "1"}, [], id="as may an unknown list"),
        pytest.param(("c6i",), {"GPU": UNKNOWN}, ["MNP117"], id="an unknown number of GPUs"),
        pytest.param(("optimal",), {"GPU": UNKNOWN}, ["MNP117"], id="of them in a bundle"),
        pytest.param(("c6i", "g5"), {"GPU": UNKNOWN}, [], id="of them in some family"),
        pytest.param(("c6i",), {"VCPU": UNKNOWN}, [], id="an unknown number of vCPUs"),
    ],
)
def test_mnp117_takes_every_type_of_families_and_bundles(
    types: object, amounts: dict[str, object], expected: list[str]
) -> None:
    asked = asking(**{"VCPU": "2", "MEMORY": "1024", **amounts})
    found = ids(job(asked, instance_type=None), environment(instance_types=types, max_vcpus=9999))
    assert [each for each in found if each == "MNP117"] == expected


def test_mnp117_says_what_a_family_has_at_most() -> None:
    anywhere = job(asking(VCPU="4", MEMORY="1024", GPU="1"), instance_type=None)
    found = findings(anywhere, environment(instance_types=("c5", "m5.large")))
    (finding,) = [each for each in found if each.rule.id == "MNP117"]
    assert finding.actual == "c5 has at most 0 of 1 GPUs, m5.large has 2 of 4 vCPUs"
    # A c7i has enough vCPUs, and an x2idn enough memory.
    both = job(asking(VCPU="190", MEMORY="1500000"), instance_type=None)
    found = findings(both, environment(instance_types=("c7i", "x2idn"), max_vcpus=9999))
    (finding,) = [each for each in found if each.rule.id == "MNP117"]
    assert "c7i has at most" in str(finding.actual)


def test_mnp117_an_own_catalogue_of_few_types_does_not_show_what_a_bundle_covers() -> None:
    few = Catalogue({"c5.large": InstanceType(name="c5.large", vcpus=2, memory_mib=4096, gpus=0)})
    large = job(asking(VCPU="72", MEMORY="1024"), instance_type=None)
    for types in (("optimal",), ("default_arm64",)):
        given = setup(large, environment(instance_types=types))
        assert "MNP117" not in [finding.rule.id for finding in check(given, catalogue=few).findings]
    vcpus_alone = Catalogue({"x99.large": InstanceType(name="x99.large", vcpus=2)})
    given = setup(large, environment(instance_types=("x99",)))
    assert "MNP117" not in [
        finding.rule.id for finding in check(given, catalogue=vcpus_alone).findings
    ]


def test_mnp117_says_what_each_type_lacks() -> None:
    anywhere = job(asking(VCPU="4", MEMORY="1024", GPU="1"), instance_type=None)
    found = findings(anywhere, environment(instance_types=("m5.large", "c5.xlarge")))
    (finding,) = [each for each in found if each.rule.id == "MNP117"]
    assert finding.actual == "m5.large has 2 of 4 vCPUs, c5.xlarge has 0 of 1 GPUs"


def test_mnp117_scarce_memory_is_not_certainly_too_little() -> None:
    anywhere = job(asking(VCPU="72", MEMORY=str(SAFE_MIB + 1)), instance_type=None)
    assert ids(anywhere) == []


@pytest.mark.parametrize(
    "instance_type", [INSTANCE_TYPE, None], ids=["named", "of the environment"]
)
@pytest.mark.parametrize(
    ("vcpus", "changes", "expected"),
    [
        pytest.param("37", {"threads_per_core": 1}, ["MNP117"], id="more than the cores"),
        pytest.param("36", {"threads_per_core": 1}, [], id="every core"),
        pytest.param(UNKNOWN, {"threads_per_core": 1}, [], id="unknown vCPUs"),
        pytest.param("72", {"threads_per_core": 2}, [], id="two threads on each core"),
        pytest.param("72", {"threads_per_core": None}, [], id="as the type has them"),
        pytest.param("72", {"threads_per_core": UNKNOWN}, [], id="unknown threads"),
    ],
)
def test_mnp117_one_thread_on_a_core_leaves_as_many_vcpus_as_cores(
    instance_type: object, vcpus: object, changes: dict[str, Any], expected: list[str]
) -> None:
    asked = job(asking(VCPU=vcpus, MEMORY="100000"), instance_type=instance_type)
    assert ids(asked, with_template(**changes)) == expected


def test_mnp117_leaves_to_mnp312_what_fits_with_no_number_of_threads() -> None:
    too_many = job(asking(VCPU="73", MEMORY="1024"))
    assert ids(too_many, with_template(threads_per_core=1)) == ["MNP312"]
    overridden = environment(
        launch_template=launch_template(threads_per_core=1), has_template_overrides=True
    )
    assert ids(job(asking(VCPU="72", MEMORY="1024")), overridden) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(asking(VCPU="35", MEMORY="1024"), ["MNP313"], id="less than half"),
        pytest.param(asking(VCPU="36", MEMORY="1024"), [], id="half the vCPUs are the limit"),
        pytest.param(
            asking(VCPU="1", MEMORY=str(NOMINAL_MIB // 2)), [], id="so is half the memory"
        ),
        pytest.param(asking(VCPU="1", MEMORY=UNKNOWN), [], id="unknown memory may be all"),
        pytest.param(asking(VCPU=UNKNOWN, MEMORY="4"), [], id="unknown vCPUs may be all"),
        pytest.param(asking(VCPU="1", MEMORY="4", GPU=UNKNOWN), ["MNP312"], id="unknown GPUs"),
        pytest.param(container(requirements=UNKNOWN), [], id="unknown requirements"),
        pytest.param(UNKNOWN, [], id="an unknown container"),
    ],
)
def test_mnp313_a_node_uses_half_of_its_instance(given: object, expected: list[str]) -> None:
    assert ids(job(given)) == expected


@pytest.mark.parametrize(
    ("gpus", "expected"), [("3", ["MNP313"]), ("4", []), ("8", [])], ids=["3 of 8", "4", "all"]
)
def test_mnp313_gpus_count_as_use(gpus: str, expected: list[str]) -> None:
    given = job(asking(VCPU="1", MEMORY="4", GPU=gpus), instance_type=GPU)
    reported = ids(given, environment(instance_types=(GPU,), max_vcpus=1000))
    assert [each for each in reported if each == "MNP313"] == expected


def test_mnp313_a_small_main_node_beside_large_workers_is_not_waste() -> None:
    main = node_group(target_nodes="0", containers=(asking(VCPU="1", MEMORY="512"),))
    workers = node_group(target_nodes="1:", path="nodeProperties.nodeRangeProperties[1]")
    assert ids(definition(node_groups=(main, workers))) == []
    assert ids(definition(node_groups=(main, UNKNOWN))) == []


def test_mnp313_says_nothing_of_cheap_instances() -> None:
    demo = job(asking(VCPU="1", MEMORY="512"), instance_type="c5.xlarge")
    assert ids(demo, environment(instance_types=("c5.xlarge",))) == []


def test_facts_that_are_missing_from_the_users_own_catalogue_keep_the_rules_silent() -> None:
    little = Catalogue({INSTANCE_TYPE: InstanceType(name=INSTANCE_TYPE, vcpus=72)})
    large = job(asking(VCPU="72", MEMORY="999999", GPU="9"))
    assert check(setup(large), catalogue=little).findings == ()
    assert [
        finding.rule.id
        for finding in check(setup(job(asking(VCPU="73", MEMORY="1"))), catalogue=little).findings
        if finding.rule.id == "MNP312"
    ] == ["MNP312"]
