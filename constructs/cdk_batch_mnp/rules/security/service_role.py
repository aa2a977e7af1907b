"""Rules about the role that AWS Batch itself assumes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.partial_text import Text, matches, shown
from cdk_batch_mnp.model.policy import ANYTHING
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import has_instances
from cdk_batch_mnp.rules.security.lacking import lacking
from cdk_batch_mnp.rules.security.roles import untrusted

LINKED_ROLE = "AWSServiceRoleForBatch"
LINKED_PATH = "aws-service-role/batch.amazonaws.com/"
NEEDED = (
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:UpdateAutoScalingGroup",
    "ecs:CreateCluster",
    "ecs:RegisterTaskDefinition",
)
"""What AWS Batch certainly does with the role, among all that AWSBatchServiceRole allows."""
PASS_ROLE = "iam:PassRole"  # noqa: S105 - the name of an action

_PATH = PROPERTIES / "serviceRole"


@rule(
    ComputeEnvironment,
    "MNP607",
    "AWS Batch can assume the service role",
    severity=ERROR,
    why="AWS Batch assumes the service role to create and scale the environment's instances. If "
    "the role's trust policy does not allow it, the environment becomes INVALID.",
    fix="Allow batch.amazonaws.com to assume the role, or remove serviceRole to use the "
    "service-linked role.",
    source=sources.user_guide("service_IAM_role"),
)
def service_role_trust(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Checks the trust policy of a service role in the template, and reports it at the role.

    A service-linked role of another service is reported too. Silent if a statement may allow
    AWS Batch: one with a condition, or one that is not known.
    """
    role = environment.service_role
    if not has_value(role):
        return
    for violation in untrusted(role, "batch", f"service role {role.id}"):
        if "/aws-service-role/" in role.id:
            yield Violation(
                resource=environment,
                property_path=_PATH,
                message=violation.message,
                actual=violation.actual,
                expected=violation.expected,
            )
        else:
            yield violation


@rule(
    ComputeEnvironment,
    "MNP608",
    "The service role has the permissions that AWS Batch needs",
    severity=ERROR,
    why="AWS Batch uses the service role to create the ECS cluster and the Auto Scaling groups, to "
    "register tasks, and to pass the instance role. Without these permissions, the environment "
    "becomes INVALID or never launches an instance.",
    fix="Attach the AWS managed policy service-role/AWSBatchServiceRole to the role, or remove "
    "serviceRole to use the service-linked role.",
    source=sources.managed_policy("AWSBatchServiceRole"),
)
def service_role_permissions(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Checks the actions that AWS Batch certainly uses in managed environments of EC2 on ECS.

    iam:PassRole has to be allowed on the instance role. Silent if a policy of the role is not
    known, and about an action that a statement allows on any resource or under any condition.
    """
    role = environment.service_role
    if not has_value(role) or environment.is_eks is not False or not has_instances(environment):
        return
    if role.may_be_assumed_by("batch") is False:
        return  # It is probably not the role that was meant.
    instance_role = environment.instance_role
    arn = instance_role.arn if has_value(instance_role) else ANYTHING
    found = (lacking(role, NEEDED), lacking(role, (PASS_ROLE,), lambda: (arn,)))
    for missing in found:
        if missing is not None:
            actions = ", ".join(each.actions for each in found if each is not None)
            yield missing.violation(
                f"service role {role.id} does not allow {actions}",
                "what service-role/AWSBatchServiceRole allows",
            )
            return


@rule(
    ComputeEnvironment,
    "MNP609",
    "The service role is named with its path",
    severity=ERROR,
    why="AWS Batch looks for the role under exactly this name. Without its path, it finds no such "
    "role: the environment becomes INVALID, and cannot be deleted before it is updated.",
    fix="Use the full ARN of the role (Fn::GetAtt), or remove serviceRole to use the "
    "service-linked role.",
    source=sources.user_guide("invalid_compute_environment"),
)
def service_role_path(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the service-linked role, and roles in the template that have a path.

    A name without a path stands for a role without one. Silent if the start of the name is
    unknown.
    """
    name = environment.service_role_name
    if name is None:
        return
    role = environment.service_role
    expected = None
    if re.fullmatch(rf"(.*[/:])?{LINKED_ROLE}", shown(name)):
        expected = f"{LINKED_PATH}{LINKED_ROLE}"
    elif has_value(role) and has_value(role.path) and role.path != "/":
        expected = f"{role.path.strip('/')}/*"
    if expected is not None and _ends_with(name, expected) is False:
        yield Violation(
            resource=environment,
            property_path=_PATH,
            message=f"the service role {shown(name)} lacks its path",
            actual=shown(name),
            expected=f"arn:aws:iam::<account>:role/{expected}",
        )


def _ends_with(name: Text, end: str) -> Maybe[bool]:
    answers = [matches((pattern,), name) for pattern in (end, f"*:role/{end}")]
    return True if True in answers else UNKNOWN if UNKNOWN in answers else False


@rule(
    ComputeEnvironment,
    "MNP610",
    "Updates in place use the service-linked role",
    severity=WARNING,
    why="AWS Batch rejects infrastructure updates, such as a new AMI, launch template or instance "
    "type, unless the environment uses the service-linked role AWSServiceRoleForBatch. With "
    "ReplaceComputeEnvironment false, CloudFormation updates in place, and the deployment fails.",
    fix="Remove serviceRole, or set ReplaceComputeEnvironment to true.",
    source=sources.user_guide("infrastructure-updates"),
)
def updates_in_place(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports another service role with ReplaceComputeEnvironment false.

    Silent about a role whose name is unknown: it may be the service-linked role.
    """
    name, role = environment.service_role_name, environment.service_role
    if name is None or environment.replace_on_update is not False:
        return
    is_linked = matches((f"*{LINKED_ROLE}*",), name)
    # A role that the template creates is never the service-linked one, even with an unknown name.
    is_own = is_linked is False or (has_value(role) and has_value(role.path))
    if not has_instances(environment) or is_linked is True or not is_own:
        return
    yield Violation(
        resource=environment,
        property_path=_PATH,
        message=f"with the service role {_named(environment, name)}, infrastructure updates fail",
        actual=_named(environment, name),
        expected=f"no service role, or {LINKED_ROLE}",
    )


def _named(environment: ComputeEnvironment, name: Text) -> str:
    role = environment.service_role
    return role.id if has_value(role) else shown(name)
