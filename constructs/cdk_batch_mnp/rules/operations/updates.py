"""Rules about updates of stacks."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.property_path import PROPERTIES


@rule(
    JobDefinition,
    "MNP701",
    "Stacks export job definitions without the revision",
    severity=WARNING,
    why="Each update of a job definition changes the revision in its ARN. CloudFormation does not "
    "update an export that another stack imports, so the next update of the job fails: «Export "
    "... cannot be updated as it is in use».",
    fix="Export the name, or the ARN without the revision, with which a job runs the latest active "
    "revision. With MnpJobDefinition, use job_definition_arn_without_revision or "
    "job_definition_name in the other stack.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
    "using-cfn-stack-exports.html",
)
def exported_revisions(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for outputs that export what Ref or the attribute JobDefinitionArn returns.

    Silent about outputs without Export, about parts of the ARN, and about outputs whose condition
    is unknown.
    """
    if outputs := definition.exported_by:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES,
            message="the ARN of the job definition is exported with its revision, by "
            f"{', '.join(outputs)}",
            actual="the ARN with the revision",
            expected="the name, or the ARN without the revision",
        )
