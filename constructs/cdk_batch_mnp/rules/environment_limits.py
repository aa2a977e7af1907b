"""Rules about what a compute environment may be given."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.finding import Hit
from cdk_batch_mnp.rules.rule import ERROR, rule

MAX_SECURITY_GROUPS = 5


@rule(
    ComputeEnvironment,
    "MNP105",
    "At most five security groups",
    severity=ERROR,
    why="Batch gives every node's task its own network interface with the environment's security "
    "groups, and a task's interface takes five at most: the job fails to start.",
    mend="Merge the rules of the security groups into five groups or fewer.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def security_group_count(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Hit]:
    """Counts the environment's own list; groups that cannot be read count too."""
    groups = environment.security_groups
    if has_value(groups) and len(groups) > MAX_SECURITY_GROUPS:
        yield Hit(
            resource=environment,
            property="computeResources.securityGroupIds",
            message=f"{len(groups)} security groups are more than the "
            f"{MAX_SECURITY_GROUPS} that the nodes of a multi-node parallel job can have",
            seen=len(groups),
            limit=f"at most {MAX_SECURITY_GROUPS}",
        )
