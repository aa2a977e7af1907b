"""What the Batch API documents is taken."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import LEFT_OUT, RIGHT, ROLE, Account

RESOURCES = "computeResources"
CONTAINER = "containerProperties"
NODES = "nodeProperties"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"


def efs(**configuration: Any) -> list[dict[str, Any]]:
    return [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", **configuration}}]


@pytest.mark.parametrize("name", sorted(set(RIGHT) - {"delete environment", "delete queue"}))
def test_a_right_request_is_taken(account: Account, name: str) -> None:
    assert account.refusal(name) == ("", "")


TAKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("families, bundles and types of one architecture", "environment",
     {f"{RESOURCES}.instanceTypes": ["optimal", "default_x86_64", "c5", "p5.48xlarge", "f1"]}),
    ("Graviton alone", "environment",
     {f"{RESOURCES}.instanceTypes": ["default_arm64", "hpc7g", "c7g.large"]}),
    ("Spot with BEST_FIT and its fleet role", "spot",
     {f"{RESOURCES}.allocationStrategy": "BEST_FIT", f"{RESOURCES}.spotIamFleetRole": ROLE}),
    ("launch template by name", "environment with template",
     {f"{RESOURCES}.launchTemplate": {"launchTemplateId": "{template}", "version": "$Latest"}}),
    ("an override of the launch template", "environment with template",
     {f"{RESOURCES}.launchTemplate.overrides": [
         {"launchTemplateId": "{template}", "targetInstanceTypes": ["c5.xlarge"]}]}),
    ("no scale-down delay", "environment",
     {f"{RESOURCES}.scalingPolicy.minScaleDownDelayMinutes": 0}),
    ("disabled at once", "environment", {"state": "DISABLED"}),
    ("small letters", "container",
     {"retryStrategy": {"attempts": 2,
                        "evaluateOnExit": [{"action": "exit", "onExitCode": "1*"}]}}),
    ("nested ranges", "multinode",
     {f"{NODES}.nodeRangeProperties.0.targetNodes": "0:",
      f"{NODES}.nodeRangeProperties.1.targetNodes": "2:3"}),
    ("no tags, as Airflow submits jobs", "submit", {"tags": {}}),
    ("a digest", "container", {f"{CONTAINER}.image": f"a.b/c@sha256:{'0' * 64}"}),
    ("secrets with an execution role", "container",
     {f"{CONTAINER}.secrets": [{"name": "S", "valueFrom": SECRET}],
      f"{CONTAINER}.executionRoleArn": ROLE}),
    ("a mount of a volume", "container",
     {f"{CONTAINER}.volumes": [{"name": "v", "host": {"sourcePath": "/s"}}],
      f"{CONTAINER}.mountPoints": [{"sourceVolume": "v", "containerPath": "/m"}]}),
    ("EFS with IAM in transit", "container",
     {f"{CONTAINER}.volumes": efs(
         transitEncryption="ENABLED",
         rootDirectory="/",
         authorizationConfig={"iam": "ENABLED", "accessPointId": "fsap-1"})}),
    ("a sequential array", "submit",
     {"arrayProperties.size": 2, "dependsOn": [{"type": "SEQUENTIAL"}]}),
    ("an array job after a job", "submit",
     {"arrayProperties.size": 2, "dependsOn": [{"jobId": "{job}"}]}),
    ("the name of a definition", "submit", {"jobDefinition": "{container}"}),
    ("overrides of a container of a task", "submit task",
     {"ecsPropertiesOverride": {"taskProperties": [{"containers": [
         {"name": "side", "command": ["a"]}]}]}}),
    ("overrides of a node range", "submit nodes",
     {"nodeOverrides.nodePropertyOverrides": [
         {"targetNodes": "2:", "containerOverrides": {"command": ["work"]}}]}),
    ("a filter", "list", {"filters": [{"name": "JOB_NAME", "values": ["job*"]}]}),
    ("jobs of an array", "list", {"jobQueue": LEFT_OUT, "arrayJobId": "{job}"}),
    ("more groups", "update", {f"{RESOURCES}.securityGroupIds": ["{group}"]}),
    ("Fargate into other subnets", "update fargate", {f"{RESOURCES}.subnets": ["{subnet}"]}),
    ("another fair-share policy", "update fair queue", {"schedulingPolicyArn": "{policy}"}),
    ("tags with all that is allowed", "tag", {"tags": {"a b_.:/=+-@é": "_.:/=+-@ 1"}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes"), [pytest.param(name, changes, id=what) for what, name, changes in TAKEN]
)
def test_what_the_api_documents_at_its_edges_is_taken(
    account: Account, name: str, changes: dict[str, Any]
) -> None:
    assert account.refusal(name, changes) == ("", "")
