"""Compute environments that AWS Batch refuses, each wrong in one thing."""

from __future__ import annotations

from typing import Any

import pytest

from batch.requests import LEFT_OUT, ROLE, Account, Refused, named

RESOURCES = "computeResources"
TEMPLATE = f"{RESOURCES}.launchTemplate"
ORDER = "computeEnvironmentOrder"
BY_ID = {"launchTemplateId": "{template}"}


def order(*names: str) -> list[dict[str, Any]]:
    return [{"order": place, "computeEnvironment": name} for place, name in enumerate(names)]


def override(template: dict[str, Any], *types: str) -> list[dict[str, Any]]:
    return [template | {"targetInstanceTypes": list(types)}]


ENVIRONMENTS: list[Refused] = [
    ("environment", {RESOURCES: LEFT_OUT}, "computeResources must be provided for a MANAGED"),
    ("environment", {"type": LEFT_OUT}, 'Missing required parameter in input: "type"'),
    ("environment", {"type": "MANGED"}, "valid values: MANAGED, UNMANAGED"),
    ("environment", {"type": 4}, "Invalid type for parameter type"),
    ("environment", {"type": "UNMANAGED", "serviceRole": ROLE}, "computeResources must not be"),
    ("unmanaged", {"serviceRole": LEFT_OUT}, "serviceRole must be provided"),
    ("environment", {"unmanagedvCpus": 4}, "unmanagedvCpus is for compute environments of type"),
    ("environment", {"computeEnvironmentName": "a b"}, "computeEnvironmentName must be 1 to 128"),
    ("environment", {"computeEnvironmentName": ""}, "computeEnvironmentName must be 1 to 128"),
    ("environment", {"computeEnvironmentName": "é"}, "computeEnvironmentName must be 1 to 128"),
    ("environment", {f"{RESOURCES}.type": LEFT_OUT}, 'computeResources: "type"'),
    ("environment", {f"{RESOURCES}.type": "EC3"}, "valid values: EC2, SPOT"),
    ("environment", {f"{RESOURCES}.maxvCpus": LEFT_OUT}, 'computeResources: "maxvCpus"'),
    ("environment", {f"{RESOURCES}.maxvCpus": "16"}, "Invalid type for parameter computeResources"),
    ("environment", {f"{RESOURCES}.maxvCpus": True}, "type: bool"),
    ("environment", {f"{RESOURCES}.maxvCpus": 2**31}, "must be from -2147483648 to 2147483647"),
    ("environment", {f"{RESOURCES}.subnets": LEFT_OUT}, "must contain subnets"),
    ("environment", {f"{RESOURCES}.subnets": []}, "must contain subnets"),
    ("environment", {f"{RESOURCES}.subnets": ["subnet-0123456789abcdef0"]}, "does not exist"),
    ("environment", {f"{RESOURCES}.subnets.+": "{other subnet}"}, "must be within one VPC"),
    ("environment", {f"{RESOURCES}.instanceRole": LEFT_OUT}, "must contain instanceRole"),
    ("environment", {f"{RESOURCES}.instanceRole": "missing"}, "Instance profile missing not found"),
    ("environment", {f"{RESOURCES}.instanceRole": ROLE}, "instance-profile/NAME"),
    (
        "environment",
        {f"{RESOURCES}.instanceRole": "arn:aws:iam::999999999999:instance-profile/x"},
        "must be an ARN of this account",
    ),
    ("environment", {f"{RESOURCES}.securityGroupIds": LEFT_OUT}, "One or more security groups"),
    ("environment", {f"{RESOURCES}.securityGroupIds": ["sg-0123456789abcdef0"]}, "sg-0123456789"),
    ("environment", {f"{RESOURCES}.instanceTypes": LEFT_OUT}, "must contain instanceTypes"),
    (
        "environment",
        {f"{RESOURCES}.instanceTypes": ["c5.huge"]},
        "'c5.huge', which is not",
    ),
    (
        "environment",
        {f"{RESOURCES}.instanceTypes": ["c55"]},
        "'c55', which is not an",
    ),
    ("environment", {f"{RESOURCES}.instanceTypes": [""]}, "'', which is not an instance type"),
    ("environment", {f"{RESOURCES}.instanceTypes": ["c5.large", "c7g"]}, "must share one arch"),
    ("environment", {f"{RESOURCES}.instanceTypes": ["optimal", "c7g"]}, "must share one arch"),
    ("environment", {f"{RESOURCES}.allocationStrategy": "WORST_FIT"}, "valid values: BEST_FIT"),
    (
        "environment",
        {f"{RESOURCES}.allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"},
        "SPOT_CAPACITY_OPTIMIZED is for type SPOT only",
    ),
    ("spot", {f"{RESOURCES}.allocationStrategy": "BEST_FIT"}, "must contain spotIamFleetRole"),
    ("spot", {f"{RESOURCES}.allocationStrategy": LEFT_OUT}, "must contain spotIamFleetRole"),
    (
        "spot",
        {f"{RESOURCES}.allocationStrategy": "BEST_FIT_PROGRESSIVE_ORDERED"},
        "is for type EC2 only",
    ),
    ("environment", {f"{RESOURCES}.ec2Configuration": [{"imageType": "ECS_AL3"}]}, "'ECS_AL3'"),
    ("environment", {f"{RESOURCES}.ec2Configuration": [{"imageType": "EKS_AL2023"}]}, "ECS_, as"),
    ("environment", {f"{RESOURCES}.ec2Configuration": [{}]}, '"imageType"'),
    (
        "environment",
        {f"{RESOURCES}.ec2Configuration": [{"imageType": "ECS_AL2023"}] * 2},
        "more than once",
    ),
    ("environment", {f"{RESOURCES}.placementGroup": "nowhere"}, "'nowhere' is unknown"),
    (
        "environment",
        {TEMPLATE: BY_ID | {"launchTemplateName": "t"}},
        "launchTemplateName, not both",
    ),
    ("environment", {TEMPLATE: {"version": "1"}}, "launchTemplateName, not neither"),
    ("environment", {TEMPLATE: BY_ID | {"version": "x"}}, "version must be a version number"),
    ("environment", {TEMPLATE: BY_ID | {"version": "-1"}}, "version must be a version number"),
    ("environment", {TEMPLATE: BY_ID | {"version": "7"}}, "VersionNotFound"),
    ("environment", {TEMPLATE: {"launchTemplateId": ""}}, "must not have an empty Launch"),
    ("environment", {TEMPLATE: {"launchTemplateName": "none"}}, "none"),
    ("environment", {TEMPLATE: BY_ID | {"overrides": override(BY_ID, "optimal")}}, "not have opt"),
    ("environment", {TEMPLATE: BY_ID | {"overrides": override(BY_ID)}}, "must have targetInst"),
    ("environment", {TEMPLATE: BY_ID | {"overrides": override(BY_ID, "m5")}}, "is not among"),
    (
        "environment",
        {TEMPLATE: BY_ID | {"overrides": override(BY_ID, "c5.xlarge", "c5.xlarge")}},
        "overlaps with c5.xlarge",
    ),
    ("environment", {TEMPLATE: BY_ID | {"overrides": [BY_ID] * 11}}, "overrides takes at most 10"),
    ("environment", {f"{RESOURCES}.managedInstancesProvider": {}}, "managedInstancesProvider"),
    ("environment", {f"{RESOURCES}.capacityTags": {"a": "b"}}, "capacityTags is for type ECS_MAN"),
    ("environment", {f"{RESOURCES}.type": "ECS_MANAGED_INSTANCES"}, "must contain managedInst"),
    ("fargate environment", {f"{RESOURCES}.instanceRole": "{profile}"}, "instanceRole is not app"),
    ("fargate environment", {f"{RESOURCES}.minvCpus": 0}, "minvCpus is not applicable to FARGATE"),
    ("fargate environment", {f"{RESOURCES}.tags": {"a": "b"}}, "tags is not applicable"),
    ("fargate environment", {TEMPLATE: BY_ID}, "launchTemplate is not applicable"),
    ("fargate environment", {f"{RESOURCES}.securityGroupIds": []}, "contain securityGroupIds"),
    ("eks environment", {"eksConfiguration.kubernetesNamespace": "default"}, "neither default"),
    ("eks environment", {"eksConfiguration.kubernetesNamespace": "kube-x"}, "neither default"),
    ("eks environment", {"eksConfiguration.kubernetesNamespace": ""}, "1 to 63 small letters"),
    ("eks environment", {"eksConfiguration.eksClusterArn": "c"}, "the ARN of an EKS cluster"),
    (
        "eks environment",
        {"eksConfiguration.eksClusterArn": "arn:aws:s3:::cluster/c"},
        "must be an ARN of eks",
    ),
    ("eks environment", {f"{RESOURCES}.allocationStrategy": LEFT_OUT}, "allocationStrategy, since"),
    ("environment", {"serviceRole": "arn:aws:iam::999999999999:role/r"}, "ARN of this account"),
    ("environment", {"tags": {"aws:a": "b"}}, "the prefix aws: is reserved"),
    ("environment", {"tags": {"AWS:a": "b"}}, "the prefix aws: is reserved"),
    ("environment", {"tags": {"": "b"}}, "valid min length: 1"),
    ("environment", {"tags": {"a": "<b>"}}, "letters, digits, spaces and"),
    ("environment", {f"{RESOURCES}.tags": {"aws:a": "b"}}, "the prefix aws: is reserved"),
    ("environment", {"state": "ON"}, "valid values: ENABLED, DISABLED"),
    ("update", {"computeEnvironment": "missing"}, "Compute environment missing does not exist"),
    ("update", {f"{RESOURCES}.minvCpus": 17}, "minvCpus 17 must be from 0 to maxvCpus 16"),
    ("update", {f"{RESOURCES}.desiredvCpus": 17}, "desiredvCpus 17 must be from minvCpus 0"),
    ("update", {f"{RESOURCES}.desiredvCpus": -4}, "desiredvCpus must be at least 0, not -4"),
    ("update", {"computeEnvironment": "{arm}", f"{RESOURCES}.desiredvCpus": 3}, "desiredvCpus 3"),
    ("update", {f"{RESOURCES}.allocationStrategy": "BEST_FIT"}, "valid values: BEST_FIT_PROG"),
    ("update", {f"{RESOURCES}.type": "FARGATE"}, "type cannot be updated from EC2 to FARGATE"),
    ("update", {f"{RESOURCES}.instanceTypes": ["c7g", "c5"]}, "must share one architecture"),
    ("update", {f"{RESOURCES}.instanceTypes": ["c5.huge"]}, "'c5.huge', which is not"),
    ("update", {f"{RESOURCES}.bidPercentage": 101}, "bidPercentage must be from 0 to 100"),
    ("update", {"unmanagedvCpus": 4}, "unmanagedvCpus is for compute environments of type"),
    ("update", {"eksConfiguration": {}}, "eksConfiguration is for compute environments of EKS"),
    ("update", {"serviceRole": ROLE}, "serviceRole cannot be updated from arn:aws:iam::1234567890"),
    ("update own role", {f"{RESOURCES}.instanceTypes": ["m5"]}, "needs the service-linked role"),
    (
        "update own role",
        {"serviceRole": "AWSServiceRoleForBatch"},
        "only one is service-linked",
    ),
    ("update best fit", {f"{RESOURCES}.instanceTypes": ["m5"]}, "takes no infrastructure update"),
    ("update fargate", {f"{RESOURCES}.instanceTypes": ["m5"]}, "instanceTypes is not applicable"),
    ("update fargate", {f"{RESOURCES}.type": "EC2"}, "cannot be updated from FARGATE to EC2"),
    ("update unmanaged", {f"{RESOURCES}.maxvCpus": 4}, "computeResources must not be provided"),
    ("delete environment", {}, "state is not DISABLED"),
    ("delete environment", {"computeEnvironment": "missing"}, "does not exist"),
]


@pytest.mark.parametrize(("name", "changes", "message"), named(ENVIRONMENTS))
def test_a_wrong_request_is_refused_with_what_is_wrong(
    account: Account, name: str, changes: dict[str, Any], message: str
) -> None:
    code, reported = account.refusal(name, changes)
    assert (code, message in reported) == ("ClientException", True), reported


def test_what_others_need_is_not_deleted(account: Account) -> None:
    account.call(
        "update", {RESOURCES: LEFT_OUT, "computeEnvironment": "{fargate}", "state": "DISABLED"}
    )
    account.call("queue", {ORDER: order("{fargate}")})
    code, reported = account.refusal("delete environment", {"computeEnvironment": "{fargate}"})
    assert (code, "JobQueue relationship" in reported) == ("ClientException", True), reported
