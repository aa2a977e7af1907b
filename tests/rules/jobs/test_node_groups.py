"""What the node groups of a definition may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NODE_RANGES, NodeGroup
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.rules.checking import check
from tests.rules.setups import (
    INSTANCE_TYPE,
    NUM_NODES,
    VCPUS,
    definition,
    environment,
    findings,
    groups,
    ids,
    node_group,
)

five = ("0", "1", "2", "3", "4:")


def alone(job: JobDefinition) -> list[str]:
    """Return the ids that a definition breaks in a setup without queues."""
    return sorted({finding.rule.id for finding in check(MnpSetup(job_definitions=(job,))).findings})


def roomy(nodes: int = 10_000) -> ComputeEnvironment:
    """An environment for many nodes."""
    return environment(max_vcpus=nodes * VCPUS)


@pytest.mark.parametrize(
    ("node_groups", "expected"),
    [
        pytest.param((), ["MNP301"], id="none breaks it"),
        pytest.param(groups(*five[:-1], "4", "5:"), ["MNP301"], id="six break it"),
        pytest.param((UNKNOWN,) * 6, ["MNP301"], id="six unknown groups are still six"),
        pytest.param(groups(*five), [], id="five are the limit"),
        pytest.param(groups(":"), [], id="one is enough"),
        pytest.param(UNKNOWN, [], id="an unknown list may have any length"),
    ],
)
def test_mnp301_one_to_five_node_groups(node_groups: object, expected: list[str]) -> None:
    assert ids(definition(num_nodes=6, node_groups=node_groups), roomy()) == expected


@pytest.mark.parametrize(
    ("num_nodes", "expected"),
    [
        pytest.param(1001, ["MNP302"], id="1001 nodes break it"),
        pytest.param(0, ["MNP302"], id="no node breaks it"),
        pytest.param(-2, ["MNP302"], id="fewer than none, as the stock constructs count 5:2"),
        pytest.param(1000, [], id="1000 are the limit"),
        pytest.param(UNKNOWN, [], id="a parameter may be any number"),
        pytest.param(None, ["MNP302"], id="the API requires it"),
    ],
)
def test_mnp302_one_to_1000_nodes(num_nodes: object, expected: list[str]) -> None:
    assert ids(definition(num_nodes=num_nodes), roomy()) == expected


def test_mnp302_can_be_acknowledged_where_the_quota_was_raised() -> None:
    large = definition(num_nodes=2000, acknowledged={"MNP302": "our quota is 5000"})
    assert ids(large, roomy()) == []


@pytest.mark.parametrize(
    ("main_node", "num_nodes", "expected"),
    [
        pytest.param(7, 4, ["MNP303"], id="main node 7 of 4 breaks it"),
        pytest.param(4, 4, ["MNP303"], id="the number of nodes is no index"),
        pytest.param(-1, 4, ["MNP303"], id="a negative index breaks it"),
        pytest.param(-1, UNKNOWN, ["MNP303"], id="a negative index is never one"),
        pytest.param(3, 4, [], id="the last node is the limit"),
        pytest.param(UNKNOWN, 4, [], id="an unknown index may be right"),
        pytest.param(7, UNKNOWN, [], id="an unknown number of nodes may be large enough"),
        pytest.param(1, 1, ["MNP303"], id="a single node has the index 0"),
        pytest.param(None, 4, ["MNP303"], id="the API requires it"),
        pytest.param(7, 0, ["MNP302"], id="without nodes, that is what is wrong"),
        pytest.param(-1, 0, ["MNP302", "MNP303"], id="a negative index is never one, even so"),
    ],
)
def test_mnp303_the_main_node_is_a_node(
    main_node: object, num_nodes: object, expected: list[str]
) -> None:
    assert ids(definition(main_node=main_node, num_nodes=num_nodes)) == expected


def test_mnp303_says_the_indexes_that_there_are() -> None:
    (finding,) = findings(definition(main_node=7))
    assert (finding.actual, finding.expected) == (7, "0 to 3")


def with_types(*types: Any) -> tuple[NodeGroup, ...]:
    """A group of one node for each type, the last for all further nodes."""
    ranges = [str(index) for index in range(len(types) - 1)] + [f"{len(types) - 1}:"]
    return tuple(
        replace(group, container_instance_type=instance_type)
        for group, instance_type in zip(groups(*ranges), types, strict=True)
    )


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, "c5.9xlarge"), ["MNP307"], id="two types break it"),
        pytest.param(("c5.9xlarge", UNKNOWN, INSTANCE_TYPE), ["MNP307"], id="two known ones"),
        pytest.param((INSTANCE_TYPE, INSTANCE_TYPE), [], id="twice the same"),
        pytest.param((INSTANCE_TYPE, None), [], id="a group that names none"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown type may be the same"),
    ],
)
def test_mnp307_all_groups_name_one_type(types: tuple[object, ...], expected: list[str]) -> None:
    assert ids(definition(node_groups=with_types(*types))) == expected


def test_mnp307_the_type_may_stand_in_either_place() -> None:
    first, second = groups("0", "1:")
    other_place = replace(second, container_instance_type=None, instance_types=(INSTANCE_TYPE,))
    assert ids(definition(node_groups=(first, other_place))) == []
    other_type = replace(other_place, instance_types=("c5.9xlarge",))
    assert ids(definition(node_groups=(first, other_type))) == ["MNP307"]


@pytest.mark.parametrize(
    ("listed", "in_container", "expected"),
    [
        pytest.param((INSTANCE_TYPE, "c5.9xlarge"), None, ["MNP308"], id="two types break it"),
        pytest.param((UNKNOWN, UNKNOWN), None, ["MNP308"], id="two unknown types are still two"),
        pytest.param(("c5.9xlarge",), INSTANCE_TYPE, ["MNP308"], id="a contradiction breaks it"),
        pytest.param((INSTANCE_TYPE,), None, [], id="one is the limit"),
        pytest.param((INSTANCE_TYPE,), INSTANCE_TYPE, [], id="the same in both places"),
        pytest.param((), INSTANCE_TYPE, [], id="an empty list contradicts nothing"),
        pytest.param((UNKNOWN,), INSTANCE_TYPE, [], id="an unknown type may be the same"),
        pytest.param((INSTANCE_TYPE,), UNKNOWN, [], id="so may the container's"),
        pytest.param(UNKNOWN, INSTANCE_TYPE, [], id="an unknown list"),
    ],
)
def test_mnp308_a_group_names_its_type_once(
    listed: object, in_container: object, expected: list[str]
) -> None:
    group = node_group(instance_types=listed, container_instance_type=in_container)
    assert ids(definition(node_groups=(group,))) == expected


def test_mnp310_what_a_single_node_runs_has_no_place_beside_node_groups() -> None:
    (finding,) = findings(definition(single_node_kinds=("containerProperties",)))
    assert (finding.rule.id, finding.severity) == ("MNP310", Severity.WARNING)
    assert str(finding.property_path) == "containerProperties"
    single = definition(
        type="container", node_groups=(), single_node_kinds=("containerProperties",)
    )
    assert ids(single) == []


@pytest.mark.parametrize(
    ("kinds", "possible_kinds", "expected"),
    [
        pytest.param((), (), ["MNP310"], id="none breaks it"),
        pytest.param(("container", "ecsProperties"), (), ["MNP310"], id="two break it"),
        pytest.param(("container",), (), [], id="a container"),
        pytest.param((), ("container", "ecsProperties"), [], id="a condition may choose between"),
        pytest.param(("container",), ("eksProperties",), [], id="an unknown one may not be there"),
    ],
)
def test_mnp310_a_group_has_one_container_kind(
    kinds: tuple[str, ...], possible_kinds: tuple[str, ...], expected: list[str]
) -> None:
    group = node_group(kinds=kinds, possible_kinds=possible_kinds)
    assert ids(definition(node_groups=(group,))) == expected


def test_mnp310_says_what_is_there() -> None:
    (none,) = findings(definition(node_groups=(node_group(kinds=()),)))
    (two,) = findings(definition(node_groups=(node_group(kinds=("container", "ecsProperties")),)))
    assert (none.actual, two.actual) == ("none", "container, ecsProperties")


def test_mnp310_reads_a_member_behind_a_condition_as_possible() -> None:
    read = NodeGroup.read(
        ApiStruct(
            {"targetNodes": "0:", "container": {"image": "solver"}, "ecsProperties": PERHAPS}
        ),
        NODE_RANGES / 0,
    )
    assert (read.kinds, read.possible_kinds) == (("container",), ("ecsProperties",))


@pytest.mark.parametrize(
    ("num_nodes", "ranges", "expected"),
    [
        pytest.param(1, ("0",), ["MNP309", "MNP319"], id="one node for ever breaks it"),
        pytest.param(1, ("0:",), [], id="one node, of which a submission can ask for more"),
        pytest.param(2, ("0", "1:"), [], id="two are the limit"),
        pytest.param(1, (UNKNOWN,), [], id="an unknown range may be open"),
        pytest.param(UNKNOWN, ("0", "1:"), [], id="an unknown number of nodes"),
        pytest.param(1, ("nonsense",), ["MNP305"], id="a range that is none says nothing"),
    ],
)
def test_mnp319_at_least_two_nodes(
    num_nodes: object, ranges: tuple[str, ...], expected: list[str]
) -> None:
    assert ids(definition(num_nodes=num_nodes, node_groups=groups(*ranges))) == expected


def test_mnp319_is_silent_about_groups_that_cannot_be_read() -> None:
    assert ids(definition(num_nodes=1, node_groups=UNKNOWN)) == []


def test_mnp319_alone() -> None:
    acknowledged = definition(
        num_nodes=1, node_groups=groups("0:0"), acknowledged={"MNP309": "one size is enough"}
    )
    assert ids(acknowledged) == ["MNP319"]


def eks(*namespaces: Any) -> JobDefinition:
    """A definition for EKS, with a group for each namespace."""
    ranges = [str(index) for index in range(len(namespaces) - 1)] + [f"{len(namespaces) - 1}:"]
    return definition(
        node_groups=tuple(
            replace(
                group,
                kinds=("eksProperties",),
                containers=(),
                namespace=namespace,
            )
            for group, namespace in zip(groups(*ranges), namespaces, strict=True)
        )
    )


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        pytest.param(("hpc", "training"), ["MNP322"], id="two namespaces break it"),
        pytest.param(("hpc", None), ["MNP322"], id="one range that names none breaks it"),
        pytest.param(("default",), ["MNP322"], id="the default one"),
        pytest.param(("kube-system",), ["MNP322"], id="one of Kubernetes' own"),
        pytest.param(("Training",), ["MNP322"], id="capital letters"),
        pytest.param(("training-",), ["MNP322"], id="a hyphen at the end"),
        pytest.param(("",), ["MNP322"], id="an empty one"),
        pytest.param(("n" * 64,), ["MNP322"], id="64 characters"),
        pytest.param(("n" * 63,), [], id="63 characters are the limit"),
        pytest.param(("hpc", "hpc"), [], id="the same in every range"),
        pytest.param((None, None), [], id="none at all: the environment's"),
        pytest.param(("hpc", UNKNOWN), [], id="an unknown one may be the same"),
    ],
)
def test_mnp322_all_pods_share_a_namespace(
    namespaces: tuple[object, ...], expected: list[str]
) -> None:
    assert alone(eks(*namespaces)) == expected


def test_mnp322_reads_the_namespace_of_the_pods() -> None:
    def of(name: str) -> dict[str, object]:
        amounts = {"limits": {"cpu": "70", "memory": "130000Mi"}}
        solver = {"image": "solver:1", "resources": amounts}
        return {"podProperties": {"metadata": {"namespace": name}, "containers": [solver]}}

    job = JobDefinition.read(
        ApiStruct(
            {
                "Type": "multinode",
                "NodeProperties": {
                    "NumNodes": 4,
                    "MainNode": 0,
                    "NodeRangeProperties": [
                        {"TargetNodes": "0", "EksProperties": of("hpc")},
                        {"TargetNodes": "1:", "EksProperties": of("training")},
                    ],
                },
                "Timeout": {"AttemptDurationSeconds": 3600},
            }
        ),
        id="Job",
    )
    assert alone(job) == ["MNP322"]


without_type = definition(node_groups=(node_group(container_instance_type=None),))


@pytest.mark.parametrize(
    ("job", "types", "expected"),
    [
        pytest.param(without_type, (INSTANCE_TYPE, "c5.9xlarge"), ["MNP325"], id="two types"),
        pytest.param(without_type, ("c5",), ["MNP325"], id="a family is several types"),
        pytest.param(without_type, ("optimal",), ["MNP325"], id="so is optimal"),
        pytest.param(without_type, (INSTANCE_TYPE,), [], id="one exact type is the limit"),
        pytest.param(without_type, UNKNOWN, [], id="an unknown list may have one type"),
        pytest.param(
            without_type, ("c5.large", UNKNOWN), ["MNP325"], id="two types, one of them unknown"
        ),
        pytest.param(definition(), (INSTANCE_TYPE, "c5.9xlarge"), [], id="the type is named"),
        pytest.param(
            definition(node_groups=(node_group(container_instance_type=UNKNOWN),)),
            ("c5",),
            [],
            id="an unknown type is still named",
        ),
    ],
)
def test_mnp325_the_definition_names_its_type(
    job: JobDefinition, types: object, expected: list[str]
) -> None:
    assert ids(job, environment(instance_types=types)) == expected


def test_mnp325_is_silent_where_no_multi_node_job_runs_anyway() -> None:
    spot = environment(type="SPOT", instance_types=("c5",))
    assert ids(without_type, spot) == ["MNP101"]


def test_mnp325_is_silent_about_definitions_whose_groups_cannot_be_read() -> None:
    unread = definition(node_groups=(UNKNOWN,))
    assert ids(unread, environment(instance_types=("c5",))) == []
    assert ids(definition(node_groups=()), environment(instance_types=("c5",))) == ["MNP301"]


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        pytest.param(definition(node_groups=groups(*five[:-1], "4", "5")), "MNP301", id="6 groups"),
        pytest.param(definition(num_nodes=1001), "MNP302", id="1001 nodes"),
        pytest.param(definition(main_node=7, num_nodes=NUM_NODES), "MNP303", id="main node 7 of 4"),
    ],
)
def test_groups_that_the_stock_constructs_let_through(job: JobDefinition, expected: str) -> None:
    assert expected in ids(job)


@pytest.mark.parametrize(
    ("most", "expected"),
    [(None, []), (4, []), (3, ["MNP303"])],
    ids=["no MaxValue", "the limit", "too few"],
)
def test_mnp303_compares_the_max_value_of_a_parameter(
    most: int | None, expected: list[str]
) -> None:
    job = definition(num_nodes=UNKNOWN, bounds_of_nodes=(None, most), main_node=3)
    assert ids(job) == expected


@pytest.mark.parametrize(
    ("bounds", "ranges", "expected"),
    [
        pytest.param((None, 1000), ("0:",), [], id="the limit"),
        pytest.param((1001, None), ("0:",), ["MNP106", "MNP302"], id="a MinValue above it"),
        pytest.param((None, 0), ("0:",), ["MNP302"], id="a MaxValue of none"),
        pytest.param((None, None), ("0:", "1:1000"), ["MNP106", "MNP302"], id="a range above it"),
    ],
)
def test_mnp302_compares_what_is_certain_of_an_unknown_number(
    bounds: tuple[int | None, int | None], ranges: tuple[str, ...], expected: list[str]
) -> None:
    job = definition(num_nodes=UNKNOWN, bounds_of_nodes=bounds, node_groups=groups(*ranges))
    assert ids(job) == expected
