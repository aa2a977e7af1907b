"""AWS::EFS: file systems that containers of a job can share."""

from __future__ import annotations

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import (
    ApiResource,
    Setting,
    Tagging,
)
from cdk_batch_mnp_emulator.cloudformation.resource import Provider

_FILE_SYSTEM = "arn:aws:elasticfilesystem:{Region}:{Account}:file-system/{Id}"

PROVIDERS: dict[str, Provider] = {
    "AWS::EFS::AccessPoint": ApiResource(
        service="efs",
        create_call="CreateAccessPoint",
        delete_call="DeleteAccessPoint",
        id="AccessPointId",
        name="ClientToken",
        attributes={"AccessPointId": "AccessPointId", "Arn": "AccessPointArn"},
        tagging=Tagging("ResourceId", property="AccessPointTags"),
    ),
    "AWS::EFS::FileSystem": ApiResource(
        service="efs",
        create_call="CreateFileSystem",
        delete_call="DeleteFileSystem",
        id="FileSystemId",
        name="CreationToken",
        attributes={"FileSystemId": "FileSystemId", "Arn": _FILE_SYSTEM},
        apart=(
            "BackupPolicy",  # moto has no such operation
            "BypassPolicyLockoutSafetyCheck",
            "FileSystemProtection",
            "ReplicationConfiguration",
        ),
        settings=(
            Setting("FileSystemPolicy", "PutFileSystemPolicy", argument="Policy"),
            Setting("LifecyclePolicies", "PutLifecycleConfiguration", default=[]),
        ),
        tagging=Tagging("ResourceId", property="FileSystemTags"),
    ),
    "AWS::EFS::MountTarget": ApiResource(
        service="efs",
        create_call="CreateMountTarget",
        delete_call="DeleteMountTarget",
        id="MountTargetId",
        attributes={"Id": "MountTargetId", "IpAddress": "IpAddress"},
        settings=(
            Setting(
                "SecurityGroups", "ModifyMountTargetSecurityGroups", default=[], at_creation=True
            ),
        ),
    ),
}
