"""Reading resources as the API and as CloudFormation spell them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment, Ec2Configuration
from cdk_batch_mnp.model.job_definition import JobDefinition, NodeGroup
from cdk_batch_mnp.model.job_queue import ComputeEnvironmentOrder, JobQueue, JobStateTimeLimitAction
from cdk_batch_mnp.model.launch_template import (
    BlockDevice,
    CapacityReservation,
    LaunchTemplate,
    NetworkInterface,
)
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.shape import Shape
from cdk_batch_mnp.model.unknown import UNKNOWN

Spelled = Mapping[str, Any]

OWN_KEYS = ("parameters", "tags")
"""Members whose keys are the user's own words, which no spelling changes."""


def as_cloudformation(value: Any) -> Any:
    """Spell a request of the API as CloudFormation does: with a capital first letter."""
    if isinstance(value, dict):
        return {
            key[0].upper() + key[1:]: inner if key in OWN_KEYS else as_cloudformation(inner)
            for key, inner in value.items()
        }
    return [as_cloudformation(each) for each in value] if isinstance(value, list) else value


def both(request: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(request, id="API"),
        pytest.param(as_cloudformation(request), id="CloudFormation"),
    ]


DEFINITION = {
    "jobDefinitionName": "solver",
    "type": "multinode",
    "parameters": {"case": "wing"},
    "tags": {"team": "cfd"},
    "schedulingPriority": 5,
    "timeout": {"attemptDurationSeconds": 3600},
    "retryStrategy": {
        "attempts": 2,
        "evaluateOnExit": [{"onStatusReason": "Host EC2*", "action": "RETRY"}],
    },
    "platformCapabilities": ["EC2"],
    "nodeProperties": {
        "numNodes": 4,
        "mainNode": 0,
        "nodeRangeProperties": [
            {
                "targetNodes": "0:",
                "container": {
                    "image": "solver:1",
                    "command": ["run", "Ref::case"],
                    "instanceType": "c5.18xlarge",
                    "jobRoleArn": "arn:aws:iam::123456789012:role/job",
                    "resourceRequirements": [
                        {"type": "VCPU", "value": "72"},
                        {"type": "MEMORY", "value": "130000"},
                    ],
                    "environment": [{"name": "OMP_NUM_THREADS", "value": "1"}],
                    "secrets": [{"name": "LICENCE", "valueFrom": "arn"}],
                    "linuxParameters": {
                        "sharedMemorySize": 1024,
                        "devices": [{"hostPath": "/dev/infiniband/uverbs0"}],
                    },
                    "volumes": [
                        {"name": "scratch", "host": {"sourcePath": "/scratch"}},
                        {
                            "name": "home",
                            "efsVolumeConfiguration": {
                                "fileSystemId": "fs-1",
                                "transitEncryption": "ENABLED",
                            },
                        },
                    ],
                    "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
                    "ulimits": [{"name": "memlock", "softLimit": -1, "hardLimit": -1}],
                },
            }
        ],
    },
}


@pytest.mark.parametrize("spelled", both(DEFINITION))
def test_a_job_definition_is_read_in_both_spellings(spelled: Spelled) -> None:
    read = JobDefinition.read(Shape(spelled), id="Job")
    assert read.is_multinode
    assert (read.num_nodes, read.main_node, read.timeout_seconds) == (4, 0, 3600)
    assert read.instance_type == "c5.18xlarge"
    assert (read.name, read.scheduling_priority) == ("solver", 5)
    assert read.parameters == {"case": "wing"}
    assert read.tags == {"team": "cfd"}
    assert read.platform_capabilities == ("EC2",)
    assert read.retry_strategy is not None
    assert read.retry_strategy is not UNKNOWN
    assert read.retry_strategy.attempts == 2
    ((group, container),) = read.containers
    assert group.path == "nodeProperties.nodeRangeProperties[0]"
    assert group.forms == ("container",)
    assert group.job_role == Role(id="arn:aws:iam::123456789012:role/job")
    assert group.execution_role is None
    assert container.path == f"{group.path}.container"
    assert (container.vcpus, container.memory_mib, container.gpus) == (72, 130000, None)
    assert container.command == ("run", "Ref::case")
    assert container.secrets == ("LICENCE",)
    assert container.shared_memory_mib == 1024
    assert isinstance(container.devices, tuple)
    assert len(container.devices) == 1
    assert isinstance(group.volumes, tuple)
    scratch, home = group.volumes
    assert scratch is not UNKNOWN
    assert home is not UNKNOWN
    assert (scratch.host_path, scratch.file_system_id) == ("/scratch", None)
    assert (home.file_system_id, home.transit_encryption) == ("fs-1", "ENABLED")


