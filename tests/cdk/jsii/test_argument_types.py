"""Arguments of a wrong type: refused in one sentence, where they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import CfnParameter, Duration, Fn, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp import (
    ArgumentError,
    CapacityReservation,
    EfsVolume,
    HostVolume,
    LustreMount,
    MnpCluster,
    MnpComputeEnvironment,
    MnpJobQueue,
    NodeGroup,
)
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    first_container,
    new_stack,
    unlimited,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_nodes": "4"},
        {"max_nodes": 2.5},
        {"max_nodes": 4.0},
        {"max_nodes": True},
        {"max_nodes": None},
        {"efa": "yes"},
        {"instance_type": 5},
        {"security_groups": ["sg-1"]},
        {"placement_group": "pg"},
        {"vpc": "vpc-1"},
        {"stuck_job_timeout": 600},
        {"root_volume_size": 100},
        {"image_type": 5},
        {"log_retention": 30},
        {"lustre": "/fsx"},
    ],
    ids="-".join,
)
def test_a_cluster_refuses(changes: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    (argument,) = changes
    with pytest.raises(TypeError, match=rf"^Platform/Cluster: {argument}\b") as refused:
        add_cluster(new_stack(), **changes)
    assert str(refused.value) == snapshot


@pytest.mark.parametrize(
    "changes",
    [
        {"timeout": 60},
        {"job_role": "role"},
        {"retry_strategies": [{"action": "RETRY"}]},
        {"node_groups": NodeGroup("all", ":", container())},
        {"node_groups": [container()]},
        {"num_nodes": "4"},
        {"retry_attempts": 1.5},
        {"parameters": {"fast": True}},
        {"tags": {"cost": 1}},
    ],
    ids="-".join,
)
def test_a_job_of_a_cluster_and_a_lone_definition_refuse_the_same(
    changes: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    stack = new_stack()
    (argument,) = changes
    with pytest.raises(TypeError, match=rf"^Platform/Cluster/Solve: {argument}\b") as refused:
        add_job(add_cluster(stack), **changes)
    with pytest.raises(TypeError, match=rf"^Platform/Solve: {argument}\b") as refused_too:
        add_definition(stack, **changes)
    message = str(refused.value).partition(": ")[2]
    assert str(refused_too.value).partition(": ")[2] == message
    assert message == snapshot


@pytest.mark.parametrize(
    "changes",
    [
        {"vcpus": "4"},
        {"memory": 1024},
        {"image": None},
        {"environment": {"DEBUG": True}},
        {"environment": {1: "x"}},
        {"environment": ["A=1"]},
        {"command": ["-np", None]},
        {"secrets": {"A": "arn:aws:x"}},
        {"ulimits": unlimited("stack")[0]},
        {"ulimits": ["stack"]},
        {"devices": ["/dev/fuse"]},
        {"volumes": ["/tmp"]},
        {"privileged": "no"},
    ],
    ids="-".join,
)
def test_a_container_refuses(changes: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    (argument,) = changes
    with pytest.raises(TypeError, match=rf"^NodeContainer: (a key of )?{argument}\b") as refused:
        container(**changes)
    assert str(refused.value) == snapshot


@pytest.mark.parametrize(
    ("make", "path", "argument"),
    [
        (
            lambda stack: MnpComputeEnvironment(
                stack,
                "E",
                vpc=add_vpc(stack),
                instance_type="c5.18xlarge",
                max_nodes=4,
                update_timeout=30,  # type: ignore[arg-type]
            ),
            "Platform/E",
            "update_timeout",
        ),
        (
            lambda stack: MnpJobQueue(stack, "Q", compute_environments=["arn"]),  # type: ignore[list-item]
            "Platform/Q",
            "compute_environments[0]",
        ),
        (
            lambda _: MnpCluster(None, "Cluster", vpc=None, instance_type="", max_nodes=1),  # type: ignore[arg-type]
            "Cluster",
            "scope",
        ),
        (
            lambda _: HostVolume(name="tmp", container_path=None),  # type: ignore[arg-type]
            "volume 'tmp'",
            "container_path",
        ),
        (
            lambda _: EfsVolume(name="efs", container_path="/efs", file_system="fs-1"),  # type: ignore[arg-type]
            "volume 'efs'",
            "file_system",
        ),
        (
            lambda _: NodeGroup("all", ":", "image"),  # type: ignore[arg-type]
            "node group 'all'",
            "container",
        ),
        (
            lambda _: LustreMount(file_system="fs-1"),  # type: ignore[arg-type]
            "Lustre at '/fsx'",
            "file_system",
        ),
        (
            lambda _: CapacityReservation(reservation_id=5),  # type: ignore[arg-type]
            "CapacityReservation",
            "reservation_id",
        ),
    ],
    ids=["environment", "queue", "scope", "host", "efs", "group", "lustre", "reservation"],
)
def test_the_parts_refuse_under_their_own_paths(
    make: Callable[[Stack], object], path: str, argument: str
) -> None:
    with pytest.raises(ArgumentError) as refused:
        make(new_stack())
    assert isinstance(refused.value, TypeError)
    assert refused.value.path == path
    assert refused.value.problem.startswith(f"{argument} must be ")


def test_a_construct_of_another_kind_is_refused() -> None:
    stack = new_stack()
    with pytest.raises(TypeError, match=r"job_role must be an iam\.IRole, got an s3\.Bucket"):
        add_definition(stack, job_role=s3.Bucket(stack, "Bucket"))


def test_one_imported_construct_is_no_list() -> None:
    stack = new_stack()
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")
    with pytest.raises(TypeError, match=r"must be a list of .*, got an object .* put it in \["):
        add_cluster(stack, security_groups=group)


def test_numbers_become_text_where_the_api_takes_text() -> None:
    stack = new_stack()
    seconds = CfnParameter(stack, "Seconds", type="Number").value_as_number
    solver = container(
        command=["mpirun", "-np", 4, "--scale", 0.5, "Ref::steps"],
        environment={"OMP_NUM_THREADS": 1, "SECONDS": seconds},
    )
    definition = add_definition(
        stack, node_groups=[NodeGroup("all", ":", solver)], parameters={"steps": 1000}
    )
    written = first_container(stack)
    assert written["Command"] == ["mpirun", "-np", "4", "--scale", "0.5", "Ref::steps"]
    assert written["Environment"] == [
        {"Name": "OMP_NUM_THREADS", "Value": "1"},
        {"Name": "SECONDS", "Value": {"Ref": "Seconds"}},
    ]
    assert definition.parameters == {"steps": "1000"}


def test_tuples_tokens_and_devices_are_of_their_types() -> None:
    stack = new_stack()
    nodes = CfnParameter(stack, "Nodes", type="Number").value_as_number
    solver = container(
        command=Fn.split(",", "a,b"),
        devices=[batch.Device(host_path="/dev/fuse", permissions=[batch.DevicePermission.READ])],
        ulimits=unlimited("stack"),
        volumes=(
            EfsVolume(
                name="efs",
                container_path="/efs",
                file_system=efs.FileSystem(stack, "Files", vpc=add_vpc(stack)),
            ),
        ),
    )
    add_definition(
        stack,
        node_groups=(NodeGroup("all", ":", solver),),
        num_nodes=nodes,
        timeout=Duration.minutes(5),
    )
    assert errors_of(stack) == []
