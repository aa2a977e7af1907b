"""Rules about the settings of a compute environment."""

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
from cdk_batch_mnp.model.environment_limits import (
    MAX_SCALE_DOWN_DELAY_MINUTES,
    MAX_UPDATE_TIMEOUT_MINUTES,
    MIN_SCALE_DOWN_DELAY_MINUTES,
    MIN_UPDATE_TIMEOUT_MINUTES,
)
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

MAX_SECURITY_GROUPS = 5
MAX_QUOTA_PER_INTERFACE = 16
"""The highest value of the quota of security groups per interface. Source: Amazon VPC quotas."""


@rule(
    ComputeEnvironment,
    "MNP105",
    "At most five security groups",
    severity=ERROR,
    why="AWS Batch attaches the environment's security groups to the network interface of every "
    "node's task, and a task's interface supports at most five. The job fails to start.",
    fix="Consolidate the rules into five security groups or fewer.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def security_group_count(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Counts the environment's security groups, and those of each list in the launch template.

    Groups that cannot be resolved count too, but not those that a condition may leave out. In a
    launch template, more than five is a warning, because that limit is a VPC quota, which can be
    raised to 16.
    """
    groups = environment.security_groups
    if (count := fewest(groups)) > MAX_SECURITY_GROUPS:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "securityGroupIds",
            message=f"the environment has {count} security groups, but multi-node parallel "
            "jobs "
            f"support {MAX_SECURITY_GROUPS}",
            actual=count,
            expected=f"at most {MAX_SECURITY_GROUPS}",
        )
    template = environment.launch_template
    if not has_value(template):
        return
    interfaces = () if template.network_interfaces is UNKNOWN else template.network_interfaces
    for place, listed in (
        ("", template.security_groups),
        *(
            ("an interface of ", interface.security_groups)
            for interface in interfaces
            if interface is not UNKNOWN
        ),
    ):
        if (count := fewest(listed)) > MAX_SECURITY_GROUPS:
            yield Violation(
                resource=environment,
                property_path=LAUNCH_TEMPLATE,
                message=f"{place}the launch template {template.id} has {count} security "
                f"groups, but an interface supports {MAX_SECURITY_GROUPS}",
                actual=count,
                expected=f"at most {MAX_SECURITY_GROUPS}, unless the quota was raised",
                severity=ERROR if count > MAX_QUOTA_PER_INTERFACE else WARNING,
            )


@rule(
    ComputeEnvironment,
    "MNP108",
    "Min vCPUs <= desired vCPUs <= max vCPUs",
    severity=ERROR,
    why="AWS Batch rejects a compute environment whose vCPU counts contradict one another.",
    fix="Correct the order of the three values, or leave out desiredvCpus, which AWS Batch manages "
    "itself.",
    source=sources.api("ComputeResource"),
)
def vcpu_order(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares adjacent values. Silent about values that are unknown or not set."""
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
                message=f"{low_name} vCPUs ({low}) exceed {high_name} vCPUs ({high})",
                actual=low,
                expected=f"at most {high}",
            )


