"""Reading job definitions as the API and as CloudFormation spell them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.spelling import Spelled, both

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
    read = JobDefinition.read(ApiStruct(spelled), id="Job")
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
    assert str(group.path) == "nodeProperties.nodeRangeProperties[0]"
    assert group.kinds == ("container",)
    assert group.job_role == Role(id="arn:aws:iam::123456789012:role/job")
    assert group.execution_role is None
    assert container.path == group.path / "container"
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


def test_unknown_node_properties_are_unknown_all_through() -> None:
    read = JobDefinition.read(ApiStruct({"type": "multinode", "nodeProperties": UNKNOWN}), id="Job")
    assert read.is_multinode
    assert read.num_nodes is UNKNOWN
    assert read.main_node is UNKNOWN
    assert read.node_groups is UNKNOWN
    assert read.instance_type is UNKNOWN
    assert read.known_node_groups == ()


def test_an_unknown_node_range_leaves_the_others_known() -> None:
    ranges = [UNKNOWN, {"targetNodes": "1:", "container": UNKNOWN}]
    read = JobDefinition.read(
        ApiStruct({"type": "multinode", "nodeProperties": {"nodeRangeProperties": ranges}}),
        id="Job",
    )
    (group,) = read.known_node_groups
    assert str(group.path) == "nodeProperties.nodeRangeProperties[1]"
    assert group.target_nodes == "1:"
    assert group.containers is UNKNOWN
    assert group.job_role is UNKNOWN
    assert group.instance_type is UNKNOWN
    assert group.kinds == ("container",)
    assert group.possible_kinds == ()


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
        ApiStruct(
            {
                "type": "multinode",
                "nodeProperties": {
                    "nodeRangeProperties": [
                        {"targetNodes": str(node), "container": {"instanceType": instance_type}}
                        for node, instance_type in enumerate(types)
                    ]
                },
            }
        ),
        id="Job",
    )
    assert read.instance_type == expected


@pytest.mark.parametrize(("kind", "expected"), [("multinode", True), ("container", False)])
def test_only_a_definition_known_to_be_multi_node_is_one(kind: str, expected: bool) -> None:
    assert JobDefinition.read(ApiStruct({"type": kind}), id="Job").is_multinode is expected
    assert not JobDefinition.read(ApiStruct({"type": UNKNOWN}), id="Job").is_multinode


def test_the_type_may_be_written_in_any_case() -> None:
    assert JobDefinition.read(ApiStruct({"Type": "MultiNode"}), id="Job").is_multinode
