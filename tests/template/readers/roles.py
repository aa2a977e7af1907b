"""Roles of jobs, as templates declare them."""

from __future__ import annotations

from textwrap import dedent, indent

from cdk_batch_mnp.model.role import Role
from tests.template.stacks import setup

EXECUTION = """
      Job:
        Type: AWS::Batch::JobDefinition
        Properties:
          Type: multinode
          NodeProperties:
            NodeRangeProperties: [{{Container: {{ExecutionRoleArn: {written}}}}}]
"""


def execution_role(resources: str, written: str = "!GetAtt Role.Arn") -> Role:
    """Return the execution role of a job in a template with these resources."""
    text = f"""
    Parameters:
      Name: {{Type: String}}
    Resources:
{indent(dedent(resources), " " * 6)}
{EXECUTION.format(written=written)}
    """
    (definition,) = setup(text).job_definitions
    (group,) = definition.known_node_groups
    assert isinstance(group.execution_role, Role)
    return group.execution_role


def job_role(resources: str, written: str = "!GetAtt Role.Arn") -> object:
    """Return the job role of a job in a template with these resources."""
    (found,) = setup(f"""
    Resources:
      Role:
        Type: AWS::IAM::Role
        Properties: {{}}
{resources}
      Job:
        Type: AWS::Batch::JobDefinition
        Properties:
          Type: multinode
          NodeProperties:
            NodeRangeProperties: [{{Container: {{JobRoleArn: {written}}}}}]
    """).job_definitions
    (group,) = found.known_node_groups
    return group.job_role
