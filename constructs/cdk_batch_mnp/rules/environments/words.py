"""Rules about words and names in compute environments."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import (
    COMPUTE_RESOURCES,
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.model.words import PLACEMENT_STRATEGIES, is_image, nearest
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.words import disabled, violations


@rule(
    ComputeEnvironment,
    "MNP140",
    "Enumerated values of a compute environment are valid",
    severity=ERROR,
    why="AWS rejects other values. A misspelt value can also hide from other rules what the "
    "environment is.",
    fix="Correct the value.",
    source=sources.api("ComputeResource"),
)
def environment_words(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks types, state, strategies, launch template version and Container Insights.

    Words that resemble no documented one are a warning where AWS may have added them since, and so
    are empty IDs. Case does not matter. Silent about unknown values, and about strategies of
    placement groups that resemble none.
    """
    yield from violations(environment, environment.words, names=False)
    group = environment.placement_group
    strategy = group.strategy if has_value(group) else None
    if not has_value(group) or not has_value(strategy) or strategy.lower() in PLACEMENT_STRATEGIES:
        return
    if right := nearest(strategy, PLACEMENT_STRATEGIES):
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "placementGroup",
            message=f"the strategy of placement group {group.id} is {strategy!r}; "
            f"did you mean {right}?",
            actual=strategy,
            expected=right,
        )


@rule(
    ComputeEnvironment,
    "MNP141",
    "An image ID is the ID of an AMI",
    severity=ERROR,
    why="AWS Batch and Amazon EC2 take IDs of AMIs here, and resolve no names or paths. The "
    "environment becomes INVALID.",
    fix="Pass the path as the default of a parameter of type "
    "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>, and refer to the parameter.",
    source=sources.api("Ec2Configuration"),
)
def image_ids(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks that known IDs begin with ``ami-``.

    Silent about empty and unknown IDs, and about ``resolve:ssm:``, which EC2 resolves.
    """
    configurations = environment.ec2_configurations
    template = environment.launch_template
    found = [(COMPUTE_RESOURCES / "imageId", environment.image_id)]
    if has_value(template):
        found.append((LAUNCH_TEMPLATE / "imageId", template.image_id))
    for position, each in enumerate(() if configurations is UNKNOWN else configurations):
        if each is not UNKNOWN:
            path = COMPUTE_RESOURCES / "ec2Configuration" / position / "imageIdOverride"
            found.append((path, each.image_id_override))
    for path, image in found:
        if has_value(image) and not is_image(image) and not image.startswith("resolve:ssm:"):
            is_path = image.startswith(("/", "arn:"))
            yield Violation(
                resource=environment,
                property_path=path,
                message=f"{path[-1]} is {'the path of a parameter' if is_path else repr(image)}, "
                "not the ID of an AMI",
                actual=image,
                expected="ami- and hexadecimal digits",
            )


@rule(
    Candidate,
    "MNP142",
    "The compute environment is enabled",
    severity=ERROR,
    why="AWS Batch places no job in an environment that is DISABLED. Jobs stay RUNNABLE.",
    fix="Set state to ENABLED, or remove it: that is the default.",
    source=sources.api("CreateComputeEnvironment"),
)
def environment_enabled(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports the state DISABLED. Silent if the state is unknown."""
    environment = candidate.environment
    yield from disabled(environment, environment.state, "compute environment")


@rule(
    ComputeEnvironment,
    "MNP143",
    "A compute environment has only documented properties",
    severity=ERROR,
    why="CloudFormation rejects a property that the resource does not have.",
    fix="Correct the name, or move the property to where it belongs.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-batch-computeenvironment.html",
)
def environment_names(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the names of properties with those of the CloudFormation schema.

    A name that resembles none, and that belongs nowhere else, is a warning: it may be newer than
    this version.
    """
    yield from violations(environment, environment.words, names=True)
