"""Rules about the containers of a node."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.api_struct import as_integer
from cdk_batch_mnp.model.container import RESERVED_PREFIX, ResourceRequirement
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources

MINIMA = {"VCPU": 1, "MEMORY": 4, "GPU": 1}
"""Smallest resource requirements of a container on EC2: whole vCPUs, MiB, whole GPUs."""

MAX_CONTAINERS = 10
"""Source: AWS Batch API, EcsProperties.taskProperties."""

UNLIMITED = -1

_UNITS = {"VCPU": "vCPUs", "MEMORY": "MiB", "GPU": "GPUs"}


@rule(
    JobDefinition,
    "MNP311",
    "Containers have an image, and nodes have vCPUs and memory",
    severity=ERROR,
    why="AWS Batch rejects a container without an image, a node whose containers do not request "
    "VCPU or MEMORY, and amounts that are not whole numbers.",
    fix="Set image and the resource requirements VCPU (at least 1), MEMORY (at least 4 MiB) and, "
    "if needed, GPU.",
    source=sources.api("ResourceRequirement"),
)
def requirements(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the containers of ``container`` and ``ecsProperties``, as far as they are known.

    Each node must request VCPU and MEMORY at least once: one of several containers is enough,
    and a nested range may inherit them from the outer one. A node has one task of at most ten
    containers, one of which is essential. A requirement that one container sets twice is a warning,
    because it is not documented which value applies.
    """
    for group in definition.known_node_groups:
        yield from _number_of_containers(definition, group)
        if group.containers == () and "ecsProperties" in group.kinds:
            yield Violation(
                resource=definition,
                property_path=group.path / "ecsProperties",
                message="the node range has no containers",
                actual="no containers",
                expected="at least one container",
            )
        yield from _lacking_amounts(definition, group)
    for _, container in definition.containers:
        if container.image is None:
            yield Violation(
                resource=definition,
                property_path=container.path / "image",
                message="the container has no image",
                actual="no image",
                expected="an image",
            )
        if container.requirements is not UNKNOWN:
            path = container.path / "resourceRequirements"
            yield from _repeated_amounts(definition, path, container.requirements)
            yield from _wrong_amounts(definition, path, container.requirements)


def _lacking_amounts(definition: JobDefinition, group: NodeGroup) -> Iterator[Violation]:
    """Look for VCPU and MEMORY in the containers of a group and of those around it."""
    enclosing = definition.enclosing_groups(group)
    if enclosing is UNKNOWN:
        return
    for kind in ("VCPU", "MEMORY"):
        if all(_omits(node_group, kind) for node_group in (group, *enclosing)):
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"no container of the node range has a {kind} requirement",
                actual=f"no {kind}",
                expected=f"at least {MINIMA[kind]} {_UNITS[kind]}",
            )


def _repeated_amounts(
    definition: JobDefinition, path: PropertyPath, amounts: tuple[Maybe[ResourceRequirement], ...]
) -> Iterator[Violation]:
    kinds = [each.type for each in amounts if each is not UNKNOWN and not each.is_deprecated]
    for kind in MINIMA:
        if kinds.count(kind) > 1:
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the container sets {kind} {kinds.count(kind)} times",
                actual=f"{kinds.count(kind)} {kind} requirements",
                expected="1",
                fix=f"Keep one {kind} requirement.",
                severity=WARNING,
            )


def _wrong_amounts(
    definition: JobDefinition, path: PropertyPath, amounts: tuple[Maybe[ResourceRequirement], ...]
) -> Iterator[Violation]:
    for each in amounts:
        if each is UNKNOWN or not has_value(each.type) or not has_value(each.value):
            continue
        least = MINIMA.get(each.type)
        amount = as_integer(each.value)
        if least is not None and (amount is UNKNOWN or amount < least):
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the container requests {each.value!r} {_UNITS[each.type]}",
                actual=each.value,
                expected=f"a whole number of at least {least}",
            )


def _number_of_containers(definition: JobDefinition, group: NodeGroup) -> Iterator[Violation]:
    containers = group.containers
    if containers is UNKNOWN or "ecsProperties" not in group.kinds or len(group.kinds) > 1:
        return
    path = group.path / "ecsProperties" / "taskProperties" / 0 / "containers"
    if group.has_several_tasks:
        yield Violation(
            resource=definition,
            property_path=group.path / "ecsProperties" / "taskProperties",
            message="a node runs several tasks",
            actual="several",
            expected="one task",
            fix="Put the containers of a node in one task.",
        )
    if (count := fewest(containers)) > MAX_CONTAINERS:
        yield Violation(
            resource=definition,
            property_path=path,
            message=f"a node runs {count} containers",
            actual=count,
            expected=f"at most {MAX_CONTAINERS}",
            fix=f"Run at most {MAX_CONTAINERS} containers on a node.",
        )
    if containers and all(
        container is not UNKNOWN and container.essential is False for container in containers
    ):
        yield Violation(
            resource=definition,
            property_path=path,
            message="no container of the node is essential",
            actual="essential: false for all containers",
            expected="at least one essential container",
            fix="Set essential to true, or leave it out, for the container that does the work.",
        )


def _omits(group: NodeGroup, kind: str) -> bool:
    """Return whether the group has containers, all are known, and none requests this."""
    containers = group.containers
    if containers is UNKNOWN or not containers:
        return False
    return all(
        container is not UNKNOWN and container.requirement(kind) is None for container in containers
    )


