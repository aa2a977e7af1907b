"""Tasks of state machines that submit jobs, in definitions that are objects or texts."""

from __future__ import annotations

from textwrap import indent

import pytest

from cdk_batch_mnp.model.job_request import Dependency
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.readers.job_requests import id_of, requests


def machine(definition: str) -> str:
    return f"""\
Type: AWS::StepFunctions::StateMachine
Properties:
{indent(definition, "  ")}
"""


@pytest.mark.parametrize(
    "resource", ["batch:submitJob", "batch:submitJob.sync", "aws-sdk:batch:submitJob"]
)
@pytest.mark.parametrize("members", ["Parameters", "Arguments"])
def test_a_task_in_a_text(resource: str, members: str) -> None:
    (found,) = requests(
        machine(
            f"""\
DefinitionString: !Sub >-
  {{"States": {{"Solve": {{"Type": "Task",
  "Resource": "arn:${{AWS::Partition}}:states:::{resource}",
  "{members}": {{"JobDefinition": "${{Job}}", "JobQueue": "${{Queue}}",
  "NodeOverrides": {{"NumNodes": ${{Count}}}}, "Timeout": {{"AttemptDurationSeconds": 90}}}}}}}}}}
"""
        )
    )
    assert (id_of(found), found.place, found.timeout_seconds) == ("Job", "state Solve", 90)
    assert (found.changes_nodes, found.num_nodes) == (True, UNKNOWN)
    assert str(found.at("timeout")) == "definitionString"


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        '{"States": 3}',
        '{"States": {"A": 3}}',
        '{"States": {"A": {"Type": "Task", "Resource": 3}}}',
        '{"States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"}}}',
        '{"States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob"}}}',
        '{"States": {"A": {"Type": "Map", "ItemProcessor": 1, "Branches": [2]}}}',
        '{"States": {"${Given}": {}}',
    ],
)
def test_a_text_without_a_request(text: str) -> None:
    assert requests(machine(f"DefinitionString: !Sub '{text}'")) == ()


def test_tasks_inside_of_others() -> None:
    task = (
        '{"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob",'
        ' "Parameters": {"JobDefinition": "solver"}}'
    )
    inner = f'{{"States": {{"B": {task}}}}}'
    found = requests(
        machine(
            f"""\
Definition:
  States:
    A: {{"Type": "Parallel", "Branches": [{inner}]}}
    C: {{"Type": "Map", "ItemProcessor": {inner}}}
    D: {{"Type": "Map", "Iterator": {inner}}}
"""
        )
    )
    assert [str(each.at("timeout")) for each in found] == [
        "definition.States.A.Branches[0].States.B.Parameters.timeout",
        "definition.States.C.ItemProcessor.States.B.Parameters.timeout",
        "definition.States.D.Iterator.States.B.Parameters.timeout",
    ]


def test_what_a_state_computes_is_not_known() -> None:
    (found,) = requests(
        machine(
            """\
DefinitionSubstitutions: {Name: solver, Number: 3}
Definition:
  States:
    A:
      Type: Task
      Resource: arn:aws:states:::batch:submitJob
      Parameters:
        JobDefinition: ${Name}
        ContainerOverrides.$: $.overrides
        ArrayProperties: "{% $array %}"
        RetryStrategy: {Attempts.$: $.attempts}
        Timeout: {AttemptDurationSeconds: "${Number}"}
        DependsOn: [{JobId.$: $.job, Type.$: $.type}]
"""
        )
    )
    assert (id_of(found), found.timeout_seconds) == ("Job", 3)
    assert (found.overrides, found.is_array, found.attempts) == ((), False, UNKNOWN)
    assert found.dependencies == (Dependency(type=UNKNOWN, names_job=True),)
