"""Whether a network interface reaches a file system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdk_batch_mnp.model.file_system import FileSystem, FileSystemKind, MountTarget
from cdk_batch_mnp.model.network import Subnet
from cdk_batch_mnp.model.reach.answers import Answer, Blocked, Hop, at_best, in_sequence
from cdk_batch_mnp.model.reach.filters import Peer, crosses, lets_in, lets_out
from cdk_batch_mnp.model.reach.services import Interface
from cdk_batch_mnp.model.reach.traffic import LUSTRE, NFS, Addresses, Ports
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

PORTS: dict[FileSystemKind, tuple[Ports, ...]] = {"EFS": (NFS,), "Lustre": LUSTRE}
"""Ports that clients of a file system use, the most important ones first."""


def reach_file_system(interfaces: Sequence[Interface], system: FileSystem, ports: Ports) -> Answer:
    """Return whether one of a node's interfaces in a subnet reaches a file system.

    A file system of Amazon EFS needs a mount target in the zone of the subnet: its DNS name
    resolves to that one.

    Args:
        interfaces: The interfaces of one node, all in the same subnet.
        system: The file system.
        ports: Ports of the file system: :data:`PORTS` has those of each kind.
    """
    subnet = interfaces[0].subnet
    targets = _in_zone(subnet, system)
    if targets is UNKNOWN or isinstance(targets, Blocked):
        return targets
    return at_best(
        in_sequence(_hops(interface, target, system, ports))
        for interface in interfaces
        for target in targets
    )


def is_reached_by(interface: Interface, system: FileSystem, ports: Ports) -> Answer:
    """Return whether the servers of a Lustre file system reach a client.

    The servers open connections to clients too, on the same ports.

    Source: FSx for Lustre User Guide, file system access control with Amazon VPC.

    Args:
        interface: The interface of the client.
        system: The file system.
        ports: Ports of the client.
    """
    targets = _in_zone(interface.subnet, system)
    if targets is UNKNOWN or isinstance(targets, Blocked):
        return targets
    own: Addresses = interface.subnet.cidr
    client = Peer(interface.groups, own)
    return at_best(
        in_sequence(
            (
                lets_out(target.security_groups, ports, client, "the nodes"),
                lets_in(
                    interface.groups,
                    ports,
                    Peer(
                        target.security_groups,
                        UNKNOWN if target.subnet is UNKNOWN else target.subnet.cidr,
                    ),
                    f"file system {system.id}",
                ),
            )
        )
        for target in targets
    )


def _in_zone(subnet: Subnet, system: FileSystem) -> Maybe[list[MountTarget]] | Blocked:
    """Return the mount targets that a node in a subnet may use."""
    if system.mount_targets is UNKNOWN:
        return UNKNOWN
    known = [mount_target for mount_target in system.mount_targets if mount_target is not UNKNOWN]
    is_complete = len(known) == len(system.mount_targets)
    if system.kind == "Lustre":
        return known if is_complete and known else UNKNOWN
    if not known and is_complete:
        return Blocked(Hop.MOUNT_TARGET, system.id, f"file system {system.id} has no mount target")
    zones = [UNKNOWN if each.subnet is UNKNOWN else _zone(each.subnet, subnet) for each in known]
    near = [target for target, same in zip(known, zones, strict=True) if same is True]
    if near:
        return near
    if not is_complete or UNKNOWN in zones:
        return UNKNOWN
    return Blocked(
        Hop.MOUNT_TARGET,
        system.id,
        f"file system {system.id} has no mount target in the zone of {subnet.id} ({subnet.zone})",
    )


def _zone(one: Subnet, other: Subnet) -> Maybe[bool]:
    """Return whether two subnets are in the same zone."""
    if one.id == other.id:
        return True
    if one.zone is UNKNOWN or other.zone is UNKNOWN:
        return UNKNOWN
    if one.zone == other.zone:
        return True
    # The first zone of a Region may be any of its named ones.
    is_comparable = zone_form(one.zone) == zone_form(other.zone)
    return False if is_comparable else UNKNOWN


def zone_form(zone: str) -> str:
    """Return how a zone is named; only zones named in the same way can be compared."""
    if not zone.startswith("zone "):
        return "name"
    _, which, _ = zone.split(" ", 2)
    return "index" if which.isdigit() else "letter"


def _hops(
    interface: Interface, target: MountTarget, system: FileSystem, ports: Ports
) -> Iterator[Answer]:
    other = target.subnet
    addresses: Addresses = UNKNOWN if other is UNKNOWN else other.cidr
    own: Addresses = interface.subnet.cidr
    there = Peer(target.security_groups, addresses)
    yield lets_out(interface.groups, ports, there, f"file system {system.id}")
    yield UNKNOWN if other is UNKNOWN else crosses(interface.subnet, ports, addresses, other)
    yield lets_in(target.security_groups, ports, Peer(interface.groups, own), "the nodes")
