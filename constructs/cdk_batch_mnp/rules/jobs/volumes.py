"""Rules about the volumes of the nodes, and where containers mount them."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.finding import few
from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import Volume
from cdk_batch_mnp.model.job_definition import JobDefinition, NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources


def _names(group: NodeGroup) -> Maybe[set[str]]:
    """The names of a group's volumes, if all are known."""
    if group.volumes is UNKNOWN:
        return UNKNOWN
    names = [UNKNOWN if each is UNKNOWN else each.name for each in group.volumes]
    return UNKNOWN if UNKNOWN in names else {each for each in names if has_value(each)}


@rule(
    JobDefinition,
    "MNP328",
    "Mount points name volumes of their nodes",
    severity=ERROR,
    why="A container mounts a volume by the name that is declared beside it; a name that is not "
    "there is refused.",
    fix="Declare the volume in the same node range, or correct the name (sourceVolume).",
    source=sources.api("MountPoint"),
)
def declared_volumes(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the names in mount points with the volumes of the group, all of which are known.

    A range inside another may use the volumes of the outer one.
    """
    for group in definition.known_node_groups:
        around = definition.around(group)
        if around is UNKNOWN:
            continue
        declared = [_names(each) for each in (group, *around)]
        if UNKNOWN in declared:
            continue
        names = set().union(*(each for each in declared if each is not UNKNOWN))
        limit = few(sorted(names)) or "no volume is declared"
        for container in group.known_containers:
            if container.mount_points is UNKNOWN:
                continue
            for each in container.mount_points:
                wanted = None if each is UNKNOWN else each.source_volume
                if has_value(wanted) and wanted not in names:
                    yield Violation(
                        resource=definition,
                        property_path=container.path / "mountPoints",
                        message=f"the container mounts the volume {wanted}, which is not declared",
                        actual=wanted,
                        expected=limit,
                    )


@rule(
    JobDefinition,
    "MNP329",
    "EFS volumes have what their authorization needs",
    severity=ERROR,
    why="IAM authorization and access points of EFS need encryption in transit, IAM also a job "
    "role, and an access point brings its own root directory: otherwise the mount is refused.",
    fix="Set transitEncryption to ENABLED, name a job role where iam is ENABLED, and leave "
    "rootDirectory out beside an access point.",
    source=sources.api("EFSAuthorizationConfig"),
)
def efs_authorization(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at each EFS volume with IAM or an access point that are certain to be used."""
    for group in definition.known_node_groups:
        if group.volumes is UNKNOWN:
            continue
        for position, volume in enumerate(group.volumes):
            if volume is UNKNOWN:
                continue
            name = volume.name if has_value(volume.name) else str(position)
            for message, seen, limit in _lacking(definition, group, volume):
                yield Violation(
                    resource=definition,
                    property_path=group.path / "volumes",
                    message=f"the EFS volume {name} {message}",
                    actual=seen,
                    expected=limit,
                )


def _lacking(
    definition: JobDefinition, group: NodeGroup, volume: Volume
) -> Iterator[tuple[str, str, str]]:
    has_iam, has_point = volume.iam == "ENABLED", volume.has_access_point is True
    if (has_iam or has_point) and volume.transit_encryption in (None, "DISABLED"):
        yield (
            f"has {'IAM authorization' if has_iam else 'an access point'} without encryption in "
            "transit",
            str(volume.transit_encryption or "nothing, which stands for DISABLED"),
            "transitEncryption: ENABLED",
        )
    root = volume.root_directory
    if has_point and has_value(root) and root not in ("", "/"):
        yield ("has an access point and another root directory", root, "left out, or /")
    around = definition.around(group)
    if not has_iam or around is UNKNOWN:
        return
    if all(each.job_role is None for each in (group, *around)):
        yield ("has IAM authorization, and the nodes no job role", "no job role", "a job role")