@pytest.mark.parametrize(
    "spelled",
    both(
        {
            "targetNodes": "1:",
            "instanceTypes": ["p4d.24xlarge"],
            "ecsProperties": {
                "taskProperties": [
                    {
                        "taskRoleArn": "arn:task",
                        "executionRoleArn": "arn:execution",
                        "containers": [
                            {"name": "solver", "image": "solver:1"},
                            {"name": "monitor", "image": "monitor:1"},
                        ],
                    }
                ]
            },
        }
    ),
)
def test_a_node_range_of_several_containers_is_read(spelled: Spelled) -> None:
    group = NodeGroup.read(Shape(spelled), "range")
    assert group.forms == ("ecsProperties",)
    assert [each.name for each in group.known_containers] == ["solver", "monitor"]
    assert [each.path for each in group.known_containers] == [
        "range.ecsProperties.taskProperties[0].containers[0]",
        "range.ecsProperties.taskProperties[0].containers[1]",
    ]
    assert group.job_role == Role(id="arn:task")
    assert group.execution_role == Role(id="arn:execution")
    assert group.instance_type == "p4d.24xlarge"


@pytest.mark.parametrize(
    "spelled",
    both(
        {
            "targetNodes": "0:",
            "eksProperties": {"podProperties": {"metadata": {"namespace": "solvers"}}},
        }
    ),
)
def test_a_node_range_of_eks_is_read(spelled: Spelled) -> None:
    group = NodeGroup.read(Shape(spelled), "range")
    assert group.forms == ("eksProperties",)
    assert group.namespace == "solvers"
    assert list(group.known_containers) == []


def test_unknown_node_properties_are_unknown_all_through() -> None:
    read = JobDefinition.read(Shape({"type": "multinode", "nodeProperties": UNKNOWN}), id="Job")
    assert read.is_multinode
    assert read.num_nodes is UNKNOWN
    assert read.main_node is UNKNOWN
    assert read.node_groups is UNKNOWN
    assert read.instance_type is UNKNOWN
    assert read.known_node_groups == ()


def test_an_unknown_node_range_leaves_the_others_known() -> None:
    ranges = [UNKNOWN, {"targetNodes": "1:", "container": UNKNOWN}]
    read = JobDefinition.read(
        Shape({"type": "multinode", "nodeProperties": {"nodeRangeProperties": ranges}}), id="Job"
    )
    (group,) = read.known_node_groups
    assert group.path == "nodeProperties.nodeRangeProperties[1]"
    assert group.target_nodes == "1:"
    assert group.containers is UNKNOWN
    assert group.job_role is UNKNOWN
    assert group.instance_type is UNKNOWN
    # Whether a member of unknown value is written at all is not known either.
    assert group.forms == ()
    assert group.unsure_forms == ("container",)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["c5.18xlarge", "c5.18xlarge"], "c5.18xlarge"),
        (["c5.18xlarge", None], "c5.18xlarge"),
        ([None, None], None),
        (["c5.18xlarge", UNKNOWN], UNKNOWN),
        (["c5.18xlarge", "c5.9xlarge"], UNKNOWN),
    ],
    ids=str,
)
def test_the_instance_type_is_one_for_all_node_groups(types: list[Any], expected: object) -> None:
    read = JobDefinition.read(
        Shape(
            {
                "type": "multinode",
                "nodeProperties": {
                    "nodeRangeProperties": [
                        {"targetNodes": str(node), "container": {"instanceType": each}}
                        for node, each in enumerate(types)
                    ]
                },
            }
        ),
        id="Job",
    )
    assert read.instance_type == expected


@pytest.mark.parametrize(("kind", "expected"), [("multinode", True), ("container", False)])
def test_only_a_definition_known_to_be_multi_node_is_one(kind: str, expected: bool) -> None:
    assert JobDefinition.read(Shape({"type": kind}), id="Job").is_multinode is expected
    assert not JobDefinition.read(Shape({"type": UNKNOWN}), id="Job").is_multinode


ENVIRONMENT = {
    "computeEnvironmentName": "nodes",
    "type": "MANAGED",
    "computeResources": {
        "type": "EC2",
        "minvCpus": 0,
        "maxvCpus": "288",
        "desiredvCpus": 4,
        "instanceTypes": ["c5.18xlarge", UNKNOWN],
        "allocationStrategy": "BEST_FIT_PROGRESSIVE",
        "ec2Configuration": [{"imageType": "ECS_AL2023"}],
        "launchTemplate": {"launchTemplateId": "lt-1", "version": "3"},
    },
}


def read_environment(shape: Spelled, **given: Any) -> ComputeEnvironment:
    references: dict[str, Any] = {
        "launch_template": None,
        "placement_group": None,
        "subnets": (),
        "security_groups": None,
    }
    return ComputeEnvironment.read(Shape(shape), id="Environment", **{**references, **given})


