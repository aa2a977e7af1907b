"""Volumes of pods."""

from __future__ import annotations

from typing import Any

from aws_cdk import Size

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.sizes import mebibytes_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern

_NAME = pattern(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@checked_fields("volume")
@dataclass(frozen=True, kw_only=True)
class EksVolume:
    """A volume of a pod that is mounted in a container.

    It is a directory of the instance, a secret, a persistent volume claim, or, if none of these is
    set, an empty directory that the containers of the pod share until the pod ends.

    Attributes:
        name: Name of the volume within its pod.
        mount_path: Absolute path in the container.
        host_path: Directory of the instance. Default: none.
        secret_name: Kubernetes secret whose keys are files of the volume. Default: none.
        optional_secret: Whether the pod starts even if the secret or a key does not exist.
            Default: ``False``.
        claim_name: Persistent volume claim in the namespace of the pods. Default: none.
        in_memory: Whether the empty directory is in memory, which counts as memory of the
            containers. Default: ``False``.
        size_limit: Size of the empty directory, at least 1 MiB. Default: no limit.
        sub_path: Path within the volume that is mounted. Default: the whole volume.
        read_only: Whether the container cannot write to it. Default: ``False``.

    Raises:
        ArgumentError: The name is not a DNS label (1 to 63 lower-case letters, digits and hyphens);
            ``mount_path`` is not absolute; two kinds of volume are set; or an option is set that
            the kind does not have.

    Source: Batch API, EksVolume and EksContainerVolumeMount.
    """

    name: str
    mount_path: str
    host_path: str | None = None
    secret_name: str | None = None
    optional_secret: bool = False
    claim_name: str | None = None
    in_memory: bool = False
    size_limit: Size | None = None
    sub_path: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not is_token(self.name) and not _NAME.fullmatch(self.name):
            raise ArgumentError(
                "name must be 1 to 63 lower-case letters, digits and hyphens, and begin and end "
                "with a letter or digit"
            )
        if not is_token(self.mount_path) and not self.mount_path.startswith("/"):
            raise ArgumentError(f"mount_path is {self.mount_path!r}, but must be absolute")
        kinds = {
            name
            for name in ("host_path", "secret_name", "claim_name")
            if getattr(self, name) is not None
        }
        if len(kinds) > 1:
            raise ArgumentError(f"{' and '.join(sorted(kinds))} are set; a volume has one kind")
        if kinds and (self.in_memory or self.size_limit is not None):
            raise ArgumentError(
                "in_memory and size_limit apply to an empty directory; leave out "
                f"{kinds.pop()}, or these"
            )
        if self.optional_secret and self.secret_name is None:
            raise ArgumentError("optional_secret is True, but secret_name is not set")

    @property
    def volume(self) -> dict[str, Any]:
        """The volume, in the API's spelling."""
        if self.host_path is not None:
            kind: dict[str, Any] = {"hostPath": {"path": self.host_path}}
        elif self.secret_name is not None:
            kind = {"secret": {"secretName": self.secret_name, "optional": self.optional_secret}}
        elif self.claim_name is not None:
            kind = {"persistentVolumeClaim": {"claimName": self.claim_name}}
        else:
            kind = {"emptyDir": self._empty_directory}
        return {"name": self.name, **kind}

    @property
    def _empty_directory(self) -> dict[str, str]:
        directory = {"medium": "Memory" if self.in_memory else ""}
        if self.size_limit is not None:
            directory["sizeLimit"] = f"{mebibytes_of('size_limit', self.size_limit)}Mi"
        return directory

    @property
    def mount(self) -> dict[str, Any]:
        """The mount in a container, in the API's spelling."""
        mount: dict[str, Any] = {"name": self.name, "mountPath": self.mount_path}
        if self.sub_path is not None:
            mount["subPath"] = self.sub_path
        if self.read_only:
            mount["readOnly"] = True
        return mount
