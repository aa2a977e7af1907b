"""Job definitions that AWS Batch refuses, each wrong in one thing."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import LEFT_OUT, RIGHT, Account, Refused, named

CONTAINER = "containerProperties"
NODES = "nodeProperties"
RANGE = f"{NODES}.nodeRangeProperties"
FIRST = f"{RANGE}.0.container"
TASK = "ecsProperties.taskProperties"
POD = "eksProperties.podProperties"
SECRET = [{"name": "S", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/s"}]
RIGHT_TASK = RIGHT["task"][1]["ecsProperties"]["taskProperties"][0]


def requirements(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"type": kind, "value": value} for kind, value in pairs]


def vcpus(value: str) -> list[dict[str, str]]:
    return requirements(("VCPU", value), ("MEMORY", "2048"))


def variable(name: str) -> list[dict[str, str]]:
    return [{"name": name, "value": "1"}]


DEFINITIONS: list[Refused] = [
    ("container", {"jobDefinitionName": "a:1"}, "jobDefinitionName must be 1 to 128"),
    ("container", {"type": "single"}, "valid values: container, multinode"),
    ("container", {"type": "multinode"}, "must have nodeProperties"),
    ("container", {CONTAINER: LEFT_OUT}, "it has none"),
    ("multinode", {"type": "container"}, "one of its container properties"),
    ("container", {"ecsProperties": {"taskProperties": [RIGHT_TASK]}}, "and no other properties"),
    ("multinode", {f"{RANGE}.1.targetNodes": "3:"}, "[2] are in none"),
    (
        "multinode",
        {f"{RANGE}.0.targetNodes": "0:2", f"{RANGE}.1.targetNodes": "1:3"},
        "0:2 and 1:3 overlap",
    ),
    ("multinode", {f"{RANGE}.0.targetNodes": "٠:١"}, "is not a valid node range"),
    ("multinode", {f"{RANGE}.0.targetNodes": "0-1"}, "is not a valid node range"),
    ("multinode", {f"{RANGE}.0.targetNodes": "1:0"}, "1:0 is outside"),
    ("multinode", {f"{RANGE}.0.targetNodes": "-1:1"}, "is not a valid node range"),
    ("multinode", {f"{RANGE}.0.targetNodes": ""}, "is not a valid node range"),
    ("multinode", {f"{RANGE}.0.targetNodes": "9" * 5000}, "is not a valid node range"),
    ("multinode", {RANGE: []}, "1 to 5 node groups, not 0"),
    (
        "multinode",
        {f"{RANGE}.0.instanceTypes": ["c5.large"], f"{RANGE}.1.instanceTypes": ["c5.xlarge"]},
        "the same instance type, not c5.large, c5.xlarge",
    ),
    (
        "multinode",
        {f"{FIRST}.instanceType": "c5.large", f"{RANGE}.0.instanceTypes": ["c5.xlarge"]},
        "the same instance type, not c5.large, c5.xlarge",
    ),
    ("multinode", {f"{RANGE}.0.container": LEFT_OUT}, "must have one of container"),
    ("multinode", {f"{FIRST}.image": LEFT_OUT}, "nodeRangeProperties[0].container must contain im"),
    ("multinode", {f"{FIRST}.environment": variable("AWS_BATCH_X")}, "must not start with AWS_BA"),
    ("multinode", {f"{FIRST}.secrets": SECRET}, "must contain executionRoleArn, since"),
    ("multinode", {f"{FIRST}.fargatePlatformConfiguration": {}}, "jobs on Fargate only"),
    ("multinode", {f"{FIRST}.networkConfiguration": {}}, "jobs on Fargate only"),
    ("multinode", {f"{FIRST}.ephemeralStorage": {"sizeInGiB": 30}}, "jobs on Fargate only"),
    ("multinode", {f"{FIRST}.runtimePlatform": {}}, "jobs on Fargate only"),
    ("multinode", {"platformCapabilities": ["FARGATE"]}, "not supported by multi-node"),
    ("multinode", {"platformCapabilities": ["MANAGED_INSTANCES"]}, "not supported by multi-node"),
    ("multinode", {"platformCapabilities": ["MAINFRAME"]}, "valid values: EC2, FARGATE"),
    (
        "pods of nodes",
        {f"{RANGE}.0.eksProperties.podProperties.metadata": {"namespace": "a"}},
        "must have one namespace, not None, a",
    ),
    ("container", {f"{CONTAINER}.resourceRequirements": LEFT_OUT}, "of type VCPU"),
    ("container", {f"{CONTAINER}.resourceRequirements": vcpus("x")}, "not 'x'"),
    ("container", {f"{CONTAINER}.resourceRequirements": vcpus("0.25")}, "of at least 1, not 0.25"),
    ("container", {f"{CONTAINER}.resourceRequirements": vcpus("1.5")}, "not '1.5'"),
    ("container", {f"{CONTAINER}.resourceRequirements": vcpus("-1")}, "not '-1'"),
    ("container", {f"{CONTAINER}.resourceRequirements": vcpus("٤")}, "not '٤'"),
    ("container", {f"{CONTAINER}.resourceRequirements": vcpus("9" * 5000)}, "not '9999"),
    (
        "container",
        {f"{CONTAINER}.resourceRequirements.+": {"type": "VCPU", "value": "2"}},
        "more than one resource requirement of type VCPU",
    ),
    ("container", {f"{CONTAINER}.resourceRequirements.+": {"type": "TPU", "value": "2"}}, "GPU"),
    (
        "container",
        {f"{CONTAINER}.mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]},
        "sourceVolume v, and there is no such volume",
    ),
    ("container", {f"{CONTAINER}.environment": variable("AWS_BATCH_X")}, "AWS_BATCH_X"),
    ("container", {f"{CONTAINER}.secrets": SECRET}, "executionRoleArn, since it has secrets"),
    ("container", {f"{CONTAINER}.secrets": [{"name": "s"}]}, '"valueFrom"'),
    (
        "container",
        {f"{CONTAINER}.logConfiguration": {"logDriver": "awslogs", "secretOptions": SECRET}},
        "since it has logConfiguration.secretOptions",
    ),
    ("container", {f"{CONTAINER}.logConfiguration": {"logDriver": "paper"}}, "valid values: json"),
    ("container", {f"{CONTAINER}.image": "two words"}, "1 to 255 letters, digits"),
    ("container", {f"{CONTAINER}.image": ""}, "1 to 255 letters, digits"),
    ("container", {f"{CONTAINER}.instanceType": "c5.large"}, "for multi-node jobs only"),
    ("container", {f"{CONTAINER}.jobRoleArn": "arn:aws:s3:::role/x"}, "role/NAME, not"),
    ("container", {f"{CONTAINER}.executionRoleArn": "ecsTaskExecutionRole"}, "ARN of a role"),
    (
        "container",
        {f"{CONTAINER}.ulimits": [{"name": "files", "softLimit": 1, "hardLimit": 1}]},
        "'files', valid values: core",
    ),
    (
        "container",
        {
            f"{CONTAINER}.linuxParameters.tmpfs": [
                {"containerPath": "/t", "size": 1, "mountOptions": ["fast"]}
            ]
        },
        "not a mount option of tmpfs",
    ),
    (
        "container",
        {
            f"{CONTAINER}.volumes": [
                {
                    "name": "v",
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs-1",
                        "authorizationConfig": {"iam": "ENABLED"},
                    },
                }
            ]
        },
        "must have transitEncryption ENABLED",
    ),
    (
        "container",
        {
            f"{CONTAINER}.volumes": [
                {
                    "name": "v",
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs-1",
                        "transitEncryption": "ENABLED",
                        "rootDirectory": "/a",
                        "authorizationConfig": {"accessPointId": "fsap-1"},
                    },
                }
            ]
        },
        "no rootDirectory but /",
    ),
    ("container", {f"{CONTAINER}.volumes": [{"name": "a b"}]}, "1 to 255 letters"),
    (
        "container",
        {"retryStrategy": {"evaluateOnExit": [{"action": "RETRY", "onReason": "a"}]}},
        "must have attempts",
    ),
    (
        "container",
        {"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"action": "RETRY"}]}},
        "at least one of onStatusReason",
    ),
    (
        "container",
        {
            "retryStrategy": {
                "attempts": 2,
                "evaluateOnExit": [{"action": "RETRY", "onExitCode": "abc"}],
            }
        },
        "up to 512 digits",
    ),
    (
        "container",
        {
            "retryStrategy": {
                "attempts": 2,
                "evaluateOnExit": [{"action": "RETRY", "onReason": "*a"}],
            }
        },
        "an asterisk only at the end",
    ),
    (
        "container",
        {"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"action": "WAIT", "onReason": "a"}]}},
        "valid values: RETRY, EXIT",
    ),
    ("fargate", {f"{CONTAINER}.executionRoleArn": LEFT_OUT}, "since it runs on Fargate"),
    ("fargate", {f"{CONTAINER}.privileged": True}, "must not be privileged on Fargate"),
    (
        "fargate",
        {f"{CONTAINER}.ulimits": [{"name": "core", "softLimit": 1, "hardLimit": 1}]},
        "must not contain ulimits on Fargate",
    ),
    ("fargate", {f"{CONTAINER}.linuxParameters.maxSwap": 1}, "linuxParameters.maxSwap on Fargate"),
    ("fargate", {f"{CONTAINER}.resourceRequirements.+": {"type": "GPU", "value": "1"}}, "GPU"),
    ("task", {"platformCapabilities": ["EC2", "FARGATE"]}, "platformCapabilities takes 1"),
    ("container", {"platformCapabilities": ["MANAGED_INSTANCES"]}, "needs ecsProperties"),
    ("task", {TASK: []}, "takes 1 task, not 0"),
    ("task", {TASK: [RIGHT_TASK] * 2}, "takes 1 task, not 2"),
    ("task", {f"{TASK}.0.containers.0.essential": False}, "at least one essential container"),
    ("task", {f"{TASK}.0.containers.1.name": "main"}, "more than one container named main"),
    (
        "task",
        {f"{TASK}.0.containers.1.dependsOn": [{"containerName": "main", "condition": "SUCCESS"}]},
        "main is essential",
    ),
    (
        "task",
        {f"{TASK}.0.containers.1.dependsOn": [{"containerName": "none", "condition": "START"}]},
        "not another container",
    ),
    (
        "task",
        {f"{TASK}.0.containers.1.dependsOn": [{"containerName": "main", "condition": "SOON"}]},
        "valid values: START",
    ),
    ("task", {f"{TASK}.0.containers.1.secrets": SECRET}, "since it has secrets"),
    ("task", {f"{TASK}.0.containers.1.mountPoints": [{"sourceVolume": "v"}]}, "no such volume"),
    ("task", {f"{TASK}.0.platformVersion": "1.4.0"}, "jobs on Fargate only"),
    ("task", {f"{TASK}.0.networkMode": "host"}, "MANAGED_INSTANCES only"),
    ("task", {f"{TASK}.0.pidMode": "all"}, "valid values: host, task"),
    ("task", {f"{TASK}.0.ipcMode": "all"}, "valid values: host, task, none"),
    ("pod", {"propagateTags": True}, "propagateTags must not be specified with eksProperties"),
    ("pod", {"platformCapabilities": ["EC2"]}, "platformCapabilities must not be specified"),
    ("pod", {f"{POD}.dnsPolicy": "Best"}, "valid values: Default"),
    ("pod", {f"{POD}.metadata": {"namespace": "kube-system"}}, "neither default nor kube"),
    ("pod", {f"{POD}.containers.0.imagePullPolicy": "Maybe"}, "valid values: Always"),
    ("pod", {f"{POD}.containers.0.env": [{"name": "AWS_BATCH_A"}]}, "must not start with"),
    ("pod", {f"{POD}.containers.0.volumeMounts": [{"name": "v"}]}, "no such volume"),
    (
        "pod",
        {
            f"{POD}.containers.0.resources": {
                "limits": {"memory": "8Mi"},
                "requests": {"memory": "4Mi"},
            }
        },
        "must be the same",
    ),
    (
        "pod",
        {f"{POD}.containers.0.resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}},
        "must be at least requests.cpu",
    ),
    ("pod", {f"{POD}.containers.0.resources": {"limits": {"memory": "1Gi"}}}, "suffix Mi"),
    ("pod", {f"{POD}.securityContext.seccompProfile": {"type": "Localhost"}}, "localhostProfile"),
    ("deregister", {"jobDefinition": "job"}, "must name a revision"),
]


@pytest.mark.parametrize(("name", "changes", "message"), named(DEFINITIONS))
def test_a_wrong_request_is_refused_with_what_is_wrong(
    account: Account, name: str, changes: dict[str, Any], message: str
) -> None:
    code, reported = account.refusal(name, changes)
    assert (code, message in reported) == ("ClientException", True), reported
