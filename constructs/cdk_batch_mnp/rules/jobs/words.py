"""Rules about words and names in job definitions."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.words import violations


@rule(
    JobDefinition,
    "MNP340",
    "The type of a multi-node parallel job is multinode",
    severity=ERROR,
    why="AWS Batch rejects a definition of another type with nodeProperties, and any type or "
    "platform capability that it does not know.",
    fix="Set type to multinode and, if they are set, platformCapabilities to EC2.",
    source=sources.api("RegisterJobDefinition"),
)
def definition_words(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the type and the platform capabilities of definitions with nodeProperties.

    The type in another case is a warning: CloudFormation may accept it. Silent about unknown
    values, and about definitions of single-node jobs.
    """
    yield from violations(definition, definition.words, names=False)


@rule(
    JobDefinition,
    "MNP341",
    "A job definition has only documented properties",
    severity=ERROR,
    why="CloudFormation rejects a property that the resource does not have.",
    fix="Correct the name, or move the property to where it belongs.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-batch-jobdefinition.html",
)
def definition_names(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the names of properties with those of the CloudFormation schema.

    Checks the definition, its nodeProperties and its node ranges. A name that resembles none, and
    that belongs nowhere else, is a warning: it may be newer than this version.
    """
    yield from violations(definition, definition.words, names=True)
