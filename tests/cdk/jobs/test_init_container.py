"""A container that brings the launcher to the others of its node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import Size, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_batch_mnp import ArgumentError, HostVolume, Launcher, LauncherDelivery, NodeGroup
from tests.cdk.apps import (
    actions_of,
    add_cluster,
    add_job,
    container,
    errors_of,
    new_stack,
    node_ranges,
    warnings_of,
)

IMAGE = "public.ecr.aws/example/launcher:1"
WITH_IMAGE = Launcher(delivery=LauncherDelivery.from_init_container(IMAGE, "/bin/mnp-launch"))


def groups(**changes: Any) -> list[NodeGroup]:
    return [NodeGroup("all", ":", container(**{"command": ["solver"], **changes}))]


def task_of(stack: Stack) -> Mapping[str, Any]:
    (task,) = node_ranges(stack)[0]["EcsProperties"]["TaskProperties"]
    return dict(task)


def containers_of(stack: Stack) -> dict[str, Mapping[str, Any]]:
    return {each["Name"]: each for each in task_of(stack)["Containers"]}


def memory_of(properties: Mapping[str, Any]) -> int:
    amounts = {
        requirement["Type"]: int(requirement["Value"])
        for requirement in properties["ResourceRequirements"]
    }
    return amounts["MEMORY"]


def test_the_container_of_a_node_starts_after_the_launcher_was_copied() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, node_groups=groups(), launcher=WITH_IMAGE)
    init, solver = containers_of(stack)["mnp-launch"], containers_of(stack)["all"]
    assert (init["Image"], init["Essential"], init["User"]) == (IMAGE, False, "0")
    assert init["Command"] == ["cp", "/bin/mnp-launch", "/opt/cdk-batch-mnp/mnp-launch"]
    assert solver["Command"] == ["/opt/cdk-batch-mnp/mnp-launch", "--", "solver"]
    assert solver["DependsOn"] == [{"ContainerName": "mnp-launch", "Condition": "SUCCESS"}]
    assert solver["Essential"] is True
    assert task_of(stack)["Volumes"] == [{"Name": "mnp-launch", "Host": {}}]
    mounts = [each["MountPoints"][0] for each in (init, solver)]
    assert [mount["ContainerPath"] for mount in mounts] == ["/opt/cdk-batch-mnp"] * 2
    assert [mount["ReadOnly"] for mount in mounts] == [False, True]
    assert node_ranges(stack)[0]["InstanceTypes"] == ["c5.18xlarge"]
    assert {"TaskRoleArn", "ExecutionRoleArn"} <= set(task_of(stack))
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_the_log_stream_of_the_container_has_the_same_name_as_without() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), node_groups=groups(), launcher=WITH_IMAGE)
    prefixes = {
        name: described["LogConfiguration"]["Options"]["awslogs-stream-prefix"]
        for name, described in containers_of(stack).items()
    }
    assert prefixes == {"all": "all", "mnp-launch": "all/mnp-launch"}


def test_the_memory_of_the_init_container_is_left_by_one_that_gets_the_rest() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, node_groups=groups(), launcher=Launcher())
    whole = memory_of(node_ranges(stack)[0]["Container"])
    other = new_stack()
    add_job(add_cluster(other), node_groups=groups(), launcher=WITH_IMAGE)
    assert memory_of(containers_of(other)["all"]) == whole - 64
    assert memory_of(containers_of(other)["mnp-launch"]) == 64


def test_memory_that_was_set_is_kept() -> None:
    stack = new_stack()
    small = groups(memory=Size.gibibytes(1))
    add_job(add_cluster(stack), node_groups=small, launcher=WITH_IMAGE)
    assert memory_of(containers_of(stack)["all"]) == 1024


def test_volumes_and_other_containers_are_kept() -> None:
    stack = new_stack()
    volume = HostVolume(name="data", container_path="/data", host_path="/data")
    several = [
        NodeGroup(
            "all",
            ":",
            containers={
                "solver": container(command=["solver"], volumes=[volume], vcpus=70),
                "monitor": container(command=["watch"], essential=False, vcpus=2),
            },
        )
    ]
    add_job(add_cluster(stack), node_groups=several, launcher=WITH_IMAGE)
    assert list(containers_of(stack)) == ["mnp-launch", "solver", "monitor"]
    assert [each["Name"] for each in task_of(stack)["Volumes"]] == ["data", "mnp-launch"]
    assert "DependsOn" not in containers_of(stack)["monitor"]
    assert len(containers_of(stack)["solver"]["MountPoints"]) == 2
    assert errors_of(stack) == []


@pytest.mark.parametrize("type_and_platform", ["c5.18xlarge", "c7gn.16xlarge"])
def test_the_library_builds_an_image_for_the_nodes(type_and_platform: str) -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type=type_and_platform)
    launcher = Launcher(delivery=LauncherDelivery.from_init_container())
    add_job(cluster, "First", node_groups=groups(), launcher=launcher)
    add_job(cluster, "Second", node_groups=groups(), launcher=launcher)
    first, second = cluster.job_definitions
    assert first.execution_role is second.execution_role
    assert "ecr:BatchGetImage" in actions_of(stack, "ClusterLaunchingExecutionRole")
    assert errors_of(stack) == []


def test_credentials_of_the_image_are_readable_by_their_job_alone() -> None:
    stack = new_stack()
    secret = secretsmanager.Secret(stack, "Registry")
    image = ecs.ContainerImage.from_registry("registry.example.com/launcher", credentials=secret)
    launcher = Launcher(delivery=LauncherDelivery.from_init_container(image))
    add_job(add_cluster(stack), node_groups=groups(), launcher=launcher)
    init = containers_of(stack)["mnp-launch"]
    assert "Registry" in str(init["RepositoryCredentials"])
    assert "LaunchingExecutionRole" not in str(Template.from_stack(stack).to_json())


def test_a_property_that_tasks_of_several_containers_do_not_have_is_an_error() -> None:
    only_single = groups(additional_properties={"jobRoleArn": "arn:aws:iam::123456789012:role/a"})
    with pytest.raises(ArgumentError, match="there is no 'jobRoleArn'"):
        add_job(add_cluster(new_stack()), node_groups=only_single, launcher=WITH_IMAGE)


def test_a_container_with_the_name_of_the_init_container_is_an_error() -> None:
    taken = [NodeGroup("mnp-launch", ":", container(command=["solver"]))]
    with pytest.raises(ArgumentError, match="name 'mnp-launch' of the init container"):
        add_job(add_cluster(new_stack()), node_groups=taken, launcher=WITH_IMAGE)
