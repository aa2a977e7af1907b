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
    "Instance types of a compute environment share one architecture",
    severity=ERROR,
    why="AWS Batch rejects a compute environment that mixes x86 and Arm instance types.",
    fix="Create a separate compute environment and queue for each architecture.",
    source=sources.api("ComputeResource"),
)
def one_architecture(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the architectures of the types, families and bundles that are known.

    ``optimal`` and ``default_x86_64`` count as x86, ``default_arm64`` as Arm.
    """
    by_architecture: dict[str, list[str]] = {}
    for name in listed(environment):
        if (found := architecture(name, catalogue)) is not None:
            by_architecture.setdefault(found, []).append(name)
    if len(by_architecture) > 1:
        seen = "; ".join(
            f"{', '.join(names)} ({found})" for found, names in sorted(by_architecture.items())
        )
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "instanceTypes",
            message=f"the instance types have {len(by_architecture)} architectures: {seen}",
            actual=seen,
            expected="one architecture",
        )


@rule(
    JobQueue,
    "MNP208",
    "Compute environments of a queue share one architecture",
    severity=ERROR,
    why="AWS Batch rejects a queue whose compute environments mix x86 and Arm.",
    fix="Create a separate queue for each architecture.",
    source=sources.api("CreateJobQueue"),
)
def one_architecture_per_queue(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the architectures of the types, families and bundles that are known."""
    seen: dict[str, list[str]] = {}
    for environment in queue.known_environments:
        found = {architecture(name, catalogue) for name in listed(environment)}
        if known := sorted(each for each in found if each is not None):
            seen[environment.id] = known
    different = {name for known in seen.values() for name in known}
    if len(seen) > 1 and len(different) > 1:
        listing = ", ".join(
            f"{environment_id} ({' and '.join(known)})" for environment_id, known in seen.items()
        )
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "computeEnvironmentOrder",
            message=f"the environments have {len(different)} architectures: {listing}",
            actual=listing,
            expected="one architecture",
        )
