"""Rules about the pods of jobs on Amazon EKS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import RESERVED_PREFIX
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.pod import Pod
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources

MAX_CONTAINERS = 10
"""Containers of a pod, and init containers. Source: AWS Batch API, EksPodProperties."""

MAX_IMAGES = 10
"""Images of a node range. Source: AWS Batch User Guide, running MNP jobs on Amazon EKS."""

_MNP_ON_EKS = sources.user_guide("mnp-eks-running-mnp-jobs")
_EXPECTED_OF_CONTAINERS = f"1 to {MAX_CONTAINERS} containers"


def _pods(definition: JobDefinition) -> Iterator[tuple[NodeGroup, Pod]]:
    for group in definition.known_node_groups:
        if has_value(group.pod):
            yield group, group.pod


@rule(
    JobDefinition,
    "MNP361",
    "A pod has 1 to 10 containers and up to 10 init containers",
    severity=ERROR,
    why="A pod needs a container, and a container an image. AWS Batch supports ten containers and "
    "ten init containers in a pod, and ten different images in a node range.",
    fix="Write at least one container with an image, and combine containers or images.",
    source=_MNP_ON_EKS,
)
def contents(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the containers of each pod, including unknown ones, and the known images."""
    for _, pod in _pods(definition):
        if pod.containers == () or fewest(pod.containers) > MAX_CONTAINERS:
            number = fewest(pod.containers)
            yield Violation(
                resource=definition,
                property_path=pod.path / "containers",
                message=f"the pod has {number} containers",
                actual=number,
                expected=_EXPECTED_OF_CONTAINERS,
            )
        if (number := fewest(pod.init_containers)) > MAX_CONTAINERS:
            yield Violation(
                resource=definition,
                property_path=pod.path / "initContainers",
                message=f"the pod has {number} init containers",
                actual=number,
                expected=f"up to {MAX_CONTAINERS} init containers",
            )
        for container in pod.known_containers:
            if container.image is None or container.image == "":
                yield Violation(
                    resource=definition,
                    property_path=container.path / "image",
                    message="the container has no image",
                    actual="no image",
                    expected="an image",
                )
        images = {
            container.image for container in pod.known_containers if has_value(container.image)
        }
        if len(images) > MAX_IMAGES:
            yield Violation(
                resource=definition,
                property_path=pod.path,
                message=f"the node range has {len(images)} different images",
                actual=len(images),
                expected=f"up to {MAX_IMAGES} images",
            )


@rule(
    JobDefinition,
    "MNP363",
    "Jobs on Amazon EKS do not set platformCapabilities and propagateTags",
    severity=ERROR,
    why="Both are for Amazon ECS. The AWS Batch API states that they must not be specified for "
    "jobs that run on Amazon EKS.",
    fix="Remove platformCapabilities and propagateTags.",
    source=sources.api("RegisterJobDefinition"),
)
def for_ecs_only(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports them if every node range has eksProperties."""
    groups = definition.node_groups
    if groups is UNKNOWN or not groups or UNKNOWN in groups:
        return
    if any(group.kinds != ("eksProperties",) for group in definition.known_node_groups):
        return
    names = []
    if fewest(definition.platform_capabilities):
        names.append("platformCapabilities")
    if definition.sets_propagate_tags:
        names.append("propagateTags")
    for name in names:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / name,
            message=f"the job runs on Amazon EKS, but sets {name}",
            actual=name,
            expected="not set",
        )


@rule(
    JobDefinition,
    "MNP364",
    "Names in a pod are unique, and mounts name volumes of the pod",
    severity=ERROR,
    why="Kubernetes rejects a pod in which two containers or two volumes have the same name, or "
    "a container mounts a volume that the pod does not have. A container without a name is "
    "called Default. A volume has one kind. Names of variables that begin with AWS_BATCH are "
    "reserved for AWS Batch.",
    fix="Give each container and volume its own name, and mount volumes by their names.",
    source=sources.api("EksPodProperties"),
)
def names(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the known names of containers, init containers, volumes, mounts and variables."""
    for _, pod in _pods(definition):
        written = [container.written_name for container in pod.known_containers]
        yield from _repeated(definition, pod, "containers", written)
        volumes = () if pod.volumes is UNKNOWN else pod.volumes
        known = [volume for volume in volumes if volume is not UNKNOWN]
        yield from _repeated(definition, pod, "volumes", [volume.name for volume in known])
        for position, volume in enumerate(volumes):
            if volume is not UNKNOWN and len(volume.kinds) > 1:
                yield Violation(
                    resource=definition,
                    property_path=pod.path / "volumes" / position,
                    message=f"the volume has {' and '.join(volume.kinds)}",
                    actual=", ".join(volume.kinds),
                    expected="one kind of volume",
                )
        yield from _variables(definition, pod)
        if pod.volumes is UNKNOWN or len(known) < len(volumes):
            continue
        defined = [volume.name for volume in known]
        if UNKNOWN not in defined:
            yield from _mounts(definition, pod, defined)


def _repeated(
    definition: JobDefinition, pod: Pod, member: str, found: Sequence[Maybe[str] | None]
) -> Iterator[Violation]:
    what = member.removesuffix("s")
    counts = Counter(name for name in found if has_value(name))
    for name, number in counts.items():
        if number > 1:
            yield Violation(
                resource=definition,
                property_path=pod.path / member,
                message=f"{number} {member} of the pod have the name {name!r}",
                actual=name,
                expected=f"a name of its own for each {what}",
            )


def _mounts(
    definition: JobDefinition, pod: Pod, defined: Sequence[Maybe[str] | None]
) -> Iterator[Violation]:
    for container in pod.known_containers:
        for name in () if container.mounts is UNKNOWN else container.mounts:
            if has_value(name) and name not in defined:
                volumes = ", ".join(sorted(volume for volume in defined if has_value(volume)))
                yield Violation(
                    resource=definition,
                    property_path=container.path / "volumeMounts",
                    message=f"the container mounts {name!r}, but the pod has no such volume",
                    actual=name,
                    expected=f"one of {volumes}" if volumes else "a volume of the pod",
                )


def _variables(definition: JobDefinition, pod: Pod) -> Iterator[Violation]:
    for container in pod.known_containers:
        for name in () if container.variables is UNKNOWN else container.variables:
            if has_value(name) and name.startswith(RESERVED_PREFIX):
                yield Violation(
                    resource=definition,
                    property_path=container.path / "env",
                    message=f"the variable {name} has a reserved name",
                    actual=name,
                    expected=f"a name that does not begin with {RESERVED_PREFIX}",
                )
