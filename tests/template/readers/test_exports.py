"""Outputs that export the ARN of a job definition, as the rules see them."""

from __future__ import annotations

import pytest

from tests.template.stacks import setup

DEFINITION = """
Parameters:
  Stage: {Type: String}
Conditions:
  Never: !Equals [a, b]
  Perhaps: !Equals [!Ref Stage, production]
Resources:
  Job:
    Type: AWS::Batch::JobDefinition
    Properties: {Type: multinode}
Outputs:
  Out:
"""


def exported_by(output: str) -> tuple[str, ...]:
    (definition,) = setup(DEFINITION + "    " + output).job_definitions
    return definition.exported_by


@pytest.mark.parametrize("value", ["!Ref Job", "!GetAtt Job.JobDefinitionArn", '!Sub "${Job}"'])
def test_the_arn_with_the_revision_is_exported(value: str) -> None:
    assert exported_by(f"{{Value: {value}, Export: {{Name: job}}}}") == ("Out",)
    assert exported_by(f'{{Value: {value}, Export: {{Name: !Sub "${{Stage}}-job"}}}}') == ("Out",)


@pytest.mark.parametrize(
    "output",
    [
        "{Value: !Ref Job}",
        "{Value: !Ref Job, Export: {Name: job}, Condition: Never}",
        "{Value: !Ref Job, Export: {Name: job}, Condition: Perhaps}",
        '{Value: !Select [1, !Split ["/", !Ref Job]], Export: {Name: job}}',
        "{Value: !If [Perhaps, !Ref Job, a], Export: {Name: job}}",
        "{Value: !Ref Stage, Export: {Name: job}}",
    ],
)
def test_nothing_or_something_else_is_exported(output: str) -> None:
    assert exported_by(output) == ()
