"""Rules about ECS Exec, which runs commands in the containers of a job."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules import sources

_OF_AGENT = "/var/lib/amazon"
"""Where the SSM agent keeps its files. Source: aws/containers-roadmap, issue 1359."""


@rule(
    JobDefinition,
    "MNP347",
    "Jobs with ECS Exec have a job role",
    severity=ERROR,
    why="Amazon ECS runs a task with ECS Exec only if it has a task role, whose credentials its "
    "SSM agent uses. In AWS Batch, that is the job role. Without one, no task starts.",
    fix="Set a job role (jobRoleArn, or taskRoleArn in ecsProperties), or remove "
    "enableExecuteCommand.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html",
)
def exec_role(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports node ranges with enableExecuteCommand that certainly have no job role.

    A nested range may inherit the role of the outer one.
    """
    for group in definition.known_node_groups:
        enclosing = definition.enclosing_groups(group)
        if group.allows_exec is not True or enclosing is UNKNOWN:
            continue
        if all(node_group.job_role is None for node_group in (group, *enclosing)):
            yield Violation(
                resource=definition,
                property_path=group.path,
                message="the node range has ECS Exec without a job role",
                actual="no job role",
                expected="a job role",
            )


@rule(
    JobDefinition,
    "MNP348",
    "Containers with ECS Exec have a writable root file system",
    severity=WARNING,
    why="The SSM agent of ECS Exec creates directories and files in the container. If the root "
    "file system is read-only, no command can be run in it.",
    fix="Remove readonlyRootFilesystem, or enableExecuteCommand.",
    source=sources.ecs("ecs-exec"),
)
def exec_file_system(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for readonlyRootFilesystem in node ranges with enableExecuteCommand.

    Silent if a volume may be mounted where the SSM agent writes.
    """
    for group, container in definition.containers:
        if group.allows_exec is not True or _may_write(container):
            continue
        if container.read_only_root is True:
            yield Violation(
                resource=definition,
                property_path=container.path / "readonlyRootFilesystem",
                message="the root file system is read-only, but the node range has ECS Exec",
                actual="true",
                expected="false, or no ECS Exec",
            )


def _may_write(container: Container) -> bool:
    """Return whether a container may have a volume for the files of the SSM agent."""
    mounts = container.mount_points
    paths = [
        UNKNOWN if mount is UNKNOWN else mount.container_path
        for mount in ((UNKNOWN,) if mounts is UNKNOWN else mounts)
    ]
    return any(path is UNKNOWN or str(path).startswith(_OF_AGENT) for path in paths)
