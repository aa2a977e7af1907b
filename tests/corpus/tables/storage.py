"""Volumes, file systems, and the keys that encrypt them."""

from __future__ import annotations

from typing import Any

from tests.corpus.changes import CONTAINER, LEFT_OUT, TASK, TEMPLATE, Table, ref, security_group
from tests.corpus.iam import LINKED, arn_of, key, statement, sub

VOLUME = "LaunchTemplate.LaunchTemplateData.BlockDeviceMappings.0.Ebs.KmsKeyId"
EVERYONE = {"AWS": "*"}


def _root(**members: Any) -> list[dict[str, Any]]:
    """The root volume of a launch template."""
    return [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, **members}}]


def _efs() -> dict[str, Any]:
    """A volume of a file system without mount targets."""
    configuration = {"FileSystemId": ref("Files"), "TransitEncryption": "ENABLED"}
    return {
        "Vpc.EnableDnsHostnames": True,
        "Files": {"Type": "AWS::EFS::FileSystem"},
        f"{CONTAINER}.Volumes": [{"Name": "data", "EfsVolumeConfiguration": configuration}],
    }


def _mount_target(**changes: Any) -> dict[str, Any]:
    right = {
        "FileSystemId": ref("Files"),
        "SubnetId": ref("NodeSubnet"),
        "SecurityGroups": [ref("Nodes")],
    }
    return {"Type": "AWS::EFS::MountTarget", "Properties": {**right, **changes}}


def file_system(*statements: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EFS::FileSystem",
        "Properties": {"FileSystemPolicy": {"Statement": list(statements)}},
    }


def mounted(iam: str, *, read_only: bool = False) -> dict[str, Any]:
    """A container that mounts an EFS file system of the template."""
    configuration = {
        "FileSystemId": ref("Files"),
        "TransitEncryption": "ENABLED",
        "AuthorizationConfig": {"Iam": iam},
    }
    return {
        f"{CONTAINER}.Volumes": [{"Name": "files", "EfsVolumeConfiguration": configuration}],
        f"{CONTAINER}.MountPoints": [
            {"SourceVolume": "files", "ContainerPath": "/files", "ReadOnly": read_only}
        ],
        "Vpc.EnableDnsHostnames": True,
        "FilesTarget": {
            "Type": "AWS::EFS::MountTarget",
            "Properties": {
                "FileSystemId": ref("Files"),
                "SubnetId": ref("NodeSubnet"),
                "SecurityGroups": [ref("Nodes")],
            },
        },
    }


STORAGE: Table = {
    "MNP147": (
        (
            "smaller than the AMI",
            "cluster",
            {f"{TEMPLATE}.BlockDeviceMappings": _root(VolumeSize=8)},
        ),
        (
            "no IOPS",
            "cluster",
            {f"{TEMPLATE}.BlockDeviceMappings": _root(VolumeSize=100, VolumeType="io1")},
        ),
    ),
    "MNP148": (
        (
            "the root device of other AMIs",
            "cluster",
            {
                f"{TEMPLATE}.BlockDeviceMappings": [
                    {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 200, "Encrypted": True}}
                ]
            },
        ),
    ),
    "MNP328": (
        (
            "a misspelt volume",
            "isolated",
            {f"{TASK}.Containers.0.MountPoints.0.SourceVolume": "scatch"},
        ),
    ),
    "MNP329": (
        (
            "IAM without encryption",
            "isolated",
            {
                f"{TASK}.Volumes.+": {
                    "Name": "data",
                    "EfsVolumeConfiguration": {
                        "FileSystemId": "fs-1",
                        "AuthorizationConfig": {"Iam": "ENABLED"},
                    },
                }
            },
        ),
        (
            "a folder beside an access point",
            "cluster",
            {
                "Vpc.EnableDnsHostnames": True,
                "Files": {"Type": "AWS::EFS::FileSystem"},
                "Target": _mount_target(),
                "Point": {
                    "Type": "AWS::EFS::AccessPoint",
                    "Properties": {"FileSystemId": ref("Files")},
                },
                f"{CONTAINER}.Volumes": [
                    {
                        "Name": "data",
                        "EfsVolumeConfiguration": {
                            "FileSystemId": ref("Files"),
                            "RootDirectory": "/data",
                            "TransitEncryption": "ENABLED",
                            "AuthorizationConfig": {"AccessPointId": ref("Point")},
                        },
                    }
                ],
            },
        ),
    ),
    "MNP423": (
        ("no mount target", "cluster", _efs()),
        (
            "a mount target of a group that admits nothing",
            "cluster",
            {
                **_efs(),
                "Closed": security_group(),
                "Target": _mount_target(SecurityGroups=[ref("Closed")]),
            },
        ),
        (
            "a mount target in another zone",
            "cluster",
            {**_efs(), "Target": _mount_target(SubnetId=ref("OtherSubnet"))},
        ),
        (
            "no names",
            "cluster",
            {**_efs(), "Target": _mount_target(), "Vpc.EnableDnsHostnames": False},
        ),
    ),
    "MNP602": (
        ("not encrypted", "cluster", {f"{TEMPLATE}.BlockDeviceMappings.0.Ebs.Encrypted": False}),
        (
            "nothing said",
            "isolated",
            {"Template.LaunchTemplateData.BlockDeviceMappings.0.Ebs.Encrypted": LEFT_OUT},
        ),
    ),
    "MNP615": (
        (
            "a policy for another role",
            "cluster",
            mounted("ENABLED")
            | {
                "Files": file_system(
                    statement(
                        "elasticfilesystem:Client*", Principal={"AWS": arn_of("InstanceRole")}
                    )
                )
            },
        ),
        (
            "reading alone",
            "cluster",
            mounted("ENABLED")
            | {
                "Files": file_system(statement("elasticfilesystem:ClientMount", Principal=EVERYONE))
            },
        ),
        (
            "a client without a role",
            "cluster",
            mounted("DISABLED")
            | {
                "Files": file_system(
                    statement("elasticfilesystem:*", Principal={"AWS": arn_of("JobRole")})
                )
            },
        ),
    ),
    "MNP616": (
        ("a key for the account", "cluster", {VOLUME: arn_of("Key"), "Key": key()}),
        (
            "a key without a policy of its own",
            "cluster",
            {VOLUME: ref("Key"), "Key": {"Type": "AWS::KMS::Key", "Properties": {}}},
        ),
        (
            "a key by its alias, for another role",
            "cluster",
            {
                VOLUME: ref("Alias"),
                "Alias": {
                    "Type": "AWS::KMS::Alias",
                    "Properties": {"AliasName": "alias/nodes", "TargetKeyId": ref("Key")},
                },
                "Key": key(
                    statement(
                        "kms:*",
                        Principal={
                            "AWS": sub(f"{LINKED}batch.amazonaws.com/AWSServiceRoleForBatch")
                        },
                    )
                ),
            },
        ),
    ),
}
