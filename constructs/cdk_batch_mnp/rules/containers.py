"""Rules about what runs on the nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.shape import as_integer
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.finding import Hit
from cdk_batch_mnp.rules.rule import ERROR, WARNING, rule

MINIMA = {"VCPU": 1, "MEMORY": 4, "GPU": 1}
"""The least that a container on EC2 can ask for: whole vCPUs, MiB, whole GPUs."""

_UNITS = {"VCPU": "vCPUs", "MEMORY": "MiB", "GPU": "GPUs"}


@rule(
    JobDefinition,
    "MNP311",
    "Every container has an image, vCPUs and memory",
    severity=ERROR,
    why="Batch refuses a container on EC2 without an image, without VCPU and MEMORY requirements, "
    "or with amounts that are not whole numbers.",
    mend="Give image, and VCPU (from 1), MEMORY (from 4 MiB) and, if needed, GPU requirements.",
    source=sources.api("ResourceRequirement"),
)
def requirements(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Hit]:
    """Looks at the containers of ``container`` and ``ecsProperties``, as far as they are known."""
    for _, container in definition.containers:
        if container.image is None:
            yield Hit(
                resource=definition,
                property_path=f"{container.path}.image",
                message="the container has no image",
                seen="no image",
                limit="an image",
            )
        if container.requirements is UNKNOWN:
            continue
        path = f"{container.path}.resourceRequirements"
        for kind in ("VCPU", "MEMORY"):
            if container.requirement(kind) is None:
                yield Hit(
                    resource=definition,
                    property_path=path,
                    message=f"the container has no {kind} requirement",
                    seen=f"no {kind}",
                    limit=f"at least {MINIMA[kind]} {_UNITS[kind]}",
                )
        for each in container.requirements:
            if each is UNKNOWN or not has_value(each.type) or not has_value(each.value):
                continue
            least = MINIMA.get(each.type)
            amount = as_integer(each.value)
            if least is not None and (amount is UNKNOWN or amount < least):
                yield Hit(
                    resource=definition,
                    property_path=path,
                    message=f"the container asks for {each.value!r} {_UNITS[each.type]}",
                    seen=each.value,
                    limit=f"a whole number from {least}",
                )


@rule(
    JobDefinition,
    "MNP314",
    "Nothing that only Fargate has",
    severity=ERROR,
    why="Multi-node parallel jobs run on EC2 instances: Batch refuses what belongs to Fargate or "
    "to ECS Managed Instances.",
    mend="Set platformCapabilities to EC2 or leave it out, and remove the Fargate properties.",
    source=sources.api("RegisterJobDefinition"),
)
def fargate_properties(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Hit]:
    """Looks at platformCapabilities and at the members that only Fargate takes."""
    capabilities = definition.platform_capabilities
    if has_value(capabilities):
        others = [each for each in capabilities if each is not UNKNOWN and each != "EC2"]
        if others:
            yield Hit(
                resource=definition,
                property_path="platformCapabilities",
                message=f"the job asks for the platform {', '.join(others)}",
                seen=", ".join(others),
                limit="EC2",
            )
    for group in definition.known_node_groups:
        places = [(group.path, group.fargate_only)]
        places += [(each.path, each.fargate_only) for each in group.known_containers]
        for path, members in dict(places).items():
            for member in members:
                yield Hit(
                    resource=definition,
                    property_path=f"{path}.{member}",
                    message=f"{member} is for Fargate alone",
                    seen=member,
                    limit="left out",
                )


@rule(
    JobDefinition,
    "MNP320",
    "Variables named AWS_BATCH... are Batch's own",
    severity=ERROR,
    why="Names that start with AWS_BATCH are reserved for the variables that Batch sets, such as "
    "AWS_BATCH_JOB_NODE_INDEX.",
    mend="Give the variable another name.",
    source=sources.api("KeyValuePair"),
)
def reserved_variables(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Hit]:
    """Looks at the known names of variables and secrets."""
    for _, container in definition.containers:
        names: list[object] = []
        if container.environment is not UNKNOWN:
            names += [each.name for each in container.environment if each is not UNKNOWN]
        if container.secrets is not UNKNOWN:
            names += container.secrets
        for name in names:
            if isinstance(name, str) and name.startswith("AWS_BATCH"):
                yield Hit(
                    resource=definition,
                    property_path=f"{container.path}.environment",
                    message=f"the variable {name} has a reserved name",
                    seen=name,
                    limit="a name that does not start with AWS_BATCH",
                )


_SECRET = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|SECRET_ACCESS_KEY|API_KEY|ACCESS_TOKEN|"
    r"AUTH_TOKEN|API_TOKEN|TOKEN|PRIVATE_KEY)$",
    re.IGNORECASE,
)


@rule(
    JobDefinition,
    "MNP321",
    "No secrets in plain variables",
    severity=WARNING,
    why="Everyone who may describe the job definition or the template reads its variables.",
    mend="Put the value into Secrets Manager or Systems Manager, and name it under secrets.",
    source=sources.user_guide("specifying-sensitive-data"),
)
def plain_secrets(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Hit]:
    """Looks for names that end like those of secrets, with a value that is written out.

    Values that are empty, that come from elsewhere, or that are ARNs and paths are not secrets.
    """
    for _, container in definition.containers:
        if container.environment is UNKNOWN:
            continue
        for each in container.environment:
            if each is UNKNOWN or not has_value(each.name) or not has_value(each.value):
                continue
            if each.value.startswith(("arn:", "/", "Ref::")) or not each.value.strip():
                continue
            if _SECRET.search(each.name):
                yield Hit(
                    resource=definition,
                    property_path=f"{container.path}.environment",
                    message=f"the variable {each.name} looks like a secret, and its value is plain",
                    seen=each.name,
                    limit="under secrets",
                )