@pytest.mark.parametrize("spelled", both(ENVIRONMENT))
def test_a_compute_environment_is_read_in_both_spellings(spelled: Spelled) -> None:
    read = read_environment(spelled, security_groups=(UNKNOWN,))
    assert (read.name, read.management, read.type) == ("nodes", "MANAGED", "EC2")
    assert (read.min_vcpus, read.desired_vcpus, read.max_vcpus) == (0, 4, 288)
    assert read.instance_types == ("c5.18xlarge", UNKNOWN)
    assert read.allocation_strategy == "BEST_FIT_PROGRESSIVE"
    assert read.ec2_configurations == (Ec2Configuration(image_type="ECS_AL2023"),)
    assert read.launch_template_version == "3"
    assert read.is_eks is False
    assert read.replace_on_update is None
    assert read.security_groups == (UNKNOWN,)
    assert read.known_security_groups == ()


@pytest.mark.parametrize(
    ("launch_template", "expected"),
    [
        (None, None),
        (UNKNOWN, UNKNOWN),
        ({"launchTemplateId": "lt-1"}, "$Default"),
        ({"launchTemplateId": "lt-1", "version": UNKNOWN}, UNKNOWN),
        ({"launchTemplateId": "lt-1", "version": 7}, "7"),
    ],
    ids=["no template", "unknown template", "no version", "unknown version", "a number"],
)
def test_the_version_of_a_launch_template_is_the_default_one_unless_it_is_given(
    launch_template: object, expected: object
) -> None:
    read = read_environment({"computeResources": {"launchTemplate": launch_template}})
    assert read.launch_template_version == expected


def test_unknown_compute_resources_hide_whatever_is_in_them() -> None:
    read = read_environment({"type": "MANAGED", "computeResources": UNKNOWN}, security_groups=())
    assert read.management == "MANAGED"
    for part in ("type", "max_vcpus", "instance_types", "subnets", "security_groups"):
        assert getattr(read, part) is UNKNOWN, part
    assert read.known_subnets == ()
    assert read.interfaces_carry_groups is UNKNOWN


@pytest.mark.parametrize(
    ("written", "expected"),
    [({}, False), ({"eksConfiguration": {}}, True), ({"eksConfiguration": UNKNOWN}, UNKNOWN)],
    ids=["ECS", "EKS", "unknown"],
)
def test_an_environment_is_of_eks_if_it_says_so(written: Spelled, expected: object) -> None:
    assert read_environment(written).is_eks is expected


QUEUE = {
    "jobQueueName": "solvers",
    "priority": "10",
    "computeEnvironmentOrder": [
        {"order": 2, "computeEnvironment": "second"},
        {"order": 1, "computeEnvironment": "first"},
    ],
    "jobStateTimeLimitActions": [
        {
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            "state": "RUNNABLE",
            "maxTimeSeconds": 600,
            "action": "CANCEL",
        }
    ],
}


def named(value: object) -> Any:
    return ComputeEnvironment(id=value) if isinstance(value, str) else UNKNOWN


@pytest.mark.parametrize("spelled", both(QUEUE))
def test_a_job_queue_is_read_in_both_spellings(spelled: Spelled) -> None:
    read = JobQueue.read(Shape(spelled), id="Queue", environment_of=named)
    assert (read.name, read.priority) == ("solvers", 10)
    assert [each.id for each in read.known_environments] == ["first", "second"]
    assert read.shows_all_environments
    assert read.time_limit_actions == (
        JobStateTimeLimitAction(
            reason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            state="RUNNABLE",
            max_time_seconds=600,
            action="CANCEL",
        ),
    )
    assert read.has_fair_share is False
    assert read.runs_service_jobs is False


def test_a_queue_with_a_part_unknown_does_not_show_all_environments() -> None:
    order = [{"order": 1, "computeEnvironment": "first"}, UNKNOWN]
    read = JobQueue.read(Shape({"computeEnvironmentOrder": order}), id="Q", environment_of=named)
    assert read.environments == (
        ComputeEnvironmentOrder(order=1, environment=ComputeEnvironment(id="first")),
        UNKNOWN,
    )
    assert [each.id for each in read.known_environments] == ["first"]
    assert not read.shows_all_environments
    hidden = JobQueue.read(
        Shape({"computeEnvironmentOrder": UNKNOWN}), id="Q", environment_of=named
    )
    assert hidden.known_environments == ()
    assert not hidden.shows_all_environments


