"""Arguments of a wrong type: refused in one sentence, where they are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import CfnParameter, Duration, Fn, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_efs as efs
from aws_cdk import aws_s3 as s3

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
    ("changes", "message"),
    [
        ({"max_nodes": "4"}, "max_nodes must be an integer, got '4'; use 4"),
        ({"max_nodes": 2.5}, "max_nodes must be an integer, got 2.5"),
        ({"max_nodes": 4.0}, "max_nodes must be an integer, got 4.0; use 4"),
        ({"max_nodes": True}, "max_nodes must be an integer, got True"),
        ({"max_nodes": None}, "max_nodes must be an integer, got None"),
        ({"efa": "yes"}, "efa must be True or False, got 'yes'"),
        ({"instance_type": 5}, "instance_type must be a string or an InstanceType, got 5"),
        (
            {"security_groups": ["sg-1"]},
            "security_groups[0] must be an ISecurityGroup, got 'sg-1'; "
            "use ec2.SecurityGroup.from_security_group_id(...)",
        ),
        (
            {"placement_group": "pg"},
            "placement_group must be an IPlacementGroup, got 'pg'; "
            "use ec2.PlacementGroup.from_placement_group_name(...)",
        ),
        ({"vpc": "vpc-1"}, "vpc must be an IVpc, got 'vpc-1'; use ec2.Vpc.from_lookup(...)"),
        (
            {"stuck_job_timeout": 600},
            "stuck_job_timeout must be a Duration, got 600; "
            "specify the unit, such as Duration.seconds(60)",
        ),
        (
            {"root_volume_size": 100},
            "root_volume_size must be a Size, got 100; "
            "specify the unit, such as Size.mebibytes(1024)",
        ),
        (
            {"image_type": 5},
            "image_type must be an EcsMachineImageType or a string, got 5",
        ),
        ({"log_retention": 30}, "log_retention must be a RetentionDays, got 30"),
        ({"lustre": "/fsx"}, "lustre must be a list of LustreMount, got '/fsx'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_cluster_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as refused:
        add_cluster(new_stack(), **changes)
    assert str(refused.value) == f"Platform/Cluster: {message}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"timeout": 60},
            "timeout must be a Duration, got 60; specify the unit, such as Duration.seconds(60)",
        ),
        (
            {"job_role": "role"},
            "job_role must be an IRole, got 'role'; use iam.Role.from_role_arn(...)",
        ),
        (
            {"retry_strategies": [{"action": "RETRY"}]},
            "retry_strategies[0] must be a RetryStrategy, got a dict; "
            "use batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.custom(...))",
        ),
        (
            {"node_groups": NodeGroup("all", ":", container())},
            "node_groups must be a list of NodeGroup, got a NodeGroup; put it in [...]",
        ),
        (
            {"node_groups": [container()]},
            "node_groups[0] must be a NodeGroup, got a NodeContainer",
        ),
        ({"num_nodes": "4"}, "num_nodes must be an integer"),
        ({"retry_attempts": 1.5}, "retry_attempts must be an integer"),
        (
            {"parameters": {"fast": True}},
            "parameters['fast'] must be a string or a number, got True",
        ),
        ({"tags": {"cost": 1}}, "tags['cost'] must be a string, got 1; use '1'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_job_of_a_cluster_and_a_lone_definition_refuse_the_same(
    changes: dict[str, Any], message: str
) -> None:
    stack = new_stack()
    with pytest.raises(TypeError, match=f"^Platform/Cluster/Solve: {re.escape(message)}"):
        add_job(add_cluster(stack), **changes)
    with pytest.raises(TypeError, match=f"^Platform/Solve: {re.escape(message)}"):
        add_definition(stack, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vcpus": "4"}, "vcpus must be an integer, got '4'; use 4"),
        (
            {"memory": 1024},
            "memory must be a Size, got 1024; specify the unit, such as Size.mebibytes(1024)",
        ),
        ({"image": None}, "image must be a string or a ContainerImage, got None"),
        (
            {"environment": {"DEBUG": True}},
            "environment['DEBUG'] must be a string or a number, got True; "
            "write what the program expects, such as '1' or 'true'",
        ),
        ({"environment": {1: "x"}}, "a key of environment must be a string, got 1; use '1'"),
        (
            {"environment": ["A=1"]},
            "environment must be a mapping of strings or numbers, got a list",
        ),
        ({"command": ["-np", None]}, "command[1] must be a string or a number, got None"),
        (
            {"secrets": {"A": "arn:aws:x"}},
            "secrets['A'] must be a Secret, got a string; "
            "use batch.Secret.from_secrets_manager(...)",
        ),
        (
            {"ulimits": unlimited("stack")[0]},
            "ulimits must be a list of Ulimit, got a Ulimit; put it in [...]",
        ),
        (
            {"ulimits": ["stack"]},
            "ulimits[0] must be a Ulimit, got 'stack'; "
            "use batch.Ulimit(name=batch.UlimitName.STACK, soft_limit=-1, hard_limit=-1)",
        ),
        ({"devices": ["/dev/fuse"]}, "devices[0] must be a Device, got '/dev/fuse'"),
        ({"volumes": ["/tmp"]}, "volumes[0] must be a HostVolume or an EfsVolume, got '/tmp'"),
        ({"privileged": "no"}, "privileged must be True or False, got 'no'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_container_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as refused:
        container(**changes)
    assert str(refused.value) == f"NodeContainer: {message}"


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
    with pytest.raises(TypeError, match="job_role must be an IRole, got a Bucket"):
        add_definition(stack, job_role=s3.Bucket(stack, "Bucket"))


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
