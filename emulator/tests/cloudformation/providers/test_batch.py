"""What a template says of Batch is what Batch then describes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import DeployedStack, EmbeddedAws
from templates import container, definition, platform


@pytest.fixture
def stack(aws: EmbeddedAws) -> DeployedStack:
    deployed = aws.deploy(platform())
    assert deployed.failures == {}
    return deployed


def environment(aws: EmbeddedAws, stack: DeployedStack) -> dict[str, Any]:
    found: list[dict[str, Any]] = aws.client("batch").describe_compute_environments(
        computeEnvironments=[stack.resources["Environment"]]
    )["computeEnvironments"]
    assert len(found) == 1
    return found[0]


def test_an_environment_keeps_all_that_its_template_says(
    aws: EmbeddedAws, stack: DeployedStack
) -> None:
    found, resources = environment(aws, stack), stack.resources
    assert (found["type"], found["state"], found["status"]) == ("MANAGED", "ENABLED", "VALID")
    described = found["computeResources"]
    assert described["instanceRole"].endswith(f"instance-profile/{resources['Profile']}")
    assert {**described, "instanceRole": ""} == {
        "type": "EC2",
        "allocationStrategy": "BEST_FIT_PROGRESSIVE",
        "minvCpus": 0,
        "maxvCpus": 16,
        "desiredvCpus": 0,
        "instanceTypes": ["c5.xlarge"],
        "instanceRole": "",
        "subnets": [resources["Subnet"]],
        "securityGroupIds": [resources["Group"]],
        "placementGroup": resources["PlacementGroup"],
        "ec2Configuration": [{"imageType": "ECS_AL2023"}],
        "launchTemplate": {"launchTemplateId": resources["LaunchTemplate"], "version": "1"},
    }


def test_a_queue_keeps_its_order_and_its_limits_for_stuck_jobs(
    aws: EmbeddedAws, stack: DeployedStack
) -> None:
    (queue,) = aws.client("batch").describe_job_queues(jobQueues=[stack.resources["Queue"]])[
        "jobQueues"
    ]
    assert queue["computeEnvironmentOrder"] == [
        {"order": 1, "computeEnvironment": stack.resources["Environment"]}
    ]
    assert queue["jobStateTimeLimitActions"] == [
        {
            "action": "CANCEL",
            "maxTimeSeconds": 3600,
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            "state": "RUNNABLE",
        }
    ]


def test_a_definition_keeps_its_node_groups_and_all_of_their_containers(
    aws: EmbeddedAws, stack: DeployedStack
) -> None:
    (found,) = aws.client("batch").describe_job_definitions(
        jobDefinitions=[stack.resources["Definition"]]
    )["jobDefinitions"]
    assert found["type"] == "multinode"
    assert found["revision"] == 1
    assert found["propagateTags"] is True
    assert found["tags"] == {"project": "test"}
    assert found["parameters"] == {"Greeting": "hello"}
    assert found["timeout"] == {"attemptDurationSeconds": 900}
    assert found["retryStrategy"]["attempts"] == 2
    nodes = found["nodeProperties"]
    assert (nodes["numNodes"], nodes["mainNode"]) == (4, 0)
    assert [each["targetNodes"] for each in nodes["nodeRangeProperties"]] == ["0:1", "2:"]
    assert nodes["nodeRangeProperties"][0]["container"] == {
        "image": "public.ecr.aws/docker/library/busybox:1.37",
        "command": ["echo", "Ref::Greeting"],
        "resourceRequirements": [
            {"type": "VCPU", "value": "4"},
            {"type": "MEMORY", "value": "7494"},
        ],
        "environment": [{"name": "MODE", "value": "test"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "jobs"}},
        "linuxParameters": {"sharedMemorySize": 1024},
        "ulimits": [{"name": "memlock", "softLimit": -1, "hardLimit": -1}],
    }


def test_an_environment_grows_in_its_place(aws: EmbeddedAws, stack: DeployedStack) -> None:
    before = stack.resources
    resources = platform()
    resources["Environment"]["Properties"]["ComputeResources"]["MaxvCpus"] = 64
    stack.update(resources)
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.resources == before
    assert environment(aws, stack)["computeResources"]["maxvCpus"] == 64


def test_an_environment_follows_the_next_version_of_its_launch_template(
    aws: EmbeddedAws, stack: DeployedStack
) -> None:
    resources = platform()
    data = resources["LaunchTemplate"]["Properties"]["LaunchTemplateData"]
    data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] = 100
    stack.update(resources)
    template = environment(aws, stack)["computeResources"]["launchTemplate"]
    assert template["version"] == "2"
    (version,) = aws.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=template["launchTemplateId"], Versions=["2"]
    )["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 100


def test_an_environment_that_may_be_replaced_is_and_its_queue_follows(
    aws: EmbeddedAws, stack: DeployedStack
) -> None:
    before = stack.resources
    resources = platform()
    properties = resources["Environment"]["Properties"]
    del properties["ReplaceComputeEnvironment"]
    properties["ComputeResources"]["InstanceTypes"] = ["c5.2xlarge"]
    stack.update(resources)
    after = stack.resources
    assert after["Environment"] != before["Environment"]
    assert after["Queue"] == before["Queue"]
    batch = aws.client("batch")
    (queue,) = batch.describe_job_queues(jobQueues=[after["Queue"]])["jobQueues"]
    assert queue["computeEnvironmentOrder"][0]["computeEnvironment"] == after["Environment"]
    gone = batch.describe_compute_environments(computeEnvironments=[before["Environment"]])
    assert gone["computeEnvironments"] == []


def test_a_changed_definition_is_the_next_revision_and_the_one_before_is_inactive(
    aws: EmbeddedAws, stack: DeployedStack
) -> None:
    before = stack.resources["Definition"]
    resources = platform() | {"Definition": definition("0:", num_nodes=2)}
    stack.update(resources)
    after = stack.resources["Definition"]
    assert (before[-2:], after[-2:]) == (":1", ":2")
    found = aws.client("batch").describe_job_definitions(jobDefinitions=[before, after])
    assert [each["status"] for each in found["jobDefinitions"]] == ["INACTIVE", "ACTIVE"]


def test_deleting_the_stack_leaves_nothing_active(aws: EmbeddedAws, stack: DeployedStack) -> None:
    before = stack.resources
    stack.delete()
    assert stack.failures == {}
    assert stack.status == "DELETE_COMPLETE"
    order = stack.order_of("DELETE_COMPLETE")
    assert order.index("Queue") < order.index("Environment") < order.index("LaunchTemplate")
    batch = aws.client("batch")
    queues = batch.describe_job_queues(jobQueues=[before["Queue"]])
    environments = batch.describe_compute_environments(computeEnvironments=[before["Environment"]])
    (found,) = batch.describe_job_definitions(jobDefinitions=[before["Definition"]])[
        "jobDefinitions"
    ]
    assert (queues["jobQueues"], environments["computeEnvironments"]) == ([], [])
    assert found["status"] == "INACTIVE"


def changed_environment(**compute_resources: Any) -> dict[str, Any]:
    resources = platform()
    resources["Environment"]["Properties"]["ComputeResources"] |= compute_resources
    return resources


def changed_queue(**properties: Any) -> dict[str, Any]:
    resources = platform()
    resources["Queue"]["Properties"] |= properties
    return resources


def without_image() -> dict[str, Any]:
    resources = platform()
    nodes = resources["Definition"]["Properties"]["NodeProperties"]
    del nodes["NodeRangeProperties"][1]["Container"]["Image"]
    return resources


def with_definition(*ranges: str, **numbers: int) -> dict[str, Any]:
    return platform() | {"Definition": definition(*ranges, **numbers)}


ORDER = [{"Order": 1, "ComputeEnvironment": {"Ref": "Environment"}}]


@pytest.mark.parametrize(
    ("resources", "logical_id", "message"),
    [
        pytest.param(
            changed_environment(MaxCpus=4),
            "Environment",
            'Unknown parameter in computeResources: "MaxCpus"',
            id="unknown compute resource",
        ),
        pytest.param(
            changed_environment(MaxvCpus="many"),
            "Environment",
            "Invalid type for parameter computeResources.maxvCpus",
            id="wrong type",
        ),
        pytest.param(
            changed_environment(Type="EC3"),
            "Environment",
            "computeResources.type: 'EC3', valid values: EC2",
            id="no such type of environment",
        ),
        pytest.param(
            changed_environment(MinvCpus=32),
            "Environment",
            "minvCpus 32 must be from 0 to maxvCpus 16",
            id="min above max",
        ),
        pytest.param(
            changed_environment(Subnets=["subnet-0123456789abcdef0"]),
            "Environment",
            "The subnet ID 'subnet-0123456789abcdef0' does not exist",
            id="no such subnet",
        ),
        pytest.param(
            changed_environment(SecurityGroupIds=["sg-0123456789abcdef0"]),
            "Environment",
            "sg-0123456789abcdef0",
            id="no such security group",
        ),
        pytest.param(
            changed_environment(PlacementGroup="nowhere"),
            "Environment",
            "The Placement Group 'nowhere' is unknown",
            id="no such placement group",
        ),
        pytest.param(
            changed_environment(LaunchTemplate={"LaunchTemplateId": "lt-0123456789abcdef0"}),
            "Environment",
            "lt-0123456789abcdef0",
            id="no such launch template",
        ),
        pytest.param(
            changed_environment(
                LaunchTemplate={"LaunchTemplateId": {"Ref": "LaunchTemplate"}, "Version": "7"}
            ),
            "Environment",
            "InvalidLaunchTemplateId.VersionNotFound",
            id="no such version of the launch template",
        ),
        pytest.param(
            changed_environment(InstanceRole="missing"),
            "Environment",
            "Instance profile missing not found",
            id="no such instance profile",
        ),
        pytest.param(
            changed_queue(ComputeEnvironmentOrder=[{"Order": 1, "ComputeEnvironment": "none"}]),
            "Queue",
            "Compute environment none does not exist",
            id="queue without its environment",
        ),
        pytest.param(
            changed_queue(ComputeEnvironmentOrder=ORDER * 2),
            "Queue",
            "needs an order of its own",
            id="queue with one order twice",
        ),
        pytest.param(
            changed_queue(ComputeEnvironmentOrder=[]),
            "Queue",
            "1 to 3 compute environments",
            id="queue with no environment",
        ),
        pytest.param(
            without_image(),
            "Definition",
            "nodeRangeProperties[1].container must contain image",
            id="container without an image",
        ),
        pytest.param(
            with_definition("0:1", num_nodes=4),
            "Definition",
            "[2, 3] are in none",
            id="nodes in no range",
        ),
        pytest.param(
            with_definition("0:4", num_nodes=4), "Definition", "0:4 is outside", id="range too long"
        ),
        pytest.param(
            with_definition("0-3", num_nodes=4), "Definition", "'0-3' is not", id="no range at all"
        ),
        pytest.param(
            with_definition("0:", num_nodes=4, main_node=4),
            "Definition",
            "mainNode 4 must be fewer than numNodes 4",
            id="main node outside",
        ),
        pytest.param(
            with_definition("0", "1", "2", "3", "4", "5", num_nodes=6),
            "Definition",
            "1 to 5 node groups, not 6",
            id="six node groups",
        ),
    ],
)
def test_a_wrong_property_fails_the_stack_with_what_is_wrong(
    aws: EmbeddedAws, resources: dict[str, Any], logical_id: str, message: str
) -> None:
    stack = aws.deploy(resources)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert message in stack.failures[logical_id]
    assert stack.resources == {}


def test_best_fit_allows_a_new_size_and_no_new_instances(aws: EmbeddedAws) -> None:
    before = changed_environment(AllocationStrategy="BEST_FIT")
    stack = aws.deploy(before)
    wrong = copy.deepcopy(before)
    wrong["Environment"]["Properties"]["ComputeResources"]["InstanceTypes"] = ["c5.2xlarge"]
    stack.update(wrong)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "instanceTypes cannot be updated" in stack.failures["Environment"]
    right = copy.deepcopy(before)
    right["Environment"]["Properties"]["ComputeResources"]["MaxvCpus"] = 32
    stack.update(right)
    assert environment(aws, stack)["computeResources"]["maxvCpus"] == 32


def test_a_queue_is_disabled_before_it_is_deleted_and_goes_before_its_environment(
    aws: EmbeddedAws, stack: DeployedStack
) -> None:
    batch, resources = aws.client("batch"), stack.resources
    with pytest.raises(ClientError, match="Cannot delete, state is not DISABLED"):
        batch.delete_job_queue(jobQueue=resources["Queue"])
    batch.update_compute_environment(computeEnvironment=resources["Environment"], state="DISABLED")
    with pytest.raises(ClientError, match="found existing JobQueue relationship"):
        batch.delete_compute_environment(computeEnvironment=resources["Environment"])


def test_a_queue_takes_a_fair_share_policy(aws: EmbeddedAws) -> None:
    resources = changed_queue(SchedulingPolicyArn={"Ref": "Policy"})
    resources["Policy"] = {
        "Type": "AWS::Batch::SchedulingPolicy",
        "Properties": {"FairsharePolicy": {"ShareDecaySeconds": 3600}},
    }
    stack = aws.deploy(resources)
    assert stack.failures == {}
    (policy,) = aws.client("batch").describe_scheduling_policies(arns=[stack.resources["Policy"]])[
        "schedulingPolicies"
    ]
    assert policy["fairsharePolicy"] == {"shareDecaySeconds": 3600}


def test_tags_can_be_read_added_and_removed(aws: EmbeddedAws, stack: DeployedStack) -> None:
    batch, arn = aws.client("batch"), stack.resources["Queue"]
    batch.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    batch.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert batch.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_an_operation_that_is_not_provided_is_refused_with_a_reason(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="does not support batch ListQuotaShares"):
        aws.client("batch").list_quota_shares(jobQueue="any")


def test_single_node_definitions_are_kept_too(aws: EmbeddedAws) -> None:
    stack = aws.deploy(
        {
            "Definition": {
                "Type": "AWS::Batch::JobDefinition",
                "Properties": {"Type": "container", "ContainerProperties": container()},
            }
        }
    )
    (found,) = aws.client("batch").describe_job_definitions(
        jobDefinitions=[stack.resources["Definition"]]
    )["jobDefinitions"]
    assert found["containerProperties"]["linuxParameters"] == {"sharedMemorySize": 1024}
