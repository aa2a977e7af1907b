"""Whether an environment can take the whole job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.container import ResourceRequirement
from cdk_batch_mnp.model.node_group import NODE_RANGES
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.environments.environment_fit import can_launch
from tests.rules.setups import (
    INSTANCE_TYPE,
    NUM_NODES,
    VCPUS,
    container,
    definition,
    environment,
    findings,
    groups,
    ids,
    node_group,
    queue,
    requirements,
)

ALL = NUM_NODES * VCPUS


def naming(instance_type: Any, **changes: Any) -> Any:
    """A definition whose nodes are of this type, whatever runs on them."""
    return definition(
        node_groups=(node_group(container_instance_type=instance_type, containers=UNKNOWN),),
        **changes,
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("EC2", []),
        pytest.param("SPOT", ["MNP101"]),
        pytest.param("ECS_MANAGED_INSTANCES", ["MNP101"]),
        pytest.param("FARGATE", ["MNP102"]),
        pytest.param("FARGATE_SPOT", ["MNP102"]),
        pytest.param("QUANTUM", [], id="a kind of the future"),
        pytest.param(None, [], id="left out"),
        (UNKNOWN, []),
    ],
)
def test_mnp101_and_mnp102_kind_of_environment(kind: Any, expected: list[str]) -> None:
    assert ids(environment(type=kind)) == expected


@pytest.mark.parametrize(
    ("management", "expected"),
    [pytest.param("UNMANAGED", ["MNP103"]), ("MANAGED", []), (UNKNOWN, [])],
)
def test_mnp103_managed(management: Any, expected: list[str]) -> None:
    assert ids(environment(management=management)) == expected


def test_an_unmanaged_environment_has_no_compute_resources() -> None:
    bare = environment(
        management="UNMANAGED",
        type=None,
        instance_types=None,
        max_vcpus=None,
        min_vcpus=None,
        launch_template=None,
        launch_template_version=None,
        placement_group=None,
        subnets=(),
        security_groups=None,
    )
    assert ids(bare) == ["MNP103"]


@pytest.mark.parametrize(
    ("is_eks", "form", "expected"),
    [
        (False, "container", []),
        (False, "ecsProperties", []),
        (True, "eksProperties", []),
        (True, "container", ["MNP104"]),
        (True, "ecsProperties", ["MNP104"]),
        (False, "eksProperties", ["MNP104"]),
        (UNKNOWN, "eksProperties", []),
        (UNKNOWN, "container", []),
    ],
)
def test_mnp104_orchestration(is_eks: Any, form: str, expected: list[str]) -> None:
    group = replace(node_group(), kinds=(form,), namespace="solvers")
    cluster = environment(is_eks=is_eks, ec2_configurations=())
    assert ids(definition(node_groups=(group,)), cluster) == expected


def test_mnp104_points_at_the_range_that_is_of_the_other_kind() -> None:
    one, other = groups("0", "1:")
    pod = replace(other, kinds=("eksProperties",), containers=(), namespace="solvers")
    (finding,) = findings(definition(node_groups=(one, pod)))
    assert finding.place == "Stack/Job: nodeProperties.nodeRangeProperties[1]"
    assert finding.expected == "container or ecsProperties"


@pytest.mark.parametrize(
    ("max_vcpus", "expected"),
    [
        pytest.param(ALL - 1, ["MNP106"], id="one too few"),
        pytest.param(VCPUS, ["MNP106"], id="for one node"),
        pytest.param(ALL, [], id="the limit"),
        (UNKNOWN, []),
        (None, []),
    ],
)
def test_mnp106_max_vcpus(max_vcpus: Any, expected: list[str]) -> None:
    assert ids(environment(max_vcpus=max_vcpus)) == expected


@pytest.mark.parametrize(
    ("ranges", "bounds", "nodes"),
    [
        pytest.param(("0:",), (None, None), 1, id="nothing but one node"),
        pytest.param(("0", "1:"), (None, None), 2, id="an open range"),
        pytest.param(("0", "1:3"), (None, None), 4, id="a closed range"),
        pytest.param(("0", "1:3"), (6, 9), 6, id="the MinValue of a parameter"),
        pytest.param((UNKNOWN,), (None, 9), 1, id="an unknown range"),
    ],
)
def test_mnp106_counts_the_nodes_that_are_certain(
    ranges: tuple[str, ...], bounds: tuple[int | None, int | None], nodes: int
) -> None:
    job = definition(
        num_nodes=UNKNOWN, bounds_of_nodes=bounds, node_groups=groups(*ranges), main_node=UNKNOWN
    )
    assert "MNP106" in ids(job, environment(max_vcpus=nodes * VCPUS - 1))
    assert "MNP106" not in ids(job, environment(max_vcpus=nodes * VCPUS))


def test_mnp106_compares_the_max_value_of_a_parameter() -> None:
    for most, expected in ((NUM_NODES * VCPUS, []), (NUM_NODES * VCPUS - 1, ["MNP106"])):
        assert ids(definition(), environment(max_vcpus=UNKNOWN, most_vcpus=most)) == expected


@pytest.mark.parametrize("name", [UNKNOWN, "x99.97xlarge", None], ids=["unknown", "new", "none"])
@pytest.mark.parametrize(
    ("vcpus", "max_vcpus", "expected"),
    [
        pytest.param("32", NUM_NODES * 32 - 1, True, id="less than the containers request"),
        pytest.param("32", NUM_NODES * 32, False, id="as many as they request"),
        pytest.param(UNKNOWN, NUM_NODES - 1, True, id="less than one for each node"),
        pytest.param(UNKNOWN, NUM_NODES, False, id="unknown vCPUs may be one"),
        pytest.param("32", UNKNOWN, False, id="unknown max vCPUs"),
    ],
)
def test_mnp106_instances_of_any_type_have_what_the_containers_request(
    name: Any, vcpus: Any, max_vcpus: Any, expected: bool
) -> None:
    asked = container(requirements=(ResourceRequirement(type="VCPU", value=vcpus),))
    job = definition(node_groups=(node_group(containers=(asked,), container_instance_type=name),))
    found = ids(job, environment(max_vcpus=max_vcpus, instance_types=("x99.97xlarge", "x99")))
    assert ("MNP106" in found) is expected


def test_mnp106_counts_whole_instances_whatever_the_containers_ask_for() -> None:
    smaller = container(requirements=requirements(VCPU="60", MEMORY="120000"))
    job = definition(node_groups=(node_group(containers=(smaller,)),))
    assert ids(job, environment(max_vcpus=NUM_NODES * 60)) == ["MNP106"]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE,), True, id="the one type that is listed"),
        pytest.param(("c5.9xlarge", INSTANCE_TYPE), False, id="the smaller one of two would fit"),
        pytest.param(("c5",), False, id="a family may have smaller ones"),
        pytest.param(("optimal",), False, id="so may a bundle"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), False, id="so may an unknown one"),
        pytest.param(("x99",), False, id="so may a new family"),
        pytest.param((), False, id="no types"),
        pytest.param(None, False, id="no list"),
    ],
)
def test_mnp106_takes_the_smallest_listed_type_where_a_definition_names_none(
    types: Any, expected: bool
) -> None:
    reported = ids(naming(None), environment(max_vcpus=ALL - 1, instance_types=types))
    assert ("MNP106" in reported) is expected


@pytest.mark.parametrize(
    ("types", "amounts", "needed"),
    [
        pytest.param(("c6i",), {"VCPU": "32"}, 4 * 32, id="the type of just as many vCPUs"),
        pytest.param(("c6i",), {"VCPU": "33"}, 4 * 48, id="the next larger one"),
        pytest.param(("g5",), {"VCPU": "32", "GPU": "4"}, 4 * 48, id="with enough GPUs"),
        pytest.param(("g5", "c5"), {"VCPU": "32", "GPU": "4"}, 4 * 48, id="of either family"),
        pytest.param(("c5", "r5"), {"VCPU": "2", "MEMORY": "60000"}, 4 * 8, id="enough memory"),
        pytest.param(("optimal",), {"VCPU": "70"}, 4 * 72, id="of the families of a bundle"),
        pytest.param(("c5.large",), {"VCPU": "70"}, 4 * 70, id="no type fits: what is requested"),
    ],
)
def test_mnp106_takes_the_smallest_type_that_a_node_fits_on(
    types: Any, amounts: dict[str, str], needed: int
) -> None:
    asked = container(requirements=requirements(**{"MEMORY": "1024", **amounts}))
    job = definition(node_groups=(node_group(containers=(asked,), container_instance_type=None),))

    def found(limit: int) -> list[object]:
        given = environment(instance_types=types, max_vcpus=limit)
        return [finding.actual for finding in findings(job, given) if finding.rule.id == "MNP106"]

    assert found(needed - 1) == [f"{needed} vCPUs"]
    assert found(needed) == []


def test_mnp106_adds_up_node_groups_of_different_sizes() -> None:
    def group(target_nodes: str, vcpus: str, position: int) -> Any:
        asked = container(requirements=requirements(VCPU=vcpus, MEMORY="1024"))
        return node_group(
            path=NODE_RANGES / position,
            target_nodes=target_nodes,
            containers=(asked,),
            container_instance_type=None,
        )

    job = definition(node_groups=(group("0:", "70", 0), group("1:2", "3", 1)))
    found = findings(job, environment(instance_types=("c5",), max_vcpus=2 * 72 + 2 * 4 - 1))
    (finding,) = [each for each in found if each.rule.id == "MNP106"]
    assert finding.actual == "152 vCPUs"
    assert "4 nodes, which need at least 152 vCPUs" in finding.message
    unknown = definition(node_groups=(group("0:", "70", 0), UNKNOWN))
    assert "MNP106" not in ids(unknown, environment(instance_types=("c5",), max_vcpus=8))


def test_mnp106_says_what_to_set() -> None:
    (finding,) = findings(environment(max_vcpus=72))
    assert (finding.actual, finding.expected) == ("288 vCPUs", "at most 72 vCPUs")
    assert "to 288" in finding.fix
    assert finding.place == "Stack/Job: nodeProperties.numNodes"


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param(("c5.9xlarge",), ["MNP107"], id="another size"),
        pytest.param(("c5n", "m5"), ["MNP107"], id="other families"),
        pytest.param(("default_arm64",), ["MNP107"], id="a bundle of the other architecture"),
        pytest.param((INSTANCE_TYPE,), [], id="the type"),
        pytest.param(("c5",), [], id="its family"),
        pytest.param(("optimal",), [], id="optimal"),
        pytest.param(("default_x86_64",), [], id="its bundle"),
        pytest.param(("c5.9xlarge", UNKNOWN), [], id="one unknown type"),
        pytest.param((), [], id="an empty list"),
        pytest.param(None, [], id="no list"),
        pytest.param(UNKNOWN, [], id="an unknown list"),
    ],
)
def test_mnp107_launchable(types: Any, expected: list[str]) -> None:
    assert ids(environment(instance_types=types)) == expected


@pytest.mark.parametrize("name", [None, UNKNOWN])
def test_mnp107_needs_the_definitions_type(name: Any) -> None:
    assert ids(naming(name), environment(instance_types=("m5.large",), max_vcpus=ALL)) == []


@pytest.mark.parametrize(
    ("listed", "instance_type", "expected"),
    [
        ("optimal", "c4.8xlarge", True),
        ("optimal", "m5.large", True),
        ("optimal", "r6a.large", True),
        ("optimal", "c7i-flex.large", True),
        ("optimal", "c5.metal", True),
        ("default_x86_64", "c7i.48xlarge", True),
        ("default_arm64", "c7g.16xlarge", True),
        ("optimal", "c7g.16xlarge", False),
        ("default_arm64", "c7i.48xlarge", False),
        ("optimal", "c5n.18xlarge", False),
        ("optimal", "m5d.large", False),
        ("optimal", "p4d.24xlarge", False),
        ("optimal", "hpc7a.96xlarge", False),
        ("default_arm64", "hpc7g.16xlarge", False),
        ("c5", "c5n.18xlarge", False),
        ("c5n", "c5n.18xlarge", True),
        ("c5n.18xlarge", "c5n.18xlarge", True),
        ("c5", "optimal", UNKNOWN),
        ("c5", "m5", UNKNOWN),
    ],
)
def test_an_entry_of_the_instance_types_launches(
    listed: str, instance_type: str, expected: object
) -> None:
    assert can_launch(environment(instance_types=(listed,)), instance_type) is expected


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, "optimal"), ["MNP109"], id="optimal, as the stock L2s add it"),
        pytest.param((INSTANCE_TYPE, "c5"), ["MNP109"], id="the type's family"),
        pytest.param((INSTANCE_TYPE, "m5"), ["MNP109"], id="another family"),
        pytest.param((INSTANCE_TYPE,), [], id="the type alone"),
        pytest.param((INSTANCE_TYPE, "c5.9xlarge"), [], id="another exact type"),
        pytest.param(("c5", "optimal"), [], id="no exact type"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown type"),
        pytest.param(UNKNOWN, [], id="an unknown list"),
    ],
)
def test_mnp109_needless_types(types: Any, expected: list[str]) -> None:
    assert ids(environment(instance_types=types)) == expected


SMALLER = naming("c5.9xlarge", id="Stack/Smaller")


@pytest.mark.parametrize(
    ("other", "types", "expected"),
    [
        pytest.param(SMALLER, (INSTANCE_TYPE, "c5"), [], id="names a type of the family"),
        pytest.param(SMALLER, (INSTANCE_TYPE, "c5", "m5"), ["MNP109"], id="of one of two families"),
        pytest.param(
            SMALLER, (INSTANCE_TYPE, "c5.9xlarge", "c5"), ["MNP109"], id="names a listed type"
        ),
        pytest.param(
            naming(UNKNOWN, id="Stack/Other"), (INSTANCE_TYPE, "c5"), [], id="may name any type"
        ),
        pytest.param(
            definition(id="Stack/Single", type="container", node_groups=()),
            (INSTANCE_TYPE, "optimal"),
            [],
            id="is of a single node, and may run on any type",
        ),
    ],
)
def test_mnp109_leaves_what_another_definition_may_need(
    other: Any, types: tuple[str, ...], expected: list[str]
) -> None:
    assert ids(definition(), other, environment(instance_types=types)) == expected


def test_mnp109_leaves_the_family_that_the_job_itself_names() -> None:
    assert "MNP109" not in ids(naming("c5"), environment(instance_types=("c5",)))


def test_mnp109_says_which_to_remove() -> None:
    (finding,) = findings(environment(instance_types=("optimal", INSTANCE_TYPE, "m5")))
    assert finding.resource_id == "Stack/Environment"
    assert finding.actual == "optimal, m5"


def test_an_environment_of_another_kind_is_not_measured() -> None:
    spot = environment(type="SPOT", max_vcpus=1, instance_types=("m5.large",), placement_group=None)
    assert ids(queue(spot)) == ["MNP101"]
