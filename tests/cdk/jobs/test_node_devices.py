"""EFA devices, locked memory and shared memory of containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import Size, Stack
from aws_cdk import aws_batch as batch
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp import (
    MnpComputeEnvironment,
    MnpJobQueue,
    NodeGroup,
)
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    container,
    errors_of,
    first_container,
    import_vpc,
    new_stack,
    node_ranges,
    rules,
    unlimited,
    warnings_of,
)

ONE_CARD = "c5n.18xlarge"


def devices_of(properties: Mapping[str, Any]) -> list[str]:
    """The paths of a container's devices."""
    linux = properties.get("LinuxParameters", {})
    return [each["HostPath"] for each in linux.get("Devices", [])]


def test_containers_lock_memory_and_share_half_of_theirs() -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type=ONE_CARD))
    properties = first_container(stack)
    assert properties["Ulimits"] == [{"Name": "memlock", "SoftLimit": -1, "HardLimit": -1}]
    (memory,) = (
        int(requirement["Value"])
        for requirement in properties["ResourceRequirements"]
        if requirement["Type"] == "MEMORY"
    )
    assert properties["LinuxParameters"]["SharedMemorySize"] == memory // 2


def test_the_devices_that_a_container_sets_itself_take_precedence() -> None:
    stack = new_stack()
    own = container(
        ulimits=[
            *unlimited("stack"),
            *unlimited("memlock"),
        ],
        devices=[batch.Device(host_path="/dev/infiniband/uverbs1", container_path="/dev/efa")],
        shared_memory_size=Size.mebibytes(4096),
    )
    cluster = add_cluster(stack, instance_type="p4d.24xlarge")
    add_job(cluster, node_groups=[NodeGroup("all", ":", own)])
    properties = first_container(stack)
    assert [ulimit["Name"] for ulimit in properties["Ulimits"]] == ["stack", "memlock"]
    assert properties["LinuxParameters"]["SharedMemorySize"] == 4096
    assert properties["LinuxParameters"]["Devices"] == [
        {"HostPath": "/dev/infiniband/uverbs1", "ContainerPath": "/dev/efa"},
        {"HostPath": "/dev/infiniband/uverbs0"},
        {"HostPath": "/dev/infiniband/uverbs2"},
        {"HostPath": "/dev/infiniband/uverbs3"},
    ]


def test_a_container_that_limits_locked_memory_is_reported() -> None:
    stack = new_stack()
    own = container(
        ulimits=[batch.Ulimit(name=batch.UlimitName.MEMLOCK, soft_limit=1024, hard_limit=2048)]
    )
    cluster = add_cluster(stack, instance_type=ONE_CARD)
    add_job(cluster, node_groups=[NodeGroup("all", ":", own)])
    assert rules(warnings_of(stack)) == ["MNP411"]


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"devices": [batch.Device(host_path="/dev/infiniband/")]}, id="a device"),
        pytest.param(
            {
                "additional_properties": {
                    "linuxParameters": {"devices": [{"hostPath": "/dev/infiniband"}]}
                }
            },
            id="an additional property",
        ),
    ],
)
def test_the_folder_of_all_efa_devices_is_enough(own: dict[str, Any]) -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type="p4d.24xlarge")
    add_job(cluster, node_groups=[NodeGroup("all", ":", container(**own))])
    (path,) = devices_of(first_container(stack))
    assert path.rstrip("/") == "/dev/infiniband"
    assert warnings_of(stack) == []


def test_a_limit_among_the_additional_properties_is_not_a_second_one() -> None:
    stack = new_stack()
    limit = {"name": "memlock", "softLimit": -1, "hardLimit": -1}
    cluster = add_cluster(stack, instance_type=ONE_CARD)
    own = container(additional_properties={"ulimits": [limit]})
    add_job(cluster, node_groups=[NodeGroup("all", ":", own)])
    assert [ulimit["Name"] for ulimit in first_container(stack)["Ulimits"]] == ["memlock"]


def test_all_containers_of_a_node_get_the_devices_but_those_that_do_not_want_them() -> None:
    stack = new_stack()
    containers = {
        "solve": container(),
        "check": container(vcpus=1, memory=Size.mebibytes(1024)),
        "monitor": container(vcpus=1, memory=Size.mebibytes(512), essential=False, efa=False),
    }
    cluster = add_cluster(stack, instance_type=ONE_CARD)
    add_job(cluster, node_groups=[NodeGroup("all", ":", containers=containers)])
    (task,) = node_ranges(stack)[0]["EcsProperties"]["TaskProperties"]
    got = {each["Name"]: each for each in task["Containers"]}
    assert [name for name, each in got.items() if devices_of(each)] == ["solve", "check"]
    assert [name for name, each in got.items() if "Ulimits" in each] == ["solve", "check"]
    assert errors_of(stack) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"efa": True},
        {"neuron": True},
    ],
    ids=["efa", "neuron"],
)
def test_devices_that_nodes_do_not_have_are_refused(
    wanted: dict[str, bool], snapshot: SnapshotAssertion
) -> None:
    cluster = add_cluster(new_stack())
    with pytest.raises(ValueError, match="'main', container 'main': ") as refused:
        add_job(cluster, node_groups=[NodeGroup("main", "0", container(**wanted))])
    assert str(refused.value) == snapshot


def environment_and_queue(stack: Stack, **changes: Any) -> MnpJobQueue:
    environment = MnpComputeEnvironment(
        stack,
        "Environment",
        **{"vpc": import_vpc(stack), "instance_type": ONE_CARD, "max_nodes": 4, **changes},
    )
    return MnpJobQueue(stack, "Queue", compute_environments=[environment])


@pytest.mark.parametrize(
    ("environment", "definition", "expected"),
    [
        pytest.param({}, {}, 1, id="as the queue has it"),
        pytest.param({"efa": False}, {}, 0, id="as the queue has it not"),
        pytest.param({}, {"efa": False}, 0, id="as the user says, off"),
        pytest.param({}, {"job_queue": None}, 0, id="no queue is known"),
        pytest.param({}, {"job_queue": None, "efa": True}, 1, id="as the user says, on"),
    ],
)
def test_a_definition_of_its_own_has_efa(
    environment: dict[str, Any], definition: dict[str, Any], expected: int
) -> None:
    stack = new_stack()
    queue = environment_and_queue(stack, **environment)
    add_definition(stack, **{"instance_type": ONE_CARD, "job_queue": queue, **definition})
    assert len(devices_of(first_container(stack))) == expected


def test_a_definition_with_efa_names_a_type_that_has_it() -> None:
    with pytest.raises(ValueError, match=r"^Platform/Solve: efa is True, .*set instance_type"):
        add_definition(
            new_stack(),
            efa=True,
            instance_type=None,
            node_groups=[NodeGroup("all", ":", container(vcpus=1, memory=Size.mebibytes(512)))],
        )
