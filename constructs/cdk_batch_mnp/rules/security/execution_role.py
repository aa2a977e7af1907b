"""Rules about what the execution role needs before a container starts."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.access import (
    READ_PARAMETER,
    READ_SECRET,
    ContainerAccess,
    GroupAccess,
    NamedSource,
)
from cdk_batch_mnp.model.job_definition import JobDefinition, NodeGroup
from cdk_batch_mnp.model.policy import Decision
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.security.lacking import lacking

_LOGIN = "ecr:GetAuthorizationToken"
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_CREATE_GROUP = "logs:CreateLogGroup"
_DECRYPT = "kms:Decrypt"


def _roles(definition: JobDefinition) -> Iterator[tuple[NodeGroup, Role, GroupAccess]]:
    """Yield the node groups whose execution role is known, and what they access."""
    for group in definition.known_node_groups:
        access = definition.access.get(group.path)
        if access is not None and has_value(group.execution_role):
            yield group, group.execution_role, access


@rule(
    JobDefinition,
    "MNP612",
    "The execution role can pull the image and write logs",
    severity=ERROR,
    why="With an execution role, the ECS agent pulls images from Amazon ECR and writes logs to "
    "CloudWatch Logs with that role instead of the instance role. Without these permissions, no "
    "container starts.",
    fix="Attach the AWS managed policy service-role/AmazonECSTaskExecutionRolePolicy to the "
    "execution role.",
    source=sources.user_guide("execution-IAM-role"),
)
def starting_containers(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the actions for images in Amazon ECR and for the awslogs driver.

    Reported at the role. Silent if a policy of the role is not known, or if the policy of the
    repository may allow the pull. A missing logs:CreateLogGroup is a warning, because the log
    group may exist.
    """
    for _, role, access in _roles(definition):
        for container in access.containers:
            yield from _cannot_pull(role, container)
            yield from _cannot_log(role, container)


def _cannot_pull(role: Role, container: ContainerAccess) -> Iterator[Violation]:
    image = container.image
    if not has_value(image):
        return
    if missing := lacking(role, (_LOGIN,)):
        yield missing.violation(
            f"execution role {role.id} does not allow {missing.actions}, which pulling an image "
            "from Amazon ECR needs",
            _LOGIN,
        )
        return
    if image.repository is UNKNOWN or image.policy is UNKNOWN:
        return
    denied = [
        (action, decision)
        for action in _PULL
        if (decision := role.decide_with(image.policy, action, image.repository)).allowed is False
    ]
    if denied:
        yield _at(
            role,
            f"execution role {role.id} does not allow {', '.join(each for each, _ in denied)} for "
            f"the image {image.shown}",
            [each for _, each in denied],
            ", ".join(_PULL),
        )


def _cannot_log(role: Role, container: ContainerAccess) -> Iterator[Violation]:
    logs = container.logs
    if not has_value(logs):
        return
    if missing := lacking(role, _WRITE_LOGS, logs.group):
        yield missing.violation(
            f"execution role {role.id} does not allow {missing.actions} for the log group "
            f"{logs.shown}",
            ", ".join(_WRITE_LOGS),
        )
    elif logs.creates_group is True and (missing := lacking(role, (_CREATE_GROUP,), logs.group)):
        yield missing.violation(
            f"awslogs-create-group is set, but execution role {role.id} does not allow "
            f"{_CREATE_GROUP} for the log group {logs.shown}",
            _CREATE_GROUP,
            severity=WARNING,
            fix=f"Allow {_CREATE_GROUP}, or create the log group.",
        )


@rule(
    JobDefinition,
    "MNP613",
    "The execution role can read the secrets",
    severity=ERROR,
    why="ECS reads the secrets of a container with the execution role before it starts the "
    "container. If it cannot, the job fails.",
    fix="Allow the action on the secret or parameter in a policy of the execution role.",
    source=sources.user_guide("specifying-sensitive-data"),
)
def readable_secrets(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks each secret, secret log option and registry credential, and the key of its secret.

    Reported at the role. Silent if a policy of the role, of the secret or of its key may allow it.
    A secret that is not in the template is a warning, because its own policy may allow it.
    """
    for _, role, access in _roles(definition):
        for container in access.containers:
            for named in container.sources:
                yield from _cannot_read(role, named)


def _cannot_read(role: Role, named: NamedSource) -> Iterator[Violation]:
    source = named.source
    actions = (READ_SECRET, READ_PARAMETER) if source.action is UNKNOWN else (source.action,)
    is_foreign = source.policy is UNKNOWN
    decisions = [
        role.decide(action, source.arn)
        if is_foreign
        else role.decide_with(source.policy, action, source.arn)
        for action in actions
    ]
    expected = " or ".join(actions)
    if all(each.allowed is False for each in decisions):
        yield _at(
            role,
            f"execution role {role.id} cannot read {named.name}: it does not allow {expected} on "
            f"{source.shown}",
            decisions,
            expected,
            is_foreign=is_foreign,
        )
    elif has_value(key := source.key):
        decision = role.decide_with(key.policy, _DECRYPT, key.arn)
        if decision.allowed is False:
            yield _at(
                role,
                f"execution role {role.id} cannot decrypt {named.name}: it does not allow "
                f"{_DECRYPT} on {key.id}",
                [decision],
                _DECRYPT,
            )


def _at(
    role: Role,
    message: str,
    decisions: list[Decision],
    expected: str,
    *,
    is_foreign: Maybe[bool] = False,
) -> Violation:
    return Violation(
        resource=role,
        property_path=PROPERTIES,
        message=message,
        actual="; ".join(dict.fromkeys(each.reason for each in decisions)),
        expected=expected,
        severity=WARNING if is_foreign is True else None,
    )


@rule(
    JobDefinition,
    "MNP614",
    "A container with secrets has an execution role",
    severity=ERROR,
    why="ECS reads secrets and the credentials of private registries with the execution role. "
    "Without one, the job fails before its containers start.",
    fix="Set executionRoleArn to a role that can read the secrets.",
    source=sources.user_guide("execution-IAM-role"),
)
def role_for_secrets(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports secrets, secret log options and registry credentials without an execution role.

    Silent if the group may inherit a role from another group.
    """
    for group in definition.known_node_groups:
        access = definition.access.get(group.path)
        if access is None or group.execution_role is not None:
            continue
        named = next((each for one in access.containers for each in one.sources), None)
        if named is not None and definition.enclosing_groups(group) == ():
            yield Violation(
                resource=definition,
                property_path=named.path,
                message=f"there is no execution role to read {named.name}",
                actual="no executionRoleArn",
                expected="an execution role",
            )
