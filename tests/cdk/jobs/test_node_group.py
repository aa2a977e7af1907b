"""NodeGroup and NodeContainer: what no job can have is refused at the line that says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import CfnParameter, Size
from aws_cdk import aws_batch as batch
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp import HostVolume, NodeContainer, NodeGroup
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    container,
    errors_of,
    main_and_workers,
    new_stack,
    properties_of,
    rules,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"image": ""},
        {"image": "  "},
        {"command": []},
        {"command": "mpirun solver"},
        {"memory": Size.mebibytes(3)},
        {"memory": Size.kibibytes(5)},
        {"vcpus": 0},
        {"gpus": 0},
        {"shared_memory_size": Size.mebibytes(0)},
        {
            "volumes": [
                HostVolume(name="one", container_path="/data"),
                HostVolume(name="two", container_path="/data/"),
            ]
        },
    ],
    ids="-".join,
)
def test_a_container_refuses(changes: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    (argument,) = changes
    with pytest.raises(ValueError, match=argument.removesuffix("s")) as refused:
        container(**changes)
    assert str(refused.value) == snapshot


def test_a_variable_is_either_plain_or_a_secret() -> None:
    secret = secretsmanager.Secret(new_stack(), "Secret")
    with pytest.raises(ValueError, match="KEY: both in environment and in secrets"):
        container(
            environment={"KEY": "1"}, secrets={"KEY": batch.Secret.from_secrets_manager(secret)}
        )


@pytest.mark.parametrize(
    "group",
    [
        lambda: NodeGroup("workers", "3:2", container()),
        lambda: NodeGroup("workers", "", container()),
        lambda: NodeGroup("workers", "-1:3", container()),
        lambda: NodeGroup("workers", -1, container()),
        lambda: NodeGroup("workers", "0-3", container()),
        lambda: NodeGroup("", "0", container()),
        lambda: NodeGroup("a:b", "0", container()),
        lambda: NodeGroup("a*", "0", container()),
        lambda: NodeGroup("all", ":", containers={"b/c": container()}),
        lambda: NodeGroup("workers", "1:"),
        lambda: NodeGroup("workers", "1:", container(), containers={"one": container()}),
    ],
    ids=[
        "no node",
        "nothing",
        "-1 to 3",
        "-1",
        "a hyphen",
        "no name",
        "a colon",
        "an asterisk",
        "a slash",
        "no container",
        "both",
    ],
)
def test_a_node_group_refuses(group: Callable[[], NodeGroup], snapshot: SnapshotAssertion) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        group()
    assert str(refused.value) == snapshot


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a b"},
        {"name": ""},
        {"container_path": "scratch"},
    ],
    ids=lambda changes: str(next(iter(changes.values()))) or "no name",
)
def test_a_volume_refuses(changes: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    (argument,) = changes
    with pytest.raises(ValueError, match=argument) as refused:
        HostVolume(**{"name": "tmp", "container_path": "/tmp", **changes})
    assert str(refused.value) == snapshot


@pytest.mark.parametrize(
    "containers",
    [
        pytest.param({"a": container(essential=False), "b": container(essential=False)}, id="none"),
        pytest.param(
            {f"c{n}": container(vcpus=1, memory=Size.mebibytes(64)) for n in range(11)}, id="eleven"
        ),
    ],
)
def test_no_essential_container_or_too_many_containers_are_reported(
    containers: dict[str, NodeContainer],
) -> None:
    stack = new_stack()
    add_definition(stack, node_groups=[NodeGroup("all", ":", containers=containers)])
    assert rules(errors_of(stack)) == ["MNP311"]


def test_nodes_that_only_deployment_knows_are_refused() -> None:
    stack = new_stack()
    for nodes in (
        CfnParameter(stack, "Range").value_as_string,
        CfnParameter(stack, "Index", type="Number").value_as_number,
    ):
        with pytest.raises(ValueError, match="'all': nodes is known only at deployment"):
            NodeGroup("all", nodes, container())  # type: ignore[arg-type]


def test_two_groups_of_one_name_are_refused() -> None:
    groups = [NodeGroup("main", "0", container()), NodeGroup("main", "1:", container())]
    with pytest.raises(
        ValueError, match="Platform/Cluster/Solve: two node groups have the name 'main'"
    ):
        add_job(add_cluster(new_stack()), node_groups=groups)


def test_two_volumes_of_one_name_are_refused() -> None:
    one = HostVolume(name="tmp", container_path="/one", host_path="/mnt/one")
    two = HostVolume(name="tmp", container_path="/two", host_path="/mnt/two")
    group = NodeGroup("all", ":", container(volumes=[one, two]))
    with pytest.raises(ValueError, match=r"^Platform/Solve: .*'all' has two .* named 'tmp'"):
        add_definition(new_stack(), node_groups=[group])


def test_the_vcpus_are_required_if_no_instance_type_is_given() -> None:
    with pytest.raises(
        ValueError, match=r"^Platform/Solve: .*'main': vcpus is left out.*set vcpus"
    ):
        add_definition(new_stack(), instance_type=None)


def test_without_an_instance_type_containers_say_their_size() -> None:
    stack = new_stack()
    sized = container(vcpus=36, memory=Size.mebibytes(65536))
    add_definition(stack, instance_type=None, node_groups=[NodeGroup("all", ":", sized)])
    assert errors_of(stack) == []
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::JobDefinition")
    (group,) = properties["NodeProperties"]["NodeRangeProperties"]
    assert "InstanceType" not in group["Container"]


def test_what_only_deployment_knows_is_neither_right_nor_wrong() -> None:
    stack = new_stack()
    nodes = CfnParameter(stack, "Nodes", type="Number").value_as_number
    memory = CfnParameter(stack, "Memory", type="Number").value_as_number
    image = CfnParameter(stack, "Image").value_as_string
    groups = main_and_workers(image=image, memory=Size.mebibytes(memory))
    add_job(add_cluster(stack), num_nodes=nodes, node_groups=groups)
    assert errors_of(stack) == []
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::JobDefinition")
    assert properties["NodeProperties"]["NumNodes"] == {"Ref": "Nodes"}


def written(**additional: Any) -> dict[str, Any]:
    """The first container of a definition with these additional properties."""
    stack = new_stack()
    more = container(
        shared_memory_size=Size.mebibytes(1024),
        environment={"A": "1"},
        additional_properties=additional,
    )
    add_definition(stack, node_groups=[NodeGroup("all", ":", more)])
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::JobDefinition")
    (group,) = properties["NodeProperties"]["NodeRangeProperties"]
    return dict(group["Container"])


def test_additional_properties_are_merged_with_the_others() -> None:
    seen = written(
        linuxParameters={"swappiness": 10, "maxSwap": 1024},
        environment=[{"name": "B", "value": "2"}],
        logConfiguration={"options": {"mode": "non-blocking"}},
        enableExecuteCommand=False,
    )
    assert seen["LinuxParameters"] == {"SharedMemorySize": 1024, "Swappiness": 10, "MaxSwap": 1024}
    assert seen["Environment"] == [{"Name": "A", "Value": "1"}, {"Name": "B", "Value": "2"}]
    assert seen["LogConfiguration"]["LogDriver"] == "awslogs"
    assert seen["LogConfiguration"]["Options"]["awslogs-stream-prefix"] == "all"
    assert seen["LogConfiguration"]["Options"]["mode"] == "non-blocking"
    assert seen["EnableExecuteCommand"] is False


def test_another_log_driver_takes_the_place_of_ours() -> None:
    seen = written(logConfiguration={"logDriver": "syslog", "options": {"tag": "mnp"}})
    assert seen["LogConfiguration"] == {"LogDriver": "syslog", "Options": {"tag": "mnp"}}


def test_additional_properties_are_seen_by_the_rules() -> None:
    stack = new_stack()
    more = container(
        additional_properties={"fargatePlatformConfiguration": {"platformVersion": "LATEST"}}
    )
    add_definition(stack, node_groups=[NodeGroup("all", ":", more)])
    assert rules(errors_of(stack)) == ["MNP314"]


@pytest.mark.parametrize(
    "additional",
    [
        {"linuxParameter": {}},
        {"LinuxParameters": {}},
        {"linuxParameters": {"swapiness": 1}},
        {"linuxParameters": {"swappiness": "1"}},
        {"linuxParameters": {"swappiness": True}},
        {"linuxParameters": 3},
        {"privileged": "yes"},
        {"volumes": {"name": "tmp"}},
        {"volumes": [{"nam": "tmp"}]},
        {"linuxParameters": {"tmpfs": [{"size": 1}]}},
    ],
    ids="-".join,
)
def test_additional_properties_that_batch_does_not_have_are_refused(
    additional: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    (member,) = additional
    with pytest.raises(ValueError, match=f"additional_properties.*{member}") as refused:
        NodeContainer(image="solver", additional_properties=additional)
    assert str(refused.value) == snapshot


def test_properties_of_a_container_beside_others_are_not_those_of_one_alone() -> None:
    beside = container(
        additional_properties={"dependsOn": [{"containerName": "a", "condition": "START"}]}
    )
    alone = container(additional_properties={"volumes": [{"name": "tmp"}]})
    NodeGroup("all", ":", containers={"a": container(), "b": beside})
    NodeGroup("all", ":", alone)
    with pytest.raises(ValueError, match=r"node group 'all': container 'all'.*no 'dependsOn'"):
        NodeGroup("all", ":", beside)
    with pytest.raises(ValueError, match=r"node group 'all': container 'b'.*no 'volumes'"):
        NodeGroup("all", ":", containers={"b": alone})


def test_additional_properties_may_have_values_that_only_deployment_knows() -> None:
    stack = new_stack()
    swap = CfnParameter(stack, "Swap", type="Number").value_as_number
    more = container(additional_properties={"linuxParameters": {"maxSwap": swap}})
    add_definition(stack, node_groups=[NodeGroup("all", ":", more)])
    assert errors_of(stack) == []
