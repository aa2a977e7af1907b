"""Rules about what separates containers from their instance."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

SENSITIVE_PATHS = ("/etc", "/proc", "/sys", "/boot", "/root", "/var/lib/docker", "/var/lib/ecs")
"""Folders of an instance whose contents open the whole of it."""
HARMLESS_PATHS = (
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
)
"""What containers often see of the instance and all may know: its time zone, the certificates."""
SENSITIVE_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd")


@rule(
    JobDefinition,
    "MNP603",
    "Containers keep to themselves",
    severity=WARNING,
    why="A privileged container, or one that sees the instance's own files or its Docker socket, "
    "can do with the instance, and with its role, whatever it likes.",
    fix="Name the devices, limits and folders that the job needs instead. EFA needs no privilege.",
    source=sources.api("ContainerProperties"),
)
def no_privileged_containers(
    definition: JobDefinition, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for privileged containers, and for volumes of sensitive folders or sockets."""
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
                    message=f"a volume is the folder {path} of the instance",
                    actual=path,
                    expected="folders that are made for jobs",
                )


def _is_sensitive(path: str) -> bool:
    # No path at all lets Docker choose a folder of its own.
    if not path.startswith("/"):
        return False
    folder = normpath("/" + path.lstrip("/"))
    return folder in ("/", "/var", "/var/run", "/run") or (
        _is_in(folder, (*SENSITIVE_PATHS, *SENSITIVE_SOCKETS))
        and not _is_in(folder, HARMLESS_PATHS)
    )


def _is_in(folder: str, others: tuple[str, ...]) -> bool:
    return any(folder == each or folder.startswith(f"{each}/") for each in others)
