"""Resources that submit jobs, as the rules see them."""

from __future__ import annotations

from textwrap import indent

import pytest

from cdk_batch_mnp.model.job_request import Dependency, JobRequest
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
    return setup(START + "  Submits:\n" + indent(resource, "    ")).job_requests


def of_rule(definition: str, queue: str = "!Ref Queue", more: str = "") -> JobRequest:
    """The request of a rule for EventBridge."""
    (found,) = requests(
        f"""\
Type: AWS::Events::Rule
Properties:
  Targets:
    - Id: other
      Arn: arn:aws:sqs:eu-west-1:123456789012:queue
    - Id: job
      Arn: {queue}
      BatchParameters:
        JobName: a
        JobDefinition: {definition}
        {more}
"""
    )
    return found


def id_of(found: JobRequest) -> str:
    return "" if found.definition is UNKNOWN else found.definition.id


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref Job", ("Job", None)),
        ("!GetAtt Job.JobDefinitionArn", ("Job", None)),
        ("solver", ("Job", None)),
        ("solver:7", ("Job", 7)),
        ('!Sub "solver:7"', ("Job", 7)),
        (
            "!Sub arn:aws-cn:batch:${AWS::Region}:${AWS::AccountId}:job-definition/solver",
            ("Job", None),
        ),
        (
            "!Sub arn:aws:batch:${AWS::Region}:${AWS::AccountId}:job-definition/solver:12",
            ("Job", 12),
        ),
        ("kept:3", ("Kept", None)),
        (
            '!Select [0, !Split [":", !Select [1, !Split ["/", !Ref Unnamed]]]]',
            ("Unnamed", None),
        ),
        ("arn:aws:batch:eu-west-1:123456789012:job-definition/solver", ("", None)),
        ("!Ref Given", ("", None)),
        ('!Sub "${Given}:3"', ("", None)),
        ("another", ("", None)),
    ],
)
def test_the_definition_of_a_request(written: str, expected: tuple[str, int | None]) -> None:
    found = of_rule(written)
    assert (id_of(found), found.fixed_revision) == expected


@pytest.mark.parametrize("queue", ["!Ref Queue", "!GetAtt Queue.JobQueueArn"])
def test_the_queue_of_a_request(queue: str) -> None:
    found = of_rule("solver", queue).queue
    assert found is not UNKNOWN
    assert found.id == "Queue"


def test_a_queue_that_is_not_known() -> None:
    assert of_rule("solver", "!Ref Given").queue is UNKNOWN


def test_where_a_rule_makes_its_request() -> None:
    found = of_rule("solver", more="RetryStrategy: {Attempts: 3}")
    assert (found.place, str(found.at("retryStrategy"))) == (
        "target 1",
        "targets[1].batchParameters.retryStrategy",
    )
    assert found.attempts == 3


def test_what_may_be_left_out_of_a_rule() -> None:
    found = of_rule("solver", more='ArrayProperties: !If [Perhaps, {Size: 2}, !Ref "AWS::NoValue"]')
    assert not found.is_array
    assert of_rule("solver", more="ArrayProperties: {Size: !Ref Count}").is_array


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


def schedule(input: str, arn: str = "arn:aws:scheduler:::aws-sdk:batch:submitJob") -> str:
    return f"""\
Type: AWS::Scheduler::Schedule
Properties:
  Target:
    Arn: {arn}
    Input: {input}
"""


@pytest.mark.parametrize("name", ["JobDefinition", "jobDefinition"])
def test_a_schedule(name: str) -> None:
    (found,) = requests(schedule(f"""!Sub '{{"{name}": "${{Job}}", "JobQueue": "${{Given}}"}}'"""))
    assert (id_of(found), found.queue) == ("Job", UNKNOWN)
    assert str(found.at("timeout")) == "target.input"


@pytest.mark.parametrize(
    "resource",
    [
        schedule(
            """'{"JobDefinition": "solver"}'""", "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
        ),
        schedule("!Ref Given"),
        schedule("'{'"),
        schedule("'3'"),
    ],
)
def test_a_schedule_of_something_else(resource: str) -> None:
    assert requests(resource) == ()


def test_a_mark_in_a_text_is_not_taken_for_a_reference() -> None:
    assert requests(schedule('"{\\"JobDefinition\\": \\"\\ue0000\\ue001\\"}"')) == ()
