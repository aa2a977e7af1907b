"""Rules about what runs on the nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition, NodeGroup
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.shape import as_integer
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

MINIMA = {"VCPU": 1, "MEMORY": 4, "GPU": 1}
"""The least that a container on EC2 can ask for: whole vCPUs, MiB, whole GPUs."""

MAX_CONTAINERS = 10
"""Source: Batch API, EcsProperties.taskProperties."""

UNLIMITED = -1

RESERVED_PREFIX = "AWS_BATCH"

_UNITS = {"VCPU": "vCPUs", "MEMORY": "MiB", "GPU": "GPUs"}


@rule(
    JobDefinition,
    "MNP311",
    "Every container has an image, every node vCPUs and memory",
    severity=ERROR,
    why="Batch refuses a container without an image, a node whose containers ask for no VCPU or no "
    "MEMORY, and amounts that are not whole numbers.",
    fix="Give image, and VCPU (from 1), MEMORY (from 4 MiB) and, if needed, GPU requirements.",
    source=sources.api("ResourceRequirement"),
)
def requirements(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at the containers of ``container`` and ``ecsProperties``, as far as they are known.

    The API asks for VCPU and MEMORY at least once for each node: one of several containers is
    enough, and a range inside another may leave them to the outer one. A task has at most ten
    containers, one of which is essential. What one container asks for twice is a warning: which of
    the two counts is not documented.
    """
    for group in definition.known_node_groups:
        yield from _number_of_containers(definition, group)
        if group.containers == () and "ecsProperties" in group.kinds:
            yield Violation(
                resource=definition,
                property_path=group.path / "ecsProperties",
                message="no container runs on the nodes",
                actual="no container",
                expected="a container",
            )
        around = definition.around(group)
        if around is UNKNOWN:
            continue
        for kind in ("VCPU", "MEMORY"):
            if all(_leaves_out(each, kind) for each in (group, *around)):
                yield Violation(
                    resource=definition,
                    property_path=group.path,
                    message=f"no container of the node range has a {kind} requirement",
                    actual=f"no {kind}",
                    expected=f"at least {MINIMA[kind]} {_UNITS[kind]}",
                )
    for _, container in definition.containers:
        if container.image is None:
            yield Violation(
                resource=definition,
                property_path=container.path / "image",
                message="the container has no image",
                actual="no image",
                expected="an image",
            )
        if container.requirements is UNKNOWN:
            continue
        path = container.path / "resourceRequirements"
        kinds = [
            each.type
            for each in container.requirements
            if each is not UNKNOWN and not each.is_deprecated
        ]
        for kind in MINIMA:
            if kinds.count(kind) > 1:
                yield Violation(
                    resource=definition,
                    property_path=path,
                    message=f"the container has {kinds.count(kind)} requirements of {kind}",
                    actual=f"{kind}, {kinds.count(kind)} times",
                    expected=f"{kind} once",
                    fix=f"Leave one {kind} requirement.",
                    severity=WARNING,
                )
        for each in container.requirements:
            if each is UNKNOWN or not has_value(each.type) or not has_value(each.value):
                continue
            least = MINIMA.get(each.type)
            amount = as_integer(each.value)
            if least is not None and (amount is UNKNOWN or amount < least):
                yield Violation(
                    resource=definition,
                    property_path=path,
                    message=f"the container asks for {each.value!r} {_UNITS[each.type]}",
                    actual=each.value,
                    expected=f"a whole number from {least}",
                )


def _number_of_containers(definition: JobDefinition, group: NodeGroup) -> Iterator[Violation]:
    containers = group.containers
    if containers is UNKNOWN or "ecsProperties" not in group.kinds or len(group.kinds) > 1:
        return
    path = group.path / "ecsProperties" / "taskProperties" / 0 / "containers"
    if len(containers) > MAX_CONTAINERS:
        yield Violation(
            resource=definition,
            property_path=path,
            message=f"a node runs {len(containers)} containers",
            actual=len(containers),
            expected=f"at most {MAX_CONTAINERS}",
            fix=f"Run at most {MAX_CONTAINERS} containers on a node.",
        )
    if containers and all(each is not UNKNOWN and each.essential is False for each in containers):
        yield Violation(
            resource=definition,
            property_path=path,
            message="no container of the node is essential",
            actual="essential: false everywhere",
            expected="at least one essential container",
            fix="Leave essential out, or set it to true, for the container that does the work.",
        )


def _leaves_out(group: NodeGroup, kind: str) -> bool:
    """Whether the group has containers, all are known, and none asks for this."""
    containers = group.containers
    if containers is UNKNOWN or not containers:
        return False
    return all(each is not UNKNOWN and each.requirement(kind) is None for each in containers)


