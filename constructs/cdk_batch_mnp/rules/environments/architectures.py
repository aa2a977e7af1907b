"""Rules about processor architectures."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import architecture, listed


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
            property_path=COMPUTE_RESOURCES / "instanceTypes",
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
