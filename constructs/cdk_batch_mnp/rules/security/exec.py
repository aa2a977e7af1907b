"""Rules about the permissions of ECS Exec."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.security.lacking import lacking

NEEDED = tuple(
    f"ssmmessages:{action}"
    for action in (
        "CreateControlChannel",
        "CreateDataChannel",
        "OpenControlChannel",
        "OpenDataChannel",
    )
)
"""Actions of the SSM agent in a container. Source: Amazon ECS Developer Guide, task IAM role."""


@rule(
    JobDefinition,
    "MNP620",
    "The job role has the permissions of ECS Exec",
    severity=WARNING,
    why="The SSM agent in a container opens its channels to Systems Manager with the job role. "
    "Without these permissions, no command can be run in the container.",
    fix="Allow the actions of ssmmessages in a policy of the job role, or remove "
    "enableExecuteCommand.",
    source=sources.ecs("task-iam-roles"),
)
def exec_permissions(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the job roles of node ranges with enableExecuteCommand, and reports them at the role.

    Silent if a policy of the role is not known, and about a role that ECS cannot assume, which
    MNP605 reports.
    """
    for group in definition.known_node_groups:
        role = group.job_role
        if group.allows_exec is not True or not has_value(role):
            continue
        if role.may_be_assumed_by("ecs-tasks") is False:
            continue
        if missing := lacking(role, NEEDED):
            yield missing.violation(
                f"job role {role.id} does not allow {missing.actions}, which ECS Exec needs",
                ", ".join(NEEDED),
            )