@rule(
    JobDefinition,
    "MNP330",
    "A soft limit is not above its hard limit",
    severity=ERROR,
    why="The system refuses such limits: the container does not start.",
    fix="Raise the hard limit, or lower the soft one; -1 stands for unlimited.",
    source=sources.api("Ulimit"),
)
def limits(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the two limits of each ulimit, where both are known."""
    for _, container in definition.containers:
        if container.ulimits is UNKNOWN:
            continue
        for each in container.ulimits:
            if each is UNKNOWN or not has_value(each.soft_limit) or not has_value(each.hard_limit):
                continue
            soft, hard = each.soft_limit, each.hard_limit
            if hard != UNLIMITED and (soft == UNLIMITED or soft > hard):
                yield Violation(
                    resource=definition,
                    property_path=container.path / "ulimits",
                    message=f"the soft limit {soft} is above the hard limit {hard}"
                    + (f" of {each.name}" if has_value(each.name) else ""),
                    actual=soft,
                    expected=f"at most {hard}",
                )


@rule(
    JobDefinition,
    "MNP314",
    "Nothing that only Fargate has",
    severity=ERROR,
    why="Multi-node parallel jobs run on EC2 instances: Batch refuses what belongs to Fargate or "
    "to ECS Managed Instances.",
    fix="Set platformCapabilities to EC2 or leave it out, and remove the Fargate properties.",
    source=sources.api("RegisterJobDefinition"),
)
def fargate_properties(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at platformCapabilities and at the members that only Fargate takes."""
    capabilities = definition.platform_capabilities
    if has_value(capabilities):
        others = [each for each in capabilities if each is not UNKNOWN and each != "EC2"]
        if others:
            yield Violation(
                resource=definition,
                property_path=PROPERTIES / "platformCapabilities",
                message=f"the job asks for the platform {', '.join(others)}",
                actual=", ".join(others),
                expected="EC2",
            )
    for group in definition.known_node_groups:
        places = [(each.path, each.fargate_only) for each in group.known_containers]
        if "ecsProperties" in group.kinds:
            places.append((group.path / "ecsProperties" / "taskProperties" / 0, group.fargate_only))
        for path, members in places:
            for member in members:
                yield Violation(
                    resource=definition,
                    property_path=path / member,
                    message=f"{member} is not for containers on EC2 instances",
                    actual=member,
                    expected="left out",
                )


@rule(
    JobDefinition,
    "MNP320",
    "Variables named AWS_BATCH... are Batch's own",
    severity=ERROR,
    why="Names that start with AWS_BATCH are reserved for the variables that Batch sets, such as "
    "AWS_BATCH_JOB_NODE_INDEX.",
    fix="Give the variable another name.",
    source=sources.api("KeyValuePair"),
)
def reserved_variables(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at the known names of variables and secrets."""
    for _, container in definition.containers:
        names: list[tuple[str, object]] = []
        if container.environment is not UNKNOWN:
            names += [
                ("environment", each.name) for each in container.environment if each is not UNKNOWN
            ]
        if container.secrets is not UNKNOWN:
            names += [("secrets", each) for each in container.secrets]
        for member, name in names:
            if isinstance(name, str) and name.startswith(RESERVED_PREFIX):
                yield Violation(
                    resource=definition,
                    property_path=container.path / member,
                    message=f"the variable {name} has a reserved name",
                    actual=name,
                    expected=f"a name that does not start with {RESERVED_PREFIX}",
                )


_SECRET = re.compile(
    r"PASSWORD$|PASSWD$|PASSPHRASE$|(?:^|_)(?:SECRET|SECRET_KEY|SECRET_ACCESS_KEY|API_?KEY|TOKEN|"
    r"PRIVATE_KEY)$",
    re.IGNORECASE,
)
_SWITCH = re.compile(r"true|false|yes|no|on|off|none|null|[01]", re.IGNORECASE)
_TOKEN_OF_A_MODEL = re.compile(r"-?[0-9]+|<.*>|\[.*\]")
"""``PAD_TOKEN`` and its like are entries of a language model's vocabulary, by text or number."""
_ELSEWHERE = re.compile(
    r"arn:.*|/.*|[a-z][a-z0-9+.-]*://[^@]*|Ref::.*|\$\{[^}]*\}|\$\([^)]*\)", re.DOTALL
)
_NAME_OF_A_SECRET = re.compile(r"[a-z]+(?:[-/_.][a-z0-9]+)+")


def _is_plain_secret(name: str, value: str) -> bool:
    if not _SECRET.search(name) or not value.strip():
        return False
    if _SWITCH.fullmatch(value) or _ELSEWHERE.fullmatch(value):
        return False
    kind = name.upper()
    if kind.endswith("TOKEN") and _TOKEN_OF_A_MODEL.fullmatch(value):
        return False
    return not (kind.endswith("SECRET") and _NAME_OF_A_SECRET.fullmatch(value))


@rule(
    JobDefinition,
    "MNP321",
    "No secrets in plain variables",
    severity=WARNING,
    why="Everyone who may describe the job definition or the template reads its variables.",
    fix="Put the value into Secrets Manager or Systems Manager, and name it under secrets.",
    source=sources.user_guide("specifying-sensitive-data"),
)
def plain_secrets(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for names that end like those of secrets, with a value that is written out.

    Values that are empty, that switch something on or off, or that say where the secret is (an ARN,
    a path, an address, a placeholder, a secret's name) are none themselves.
    """
    for _, container in definition.containers:
        if container.environment is UNKNOWN:
            continue
        for each in container.environment:
            if each is UNKNOWN or not has_value(each.name) or not has_value(each.value):
                continue
            if _is_plain_secret(each.name, each.value):
                yield Violation(
                    resource=definition,
                    property_path=container.path / "environment",
                    message=f"the variable {each.name} looks like a secret, and its value is plain",
                    actual=each.name,
                    expected="under secrets",
                )
