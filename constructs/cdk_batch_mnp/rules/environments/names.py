"""Rules about names of compute environments."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.names import invalid_name


@rule(
    ComputeEnvironment,
    "MNP125",
    "The name of a compute environment is valid",
    severity=ERROR,
    why="AWS Batch rejects the name.",
    fix="Use up to 128 letters, digits, hyphens and underscores, or remove the name, which "
    "CloudFormation then generates.",
    source=sources.api("CreateComputeEnvironment"),
)
def environment_name(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the name, as far as it is known."""
    path = PROPERTIES / "computeEnvironmentName"
    yield from invalid_name(environment, path, environment.name, "compute environment")
