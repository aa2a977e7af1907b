"""Rules about the isolation of containers from their instance."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

SENSITIVE_PATHS = ("/etc", "/proc", "/sys", "/boot", "/root", "/var/lib/docker", "/var/lib/ecs")
"""Host directories that give control over the whole instance."""
HARMLESS_PATHS = (
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
)
"""Host files that are often mounted and safe to share: time zone and certificates."""
SENSITIVE_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd")


@rule(
    JobDefinition,
    "MNP603",
    "Containers are not privileged",
    severity=WARNING,
    why="A privileged container, or one with access to the host's files or the Docker socket, can "
    "take over the instance and its role.",
    fix="Grant only the devices, limits and directories that the job needs. EFA does not need "
    "privileged mode.",
    source=sources.api("ContainerProperties"),
)
def no_privileged_containers(
    definition: JobDefinition, catalogue: Catalogue
) -> Iterator[Violation]:
    """Reports privileged containers, and volumes of sensitive host directories or sockets."""
    for _, container in definition.containers:
        if container.privileged is True:
            yield Violation(
                resource=definition,
                property_path=container.path / "privileged",
                message="the container is privileged",
                actual="true",
                expected="false",
            )
    for group in definition.known_node_groups:
        if group.volumes is UNKNOWN:
            continue
        for volume in group.volumes:
            path = None if volume is UNKNOWN else volume.host_path
            if has_value(path) and _is_sensitive(path):
                yield Violation(
                    resource=definition,
                    property_path=group.path / "volumes",
                    message=f"a volume exposes the host directory {path}",
                    actual=path,
                    expected="a directory for jobs",
                )


def _is_sensitive(path: str) -> bool:
    # Without a path, Docker chooses a directory.
    if not path.startswith("/"):
        return False
    directory = normpath("/" + path.lstrip("/"))
    return directory in ("/", "/var", "/var/run", "/run") or (
        _is_in(directory, (*SENSITIVE_PATHS, *SENSITIVE_SOCKETS))
        and not _is_in(directory, HARMLESS_PATHS)
    )


def _is_in(directory: str, others: tuple[str, ...]) -> bool:
    return any(directory == other or directory.startswith(f"{other}/") for other in others)
