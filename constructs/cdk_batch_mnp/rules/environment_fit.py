"""Rules about whether an environment can take the whole job."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.finding import Hit
from cdk_batch_mnp.rules.rule import ERROR, Candidate, rule


def vcpus_needed(definition: JobDefinition, catalogue: Catalogue) -> Maybe[int]:
    """The vCPUs of all instances that a job of the definition takes at once."""
    if not has_value(definition.num_nodes) or not has_value(definition.instance_type):
        return UNKNOWN
    facts = catalogue.find(definition.instance_type)
    return UNKNOWN if facts is None else definition.num_nodes * facts.vcpus


@rule(
    Candidate,
    "MNP106",
    "The environment's max vCPUs hold every node of the job",
    severity=ERROR,
    why="A node takes a whole instance, and Batch starts the job only when all of its instances fit "
    "below the environment's max vCPUs: otherwise it stays in RUNNABLE forever.",
    mend="Raise max vCPUs to nodes x the instance type's vCPUs, or lower the number of nodes.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def max_vcpus(candidate: Candidate, catalogue: Catalogue) -> Iterator[Hit]:
    """Compares max vCPUs with nodes x vCPUs of the instance type, where all three are known."""
    definition, environment = candidate.definition, candidate.environment
    needed = vcpus_needed(definition, catalogue)
    limit = environment.max_vcpus
    if needed is not UNKNOWN and has_value(limit) and limit < needed:
        yield Hit(
            resource=definition,
            property="nodeProperties.numNodes",
            message=f"max vCPUs {limit} of {environment.id} cannot hold "
            f"{definition.num_nodes} x {definition.instance_type} ({needed} vCPUs)",
            seen=f"{needed} vCPUs",
            limit=f"at most {limit} vCPUs",
            mend=f"Set max vCPUs of {environment.id} to {needed}, or lower numNodes.",
        )
