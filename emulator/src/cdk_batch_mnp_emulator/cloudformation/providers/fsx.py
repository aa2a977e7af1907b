"""AWS::FSx: parallel file systems that the nodes mount."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ApiResource, Tagging
from cdk_batch_mnp_emulator.cloudformation.resource import Context, Properties, Provided, Provider

_LETTERS = string.ascii_lowercase + string.digits


class FileSystem(ApiResource):
    """Provides AWS::FSx::FileSystem. Only tags can change, because moto updates nothing else."""

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the file system, with the mount name for Lustre clients."""
        provided = super().provided(context, known, properties)
        if properties["FileSystemType"] != "LUSTRE":
            return provided
        mount_name = {"LustreMountName": _mount_name(known.get("LustreConfiguration", {}))}
        return Provided(provided.physical_id, {**provided.attributes, **mount_name})


def _mount_name(lustre: dict[str, Any]) -> str:
    # Source: FSx API, LustreFileSystemConfiguration.MountName. moto has none.
    if lustre.get("DeploymentType", "SCRATCH_1") == "SCRATCH_1":
        return "fsx"
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


PROVIDERS: dict[str, Provider] = {
    "AWS::FSx::FileSystem": FileSystem(
        service="fsx",
        create_call="CreateFileSystem",
        delete_call="DeleteFileSystem",
        answer="FileSystem",
        id="FileSystemId",
        attributes={"DNSName": "DNSName", "Id": "FileSystemId", "ResourceARN": "ResourceARN"},
        tagging=Tagging("ResourceARN", resource="{ResourceARN}"),
    )
}
