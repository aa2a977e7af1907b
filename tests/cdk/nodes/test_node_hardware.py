"""Threads, accelerators, images and updates of the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp import NodeGroup
from tests.cdk.apps import (
    add_cluster,
    add_job,
    container,
    errors_of,
    first_container,
    new_stack,
    node_ranges,
    properties_of,
    rules,
    warnings_of,
)

NEURON_PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2023/neuron/recommended/image_id"


def compute_resources_of(stack: Stack) -> Mapping[str, Any]:
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::ComputeEnvironment")
    resources: Mapping[str, Any] = properties["ComputeResources"]
    return resources


def asked_for(properties: Mapping[str, Any]) -> dict[str, int]:
    """What a container asks for, by the type of the requirement."""
    return {
        requirement["Type"]: int(requirement["Value"])
        for requirement in properties["ResourceRequirements"]
    }


def devices_of(properties: Mapping[str, Any]) -> list[str]:
    linux = properties.get("LinuxParameters", {})
    return [each["HostPath"] for each in linux.get("Devices", [])]


# Threads.


def test_one_thread_on_each_core_halves_what_containers_get_and_not_what_batch_counts() -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type="c5.18xlarge", threads_per_core=1))
    template = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    assert template["LaunchTemplateData"]["CpuOptions"] == {"CoreCount": 36, "ThreadsPerCore": 1}
    assert compute_resources_of(stack)["MaxvCpus"] == 4 * 72
    assert asked_for(first_container(stack))["VCPU"] == 36
    assert errors_of(stack) == []


def test_as_many_threads_as_the_type_has_need_no_word() -> None:
    stack = new_stack()
    add_cluster(stack)
    template = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    assert "CpuOptions" not in template["LaunchTemplateData"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"threads_per_core": 2}, id="two"),
        pytest.param({"instance_type": "hpc7a.96xlarge"}, id="one already"),
        pytest.param({"instance_type": "c5n.metal"}, id="bare metal"),
        pytest.param({"instance_type": "c99.large", "vcpus_per_node": 4}, id="not known"),
    ],
)
def test_threads_that_cannot_be_chosen_are_refused(
    changes: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    with pytest.raises(ValueError, match=r"^Platform/Cluster/.*: threads_per_core ") as refused:
        add_cluster(new_stack(), **{"threads_per_core": 1, **changes})
    assert str(refused.value) == snapshot


def test_threads_of_a_launch_template_of_the_users_count() -> None:
    stack = new_stack()
    template = ec2.LaunchTemplate(stack, "Template")
    resource = template.node.default_child
    assert isinstance(resource, ec2.CfnLaunchTemplate)
    resource.launch_template_data = {"cpuOptions": {"coreCount": 36, "threadsPerCore": 1}}  # type: ignore[assignment]
    add_job(add_cluster(stack, launch_template=template))
    assert asked_for(first_container(stack))["VCPU"] == 36


# Accelerators and images.


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        pytest.param("c5.18xlarge", "ECS_AL2023", id="x86"),
        pytest.param("hpc7g.16xlarge", "ECS_AL2023", id="Arm"),
        pytest.param("p5.48xlarge", "ECS_AL2023_NVIDIA", id="NVIDIA GPUs"),
    ],
)
def test_the_image_type_is_that_of_the_instance_type(instance_type: str, expected: str) -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type=instance_type))
    assert compute_resources_of(stack)["Ec2Configuration"] == [{"ImageType": expected}]
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


@pytest.mark.parametrize("instance_type", ["a1.4xlarge", "c99.large"])
def test_where_no_image_type_is_known_to_fit_batch_chooses(instance_type: str) -> None:
    stack = new_stack()
    vcpus = 4 if instance_type == "c99.large" else None
    add_cluster(stack, instance_type=instance_type, vcpus_per_node=vcpus)
    assert "Ec2Configuration" not in compute_resources_of(stack)


def test_trainium_starts_from_the_image_with_its_driver_and_passes_all_devices() -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type="trn1.32xlarge"))
    (configuration,) = compute_resources_of(stack)["Ec2Configuration"]
    parameter = configuration["ImageIdOverride"]["Ref"]
    assert Template.from_stack(stack).to_json()["Parameters"][parameter] == {
        "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
        "Default": NEURON_PARAMETER,
    }
    devices = devices_of(first_container(stack))
    assert devices[8:] == [f"/dev/neuron{number}" for number in range(16)]
    assert rules(warnings_of(stack)) == []


def test_inferentia_of_the_first_generation_needs_an_image_of_the_users() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type="inf1.24xlarge")
    assert rules(warnings_of(stack)) == ["MNP114"]
    add_cluster(
        other := new_stack(), instance_type="inf1.24xlarge", machine_image="ami-0123456789abcdef0"
    )
    assert rules(warnings_of(other)) == []


def test_a_container_may_do_without_neuron_devices() -> None:
    stack = new_stack()
    containers = {
        "train": container(),
        "monitor": container(vcpus=1, memory=Size.mebibytes(512), neuron=False, efa=False),
    }
    cluster = add_cluster(stack, instance_type="trn1.32xlarge")
    add_job(cluster, node_groups=[NodeGroup("all", ":", containers=containers)])
    (task,) = node_ranges(stack)[0]["EcsProperties"]["TaskProperties"]
    train, monitor = task["Containers"]
    assert "/dev/neuron0" in devices_of(train)
    assert devices_of(monitor) == []


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("ami-0123456789abcdef0", id="an id"),
        pytest.param(
            ec2.MachineImage.generic_linux({"eu-west-1": "ami-0123456789abcdef0"}), id="of the CDK"
        ),
    ],
)
def test_an_image_of_the_users_is_for_the_instances_of_its_type(
    image: ec2.IMachineImage | str,
) -> None:
    from aws_cdk import App, Environment

    stack = Stack(App(), "Platform", env=Environment(account="123456789012", region="eu-west-1"))
    add_cluster(stack, instance_type="p5.48xlarge", machine_image=image)
    assert compute_resources_of(stack)["Ec2Configuration"] == [
        {"ImageType": "ECS_AL2023_NVIDIA", "ImageIdOverride": "ami-0123456789abcdef0"}
    ]


@pytest.mark.parametrize("instance_type", ["g6e.xlarge", "trn1.2xlarge"])
def test_accelerators_without_efa_get_shared_memory_and_no_limit(instance_type: str) -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type=instance_type))
    properties = first_container(stack)
    memory = asked_for(properties)["MEMORY"]
    assert properties["LinuxParameters"]["SharedMemorySize"] == memory // 2
    assert "Ulimits" not in properties


def test_other_nodes_keep_dockers_shared_memory() -> None:
    stack = new_stack()
    add_job(add_cluster(stack))
    assert "LinuxParameters" not in first_container(stack)


# Updates.


def test_running_jobs_outlast_an_update_by_five_days() -> None:
    stack = new_stack()
    add_cluster(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Batch::ComputeEnvironment",
        {"UpdatePolicy": {"TerminateJobsOnUpdate": False, "JobExecutionTimeoutMinutes": 7200}},
    )


def test_the_time_that_an_update_leaves_to_jobs_is_chosen() -> None:
    stack = new_stack()
    add_cluster(stack, update_timeout=Duration.hours(2))
    Template.from_stack(stack).has_resource_properties(
        "AWS::Batch::ComputeEnvironment",
        {"UpdatePolicy": Match.object_like({"JobExecutionTimeoutMinutes": 120})},
    )


@pytest.mark.parametrize("timeout", [Duration.minutes(0), Duration.days(6)], ids=["none", "long"])
def test_a_time_that_batch_refuses_is_refused(timeout: Duration) -> None:
    with pytest.raises(ValueError, match=r"update_timeout is \d+ minutes, but must be 1 to 7200"):
        add_cluster(new_stack(), update_timeout=timeout)