@rule(
    ComputeEnvironment,
    "MNP111",
    "The allocation strategy is BEST_FIT_PROGRESSIVE",
    severity=WARNING,
    why="A compute environment with BEST_FIT, the default, does not support infrastructure "
    "updates: a new AMI or launch template requires a new environment.",
    fix="Set allocationStrategy to BEST_FIT_PROGRESSIVE.",
    source=sources.user_guide("updating-compute-environments"),
)
def allocation_strategy(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Checks managed On-Demand environments. A Spot strategy in one of them is an error."""
    strategy = environment.allocation_strategy
    if environment.type != "EC2" or strategy is UNKNOWN or environment.management == "UNMANAGED":
        return
    if strategy is None and environment.is_eks is not False:
        return  # On EKS there is no default: the API requires a strategy.
    if strategy is not None and strategy.startswith("SPOT_"):
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "allocationStrategy",
            message=f"{strategy} is for Spot Instances, but the environment is On-Demand",
            actual=strategy,
            expected="BEST_FIT_PROGRESSIVE",
            severity=ERROR,
        )
    elif strategy in (None, "BEST_FIT"):
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "allocationStrategy",
            message="allocation strategy BEST_FIT does not support infrastructure updates",
            actual=strategy or "not set (default: BEST_FIT)",
            expected="BEST_FIT_PROGRESSIVE",
        )


@rule(
    ComputeEnvironment,
    "MNP112",
    "The launch template version is pinned",
    severity=WARNING,
    why="AWS Batch evaluates $Latest and $Default only during an infrastructure update of the "
    "environment. A change to the launch template alone never reaches the nodes.",
    fix="Set the version to the template's LatestVersionNumber attribute. It changes with the "
    "template, which updates the environment.",
    source=sources.api("LaunchTemplateSpecification"),
)
def launch_template_version(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Reports $Latest and $Default. $Default also applies if no version is set."""
    version = environment.launch_template_version
    if version == "$Latest" or version == "$Default":
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE / "version",
            message=f"the launch template version is {version}"
            + (" or not set" if version == "$Default" else ""),
            actual=version,
            expected="a version number or the LatestVersionNumber attribute",
        )


