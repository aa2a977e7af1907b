"""Rules about volumes and mount points."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.finding import few
from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import Volume
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources


def _names(group: NodeGroup) -> Maybe[set[str]]:
    """Return the names of a group's volumes; unknown if any is."""
    if group.volumes is UNKNOWN:
        return UNKNOWN
    names = [UNKNOWN if volume is UNKNOWN else volume.name for volume in group.volumes]
    return UNKNOWN if UNKNOWN in names else {name for name in names if has_value(name)}


@rule(
    JobDefinition,
    "MNP328",
    "Mount points refer to declared volumes",
    severity=ERROR,
    why="A mount point refers to a volume of the same node by name. AWS Batch rejects a name that "
    "is not declared.",
    fix="Declare the volume in the same node range, or correct sourceVolume.",
    source=sources.api("MountPoint"),
)
def declared_volumes(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the names in mount points with the volumes of the group. Silent if any is unknown.

    If there are no volumes, a mount point is reported even if its name is unknown. A nested range
    may use the volumes of the outer one.
    """
    for group in definition.known_node_groups:
        enclosing = definition.enclosing_groups(group)
        if enclosing is UNKNOWN:
            continue
        declared = [_names(node_group) for node_group in (group, *enclosing)]
        if UNKNOWN in declared:
            continue
        names = set().union(*(each for each in declared if each is not UNKNOWN))
        expected = few(sorted(names)) or "a declared volume (there are none)"
        for container in group.known_containers:
            if container.mount_points is UNKNOWN:
                continue
            for point in container.mount_points:
                name = None if point is UNKNOWN else point.source_volume
                if name is UNKNOWN and not names:
                    name = "with an unknown name"
                if has_value(name) and name not in names:
                    yield Violation(
                        resource=definition,
                        property_path=container.path / "mountPoints",
                        message=f"the container mounts volume {name}, which is not declared",
                        actual=name,
                        expected=expected,
                    )


@rule(
    JobDefinition,
    "MNP329",
    "EFS IAM authorization and access points are complete",
    severity=ERROR,
    why="IAM authorization and EFS access points require encryption in transit. IAM authorization "
    "also requires a job role, and an access point defines the root directory itself. Otherwise "
    "the mount fails.",
    fix="Set transitEncryption to ENABLED, set a job role if iam is ENABLED, and leave out "
    "rootDirectory if an access point is set.",
    source=sources.api("EFSAuthorizationConfig"),
)
def efs_authorization(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks EFS volumes that certainly use IAM authorization or an access point."""
    for group in definition.known_node_groups:
        if group.volumes is UNKNOWN:
            continue
        for position, volume in enumerate(group.volumes):
            if volume is UNKNOWN:
                continue
            name = volume.name if has_value(volume.name) else str(position)
            for message, actual, expected in _problems(definition, group, volume):
                yield Violation(
                    resource=definition,
                    property_path=group.path / "volumes",
                    message=f"EFS volume {name} {message}",
                    actual=actual,
                    expected=expected,
                )


def _problems(
    definition: JobDefinition, group: NodeGroup, volume: Volume
) -> Iterator[tuple[str, str, str]]:
    has_iam, has_point = volume.iam == "ENABLED", volume.has_access_point is True
    if (has_iam or has_point) and volume.transit_encryption in (None, "DISABLED"):
        yield (
            f"has {'IAM authorization' if has_iam else 'an access point'} without encryption in "
            "transit",
            str(volume.transit_encryption or "not set (default: DISABLED)"),
            "transitEncryption: ENABLED",
        )
    root = volume.root_directory
    if has_point and has_value(root) and root not in ("", "/"):
        yield ("sets both an access point and a root directory", root, "not set, or /")
    enclosing = definition.enclosing_groups(group)
    if not has_iam or enclosing is UNKNOWN:
        return
    if all(node_group.job_role is None for node_group in (group, *enclosing)):
        yield ("has IAM authorization without a job role", "no job role", "a job role")
