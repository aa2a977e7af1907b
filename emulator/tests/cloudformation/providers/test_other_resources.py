"""What jobs have around them, file systems, images, secrets, policies, comes and goes too."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws
from templates import Resources, instance_role, network


def policy(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def file_system(**properties: Any) -> Resources:
    target = {"FileSystemId": {"Ref": "Files"}, "SubnetId": {"Ref": "Subnet"}}
    return {
        **network(),
        "Files": {"Type": "AWS::EFS::FileSystem", "Properties": {"Encrypted": True, **properties}},
        "Target": {
            "Type": "AWS::EFS::MountTarget",
            "Properties": target | {"SecurityGroups": [{"Ref": "Group"}]},
        },
        "Access": {
            "Type": "AWS::EFS::AccessPoint",
            "Properties": {
                "FileSystemId": {"Ref": "Files"},
                "PosixUser": {"Uid": "1000", "Gid": "1000"},
            },
        },
    }


def test_a_file_system_has_its_target_and_access_point_and_goes_after_them(
    aws: EmbeddedAws,
) -> None:
    stack = aws.deploy(file_system())
    assert stack.failures == {}
    efs, ids = aws.client("efs"), stack.resources
    (found,) = efs.describe_file_systems(FileSystemId=ids["Files"])["FileSystems"]
    assert found["Encrypted"] is True
    (target,) = efs.describe_mount_targets(FileSystemId=ids["Files"])["MountTargets"]
    assert (target["MountTargetId"], target["SubnetId"]) == (ids["Target"], ids["Subnet"])
    (access,) = efs.describe_access_points(AccessPointId=ids["Access"])["AccessPoints"]
    assert access["PosixUser"] == {"Uid": 1000, "Gid": 1000}
    lifecycle = [{"TransitionToIA": "AFTER_30_DAYS"}]
    stack.update(file_system(LifecyclePolicies=lifecycle))
    assert stack.resources == ids
    kept = efs.describe_lifecycle_configuration(FileSystemId=ids["Files"])
    assert kept["LifecyclePolicies"] == lifecycle
    stack.delete()
    assert stack.status == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        efs.describe_file_systems(FileSystemId=ids["Files"])


@pytest.mark.parametrize(
    ("deployment", "mount_name"), [("SCRATCH_1", "fsx"), ("PERSISTENT_2", "[a-z0-9]{8}")]
)
def test_a_lustre_file_system_has_a_dns_name_and_a_mount_name(
    aws: EmbeddedAws, deployment: str, mount_name: str
) -> None:
    resource = {
        "Type": "AWS::FSx::FileSystem",
        "Properties": {
            "FileSystemType": "LUSTRE",
            "StorageCapacity": 1200,
            "SubnetIds": [{"Ref": "Subnet"}],
            "SecurityGroupIds": [{"Ref": "Group"}],
            "LustreConfiguration": {"DeploymentType": deployment},
        },
    }
    outputs = {
        key: {"Value": {"Fn::GetAtt": ["Files", key]}} for key in ("DNSName", "LustreMountName")
    }
    stack = aws.deploy({**network(), "Files": resource}, Outputs=outputs)
    assert stack.failures == {}
    id, fsx = stack.resources["Files"], aws.client("fsx")
    assert stack.outputs["DNSName"] == f"{id}.fsx.us-east-1.amazonaws.com"
    assert re.fullmatch(mount_name, stack.outputs["LustreMountName"])
    (found,) = fsx.describe_file_systems(FileSystemIds=[id])["FileSystems"]
    assert found["LustreConfiguration"]["DeploymentType"] == deployment
    assert found["SubnetIds"] == [stack.resources["Subnet"]]
    stack.delete()
    assert fsx.describe_file_systems(FileSystemIds=[id])["FileSystems"] == []


def test_a_repository_keeps_its_settings(aws: EmbeddedAws) -> None:
    def repository(mutability: str) -> Resources:
        expiry = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 9}
        rule = {"rulePriority": 1, "selection": expiry, "action": {"type": "expire"}}
        rules = json.dumps({"rules": [rule]})
        return {
            "Images": {
                "Type": "AWS::ECR::Repository",
                "Properties": {
                    "ImageTagMutability": mutability,
                    "LifecyclePolicy": {"LifecyclePolicyText": rules},
                    "RepositoryPolicyText": policy("ecr:GetDownloadUrlForLayer"),
                },
            }
        }

    uri = {"Uri": {"Value": {"Fn::GetAtt": "Images.RepositoryUri"}}}
    stack = aws.deploy(repository("MUTABLE"), Outputs=uri)
    assert stack.failures == {}
    name, ecr = stack.resources["Images"], aws.client("ecr")
    assert stack.outputs["Uri"] == f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}"
    lifecycle = ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
    assert json.loads(lifecycle)["rules"][0]["action"] == {"type": "expire"}
    assert "GetDownloadUrlForLayer" in ecr.get_repository_policy(repositoryName=name)["policyText"]
    stack.update(repository("IMMUTABLE"))
    (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"
    stack.delete()
    with pytest.raises(ClientError, match="does not exist"):
        ecr.describe_repositories(repositoryNames=[name])


def test_a_secret_is_set_or_generated(aws: EmbeddedAws) -> None:
    drawing = {
        "SecretStringTemplate": '{"user": "solver"}',
        "GenerateStringKey": "password",
        "PasswordLength": 20,
    }

    def secrets(value: str) -> Resources:
        kind = "AWS::SecretsManager::Secret"
        return {
            "Given": {"Type": kind, "Properties": {"SecretString": value}},
            "Drawn": {"Type": kind, "Properties": {"GenerateSecretString": drawing}},
        }

    stack = aws.deploy(secrets("a"))
    manager, ids = aws.client("secretsmanager"), stack.resources
    assert manager.get_secret_value(SecretId=ids["Given"])["SecretString"] == "a"
    drawn = json.loads(manager.get_secret_value(SecretId=ids["Drawn"])["SecretString"])
    assert (drawn["user"], len(drawn["password"])) == ("solver", 20)
    stack.update(secrets("b"))
    assert manager.get_secret_value(SecretId=ids["Given"])["SecretString"] == "b"
    stack.delete()
    with pytest.raises(ClientError, match="can't find"):
        manager.get_secret_value(SecretId=ids["Given"])


def test_a_managed_policy_changes_and_is_detached_before_it_goes(aws: EmbeddedAws) -> None:
    def managed(action: str, roles: list[Any]) -> Resources:
        properties = {"PolicyDocument": policy(action), "Roles": roles}
        return {
            **instance_role(),
            "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties},
        }

    stack = aws.deploy(managed("s3:GetObject", [{"Ref": "Role"}]))
    assert stack.failures == {}
    iam, ids = aws.client("iam"), stack.resources
    attached = iam.list_attached_role_policies(RoleName=ids["Role"])["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [ids["Policy"]]
    stack.update(managed("s3:PutObject", []))
    found = iam.get_policy(PolicyArn=ids["Policy"])["Policy"]
    version = iam.get_policy_version(PolicyArn=ids["Policy"], VersionId=found["DefaultVersionId"])[
        "PolicyVersion"
    ]
    assert version["Document"] == policy("s3:PutObject")
    assert iam.list_attached_role_policies(RoleName=ids["Role"])["AttachedPolicies"] == []
    stack.delete()
    assert stack.failures == {}


@pytest.mark.parametrize(
    "type",
    ["AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::CDK::Metadata"],
)
def test_what_moto_provides_comes_and_goes(aws: EmbeddedAws, type: str) -> None:
    stack = aws.deploy({"Resource": {"Type": type}})
    assert stack.status == "CREATE_COMPLETE"
    stack.delete()
    assert stack.status == "DELETE_COMPLETE"


def test_what_cannot_be_deleted_is_named_and_stays(aws: EmbeddedAws) -> None:
    type = "AWS::Redshift::ClusterParameterGroup"
    own = {"Description": "own", "ParameterGroupFamily": "redshift-1.0"}
    stack = aws.deploy({"Settings": {"Type": type, "Properties": own}})
    stack.delete()
    assert stack.status == "DELETE_FAILED"
    assert stack.failures["Settings"] == f"the embedded AWS cannot delete {type}"
    assert set(stack.resources) == {"Settings"}