@rule(
    ComputeEnvironment,
    "MNP122",
    "The launch template is set either by ID or by name",
    severity=ERROR,
    why="AWS Batch rejects a compute environment that sets both, or a version of neither.",
    fix="Set launchTemplateId alone.",
    source=sources.api("LaunchTemplateSpecification"),
)
def one_template_name(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports launchTemplateId together with launchTemplateName, and a version without either.

    Silent if one of them may be there, or may be absent, and about launch template overrides.
    """
    if environment.has_two_template_names:
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE,
            message="the launch template is set both by ID and by name",
            actual="launchTemplateId and launchTemplateName",
            expected="one of them",
        )
    if environment.has_nameless_template:
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE,
            message="the launch template has a version, but neither an ID nor a name",
            actual="version",
            expected="launchTemplateId or launchTemplateName",
        )


@rule(
    ComputeEnvironment,
    "MNP113",
    "A compute environment has no fixed name",
    severity=WARNING,
    why="CloudFormation creates the replacement before it deletes the old environment, and the "
    "names collide: the deployment fails.",
    fix="Remove computeEnvironmentName, or set ReplaceComputeEnvironment to false.",
    source=sources.cdk_issue(27054),
)
def fixed_name(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a name if ReplaceComputeEnvironment is true or not set.

    A name that is made of parameters or the stack's name is fixed too, even if it is unknown.
    """
    replaced = environment.replace_on_update
    is_named = has_value(environment.name) or environment.has_fixed_name
    if is_named and (replaced is None or replaced is True):
        known = environment.name if has_value(environment.name) else None
        yield Violation(
            resource=environment,
            property_path=PROPERTIES / "computeEnvironmentName",
            message="the environment has "
            + ("a fixed name" if known is None else f"the fixed name {known}")
            + " and cannot be replaced",
            actual="a name from parameters or the stack" if known is None else known,
            expected="no name",
        )


@rule(
    ComputeEnvironment,
    "MNP123",
    "The scale-down delay is 0 or 20 to 10080 minutes",
    severity=ERROR,
    why="AWS Batch rejects a compute environment with any other delay.",
    fix="Set minScaleDownDelayMinutes to 20 to 10080. To terminate idle instances without delay, "
    "remove it or set it to 0.",
    source=sources.api("ComputeScalingPolicy"),
)
def scale_down_delay(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares minScaleDownDelayMinutes. Silent if it is unknown or not set."""
    delay = environment.scale_down_delay_minutes
    least, most = MIN_SCALE_DOWN_DELAY_MINUTES, MAX_SCALE_DOWN_DELAY_MINUTES
    if has_value(delay) and delay != 0 and not least <= delay <= most:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "scalingPolicy" / "minScaleDownDelayMinutes",
            message=f"the scale-down delay is {delay} minutes",
            actual=delay,
            expected=f"0, or {least} to {most}",
        )


@rule(
    ComputeEnvironment,
    "MNP126",
    "The job timeout of infrastructure updates is 1 to 7200 minutes",
    severity=ERROR,
    why="AWS Batch rejects a compute environment with any other timeout.",
    fix="Set jobExecutionTimeoutMinutes to 1 to 7200. To end jobs at once, set "
    "terminateJobsOnUpdate to true.",
    source=sources.api("UpdatePolicy"),
)
def update_timeout(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares jobExecutionTimeoutMinutes of updatePolicy. Silent if it is unknown or not set."""
    timeout = environment.update_timeout_minutes
    least, most = MIN_UPDATE_TIMEOUT_MINUTES, MAX_UPDATE_TIMEOUT_MINUTES
    if has_value(timeout) and not least <= timeout <= most:
        yield Violation(
            resource=environment,
            property_path=PROPERTIES / "updatePolicy" / "jobExecutionTimeoutMinutes",
            message=f"the job timeout of updates is {timeout} minutes",
            actual=timeout,
            expected=f"{least} to {most}",
        )


@rule(
    ComputeEnvironment,
    "MNP124",
    "Container Insights are for Amazon ECS",
    severity=WARNING,
    why="AWS Batch does not support Container Insights in compute environments on Amazon EKS: no "
    "metrics arrive.",
    fix="Remove ecsSettings, and use the CloudWatch Observability add-on of the EKS cluster.",
    source=sources.user_guide("cloudwatch-container-insights"),
)
def container_insights(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Reports ENABLED and ENHANCED in an environment on EKS. Silent if either is unknown."""
    mode = environment.container_insights
    if environment.is_eks is True and mode in ("ENABLED", "ENHANCED"):
        yield Violation(
            resource=environment,
            property_path=PROPERTIES / "ecsSettings" / "containerInsights",
            message=f"Container Insights are {mode} in an environment on Amazon EKS",
            actual=mode,
            expected="not set",
        )


@rule(
    ComputeEnvironment,
    "MNP130",
    "Desired vCPUs are left to AWS Batch",
    severity=WARNING,
    why="AWS Batch changes desired vCPUs with the demand of the queues, and rejects an update that "
    "sets fewer than there are: a deployment fails while jobs run.",
    fix="Remove desiredvCpus. To keep instances running, set minvCpus.",
    source=sources.user_guide("error-desired-vcpus-update"),
)
def desired_vcpus(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports desired vCPUs that a template sets, whatever their value.

    Silent if a condition may leave them out, and about values that contradict min or max vCPUs,
    which MNP108 reports.
    """
    desired, low, high = (
        environment.desired_vcpus,
        environment.min_vcpus,
        environment.max_vcpus,
    )
    if has_value(desired) and (
        (has_value(low) and desired < low) or (has_value(high) and desired > high)
    ):
        return
    if environment.sets_desired_vcpus:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "desiredvCpus",
            message="the template sets desired vCPUs, which AWS Batch changes itself",
            actual=desired if has_value(desired) else "an unknown number",
            expected="not set",
        )


@rule(
    ComputeEnvironment,
    "MNP116",
    "Min vCPUs is 0",
    severity=WARNING,
    why="AWS Batch keeps instances for min vCPUs running, and you pay for them even if no job "
    "needs them.",
    fix="Set minvCpus to 0. If nodes must start without delay, acknowledge this rule.",
    source=sources.api("ComputeResource"),
)
def idle_instances(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports min vCPUs above 0."""
    if has_value(environment.min_vcpus) and environment.min_vcpus > 0:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "minvCpus",
            message=f"min vCPUs {environment.min_vcpus} keeps instances running without jobs",
            actual=environment.min_vcpus,
            expected="0",
        )
