"""Rules about the policies of EFS file systems that jobs mount."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.access import FileSystem, FileSystemAccess
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.policy import Decision, Principal, decide
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

_MOUNT = "elasticfilesystem:ClientMount"
_WRITE = "elasticfilesystem:ClientWrite"
_ANONYMOUS = Principal("AWS", ("",))


@rule(
    JobDefinition,
    "MNP615",
    "The job role may mount the EFS file system",
    severity=ERROR,
    why="If a file system has a policy, a client can mount it only if that policy or the client's "
    "role allows it. With IAM authorization the client is the job role; without it, the client is "
    "anonymous. If the mount is not allowed, the job fails.",
    fix="Allow elasticfilesystem:ClientMount, and ClientWrite for writing, in a policy of the job "
    "role or in the file system policy. Set iam to ENABLED for the volume.",
    source="https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html",
)
def mounting(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks volumes whose file system has a policy in the template.

    The default policy allows every client. Silent about what depends on a condition, and if a
    policy is not known. A missing permission to write is a warning.
    """
    for group in definition.known_node_groups:
        access = definition.access.get(group.path)
        for volume in () if access is None else access.file_systems:
            if has_value(volume.file_system):
                yield from _refused(definition, group.job_role, volume, volume.file_system)


def _refused(
    definition: JobDefinition,
    role: Maybe[Role] | None,
    volume: FileSystemAccess,
    file_system: FileSystem,
) -> Iterator[Violation]:
    if volume.uses_role is UNKNOWN or (volume.uses_role and not has_value(role)):
        return
    client = (
        f"job role {role.id}"
        if volume.uses_role and has_value(role)
        else "a client without IAM authorization"
    )
    for action, severity in ((_MOUNT, ERROR), (_WRITE, WARNING)):
        if action == _WRITE and volume.is_written is not True:
            continue
        decision = _decide(role if volume.uses_role else None, file_system, action)
        if decision.allowed is False:
            yield Violation(
                resource=definition,
                property_path=volume.path,
                message=f"{client} is not allowed {action} on {file_system.id}",
                actual=decision.reason,
                expected=action,
                severity=severity,
            )
            return


def _decide(role: Maybe[Role] | None, file_system: FileSystem, action: str) -> Decision:
    policy = file_system.policy
    if not has_value(policy):
        return Decision(UNKNOWN)
    if has_value(role):
        return role.decide_with(policy, action, file_system.arn)
    return decide(policy, action, file_system.arn, _ANONYMOUS)
