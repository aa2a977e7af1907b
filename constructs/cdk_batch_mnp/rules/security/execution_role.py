"""Rules about what the execution role needs before a container starts."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Severity, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.access import (
    READ_PARAMETER,
    READ_SECRET,
    ContainerAccess,
    GroupAccess,
    Logs,
    NamedSource,
)
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.partial_text import shown
from cdk_batch_mnp.model.policy import Decision
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.security import agent_permissions
from cdk_batch_mnp.rules.security.lacking import lacking

_LOGIN = "ecr:GetAuthorizationToken"
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_CREATE_GROUP = "logs:CreateLogGroup"
_DECRYPT = "kms:Decrypt"


def _roles(definition: JobDefinition) -> Iterator[tuple[Role, GroupAccess]]:
    """Yield the known execution roles of node groups, and what the groups access.

    A role that ECS cannot assume is left out: it is probably not the role that was meant.
    """
    for group in definition.known_node_groups:
        access, role = definition.access.get(group.path), group.execution_role
        if access is not None and role is None:
            role = _inherited(definition, group)
        if access is None or not has_value(role) or role.may_be_assumed_by("ecs-tasks") is False:
            continue
        yield role, access


def _inherited(definition: JobDefinition, group: NodeGroup) -> Maybe[Role] | None:
    """Return the execution role of the only group that encloses a group."""
    enclosing = definition.enclosing_groups(group)
    return enclosing[0].execution_role if has_value(enclosing) and len(enclosing) == 1 else None


@rule(
    JobDefinition,
    "MNP612",
    "The execution role can pull the image and write logs",
    severity=WARNING,
    why="With an execution role, the ECS agent writes logs to CloudWatch Logs, and can pull images "
    "from Amazon ECR, with that role instead of the instance role. Without these permissions, "
    "containers fail to start.",
    fix="Attach the AWS managed policy service-role/AmazonECSTaskExecutionRolePolicy to the "
    "execution role.",
    source=sources.ecs("ecs-agent-config"),
)
def starting_containers(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the actions for images in Amazon ECR and for the awslogs driver.

    Reported at the role. Silent if a policy of the role is not known, or if the policy of the
    repository may allow the pull. Only images in the template's account are checked: with others,
    it is not documented which role pulls. logs:CreateLogGroup is checked if awslogs-create-group
    is set and the log group is not in the template.
    """
    for role, access in _roles(definition):
        for container in access.containers:
            yield from _cannot_pull(role, container)
            yield from _cannot_log(role, container)


def _cannot_log_in(name: str, role: Role) -> Iterator[Violation]:
    if missing := lacking(role, (_LOGIN,)):
        yield missing.violation(
            f"{name} {role.id} does not allow {missing.actions}, which pulling an image from "
            "Amazon ECR needs",
            _LOGIN,
        )


def _cannot_write(name: str, role: Role, logs: Logs) -> Iterator[Violation]:
    if missing := lacking(role, _WRITE_LOGS, lambda: logs.resources):
        yield missing.violation(
            f"{name} {role.id} does not allow {missing.actions} for the log group "
            f"{shown(logs.group)}",
            ", ".join(_WRITE_LOGS),
        )


def _cannot_pull(role: Role, container: ContainerAccess) -> Iterator[Violation]:
    image = container.image
    if not has_value(image) or not image.is_own:
        return
    if violations := list(_cannot_log_in("execution role", role)):
        yield from violations
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
    violations = list(_cannot_write("execution role", role, logs))
    yield from violations
    if not violations and logs.creates_group is True:
        missing = lacking(role, (_CREATE_GROUP,), lambda: logs.resources)
        if missing:
            yield missing.violation(
                f"awslogs-create-group is set, but execution role {role.id} does not allow "
                f"{_CREATE_GROUP} for the log group {shown(logs.group)}",
                _CREATE_GROUP,
                fix=f"Allow {_CREATE_GROUP}, or create the log group.",
            )


@rule(
    Candidate,
    "MNP614",
    "Without an execution role, the instance role can pull the image and write logs",
    severity=ERROR,
    why="Without an execution role, the ECS agent pulls images from Amazon ECR and writes logs to "
    "CloudWatch Logs with the instance role. Without these permissions, no container starts.",
    fix="Set an execution role with the AWS managed policy "
    "service-role/AmazonECSTaskExecutionRolePolicy, or attach "
    "service-role/AmazonEC2ContainerServiceforEC2Role to the instance role.",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html",
)
def starting_without_role(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the instance role for the groups that certainly have no execution role.

    Reported at the instance role. Silent if a policy of the role is not known, and if the role
    lacks the permissions of the ECS agent too, which MNP611 reports.
    """
    definition, role = candidate.definition, candidate.environment.instance_role
    if not has_value(role) or lacking(role, agent_permissions.NEEDED):
        return
    if role.may_be_assumed_by("ec2") is False:
        return
    for group in definition.known_node_groups:
        access = definition.access.get(group.path)
        if access is None or group.execution_role is not None:
            continue
        if definition.enclosing_groups(group) != ():
            continue
        for container in access.containers:
            if has_value(container.image):
                yield from _cannot_log_in("instance role", role)
            if has_value(container.logs):
                yield from _cannot_write("instance role", role, container.logs)


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
    for role, access in _roles(definition):
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
            severity=WARNING if is_foreign else None,
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
    severity: Severity | None = None,
) -> Violation:
    return Violation(
        resource=role,
        property_path=PROPERTIES,
        message=message,
        actual="; ".join(dict.fromkeys(decision.reason for decision in decisions)),
        expected=expected,
        severity=severity,
    )
