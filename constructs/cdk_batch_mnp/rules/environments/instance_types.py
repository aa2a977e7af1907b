"""Rules about the instance types that environments list and definitions name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Severity, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.instances.catalogue import CATALOGUE_VARIABLE
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import NODE_RANGES, JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.spelling import spelling_of
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import BUNDLES, architecture, listed, members

_TYPES = COMPUTE_RESOURCES / "instanceTypes"
_PART = r"[a-z0-9]+(-[a-z0-9]+)*"
_FAMILY = re.compile(rf"[a-z]{_PART}")
_TYPE = re.compile(rf"[a-z]{_PART}\.{_PART}")


@rule(
    ComputeEnvironment,
    "MNP110",
    "The types of an environment have one architecture",
    severity=ERROR,
    why="Batch refuses an environment that mixes x86 and Arm instance types.",
    fix="Make an environment of its own, behind a queue of its own, for each architecture.",
    source=sources.api("ComputeResource"),
)
def one_architecture(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the architectures of the types, families and bundles that are known.

    ``optimal`` and ``default_x86_64`` stand for x86 types, ``default_arm64`` for Arm ones.
    """
    by_architecture: dict[str, list[str]] = {}
    for each in listed(environment):
        if (found := architecture(each, catalogue)) is not None:
            by_architecture.setdefault(found, []).append(each)
    if len(by_architecture) > 1:
        seen = "; ".join(
            f"{', '.join(names)} ({found})" for found, names in sorted(by_architecture.items())
        )
        yield Violation(
            resource=environment,
            property_path=_TYPES,
            message=f"the instance types are of {len(by_architecture)} architectures: {seen}",
            actual=seen,
            expected="one architecture",
        )


@rule(
    JobQueue,
    "MNP208",
    "The environments of a queue have one architecture",
    severity=ERROR,
    why="Batch refuses a queue whose environments mix x86 and Arm.",
    fix="Give each architecture a queue of its own.",
    source=sources.api("CreateJobQueue"),
)
def one_architecture_per_queue(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the architectures of the types, families and bundles that are known."""
    seen: dict[str, list[str]] = {}
    for environment in queue.known_environments:
        found = {architecture(each, catalogue) for each in listed(environment)}
        if known := sorted(each for each in found if each is not None):
            seen[environment.id] = known
    different = {each for known in seen.values() for each in known}
    if len(seen) > 1 and len(different) > 1:
        told = ", ".join(f"{id} ({' and '.join(known)})" for id, known in seen.items())
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "computeEnvironmentOrder",
            message=f"the environments are of {len(different)} architectures: {told}",
            actual=told,
            expected="one architecture",
        )


def _is_known(name: str, catalogue: Catalogue) -> bool:
    if "." in name:
        return catalogue.exists(name)
    return name in BUNDLES or bool(catalogue.family(name))


def _unknown_type(
    name: str, resource: Resource, path: PropertyPath, catalogue: Catalogue
) -> Violation:
    is_name = (_TYPE if "." in name else _FAMILY).fullmatch(name) is not None
    what = "instance type" if "." in name else "instance family"
    known = catalogue.names() if "." in name else catalogue.families()
    near = spelling_of(known).nearest(name.lower())
    meant = f" Perhaps {near} is meant." if near else ""
    severity: Severity = WARNING
    message = f"nothing is known of the {what} {name}"
    if not is_name:
        severity = ERROR
        message = f"{name!r} is no name of an {what}"
    return Violation(
        resource=resource,
        property_path=path,
        message=message,
        actual=name,
        expected="a known instance type",
        fix="Check the spelling. If it is right, give the facts of the type: write a catalogue "
        "with `cdk-batch-mnp instances refresh` and name its file in the variable "
        f"{CATALOGUE_VARIABLE}; a cluster also takes vcpus_per_node.{meant}"
        if is_name
        else f"Correct the name: small letters and digits, as in c5.18xlarge.{meant}",
        severity=severity,
    )


@rule(
    ComputeEnvironment,
    "MNP115",
    "The instance types are known",
    severity=WARNING,
    why="A type that does not exist is never launched. One that is only too new for the catalogue "
    "works, but nothing can be said of its vCPUs, memory, GPUs and network: rules stay silent.",
    fix="Check the spelling, or give the type's facts with `cdk-batch-mnp instances refresh`.",
    source=sources.ec2("instance-types"),
)
def types_exist(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks the types and families up in the catalogue.

    What cannot be the name of a type at all is an error; one that is merely unknown may be new.
    """
    for each in listed(environment):
        if not _is_known(each, catalogue):
            yield _unknown_type(each, environment, _TYPES, catalogue)


@rule(
    JobDefinition,
    "MNP327",
    "The job's instance type is known",
    severity=WARNING,
    why="A type that does not exist is never launched. One that is only too new for the catalogue "
    "works, but nothing can be said of what its nodes can hold: rules stay silent.",
    fix="Check the spelling, or give the type's facts with `cdk-batch-mnp instances refresh`.",
    source=sources.api("NodeRangeProperty"),
)
def type_exists(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks the exact type of all node groups up in the catalogue.

    Only a size that is unknown of a known family is told, and what cannot be the name of a type:
    of new families, MNP115 tells once at the environment.
    """
    name = definition.instance_type
    if not has_value(name) or "." not in name or catalogue.exists(name):
        return
    if catalogue.family(name.partition(".")[0]) or not _TYPE.fullmatch(name):
        path = NODE_RANGES
        yield _unknown_type(name, definition, path, catalogue)


@rule(
    ComputeEnvironment,
    "MNP403",
    "The instance types can be launched in a cluster placement group",
    severity=ERROR,
    why="EC2 refuses to launch a type in a cluster placement group that does not support it "
    "(burstable types such as t3 do not): the nodes never start.",
    fix="Choose a type that supports the placement strategy cluster.",
    source=sources.ec2("placement-strategies"),
)
def cluster_placement(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the placement strategies of the listed types with a group of the strategy cluster.

    A warning where other listed types may be launched. A family counts if none of its known types
    can.
    """
    group, types = environment.placement_group, environment.instance_types
    if not has_value(group) or group.strategy not in (None, "cluster"):
        return
    invalid_reason = [each for each in listed(environment) if _is_unfit(each, catalogue)]
    if invalid_reason:
        none_fits = has_value(types) and UNKNOWN not in types and len(invalid_reason) == len(types)
        names = ", ".join(invalid_reason)
        yield Violation(
            resource=environment,
            property_path=_TYPES,
            message=f"{names} cannot be launched in the cluster placement group {group.id}",
            actual=names,
            expected="types that support the strategy cluster",
            severity=ERROR if none_fits else WARNING,
        )


def _is_unfit(name: str, catalogue: Catalogue) -> bool:
    facts = members(name, catalogue)
    return bool(facts) and all(
        each.placement_strategies and "cluster" not in each.placement_strategies for each in facts
    )
