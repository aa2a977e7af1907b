"""Rules about the permissions of roles."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.role import Role, Statement
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

INTERFACE_ACTIONS = (
    "ec2:AttachNetworkInterface",
    "ec2:DetachNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:ModifyNetworkInterfaceAttribute",
)


@rule(
    JobDefinition,
    "MNP604",
    "Job and execution roles are separate and least-privilege",
    severity=WARNING,
    why="The execution role reads secrets and images before the job's code runs. Used as the job "
    "role, it hands that access to the code. A role that allows * on * is an administrator.",
    fix="Use a separate job role with only the actions and resources that the job needs.",
    source=sources.user_guide("execution-IAM-role"),
)
def roles(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the two roles of each node group, and looks for policies that allow * on *."""
    reported: set[tuple[str, str]] = set()
    for group in definition.known_node_groups:
        job, execution = group.job_role, group.execution_role
        one = has_value(job) and has_value(execution) and job.id == execution.id
        if one and has_value(job) and ("same", job.id) not in reported:
            reported.add(("same", job.id))
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"{job.id} is both the job role and the execution role",
                actual=job.id,
                expected="separate roles",
            )
        for role in (job, execution):
            if not has_value(role) or ("all", role.id) in reported:
                continue
            if any({"*", "*:*"} & set(actions) for actions in _allowed(role, on_everything=True)):
                reported.add(("all", role.id))
                yield Violation(
                    resource=definition,
                    property_path=group.path,
                    message=f"role {role.id} allows every action on every resource",
                    actual="* on *",
                    expected="specific actions on specific resources",
                )


@rule(
    JobDefinition,
    "MNP414",
    "Job roles cannot manage task network interfaces",
    severity=WARNING,
    why="AWS Batch and ECS create and delete the network interfaces of tasks. They cannot be "
    "detached or modified manually, so a job that tries fails.",
    fix="Remove these actions from the job role.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def network_interface_actions(
    definition: JobDefinition, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for network interface actions in the known policies of a job role.

    Wildcards count if they name interfaces, as in ``ec2:*NetworkInterface``. Whether anything
    outside the template manages interfaces cannot be checked.
    """
    reported: set[str] = set()
    for group in definition.known_node_groups:
        role = group.job_role
        if not has_value(role) or role.id in reported:
            continue
        found = sorted(
            {
                action
                for actions in _allowed(role, on_everything=False)
                for action in actions
                if _manages_interfaces(action)
            }
        )
        if found:
            reported.add(role.id)
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"job role {role.id} allows {', '.join(found)}",
                actual=", ".join(found),
                expected="none of these actions",
            )


def _manages_interfaces(action: str) -> bool:
    pattern = action.lower()
    return "networkinterface" in pattern and any(
        fnmatchcase(each.lower(), pattern) for each in INTERFACE_ACTIONS
    )


def _allowed(role: Role, *, on_everything: bool) -> Iterator[list[str]]:
    """Yield the known actions of each known statement, or only of those for all resources."""
    if role.statements is UNKNOWN:
        return
    for statement in role.statements:
        if isinstance(statement, Statement) and has_value(statement.actions):
            resources = statement.resources
            if on_everything and (resources is UNKNOWN or "*" not in resources):
                continue
            yield [action for action in statement.actions if action is not UNKNOWN]
