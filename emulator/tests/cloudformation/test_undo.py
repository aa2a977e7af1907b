"""An update that fails leaves every resource as it was, also where the template says nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from embedded import EmbeddedAws
from templates import instance_role, network, platform

Describe = Callable[[EmbeddedAws, str], Any]

FAILING = {
    "Type": "AWS::Logs::LogGroup",
    "Properties": {"RetentionInDays": "soon"},
}


def failing_after(*names: str) -> dict[str, Any]:
    return {**FAILING, "DependsOn": list(names)}


def queue(aws: EmbeddedAws, name: str) -> Any:
    (found,) = aws.client("batch").describe_job_queues(jobQueues=[name])["jobQueues"]
    return found


def environment(aws: EmbeddedAws, name: str) -> Any:
    found = aws.client("batch").describe_compute_environments(computeEnvironments=[name])
    (described,) = found["computeEnvironments"]
    return described


@pytest.mark.parametrize(
    ("resource", "change", "describe"),
    [
        pytest.param("Queue", {"State": "DISABLED"}, queue, id="queue's state"),
        pytest.param("Queue", {"Priority": 9}, queue, id="queue's priority"),
        pytest.param("Environment", {"State": "DISABLED"}, environment, id="environment's state"),
        pytest.param(
            "Environment",
            {"UpdatePolicy": {"TerminateJobsOnUpdate": True, "JobExecutionTimeoutMinutes": 5}},
            environment,
            id="update policy",
        ),
        pytest.param(
            "Environment",
            {"ComputeResources": {"Ec2KeyPair": "key", "MaxvCpus": 8}},
            environment,
            id="compute resources",
        ),
        pytest.param(
            "Environment",
            {"ComputeResources": {"LaunchTemplate": {"LaunchTemplateName": "undone"}}},
            environment,
            id="launch template",
        ),
    ],
)
def test_batch_is_as_it_was(
    aws: EmbeddedAws, resource: str, change: dict[str, Any], describe: Describe
) -> None:
    ec2 = aws.client("ec2")
    ec2.create_key_pair(KeyName="key")
    data = {"UserData": ""}
    ec2.create_launch_template(LaunchTemplateName="undone", LaunchTemplateData=data)
    resources = platform()
    del resources["Environment"]["Properties"]["ComputeResources"]["LaunchTemplate"]
    stack = aws.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    before = describe(aws, stack.resources[resource])
    changed = copy.deepcopy(resources)
    properties = changed[resource]["Properties"]
    for key, value in change.items():
        properties[key] = {**properties[key], **value} if key == "ComputeResources" else value
    # Fails when the change has been made, and is undone with it.
    stack.update({**changed, "Bad": failing_after(resource)})
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert resource in stack.order_of("UPDATE_COMPLETE")
    assert describe(aws, stack.resources[resource]) == before
    ec2.delete_key_pair(KeyName="key")
    ec2.delete_launch_template(LaunchTemplateName="undone")


def test_a_queue_that_leaves_its_state_to_the_service_is_enabled_again(aws: EmbeddedAws) -> None:
    resources = platform()
    disabled = copy.deepcopy(resources)
    disabled["Queue"]["Properties"]["State"] = "DISABLED"
    stack = aws.deploy(disabled)
    assert queue(aws, stack.resources["Queue"])["state"] == "DISABLED"
    stack.update(resources)
    assert queue(aws, stack.resources["Queue"])["state"] == "ENABLED"


def repository(aws: EmbeddedAws, name: str) -> Any:
    ecr = aws.client("ecr")
    (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    try:
        policy = ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        policy = None
    return found["imageTagMutability"], found["imageScanningConfiguration"], policy


def vpc(aws: EmbeddedAws, name: str) -> Any:
    ec2 = aws.client("ec2")
    return [
        ec2.describe_vpc_attribute(VpcId=name, Attribute=attribute)[
            attribute[:1].upper() + attribute[1:]
        ]
        for attribute in ("enableDnsSupport", "enableDnsHostnames")
    ]


def subnet(aws: EmbeddedAws, name: str) -> Any:
    (found,) = aws.client("ec2").describe_subnets(SubnetIds=[name])["Subnets"]
    return found["MapPublicIpOnLaunch"]


def group(aws: EmbeddedAws, name: str) -> Any:
    (found,) = aws.client("ec2").describe_security_groups(GroupIds=[name])["SecurityGroups"]
    return found["IpPermissionsEgress"]


def role(aws: EmbeddedAws, name: str) -> Any:
    found = aws.client("iam").get_role(RoleName=name)["Role"]
    return found.get("Description", ""), found["MaxSessionDuration"]


def file_system(aws: EmbeddedAws, name: str) -> Any:
    efs = aws.client("efs")
    return efs.describe_lifecycle_configuration(FileSystemId=name)["LifecyclePolicies"]


LIFECYCLE = (
    '{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": '
    '"imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]}'
)


@pytest.mark.parametrize(
    ("resource", "change", "describe"),
    [
        pytest.param(
            {"Type": "AWS::ECR::Repository", "Properties": {}},
            {
                "ImageTagMutability": "IMMUTABLE",
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "LifecyclePolicy": {"LifecyclePolicyText": LIFECYCLE},
            },
            repository,
            id="repository",
        ),
        pytest.param(
            network()["Vpc"],
            {"EnableDnsHostnames": True, "EnableDnsSupport": False},
            vpc,
            id="VPC",
        ),
        pytest.param(network()["Subnet"], {"MapPublicIpOnLaunch": True}, subnet, id="subnet"),
        pytest.param(
            {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"GroupDescription": "nodes", "VpcId": {"Ref": "Vpc"}},
            },
            {
                "SecurityGroupEgress": [
                    {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "10.0.0.0/8"}
                ]
            },
            group,
            id="security group",
        ),
        pytest.param(
            instance_role()["Role"],
            {"Description": "other", "MaxSessionDuration": 7200},
            role,
            id="role",
        ),
        pytest.param(
            {"Type": "AWS::EFS::FileSystem", "Properties": {}},
            {"LifecyclePolicies": [{"TransitionToIA": "AFTER_7_DAYS"}]},
            file_system,
            id="file system",
        ),
    ],
)
def test_a_property_that_the_template_did_not_have_is_taken_back(
    aws: EmbeddedAws, resource: dict[str, Any], change: dict[str, Any], describe: Describe
) -> None:
    base = {"Vpc": network()["Vpc"]} if resource["Type"].startswith("AWS::EC2::") else {}
    before_properties = {
        key: member for key, member in resource.get("Properties", {}).items() if key not in change
    }
    resources = {**base, "Own": {**resource, "Properties": before_properties}}
    stack = aws.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.failures
    before = describe(aws, stack.resources["Own"])
    changed = copy.deepcopy(resources)
    changed["Own"]["Properties"] |= change
    stack.update({**changed, "Bad": failing_after("Own")})
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.reasons
    assert "Own" in stack.order_of("UPDATE_COMPLETE")
    assert describe(aws, stack.resources["Own"]) == before
    stack.update(changed)
    assert describe(aws, stack.resources["Own"]) != before
    stack.update(resources)
    assert describe(aws, stack.resources["Own"]) == before


def test_what_refers_to_a_job_definition_follows_its_revision(aws: EmbeddedAws) -> None:
    resources = {"Job": platform()["Definition"]}
    resources["Parameter"] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Name": "/follows", "Value": {"Ref": "Job"}},
    }
    outputs = {"Arn": {"Value": {"Ref": "Job"}, "Export": {"Name": "follows"}}}
    stack = aws.deploy(resources, Outputs=outputs)
    assert stack.status == "CREATE_COMPLETE", stack.failures
    changed = copy.deepcopy(resources)
    changed["Job"]["Properties"]["Timeout"] = {"AttemptDurationSeconds": 600}
    stack.update({**changed, "Bad": failing_after("Parameter")}, Outputs=outputs)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.failures
    arn = stack.outputs["Arn"]
    assert arn.endswith(":3")
    (definition,) = aws.client("batch").describe_job_definitions(jobDefinitions=[arn])[
        "jobDefinitions"
    ]
    assert definition["status"] == "ACTIVE"
    timeout = resources["Job"]["Properties"]["Timeout"]["AttemptDurationSeconds"]
    assert definition["timeout"] == {"attemptDurationSeconds": timeout}
    parameter = aws.client("ssm").get_parameter(Name="/follows")["Parameter"]
    assert parameter["Value"] == arn
    (export,) = (
        export
        for export in aws.client("cloudformation").list_exports()["Exports"]
        if export["Name"] == "follows"
    )
    assert export["Value"] == arn
    stack.delete()
