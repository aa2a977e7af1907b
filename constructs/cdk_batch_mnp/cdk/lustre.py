"""FSx for Lustre: one fast file system that every node mounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Aws, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from cdk_batch_mnp.cdk.argument_types import refuse_wrong_types
from cdk_batch_mnp.cdk.security_groups import let_reach
from cdk_batch_mnp.cdk.user_data import Mount, refuse_mount_path

if TYPE_CHECKING:
    from aws_cdk import aws_fsx as fsx

LUSTRE_PORTS = ((988, 988), (1018, 1023))
"""TCP ports that clients reach the file system at. Source: FSx for Lustre User Guide, file system
access control with Amazon VPC."""

_COMMANDS = """
command -v mount.lustre > /dev/null || persist dnf install -y lustre-client
mkdir -p {path}
keep {source} {path} lustre {options},_netdev
persist mount -t lustre -o {options} {source} {path}
mountpoint --quiet {path}
"""


@dataclass(frozen=True, kw_only=True)
class LustreMount:
    """A file system of FSx for Lustre that nodes mount and pass on to their containers.

    The nodes are let in at the ports of Lustre, and at no others. A node that cannot mount takes no
    job. The file system should be in the nodes' zone: traffic between zones is slower and charged.

    Attributes:
        file_system: The file system.
        path: Where nodes and containers see it.
        mount_name: Of the file system; only for one that is imported, which does not tell it.
        read_only: Whether it is mounted to be read alone.

    Raises:
        ValueError: The path cannot be mounted at, or ``mount_name`` is missing or needless.

    Source: FSx for Lustre User Guide, mounting from Amazon ECS.
    """

    file_system: fsx.IFileSystem
    path: str = "/fsx"
    mount_name: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be mounted."""
        refuse_wrong_types(f"Lustre at {self.path!r}", LustreMount, vars(self))
        refuse_mount_path(self.path, "path")
        own = getattr(self.file_system, "mount_name", None)
        if own is None and not self.mount_name:
            raise ValueError(
                f"the file system for {self.path!r} is imported, so its mount name is not known; "
                "give mount_name (DescribeFileSystems tells it)"
            )
        if own is not None and self.mount_name:
            raise ValueError(
                f"the file system for {self.path!r} tells its mount name itself; leave mount_name "
                "out"
            )

    def mount(self, scope: IConstruct) -> Mount:
        """Tell how a node of a construct's Region mounts it."""
        file_system = self.file_system
        own = getattr(file_system, "mount_name", None)
        host = (
            getattr(file_system, "dns_name", None)
            or f"{file_system.file_system_id}.fsx.{Stack.of(scope).region}.{Aws.URL_SUFFIX}"
        )
        options = "ro,flock" if self.read_only else "relatime,flock"
        return Mount(
            path=self.path,
            read_only=self.read_only,
            commands=_COMMANDS.format(
                path=self.path, source=f"{host}@tcp:/{own or self.mount_name}", options=options
            ),
        )

    def let_in(self, nodes: ec2.Connections) -> None:
        """Let nodes reach the file system.

        The rules are in the nodes' stack, which depends on that of the file system already.
        """
        ports = [ec2.Port.tcp_range(first, last) for first, last in LUSTRE_PORTS]
        let_reach(nodes, self.file_system, ports, "Lustre from the nodes of jobs")
