"""Rules about the roles that instances and tasks assume."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.partial_text import matches, shown
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import has_instances

_PATH = COMPUTE_RESOURCES / "instanceRole"
_ROLE_ARN = ("arn:*:iam::*:role/*",)


_ASSUMING = {
    "ec2": "EC2",
    "ecs-tasks": "ECS tasks",
    "batch": "AWS Batch",
}


def untrusted(role: Role, service: str, what: str) -> Iterator[Violation]:
    """Yield a violation of a role that a service certainly cannot assume.

    Args:
        role: The role.
        service: The service's name (``ec2``).
        what: The role, for people.
    """
    if role.may_be_assumed_by(service) is False:
        yield Violation(
            resource=role,
            property_path=PROPERTIES / "assumeRolePolicyDocument",
            message=f"{what} does not allow {_ASSUMING[service]} to assume it",
            actual=role.trusted_services or "no principal",
            expected=f"{service}.amazonaws.com",
        )


@rule(
    ComputeEnvironment,
    "MNP121",
    "instanceRole is an instance profile",
    severity=ERROR,
    why="Despite its name, instanceRole takes an instance profile, whose role EC2 assumes. If it "
    "is a role, is missing or empty, or contains a role that EC2 cannot assume, the environment "
    "becomes INVALID or its instances never join the cluster.",
    fix="Add the role to an AWS::IAM::InstanceProfile, reference that, and allow ec2.amazonaws.com "
    "to assume the role.",
    source=sources.user_guide("instance_IAM_role"),
)
def instance_profile(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks what instanceRole refers to, and the trust policy of the profile's role.

    A role and a profile may have the same name: only a role's ARN, or a role name that
    CloudFormation generates, is reported. A profile of the templates must list one role, by its
    name, and an ARN must contain the path of the profile. A missing profile is reported on ECS
    only. A trust policy is reported at the role. Silent if a statement of it may allow EC2.
    """
    if not has_instances(environment):
        return
    role = environment.instance_role
    if environment.instance_role_is_profile is False:
        yield Violation(
            resource=environment,
            property_path=_PATH,
            message="instanceRole is a role instead of an instance profile",
            actual="a role",
            expected="an instance profile",
        )
    elif role is None and environment.is_eks is False:
        yield Violation(
            resource=environment,
            property_path=_PATH,
            message="the environment sets no instance profile",
            actual="no instanceRole",
            expected="an instance profile",
        )
    elif fault := _fault_of_profile(environment):
        message, actual, expected = fault
        yield Violation(
            resource=environment,
            property_path=_PATH,
            message=message,
            actual=actual,
            expected=expected,
        )
    elif has_value(role):
        yield from untrusted(role, "ec2", f"role {role.id} of the instance profile")


def _fault_of_profile(environment: ComputeEnvironment) -> tuple[str, str, str] | None:
    """Return what is certainly wrong with an instance profile: message, actual, expected."""
    profile, name = environment.instance_profile, environment.instance_role_name
    if profile is None:
        return None
    if profile.roles is not UNKNOWN and len(profile.roles) != 1:
        count = f"{len(profile.roles) or 'no'} role{'s' if profile.roles else ''}"
        return f"the instance profile has {count}", count, "an instance profile with one role"
    written = "" if profile.roles is UNKNOWN else shown(profile.roles[0])
    if ":role/" in written:
        return (
            f"the instance profile {profile.id} lists the ARN of its role, not its name",
            written,
            "the name of the role",
        )
    if name is None or ":instance-profile/" not in (written := shown(name)):
        return None
    if matches(name, profile.arn) is not False:
        return None
    message = f"the ARN {written} is not that of the instance profile {profile.id}"
    return message, written, shown(profile.arn)


@rule(
    JobDefinition,
    "MNP619",
    "ARNs of job roles contain the path of the role",
    severity=ERROR,
    why="An ARN that is put together without the role's path names a role that does not exist. The "
    "job is rejected or its tasks fail to start.",
    fix="Use the role's Arn attribute (Fn::GetAtt), or add the path to the ARN.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
)
def role_arns(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares ARNs with those of the roles in the template that they name.

    Silent if the ARN or the role's path is unknown, and about names, which MNP624 reports.
    """
    for access in definition.access.values():
        for named in access.roles:
            role = named.role
            if not has_value(role) or not has_value(role.path):
                continue
            if ":role/" in shown(named.name) and matches(named.name, role.arn) is False:
                yield Violation(
                    resource=definition,
                    property_path=named.path,
                    message=f"the ARN {shown(named.name)} is not that of role {role.id}",
                    actual=shown(named.name),
                    expected=shown(role.arn),
                )


@rule(
    JobDefinition,
    "MNP624",
    "Job roles are set by the ARN of a role",
    severity=ERROR,
    why="Unlike Amazon ECS, AWS Batch takes no names of roles here. It rejects the definition: "
    "«executionRoleArn ... is not an iam role arn».",
    fix="Use the role's Arn attribute (Fn::GetAtt) or its full ARN; Ref is the role's name.",
    source=sources.api("ContainerProperties"),
)
def role_arns_alone(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports names, and ARNs of instance profiles and other kinds, in place of a role's ARN.

    Silent about values that may be the ARN of a role, and about empty ones, which MNP340 reports.
    """
    for access in definition.access.values():
        for named in access.roles:
            if named.name and matches(_ROLE_ARN, named.name) is False:
                yield Violation(
                    resource=definition,
                    property_path=named.path,
                    message=f"{named.path[-1]} is {shown(named.name)}, not the ARN of a role",
                    actual=shown(named.name),
                    expected="arn:aws:iam::<account>:role/<name>",
                )


@rule(
    JobDefinition,
    "MNP605",
    "ECS tasks can assume their roles",
    severity=ERROR,
    why="ECS assumes the job role and the execution role for each task. If a role's trust policy "
    "does not allow it, the job is rejected or its tasks fail to start.",
    fix="Allow ecs-tasks.amazonaws.com to assume the role.",
    source=sources.user_guide("execution-IAM-role"),
)
def task_roles(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the trust policies of roles in the template, and reports them at the role.

    Silent if a statement may allow it: one with a condition, or one that is not known.
    """
    reported: set[str] = set()
    for group in definition.known_node_groups:
        for name, role in (("job", group.job_role), ("execution", group.execution_role)):
            if not has_value(role) or role.id in reported:
                continue
            reported.add(role.id)
            yield from untrusted(role, "ecs-tasks", f"{name} role {role.id}")
