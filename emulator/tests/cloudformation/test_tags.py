"""Tags of a resource follow the template: those that leave it leave the resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from embedded import EmbeddedAws
from templates import instance_role, network

Read = Callable[[EmbeddedAws, str], Any]


def file_system(aws: EmbeddedAws, id: str) -> Any:
    return aws.client("efs").list_tags_for_resource(ResourceId=id)["Tags"]


def lustre(aws: EmbeddedAws, id: str) -> Any:
    (found,) = aws.client("fsx").describe_file_systems(FileSystemIds=[id])["FileSystems"]
    return found["Tags"]


def log_group(aws: EmbeddedAws, id: str) -> Any:
    tags = aws.client("logs").list_tags_log_group(logGroupName=id)["tags"]
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def repository(aws: EmbeddedAws, id: str) -> Any:
    ecr = aws.client("ecr")
    (found,) = ecr.describe_repositories(repositoryNames=[id])["repositories"]
    return ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]


def role(aws: EmbeddedAws, id: str) -> Any:
    return aws.client("iam").list_role_tags(RoleName=id)["Tags"]


def secret(aws: EmbeddedAws, id: str) -> Any:
    return aws.client("secretsmanager").describe_secret(SecretId=id)["Tags"]


def subnet(aws: EmbeddedAws, id: str) -> Any:
    (found,) = aws.client("ec2").describe_subnets(SubnetIds=[id])["Subnets"]
    return found["Tags"]


SUBNET = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.16.0/20"}
LUSTRE = {
    "FileSystemType": "LUSTRE",
    "StorageCapacity": 1200,
    "SubnetIds": [{"Ref": "Subnet"}],
    "SecurityGroupIds": [{"Ref": "Group"}],
    "LustreConfiguration": {"DeploymentType": "SCRATCH_1"},
}


@pytest.mark.parametrize(
    ("resource", "property_name", "read"),
    [
        pytest.param({"Type": "AWS::EFS::FileSystem"}, "FileSystemTags", file_system, id="EFS"),
        pytest.param(
            {"Type": "AWS::FSx::FileSystem", "Properties": LUSTRE}, "Tags", lustre, id="FSx"
        ),
        pytest.param({"Type": "AWS::Logs::LogGroup"}, "Tags", log_group, id="log group"),
        pytest.param({"Type": "AWS::ECR::Repository"}, "Tags", repository, id="repository"),
        pytest.param(instance_role()["Role"], "Tags", role, id="role"),
        pytest.param({"Type": "AWS::SecretsManager::Secret"}, "Tags", secret, id="secret"),
        pytest.param({"Type": "AWS::EC2::Subnet", "Properties": SUBNET}, "Tags", subnet, id="EC2"),
    ],
)
def test_tags_follow_the_template(
    aws: EmbeddedAws, resource: dict[str, Any], property_name: str, read: Read
) -> None:
    base = network() if resource.get("Properties") in (LUSTRE, SUBNET) else {}

    def tagged(**tags: str) -> dict[str, Any]:
        written = [{"Key": key, "Value": value} for key, value in tags.items()]
        properties = {**resource.get("Properties", {}), property_name: written}
        return {**base, "Own": {**resource, "Properties": properties}}

    def tags(found: Any) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}

    stack = aws.deploy(tagged(owner="me", stage="test"))
    assert stack.status == "CREATE_COMPLETE", stack.failures
    id = stack.resources["Own"]
    assert tags(read(aws, id)) == {"owner": "me", "stage": "test"}
    stack.update(tagged(owner="you"))
    assert stack.status == "UPDATE_COMPLETE", stack.failures
    assert stack.resources["Own"] == id
    assert tags(read(aws, id)) == {"owner": "you"}
