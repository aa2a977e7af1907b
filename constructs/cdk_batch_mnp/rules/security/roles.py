"""Rules about the roles that instances and tasks take on."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import has_instances

_PATH = COMPUTE_RESOURCES / "instanceRole"


@rule(
    ComputeEnvironment,
    "MNP121",
    "Nodes start with an instance profile",
    severity=ERROR,
    why="InstanceRole, despite its name, takes an instance profile, whose role EC2 takes on. With "
    "a role in its place, without one, or with a role that EC2 may not take on, the environment "
    "is INVALID or its instances never join the cluster.",
    fix="Put the role into an AWS::IAM::InstanceProfile, name that, and let ec2.amazonaws.com "
    "assume the role.",
    source=sources.user_guide("instance_IAM_role"),
)
def instance_profile(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at what is named as the instance role, and at the trust policy of the profile's role.

    A role's name may be that of a profile too: only a role's ARN, or a name that CloudFormation
    makes up, is certain to be none. That no profile is named is told on ECS alone.
    """
    if not has_instances(environment):
        return
    role = environment.instance_role
    if environment.instance_role_is_profile is False:
        yield Violation(
            resource=environment,
            property_path=_PATH,
            message="the instance role is a role, and no instance profile",
            actual="a role",
            expected="an instance profile",
        )
    elif role is None and environment.is_eks is False:
        yield Violation(
            resource=environment,
            property_path=_PATH,
            message="the environment names no instance profile",
            actual="no instance role",
            expected="an instance profile",
        )
    elif has_value(role) and role.may_be_assumed_by("ec2") is False:
        yield Violation(
            resource=environment,
            property_path=_PATH,
            message=f"the role {role.id} of the instance profile does not let EC2 take it on",
            actual=", ".join(map(str, role.trusted if has_value(role.trusted) else ())) or "nobody",
            expected="ec2.amazonaws.com",
        )


@rule(
    JobDefinition,
    "MNP605",
    "Tasks may take on their roles",
    severity=ERROR,
    why="ECS takes on the job role and the execution role for each task. If a role's trust policy "
    "does not let it, the job is refused or its tasks fail to start.",
    fix="Let ecs-tasks.amazonaws.com assume the role.",
    source=sources.user_guide("execution-IAM-role"),
)
def task_roles(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at the trust policies of the roles in sight, as far as every statement is known."""
    told: set[str] = set()
    for group in definition.known_node_groups:
        for name, role in (("job", group.job_role), ("execution", group.execution_role)):
            if not has_value(role) or role.id in told:
                continue
            if role.may_be_assumed_by("ecs-tasks") is False:
                told.add(role.id)
                trusted = role.trusted if has_value(role.trusted) else ()
                yield Violation(
                    resource=definition,
                    property_path=group.path,
                    message=f"the {name} role {role.id} does not let ECS tasks take it on",
                    actual=", ".join(map(str, trusted)) or "nobody",
                    expected="ecs-tasks.amazonaws.com",
                )
