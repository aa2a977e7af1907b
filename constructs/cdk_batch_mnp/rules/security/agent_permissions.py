"""Rules about the permissions of the ECS agent, which runs with the instance role."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import LAUNCH_TEMPLATE, ComputeEnvironment
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import has_instances
from cdk_batch_mnp.rules.security.lacking import lacking

NEEDED = (
    "ecs:RegisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
)
"""What the agent calls to join the cluster and to report on tasks."""


@rule(
    ComputeEnvironment,
    "MNP611",
    "Instances can join the cluster",
    severity=ERROR,
    why="The ECS agent on each instance registers it with the cluster, gets tasks and reports on "
    "them, all with the instance role, whose credentials come from the instance metadata service. "
    "Without these permissions, or without the service, instances launch but never register, and "
    "jobs stay in RUNNABLE.",
    fix="Attach the AWS managed policy service-role/AmazonEC2ContainerServiceforEC2Role to the "
    "instance role.",
    source=sources.user_guide("instance_IAM_role"),
)
def agent_permissions(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the actions of the ECS agent, and reports them at the instance role.

    A launch template that disables the metadata service is reported too. Silent if a policy of the
    role is not known, about an action that a statement allows on any resource or under any
    condition, and on EKS.
    """
    role, template = environment.instance_role, environment.launch_template
    if environment.is_eks is not False or not has_instances(environment):
        return
    if (
        has_value(template)
        and has_value(template.http_endpoint)
        and template.http_endpoint == "disabled"
        and environment.has_template_overrides is False
    ):
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE / "metadataOptions" / "httpEndpoint",
            message=f"{template.id} disables the instance metadata service, where the ECS agent "
            "gets its credentials",
            actual="disabled",
            expected="enabled",
            fix="Remove httpEndpoint, and set httpTokens to required.",
        )
    if not has_value(role):
        return
    if role.may_be_assumed_by("ec2") is False:
        return  # It is probably not the role that was meant.
    if missing := lacking(role, NEEDED):
        yield missing.violation(
            f"instance role {role.id} does not allow {missing.actions}",
            "what service-role/AmazonEC2ContainerServiceforEC2Role allows",
        )
