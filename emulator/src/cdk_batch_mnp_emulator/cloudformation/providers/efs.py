"""AWS::EFS: file systems that containers of a job may share."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    reset,
    without,
)


class FileSystem:
    """Provides AWS::EFS::FileSystem."""

    _APART = (
        "BackupPolicy",
        "BypassPolicyLockoutSafetyCheck",
        "FileSystemPolicy",
        "FileSystemProtection",
        "FileSystemTags",
        "LifecyclePolicies",
        "ReplicationConfiguration",
    )

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the file system with its policies."""
        tags = context.tag_list({"Tags": properties.get("FileSystemTags", [])})
        answer = context.call(
            "efs",
            "CreateFileSystem",
            CreationToken=context.name,
            Tags=tags,
            **without(properties, *self._APART),
        )
        id = answer["FileSystemId"]
        self._set_policies(context, id, {}, properties)
        own_arn = arn("elasticfilesystem", context.region, f"file-system/{id}")
        return Provided(id, {"FileSystemId": id, "Arn": own_arn})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the file system cannot change in its place."""
        return bool(changed(old, new) - set(self._APART))

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the policies."""
        self._set_policies(context, provided.physical_id, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the file system, which must have no mount targets."""
        context.call("efs", "DeleteFileSystem", FileSystemId=provided.physical_id)

    def _set_policies(self, context: Context, id: str, old: Properties, new: Properties) -> None:
        wanted = {
            **new,
            **reset(old, new, {"BackupPolicy": {"Status": "DISABLED"}, "LifecyclePolicies": []}),
        }
        for name, operation, argument in (
            ("BackupPolicy", "PutBackupPolicy", "BackupPolicy"),
            ("FileSystemPolicy", "PutFileSystemPolicy", "Policy"),
            ("LifecyclePolicies", "PutLifecycleConfiguration", "LifecyclePolicies"),
        ):
            if name in wanted and old.get(name) != wanted[name]:
                context.call("efs", operation, FileSystemId=id, **{argument: wanted[name]})


class MountTarget:
    """Provides AWS::EFS::MountTarget."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the mount target."""
        answer = context.call("efs", "CreateMountTarget", **properties)
        id = answer["MountTargetId"]
        return Provided(id, {"Id": id, "IpAddress": answer.get("IpAddress", "")})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether it is for another subnet or file system."""
        return bool(changed(old, new) - {"SecurityGroups"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the security groups."""
        context.call(
            "efs",
            "ModifyMountTargetSecurityGroups",
            MountTargetId=provided.physical_id,
            SecurityGroups=new.get("SecurityGroups", []),
        )
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the mount target."""
        context.call("efs", "DeleteMountTarget", MountTargetId=provided.physical_id)


class AccessPoint:
    """Provides AWS::EFS::AccessPoint."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the access point."""
        request: dict[str, Any] = {"ClientToken": context.name}
        request |= without(properties, "AccessPointTags")
        tags = context.tag_list({"Tags": properties.get("AccessPointTags", [])})
        answer = context.call("efs", "CreateAccessPoint", Tags=tags, **request)
        id = answer["AccessPointId"]
        return Provided(id, {"AccessPointId": id, "Arn": answer["AccessPointArn"]})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether it is another way into the file system."""
        return bool(changed(old, new) - {"AccessPointTags"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the tags."""
        tags = context.tag_list({"Tags": new.get("AccessPointTags", [])})
        context.call("efs", "TagResource", ResourceId=provided.physical_id, Tags=tags)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the access point."""
        context.call("efs", "DeleteAccessPoint", AccessPointId=provided.physical_id)


PROVIDERS: dict[str, Provider] = {
    "AWS::EFS::AccessPoint": AccessPoint(),
    "AWS::EFS::FileSystem": FileSystem(),
    "AWS::EFS::MountTarget": MountTarget(),
}
