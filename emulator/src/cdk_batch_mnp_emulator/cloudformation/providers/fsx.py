"""AWS::FSx: parallel file systems that the nodes mount."""

from __future__ import annotations

import secrets
import string
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    without,
)

_LETTERS = string.ascii_lowercase + string.digits


class FileSystem:
    """Provides AWS::FSx::FileSystem."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the file system."""
        request = without(properties, "Tags")
        if tags := context.tag_list(properties):
            request["Tags"] = tags
        answer = context.call("fsx", "CreateFileSystem", **request)["FileSystem"]
        attributes = {
            "DNSName": answer["DNSName"],
            "Id": answer["FileSystemId"],
            "ResourceARN": answer["ResourceARN"],
        }
        if properties["FileSystemType"] == "LUSTRE":
            attributes["LustreMountName"] = _mount_name(answer.get("LustreConfiguration", {}))
        return Provided(answer["FileSystemId"], attributes)

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether anything but the tags has changed, which moto cannot update."""
        return bool(changed(old, new) - {"Tags"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the tags."""
        arn = provided.attributes["ResourceARN"]
        context.call("fsx", "TagResource", ResourceARN=arn, Tags=context.tag_list(new))
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the file system."""
        context.call("fsx", "DeleteFileSystem", FileSystemId=provided.physical_id)


def _mount_name(lustre: dict[str, Any]) -> str:
    # Source: FSx API, LustreFileSystemConfiguration.MountName. moto gives none.
    if lustre.get("DeploymentType", "SCRATCH_1") == "SCRATCH_1":
        return "fsx"
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


PROVIDERS: dict[str, Provider] = {"AWS::FSx::FileSystem": FileSystem()}
