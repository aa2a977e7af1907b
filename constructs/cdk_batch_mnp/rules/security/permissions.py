"""Rules about the permissions of roles."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.policy import Statement
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

_MANAGED_POLICIES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html"
)
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
        fnmatchcase(interface_action.lower(), pattern) for interface_action in INTERFACE_ACTIONS
    )


def _allowed(role: Role, *, on_everything: bool) -> Iterator[list[str]]:
    """Yield the actions that each statement allows by name, or only on all resources."""
    for statement in () if role.statements is UNKNOWN else role.statements:
        if statement is UNKNOWN or statement.actions is UNKNOWN or not _allows_by_name(statement):
            continue
        resources = statement.resources
        if on_everything and (not has_value(resources) or ("*",) not in resources):
            continue
        yield [action for action in statement.actions if action is not UNKNOWN]


def _allows_by_name(statement: Statement) -> bool:
    return not (
        statement.is_deny
        or statement.is_conditional
        or statement.excludes_actions
        or statement.excludes_resources
    )


@rule(
    JobDefinition,
    "MNP617",
    "AWS managed policies of job roles are named with their path",
    severity=ERROR,
    why="The ARN of an AWS managed policy contains its path, such as service-role/. With another "
    "path or a misspelt name, no such policy exists, and the role cannot be created.",
    fix="Use the ARN of the policy, with its path.",
    source=_MANAGED_POLICIES,
)
def job_policy_paths(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the paths of known AWS managed policies of job and execution roles.

    A name in another case, or with one wrong letter, is reported too.
    """
    for group in definition.known_node_groups:
        for role in (group.job_role, group.execution_role):
            if has_value(role):
                yield from misplaced_policies(role)


@rule(
    ComputeEnvironment,
    "MNP618",
    "AWS managed policies of the environment's roles are named with their path",
    severity=ERROR,
    why="The ARN of an AWS managed policy contains its path, such as service-role/. With another "
    "path or a misspelt name, no such policy exists, and the role cannot be created.",
    fix="Use the ARN of the policy, with its path.",
    source=_MANAGED_POLICIES,
)
def environment_policy_paths(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Compares the paths of known AWS managed policies of the service and instance roles.

    A name in another case, or with one wrong letter, is reported too.
    """
    for role in (environment.service_role, environment.instance_role):
        if has_value(role):
            yield from misplaced_policies(role)


def misplaced_policies(role: Role) -> Iterator[Violation]:
    """Yield a violation for each AWS managed policy that does not exist under its path."""
    for policy in role.misplaced_policies:
        yield Violation(
            resource=role,
            property_path=PROPERTIES / "managedPolicyArns" / policy.index,
            message=f"there is no AWS managed policy {policy.named}",
            actual=policy.named,
            expected=policy.actual,
        )
