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
from cdk_batch_mnp.model.schema.enumerations import PLACEMENT_STRATEGIES
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.model.words import is_image, nearest
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.words import disabled, missing, violations, violations_inside

_LAUNCH_TEMPLATE_DATA = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-ec2-launchtemplate-launchtemplatedata.html"
)

_RESOLVED = "resolve:ssm:"
"""The start of an image ID that EC2 looks up in the Parameter Store, in launch templates only."""
_PLACEMENT_GROUP = COMPUTE_RESOURCES / "placementGroup"


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
    """Checks types, state, allocation strategy, launch template version, placement group etc.

    A word that certainly stands for a documented one is read as that, any other as unknown. The
    latter is a warning where AWS may have added it since, and so are empty IDs. Case does not
    matter. Silent about unknown values, and about placement strategies that resemble none.
    """
    yield from violations(environment, environment.words, names=False)
    group = environment.placement_group
    if has_value(group):
        yield from violations_inside(environment, group, _PLACEMENT_GROUP, names=False)
    strategy = group.strategy if has_value(group) else None
    if not has_value(group) or not has_value(strategy) or strategy.lower() in PLACEMENT_STRATEGIES:
        return
    if right := nearest(strategy, PLACEMENT_STRATEGIES):
        yield Violation(
            resource=environment,
            property_path=_PLACEMENT_GROUP,
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
    """Checks that IDs begin with ``ami-``, as far as their start is known.

    Silent about empty and unknown IDs, and in a launch template about ``resolve:ssm:``, which EC2
    resolves.
    """
    configurations = environment.ec2_configurations
    template = environment.launch_template
    found = [(COMPUTE_RESOURCES / "imageId", environment.image_id)]
    if has_value(template):
        found.append((LAUNCH_TEMPLATE / "imageId", template.image_id))
    for position, configuration in enumerate(() if configurations is UNKNOWN else configurations):
        if configuration is not UNKNOWN:
            path = COMPUTE_RESOURCES / "ec2Configuration" / position / "imageIdOverride"
            found.append((path, configuration.image_id_override))
    for path, image in found:
        is_resolved = has_value(image) and image.startswith(_RESOLVED)
        if is_resolved and path == LAUNCH_TEMPLATE / "imageId":
            continue
        if has_value(image) and not is_image(image):
            is_path = image.startswith(("/", "arn:", _RESOLVED))
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
    why="CloudFormation rejects or ignores a property that the resource does not have.",
    fix="Correct the name, or move the property to where it belongs.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-batch-computeenvironment.html",
)
def environment_names(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares names at any depth with those of the CloudFormation schema and the AWS Batch API.

    Names of the placement group are compared too. An error if one letter makes the difference to a
    documented name, or if the property certainly belongs elsewhere. Otherwise a warning: the name
    may be newer than this version. So is another case, which CloudFormation may accept.
    """
    yield from violations(environment, environment.words, names=True)
    if has_value(group := environment.placement_group):
        yield from violations_inside(environment, group, _PLACEMENT_GROUP, names=True)


@rule(
    ComputeEnvironment,
    "MNP144",
    "Enumerated values of a launch template are valid",
    severity=ERROR,
    why="Amazon EC2 rejects other values. A misspelt value can also hide from other rules what the "
    "instances have, such as Elastic Fabric Adapters.",
    fix="Correct the value.",
    source=_LAUNCH_TEMPLATE_DATA,
)
def template_words(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks interface, volume and market types, tenancy, metadata options and other words.

    Words that resemble no documented one, and documented ones in another case, are a warning. So
    are empty IDs. Silent about unknown values.
    """
    template = environment.launch_template
    if has_value(template):
        yield from violations_inside(environment, template, LAUNCH_TEMPLATE, names=False)


@rule(
    ComputeEnvironment,
    "MNP145",
    "A launch template has only documented properties",
    severity=ERROR,
    why="CloudFormation rejects or ignores a property that the resource does not have.",
    fix="Correct the name, or move the property to where it belongs.",
    source=_LAUNCH_TEMPLATE_DATA,
)
def template_names(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares names at any depth with those of the CloudFormation schema and the EC2 API.

    An error if one letter makes the difference to a documented name, or if the property certainly
    belongs elsewhere. Otherwise a warning: the name may be newer than this version. So is another
    case, which CloudFormation may accept.
    """
    template = environment.launch_template
    if has_value(template):
        yield from violations_inside(environment, template, LAUNCH_TEMPLATE, names=True)


@rule(
    ComputeEnvironment,
    "MNP146",
    "A compute environment has the properties that AWS Batch requires",
    severity=ERROR,
    why="AWS Batch rejects a compute environment without one of them.",
    fix="Set the property.",
    source=sources.api("CreateComputeEnvironment"),
)
def environment_requirements(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for type, computeResources of managed environments, and in these type and maxvCpus.

    EC2 and Spot also require instanceTypes and, like Fargate, subnets; an empty list is none.
    Each ec2Configuration requires an imageType, and eksConfiguration a cluster. MNP121 reports a
    missing instanceRole. Silent about what a condition may set.
    """
    yield from missing(environment, environment.words)