@rule(
    JobDefinition,
    "MNP330",
    "Soft limits do not exceed hard limits",
    severity=ERROR,
    why="The container runtime rejects such limits, and the container does not start.",
    fix="Raise the hard limit, or lower the soft limit. -1 means unlimited.",
    source=sources.api("Ulimit"),
)
def limits(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the two limits of each ulimit. Silent if either is unknown."""
    for _, container in definition.containers:
        if container.ulimits is UNKNOWN:
            continue
        for ulimit in container.ulimits:
            if (
                ulimit is UNKNOWN
                or not has_value(ulimit.soft_limit)
                or not has_value(ulimit.hard_limit)
            ):
                continue
            soft, hard = ulimit.soft_limit, ulimit.hard_limit
            if hard != UNLIMITED and (soft == UNLIMITED or soft > hard):
                yield Violation(
                    resource=definition,
                    property_path=container.path / "ulimits",
                    message=f"soft limit {soft} exceeds hard limit {hard}"
                    + (f" of {ulimit.name}" if has_value(ulimit.name) else ""),
                    actual=soft,
                    expected=f"at most {hard}",
                )


@rule(
    JobDefinition,
    "MNP314",
    "No Fargate-only properties",
    severity=ERROR,
    why="Multi-node parallel jobs run on EC2 instances. AWS Batch rejects properties that apply "
    "only to Fargate or ECS Managed Instances.",
    fix="Set platformCapabilities to EC2 or leave it out, and remove the Fargate properties.",
    source=sources.api("RegisterJobDefinition"),
)
def fargate_properties(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks platformCapabilities, and looks for properties that only Fargate supports."""
    capabilities = definition.platform_capabilities
    if has_value(capabilities):
        others = [
            capability
            for capability in capabilities
            if capability is not UNKNOWN and capability != "EC2"
        ]
        if others:
            yield Violation(
                resource=definition,
                property_path=PROPERTIES / "platformCapabilities",
                message=f"the job requires the platform {', '.join(others)}",
                actual=", ".join(others),
                expected="EC2",
            )
    for group in definition.known_node_groups:
        places = [(container.path, container.fargate_only) for container in group.known_containers]
        if "ecsProperties" in group.kinds:
            places.append((group.path / "ecsProperties" / "taskProperties" / 0, group.fargate_only))
        for path, members in places:
            for member in members:
                yield Violation(
                    resource=definition,
                    property_path=path / member,
                    message=f"{member} is not supported for containers on EC2 instances",
                    actual=member,
                    expected="not set",
                )


@rule(
    JobDefinition,
    "MNP320",
    "No variables with the reserved prefix AWS_BATCH",
    severity=ERROR,
    why="Names that start with AWS_BATCH are reserved for variables that AWS Batch sets, such as "
    "AWS_BATCH_JOB_NODE_INDEX.",
    fix="Rename the variable.",
    source=sources.api("KeyValuePair"),
)
def reserved_variables(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the names of environment variables and secrets. Silent about unknown names."""
    for _, container in definition.containers:
        names: list[tuple[str, object]] = []
        if container.environment is not UNKNOWN:
            names += [
                ("environment", variable.name)
                for variable in container.environment
                if variable is not UNKNOWN
            ]
        if container.secrets is not UNKNOWN:
            names += [("secrets", secret) for secret in container.secrets]
        for member, name in names:
            if isinstance(name, str) and name.startswith(RESERVED_PREFIX):
                yield Violation(
                    resource=definition,
                    property_path=container.path / member,
                    message=f"the name of variable {name} is reserved",
                    actual=name,
                    expected=f"a name without the prefix {RESERVED_PREFIX}",
                )


_SENSITIVE_NAME = (
    r"(?i)PASSWORD$|PASSWD$|PASSPHRASE$|(?:^|_)"
    r"(?:SECRET|SECRET_KEY|SECRET_ACCESS_KEY|API_?KEY|TOKEN|PRIVATE_KEY)$"
)
_SWITCH = r"(?i)true|false|yes|no|on|off|none|null|[01]"
_VOCABULARY_ENTRY = r"-?[0-9]+|<.*>|\[.*\]"
"""Values of ``PAD_TOKEN`` and similar variables: vocabulary entries of a language model."""
_ELSEWHERE = r"(?s)arn:.*|/.*|[a-z][a-z0-9+.-]*://[^@]*|Ref::.*|\$\{[^}]*\}|\$\([^)]*\)"
_REFERENCE_NAME = r"[a-z]+(?:[-/_.][a-z0-9]+)+"


def _is_plain_secret(name: str, value: str) -> bool:
    if not re.search(_SENSITIVE_NAME, name) or not value.strip():
        return False
    if re.fullmatch(_SWITCH, value) or re.fullmatch(_ELSEWHERE, value):
        return False
    kind = name.upper()
    if kind.endswith("TOKEN") and re.fullmatch(_VOCABULARY_ENTRY, value):
        return False
    return not (kind.endswith("SECRET") and re.fullmatch(_REFERENCE_NAME, value))


@rule(
    JobDefinition,
    "MNP321",
    "No secrets in plain-text environment variables",
    severity=WARNING,
    why="Anyone who can describe the job definition or read the template can read its environment "
    "variables.",
    fix="Store the value in Secrets Manager or Systems Manager Parameter Store, and reference it "
    "under secrets.",
    source=sources.user_guide("specifying-sensitive-data"),
)
def plain_secrets(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports variables whose name ends like a secret's and whose value is written out.

    A value is not reported if it is empty, switches something on or off, or says where the
    secret is (an ARN, a path, an address, a placeholder, the name of a secret).
    """
    for _, container in definition.containers:
        if container.environment is UNKNOWN:
            continue
        for variable in container.environment:
            if variable is UNKNOWN or not has_value(variable.name) or not has_value(variable.value):
                continue
            if _is_plain_secret(variable.name, variable.value):
                yield Violation(
                    resource=definition,
                    property_path=container.path / "environment",
                    message=f"the variable {variable.name} looks like a secret in plain text",
                    actual=variable.name,
                    expected="a reference under secrets",
                )
