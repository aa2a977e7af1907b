"""FSx for Lustre file systems that every node mounts."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import region_of
from cdk_batch_mnp.cdk.nodes.mount_paths import validate_mount_path
from cdk_batch_mnp.cdk.nodes.security_groups import allow_to
from cdk_batch_mnp.cdk.nodes.shell import shell_word
from cdk_batch_mnp.cdk.nodes.user_data import Mount
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern

if TYPE_CHECKING:
    from aws_cdk import aws_fsx as fsx

LUSTRE_PORTS = ((988, 988), (1018, 1023))
"""TCP ports of the file system. Source: FSx for Lustre User Guide, file system access control with
Amazon VPC.
"""

MOUNT_NAME = pattern(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,7}")
"""Source: FSx API, LustreFileSystemConfiguration.MountName. FSx never generates a leading hyphen.
"""
FILE_SYSTEM_ID = pattern(r"fs-[0-9a-f]{8,17}")
"""Source: FSx API, FileSystem.FileSystemId."""
DNS_NAME = pattern(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
"""A name or an IPv4 address. Source: RFC 1123, 2.1."""

_COMMANDS = """
lustre_source={source}
if ! [[ "$lustre_source" =~ ^{host_pattern}@tcp:/{name_pattern}$ ]]; then
  printf 'cdk-batch-mnp: %q is not the source of an FSx for Lustre mount\\n' "$lustre_source" >&2
  exit 1
fi
command -v mount.lustre > /dev/null || persist dnf install -y lustre-client
mkdir -p {path}
keep "$lustre_source" {path} lustre {options},_netdev
persist mount -t lustre -o {options} "$lustre_source" {path}
mountpoint --quiet {path}
"""


@checked_fields("Lustre at", name="path")
@dataclass(frozen=True, kw_only=True)
class LustreMount:
    """An FSx for Lustre file system that nodes and their containers mount.

    The nodes are only allowed to reach the Lustre ports. A node that cannot mount the file system
    runs no job. The file system should be in the nodes' zone: traffic between zones is slower and
    charged.

    The mount runs as root, so all names are validated against the formats of FSx: at synthesis if
    they are known, otherwise on the node. The value of a parameter or an export cannot run as a
    command.

    Attributes:
        file_system: The file system.
        path: Mount point on nodes and in containers: an absolute path of up to 120 characters, not
            a system directory. Default: ``/fsx``.
        mount_name: Mount name of an imported file system, 1 to 8 letters, digits, ``_`` and ``-``.
            Default: the mount name of the file system.
        read_only: Whether it is mounted read-only. Default: ``False``.

    Raises:
        ArgumentError: The path is not a valid mount point; ``mount_name`` is missing for an
            imported file system or set for another; or the mount name, the DNS name or the file
            system ID does not have FSx's format.

    Source: FSx for Lustre User Guide, mounting from Amazon ECS.
    """

    file_system: fsx.IFileSystem
    path: str = "/fsx"
    mount_name: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        """Check that the file system can be mounted."""
        validate_mount_path(self.path, "path")
        own = self._own_mount_name
        if own is None and not self.mount_name:
            raise ArgumentError(
                "the file system is imported, so its mount name is unknown; set mount_name (see "
                "DescribeFileSystems)"
            )
        if own is not None and self.mount_name:
            raise ArgumentError("the mount name of the file system is known; leave mount_name out")
        self._validate_format("mount_name", own or self.mount_name or "", MOUNT_NAME, "'abcdef12'")
        if self._dns_name is None:
            self._validate_format(
                "file_system_id",
                self.file_system.file_system_id,
                FILE_SYSTEM_ID,
                "'fs-0123456789abcdef0'",
            )
        else:
            self._validate_format(
                "dns_name",
                self._dns_name,
                DNS_NAME,
                "'fs-0123456789abcdef0.fsx.us-east-2.amazonaws.com'",
            )

    def _validate_format(
        self, name: str, value: str, pattern: re.Pattern[str], example: str
    ) -> None:
        if not is_token(value) and not pattern.fullmatch(value):
            shown = value if len(value) <= 60 else f"{value[:60]}..."
            raise ArgumentError(
                f"the {name} {shown!r} is not valid; it looks like {example} (see "
                "DescribeFileSystems)"
            )

    # Each of these is a round trip to Node.
    @cached_property
    def _own_mount_name(self) -> str | None:
        return getattr(self.file_system, "mount_name", None)

    @cached_property
    def _dns_name(self) -> str | None:
        return getattr(self.file_system, "dns_name", None)

    def mount(self, scope: IConstruct) -> Mount:
        """Return the commands that mount the file system on a node in the Region of a construct."""
        host = self._dns_name or (
            f"{self.file_system.file_system_id}.fsx.{region_of(scope)}.{Aws.URL_SUFFIX}"
        )
        source = f"{host}@tcp:/{self._own_mount_name or self.mount_name}"
        return Mount(
            path=self.path,
            read_only=self.read_only,
            commands=_COMMANDS.format(
                path=shell_word(self.path),
                source=shell_word(source),
                host_pattern=DNS_NAME.pattern,
                name_pattern=MOUNT_NAME.pattern,
                options="ro,flock" if self.read_only else "relatime,flock",
            ),
        )

    def allow_from_nodes(self, nodes: ec2.Connections) -> None:
        """Allow nodes to reach the file system, and its servers to reach the nodes.

        The security group rules are in the nodes' stack, which already depends on the file system's
        stack.
        """
        ports = [ec2.Port.tcp_range(first, last) for first, last in LUSTRE_PORTS]
        # Read once, because each read is a message to Node.
        groups, all_servers = nodes.security_groups, self.file_system.connections.security_groups
        allow_to(groups, all_servers, ports, "Lustre from the nodes of jobs")
        for servers in all_servers:
            for group in groups:
                for port in ports:
                    group.add_ingress_rule(servers, port, "Lustre from its file servers")
