"""Rules about what a compute environment may be given."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import (
    COMPUTE_RESOURCES,
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

MAX_SECURITY_GROUPS = 5
MOST_AT_AN_INTERFACE = 16
"""To which the quota of groups at an interface can be raised. Source: Amazon VPC, quotas."""


@rule(
    ComputeEnvironment,
    "MNP105",
    "At most five security groups",
    severity=ERROR,
    why="Batch gives every node's task its own network interface with the environment's security "
    "groups, and a task's interface takes five at most: the job fails to start.",
    fix="Merge the rules of the security groups into five groups or fewer.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def security_group_count(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Counts the environment's own list, and each list in the launch template.

    Groups that cannot be read count too. In the launch template more than five are a warning: there
    the limit is a quota of the VPC, which can be raised to 16.
    """
    groups = environment.security_groups
    if has_value(groups) and len(groups) > MAX_SECURITY_GROUPS:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "securityGroupIds",
            message=f"{len(groups)} security groups are more than the "
            f"{MAX_SECURITY_GROUPS} that the nodes of a multi-node parallel job can have",
            actual=len(groups),
            expected=f"at most {MAX_SECURITY_GROUPS}",
        )
    template = environment.launch_template
    if not has_value(template):
        return
    interfaces = () if template.network_interfaces is UNKNOWN else template.network_interfaces
    for place, listed in (
        ("", template.security_groups),
        *(("an interface of ", each.security_groups) for each in interfaces if each is not UNKNOWN),
    ):
        if has_value(listed) and len(listed) > MAX_SECURITY_GROUPS:
            yield Violation(
                resource=environment,
                property_path=LAUNCH_TEMPLATE,
                message=f"{place}the launch template {template.id} has {len(listed)} security "
                f"groups, and an interface takes {MAX_SECURITY_GROUPS}",
                actual=len(listed),
                expected=f"at most {MAX_SECURITY_GROUPS}, unless the quota was raised",
                severity=ERROR if len(listed) > MOST_AT_AN_INTERFACE else WARNING,
            )


@rule(
    ComputeEnvironment,
    "MNP108",
    "Min vCPUs <= desired vCPUs <= max vCPUs",
    severity=ERROR,
    why="Batch refuses an environment whose vCPU counts contradict one another.",
    fix="Bring the three counts into order, or leave desired vCPUs out: Batch sets it by itself.",
    source=sources.api("ComputeResource"),
)
def vcpu_order(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares each pair of the three counts of which both are given and known."""
    counts = (
        ("min", "minvCpus", environment.min_vcpus),
        ("desired", "desiredvCpus", environment.desired_vcpus),
        ("max", "maxvCpus", environment.max_vcpus),
    )
    given = [(name, member, value) for name, member, value in counts if has_value(value)]
    for (low_name, member, low), (high_name, _, high) in pairwise(given):
        if low > high:
            yield Violation(
                resource=environment,
                property_path=COMPUTE_RESOURCES / member,
                message=f"{low_name} vCPUs {low} are more than {high_name} vCPUs {high}",
                actual=low,
                expected=f"at most {high}",
            )


@rule(
    ComputeEnvironment,
    "MNP111",
    "The allocation strategy is BEST_FIT_PROGRESSIVE",
    severity=WARNING,
    why="With BEST_FIT, which Batch takes when nothing is said, an environment allows no "
    "infrastructure updates: a new image or launch template needs a new environment.",
    fix="Set the allocation strategy to BEST_FIT_PROGRESSIVE.",
    source=sources.user_guide("updating-compute-environments"),
)
def allocation_strategy(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks at managed On-Demand environments; strategies for Spot there are an error."""
    strategy = environment.allocation_strategy
    if environment.type != "EC2" or strategy is UNKNOWN or environment.management == "UNMANAGED":
        return
    if strategy is None and environment.is_eks is not False:
        return  # On EKS there is no default; the API asks for a strategy.
    if strategy is not None and strategy.startswith("SPOT_"):
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "allocationStrategy",
            message=f"{strategy} is for Spot Instances, and this environment is On-Demand",
            actual=strategy,
            expected="BEST_FIT_PROGRESSIVE",
            severity=ERROR,
        )
    elif strategy in (None, "BEST_FIT"):
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "allocationStrategy",
            message="the allocation strategy BEST_FIT keeps the environment from being updated",
            actual=strategy or "nothing, which stands for BEST_FIT",
            expected="BEST_FIT_PROGRESSIVE",
        )


@rule(
    ComputeEnvironment,
    "MNP112",
    "The launch template's version is pinned",
    severity=WARNING,
    why="Batch reads $Latest and $Default only when the environment's infrastructure is updated: "
    "a change of the template alone never reaches the nodes.",
    fix="Give the template's own attribute LatestVersionNumber as the version: it changes with "
    "the template, and so updates the environment.",
    source=sources.api("LaunchTemplateSpecification"),
)
def launch_template_version(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for $Latest and $Default, which is also what a version that is left out stands for."""
    version = environment.launch_template_version
    if version == "$Latest" or version == "$Default":
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE / "version",
            message=f"the launch template's version is {version}"
            + (", or left out" if version == "$Default" else ""),
            actual=version,
            expected="a number, or the attribute LatestVersionNumber",
        )


@rule(
    ComputeEnvironment,
    "MNP122",
    "The launch template is named by its id or by its name",
    severity=ERROR,
    why="Batch refuses an environment that names its launch template in both ways.",
    fix="Leave launchTemplateName out.",
    source=sources.api("LaunchTemplateSpecification"),
)
def one_template_name(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for launchTemplateId beside launchTemplateName, both of which are certain to be."""
    if environment.has_two_template_names:
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE,
            message="the launch template is named by its id and by its name",
            actual="launchTemplateId and launchTemplateName",
            expected="one of them",
        )


@rule(
    ComputeEnvironment,
    "MNP113",
    "A compute environment has no fixed name",
    severity=WARNING,
    why="CloudFormation replaces an environment by making the new one first, and cannot while the "
    "old one has the same name: the deployment fails.",
    fix="Leave the name out, or set ReplaceComputeEnvironment to false.",
    source=sources.cdk_issue(27054),
)
def fixed_name(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for a name beside ReplaceComputeEnvironment that is true or left out."""
    replaced = environment.replace_on_update
    if has_value(environment.name) and (replaced is None or replaced is True):
        yield Violation(
            resource=environment,
            property_path=PROPERTIES / "computeEnvironmentName",
            message=f"the environment is named {environment.name}, so it cannot be replaced",
            actual=environment.name,
            expected="no name",
        )


@rule(
    ComputeEnvironment,
    "MNP116",
    "Min vCPUs are zero",
    severity=WARNING,
    why="Batch keeps instances for min vCPUs running, and paid for, though no job needs them.",
    fix="Set min vCPUs to 0, or accept the price of nodes that are there at once.",
    source=sources.api("ComputeResource"),
)
def idle_instances(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for min vCPUs above zero."""
    if has_value(environment.min_vcpus) and environment.min_vcpus > 0:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "minvCpus",
            message=f"min vCPUs {environment.min_vcpus} keep instances running without a job",
            actual=environment.min_vcpus,
            expected="0",
        )
