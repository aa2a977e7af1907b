"""Rules about words and names in job definitions."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.words import missing, violations


@rule(
    JobDefinition,
    "MNP340",
    "Enumerated values of a multi-node parallel job are valid",
    severity=ERROR,
    why="AWS Batch rejects a definition of another type with nodeProperties, and values that it "
    "does not know. A misspelt value can also hide from other rules what the job is.",
    fix="Correct the value: type is multinode, and platformCapabilities is EC2 or not set.",
    source=sources.api("RegisterJobDefinition"),
)
def definition_words(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the type, platform capabilities and other words of multi-node parallel jobs.

    Those are types of resource requirements, log drivers, permissions of devices, settings of EFS
    volumes, modes of tasks and policies of pods. A word that certainly stands for a documented one
    is read as that, any other as unknown. The latter is a warning where AWS may have added it
    since, and so are an empty image and role. The type in another case is a warning too:
    CloudFormation may accept it. Silent about unknown values.
    """
    yield from violations(definition, definition.words, names=False)


@rule(
    JobDefinition,
    "MNP341",
    "A job definition has only documented properties",
    severity=ERROR,
    why="CloudFormation rejects or ignores a property that the resource does not have.",
    fix="Correct the name, or move the property to where it belongs.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-batch-jobdefinition.html",
)
def definition_names(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares names at any depth with those of the CloudFormation schema and the AWS Batch API.

    An error if one letter makes the difference to a documented name, or if the property certainly
    belongs elsewhere. Otherwise a warning: the name may be newer than this version. So is another
    case, which CloudFormation may accept.
    """
    yield from violations(definition, definition.words, names=True)


@rule(
    JobDefinition,
    "MNP351",
    "The parts of a job definition have the properties that AWS Batch requires",
    severity=ERROR,
    why="AWS Batch rejects a job definition without one of them.",
    fix="Set the property, or remove what it belongs to.",
    source=sources.api("RegisterJobDefinition"),
)
def definition_requirements(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for the required properties of what containers and node ranges consist of.

    Those are resource requirements, secrets, devices, tmpfs mounts, ulimits, log configurations,
    registry credentials, EFS volumes and volumes of pods. Other rules report what nodes need:
    MNP301 to MNP305, MNP310, MNP311. Silent about what a condition may set.
    """
    yield from missing(definition, definition.words)
