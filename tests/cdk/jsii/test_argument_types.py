"""Arguments of a wrong type: refused in one sentence, where they are given."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Duration, Fn
from aws_cdk import aws_batch as batch
from aws_cdk import aws_efs as efs
from aws_cdk import aws_s3 as s3

from cdk_batch_mnp import (
    EfsVolume,
    HostVolume,
    MnpCluster,
    MnpComputeEnvironment,
    MnpJobQueue,
    NodeGroup,
)
from tests.cdk.apps import (
    retry,
    unlimited,
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    first_container,
    new_stack,
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_nodes": "4"}, "max_nodes is '4', but a whole number is needed: write 4"),
        ({"max_nodes": 2.5}, "max_nodes is 2.5, but a whole number is needed"),
        ({"max_nodes": 4.0}, "max_nodes is 4.0, but a whole number is needed: write 4"),
        ({"max_nodes": True}, "max_nodes is True, but a whole number is needed"),
        ({"max_nodes": None}, "max_nodes is None, but a whole number is needed"),
        ({"efa": "yes"}, "efa is 'yes', but True or False is needed"),
        ({"instance_type": 5}, "instance_type is 5, but text or an InstanceType is needed"),
        (
            {"security_groups": ["sg-1"]},
            r"security_groups\[0\] is 'sg-1', but an ISecurityGroup is needed: "
            r"ec2.SecurityGroup.from_security_group_id\(...\) gives one",
        ),
        (
            {"placement_group": "pg"},
            r"placement_group is 'pg', but an IPlacementGroup is needed: "
            r"ec2.PlacementGroup.from_placement_group_name\(...\) gives one",
        ),
        ({"vpc": "vpc-1"}, r"vpc is 'vpc-1', but an IVpc is needed: ec2.Vpc.from_lookup\(...\)"),
        (
            {"stuck_job_timeout": 600},
            r"stuck_job_timeout is 600, but a Duration is needed: say the unit, such as Duration",
        ),
        ({"log_retention": 30}, "log_retention is 30, but a RetentionDays is needed"),
        ({"lustre": "/fsx"}, "lustre is '/fsx', but a list of LustreMount is needed"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_cluster_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^Platform/Cluster: {message}"):
        add_cluster(new_stack(), **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timeout": 60}, "timeout is 60, but a Duration is needed: .*Duration.seconds"),
        (
            {"job_role": "arn:aws:iam::123456789012:role/x"},
            r"job_role is 'arn.*', but an IRole is needed: iam.Role.from_role_arn\(...\)",
        ),
        (
            {"evaluate_on_exit": [{"action": "RETRY"}]},
            r"evaluate_on_exit\[0\] is a dict, but an EvaluateOnExit is needed",
        ),
        (
            {
                "evaluate_on_exit": [
                    retry(on_exit_code=1)
                ]
            },  # type: ignore[arg-type]
            r"evaluate_on_exit\[0\].on_exit_code is 1, but text.* is needed: write '1'",
        ),
        (
            {"node_groups": NodeGroup("all", ":", container())},
            r"node_groups is a NodeGroup, but a list of NodeGroup is needed: put it in \[...\]",
        ),
        ({"node_groups": [container()]}, r"node_groups\[0\] is a NodeContainer, but a NodeGroup"),
        ({"num_nodes": "4"}, "num_nodes is '4', but a whole number"),
        ({"retry_attempts": 1.5}, "retry_attempts is 1.5, but a whole number"),
        ({"parameters": {"fast": True}}, r"parameters\['fast'\] is True, but text or a number"),
        ({"tags": {"cost": 1}}, r"tags\['cost'\] is 1, but text is needed: write '1'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_job_refuses_whether_of_a_cluster_or_alone(changes: dict[str, Any], message: str) -> None:
    stack = new_stack()
    with pytest.raises(TypeError, match=f"^Platform/Cluster/Solve: {message}"):
        add_job(add_cluster(stack), **changes)
    with pytest.raises(TypeError, match=f"^Platform/Solve: {message}"):
        add_definition(stack, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vcpus": "4"}, "vcpus is '4', but a whole number is needed: write 4"),
        ({"memory_mib": 1024.5}, "memory_mib is 1024.5, but a whole number is needed"),
        ({"image": None}, "image is None, but text or a ContainerImage is needed"),
        (
            {"environment": {"DEBUG": True}},
            r"environment\['DEBUG'\] is True, but text or a number is needed: "
            "write what the program expects, such as '1' or 'true'",
        ),
        ({"environment": {1: "x"}}, "a name in environment is 1, but text is needed"),
        ({"environment": ["A=1"]}, "environment is a list, but a mapping of texts or numbers"),
        ({"command": ["-np", None]}, r"command\[1\] is None, but text or a number"),
        (
            {"secrets": {"A": "arn:aws:x"}},
            r"secrets\['A'\] is text, but a Secret is needed: b",
        ),
        (
            {"ulimits": *unlimited("stack")},
            r"ulimits is a Ulimit, .*: put it in \[...\]",
        ),
        (
            {"ulimits": [batch.Ulimit(name=batch.UlimitName.STACK, soft_limit="9")]},
            r"ulimits\[0\].soft_limit is '9'",
        ),  # type: ignore[arg-type]
        ({"devices": ["/dev/fuse"]}, r"devices\[0\] is '/dev/fuse', but a Device is needed"),
        ({"volumes": ["/tmp"]}, r"volumes\[0\] is '/tmp', but a HostVolume or an EfsVolume"),
        ({"privileged": "no"}, "privileged is 'no', but True or False is needed"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_container_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^NodeContainer: {message}"):
        container(**changes)


def test_the_parts_refuse_under_their_own_paths() -> None:
    stack = new_stack()
    with pytest.raises(TypeError, match=r"^Platform/E: update_timeout is 30, but a Duration"):
        MnpComputeEnvironment(
            stack,
            "E",
            vpc=add_vpc(stack),
            instance_type="c5.18xlarge",
            max_nodes=4,
            update_timeout=30,  # type: ignore[arg-type]
        )
    with pytest.raises(TypeError, match=r"^Platform/Q: compute_environments\[0\] is 'arn'"):
        MnpJobQueue(stack, "Q", compute_environments=["arn"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"^Cluster: scope is None, but a Construct"):
        MnpCluster(None, "Cluster", vpc=None, instance_type="", max_nodes=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^volume 'tmp': container_path is None"):
        HostVolume(name="tmp", container_path=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^volume 'efs': file_system is 'fs-1', but an IFileSyst"):
        EfsVolume(name="efs", container_path="/efs", file_system="fs-1")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^node group 'all': container is 'image', but a NodeCont"):
        NodeGroup("all", ":", "image")  # type: ignore[arg-type]


def test_a_construct_of_another_kind_is_refused() -> None:
    stack = new_stack()
    with pytest.raises(TypeError, match="job_role is a Bucket, but an IRole is needed"):
        add_definition(stack, job_role=s3.Bucket(stack, "Bucket"))


def test_numbers_become_text_where_text_is_meant() -> None:
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
