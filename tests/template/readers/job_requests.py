"""Templates with one resource that submits jobs."""

from __future__ import annotations

from textwrap import indent

from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import setup

START = """
Parameters:
  Given: {Type: String}
  Count: {Type: Number}
Conditions:
  Perhaps: !Equals [!Ref Given, a]
Resources:
  Job:
    Type: AWS::Batch::JobDefinition
    Properties: {Type: multinode, JobDefinitionName: solver}
  Kept:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      JobDefinitionName: kept
      ResourceRetentionPolicy: {SkipDeregisterOnUpdate: true}
  Unnamed:
    Type: AWS::Batch::JobDefinition
    Properties: {Type: multinode}
  Queue:
    Type: AWS::Batch::JobQueue
    Properties: {Priority: 1, JobQueueName: nodes, ComputeEnvironmentOrder: []}
"""


def requests(resource: str) -> tuple[JobRequest, ...]:
    """Return the requests of a resource in a template with job definitions and a queue."""
    return setup(START + "  Submits:\n" + indent(resource, "    ")).job_requests


def id_of(found: JobRequest) -> str:
    """Return the id of the definition of a request; an empty text if it is not known."""
    return "" if found.definition is UNKNOWN else found.definition.id