@pytest.mark.parametrize(
    ("given", "expected"), [(None, UNKNOWN), (True, True), (False, False), (UNKNOWN, UNKNOWN)]
)
def test_a_policy_is_a_fair_share_policy_only_if_it_is_known_to_be(
    given: bool | None, expected: object
) -> None:
    shape = Shape({"schedulingPolicyArn": "arn:policy"})
    read = JobQueue.read(shape, id="Queue", environment_of=named, has_fair_share=given)
    assert read.has_fair_share is expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [(None, False), ([{"order": 1, "serviceEnvironment": "training"}], True), (UNKNOWN, UNKNOWN)],
    ids=["none", "service environments", "unknown"],
)
def test_a_queue_of_service_environments_is_known_as_one(order: object, expected: object) -> None:
    shape = Shape({"serviceEnvironmentOrder": order})
    assert JobQueue.read(shape, id="Q", environment_of=named).runs_service_jobs is expected


TEMPLATE: dict[str, Any] = {
    "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2},
    "blockDeviceMappings": [
        {"deviceName": "/dev/xvda", "ebs": {"encrypted": True}},
        {"deviceName": "/dev/xvdb", "virtualName": "ephemeral0"},
    ],
    "networkInterfaces": [
        {"deviceIndex": 0, "networkCardIndex": 0, "interfaceType": "efa", "groups": ["sg-1"]}
    ],
    "instanceMarketOptions": {"marketType": "capacity-block"},
    "capacityReservationSpecification": {
        "capacityReservationTarget": {"capacityReservationId": "cr-1"}
    },
    "placement": {"groupName": "nodes"},
    "cpuOptions": {"threadsPerCore": 1},
    "userData": "IyEvYmluL3No",
}


@pytest.mark.parametrize("spelled", both(TEMPLATE))
def test_a_launch_template_is_read_in_both_spellings(spelled: Spelled) -> None:
    assert LaunchTemplate.read(Shape(spelled), id="Template", user_data="#!/bin/sh") == (
        LaunchTemplate(
            id="Template",
            http_tokens="required",
            http_put_response_hop_limit=2,
            block_devices=(
                BlockDevice(device_name="/dev/xvda", is_ebs=True, encrypted=True),
                BlockDevice(device_name="/dev/xvdb", is_ebs=False),
            ),
            network_interfaces=(
                NetworkInterface(
                    device_index=0,
                    network_card_index=0,
                    interface_type="efa",
                    security_groups=("sg-1",),
                ),
            ),
            market_type="capacity-block",
            capacity_reservation=CapacityReservation(reservation_id="cr-1"),
            placement_group="nodes",
            threads_per_core=1,
            user_data="#!/bin/sh",
        )
    )


def test_an_empty_launch_template_says_nothing() -> None:
    assert LaunchTemplate.read(Shape({}), id="Template") == LaunchTemplate(id="Template")


@pytest.mark.parametrize(
    ("member", "parts"),
    [
        ("metadataOptions", ["http_tokens", "http_put_response_hop_limit"]),
        ("blockDeviceMappings", ["block_devices"]),
        ("networkInterfaces", ["network_interfaces"]),
        ("instanceMarketOptions", ["market_type"]),
        ("capacityReservationSpecification", ["capacity_reservation"]),
        ("placement", ["placement_group"]),
        ("cpuOptions", ["threads_per_core"]),
        ("userData", ["user_data"]),
        ("securityGroupIds", ["security_groups"]),
    ],
)
def test_an_unknown_member_of_a_launch_template_is_unknown(member: str, parts: list[str]) -> None:
    read = LaunchTemplate.read(Shape({**TEMPLATE, member: UNKNOWN}), id="Template")
    for part in parts:
        assert getattr(read, part) is UNKNOWN, part


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(None, False), ("interface", False), ("efa", True), ("efa-only", True), (UNKNOWN, UNKNOWN)],
)
def test_an_efa_interface_is_known_by_its_type(kind: Any, expected: object) -> None:
    assert NetworkInterface(interface_type=kind).is_efa is expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (None, False),
        (UNKNOWN, UNKNOWN),
        (LaunchTemplate(id="T"), False),
        (LaunchTemplate(id="T", network_interfaces=UNKNOWN), UNKNOWN),
        (LaunchTemplate(id="T", network_interfaces=(UNKNOWN,)), True),
    ],
    ids=["none", "unknown", "without interfaces", "unknown interfaces", "one interface"],
)
def test_interfaces_of_the_launch_template_carry_the_groups(
    template: Any, expected: object
) -> None:
    environment = ComputeEnvironment(id="Environment", launch_template=template)
    assert environment.interfaces_carry_groups is expected


def test_what_the_stock_constructs_write_in_small_letters_is_known_as_well() -> None:
    read = read_environment({"type": "unmanaged", "computeResources": {"type": "spot"}})
    assert (read.management, read.type) == ("UNMANAGED", "SPOT")
    assert JobDefinition.read(Shape({"Type": "MultiNode"}), id="Job").is_multinode
