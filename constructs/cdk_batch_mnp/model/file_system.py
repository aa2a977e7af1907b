"""File systems that nodes mount over the network."""

from __future__ import annotations

from typing import Literal

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.network import SecurityGroup, Subnet
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

FileSystemKind = Literal["EFS", "Lustre"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MountTarget(Resource):
    """A network interface of a file system.

    Attributes:
        subnet: Its subnet, without the VPC.
        security_groups: Its groups, also if they are the VPC's default.
    """

    subnet: Maybe[Subnet] = UNKNOWN
    security_groups: Maybe[tuple[Maybe[SecurityGroup], ...]] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystem(Resource):
    """A file system of Amazon EFS or Amazon FSx for Lustre.

    Attributes:
        mount_targets: All mount targets, or network interfaces of a Lustre file system;
            ``UNKNOWN`` if there may be others.
    """

    kind: FileSystemKind
    mount_targets: Maybe[tuple[Maybe[MountTarget], ...]] = UNKNOWN
