"""The Step Functions task that submits multi-node jobs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    ArgumentError,
    Launcher,
    MnpCluster,
    MnpJobDefinition,
    MnpSubmitJob,
    NodeGroup,
    NodeGroupOverride,
)
from tests.cdk.apps import (
    add_cluster,
    add_job,
    container,
    errors_of,
    new_stack,
    properties_of,
    rules,
    warnings_of,
)


class Submitting:
    """A stack with a state that submits a job of a cluster."""

    def __init__(self, job: dict[str, Any] | None = None, **options: Any) -> None:
        self.stack = new_stack()
        self.cluster = add_cluster(self.stack)
        self.job = add_job(self.cluster, **(job or {}))
        self.task = submit(self.stack, self.cluster, self.job, **options)

    def machine(self) -> sfn.StateMachine:
        body = sfn.DefinitionBody.from_chainable(self.task)
        return sfn.StateMachine(self.stack, "Machine", definition_body=body)

    def state(self) -> dict[str, Any]:
        """The state as the state machine has it, with tokens as ``<token>``."""
        self.machine()
        return state_of(Template.from_stack(self.stack))


def submit(
    scope: Stack, cluster: MnpCluster, job: MnpJobDefinition, **options: Any
) -> MnpSubmitJob:
    right = {"job_name": "solve", "job_definition": job, "job_queue": cluster.job_queue}
    return MnpSubmitJob(scope, "Submit", **{**right, **options})


def state_of(template: Template) -> dict[str, Any]:
    written = properties_of(template, "AWS::StepFunctions::StateMachine")["DefinitionString"]
    pieces = written["Fn::Join"][1]
    text = "".join(piece if isinstance(piece, str) else "<token>" for piece in pieces)
    state: dict[str, Any] = json.loads(text)["States"]["Submit"]
    return state


def test_a_job_of_the_definition_is_run_to_its_end() -> None:
    state = Submitting().state()
    assert state["Resource"] == "arn:<token>:states:::batch:submitJob.sync"
    request = state["Parameters"]
    assert set(request) == {"JobName", "JobDefinition", "JobQueue"}
    assert re.fullmatch(r"arn:.*:job-definition/<token>", request["JobDefinition"])


def test_every_option_is_in_the_request() -> None:
    state = Submitting(
        num_nodes=3,
        node_overrides={
            "workers": NodeGroupOverride(command=["solve", 2], environment={"CASE": 1}),
        },
        parameters={"mesh": 5},
        attempts=2,
        timeout=Duration.minutes(5),
        scheduling_priority_override=7,
        depends_on=["6cf7c1a0-0000-4000-8000-000000000000"],
        tags={"project": "cavity"},
        integration_pattern=sfn.IntegrationPattern.REQUEST_RESPONSE,
        comment="Solve",
        input_path="$.in",
        result_path="$.job",
        output_path="$.out",
        result_selector={"id": sfn.JsonPath.string_at("$.JobId")},
        assign={"job": sfn.JsonPath.string_at("$.JobId"), "tries": 2},
    ).state()
    request = state.pop("Parameters")
    assert state == {
        "Type": "Task",
        "Resource": "arn:<token>:states:::batch:submitJob",
        "Comment": "Solve",
        "InputPath": "$.in",
        "ResultPath": "$.job",
        "OutputPath": "$.out",
        "ResultSelector": {"id.$": "$.JobId"},
        "Assign": {"job.$": "$.JobId", "tries": 2},
        "End": True,
    }
    assert {
        name: request[name] for name in sorted(set(request) - {"JobQueue", "JobDefinition"})
    } == {
        "DependsOn": [{"JobId": "6cf7c1a0-0000-4000-8000-000000000000"}],
        "JobName": "solve",
        "NodeOverrides": {
            "NumNodes": 3,
            "NodePropertyOverrides": [
                {
                    "TargetNodes": "1:",
                    "ContainerOverrides": {
                        "Command": ["solve", "2"],
                        "Environment": [{"Name": "CASE", "Value": "1"}],
                    },
                }
            ],
        },
        "Parameters": {"mesh": "5"},
        "RetryStrategy": {"Attempts": 2},
        "SchedulingPriorityOverride": 7,
        "Tags": {"project": "cavity"},
        "Timeout": {"AttemptDurationSeconds": 300},
    }


def test_a_queue_with_fair_share_needs_a_share_identifier() -> None:
    for identifier, expected in (("design", []), (None, ["MNP708"])):
        stack = new_stack()
        policy = batch.FairshareSchedulingPolicy(stack, "Policy")
        cluster = add_cluster(stack, scheduling_policy=policy)
        job = add_job(cluster, scheduling_priority=1)
        task = submit(stack, cluster, job, share_identifier=identifier)
        body = sfn.DefinitionBody.from_chainable(task)
        sfn.StateMachine(stack, "Machine", definition_body=body)
        assert rules(errors_of(stack)) == expected


def test_values_of_the_input() -> None:
    state = Submitting(
        job_name=sfn.JsonPath.string_at("$.name"),
        num_nodes=sfn.JsonPath.number_at("$.nodes"),
        node_overrides={
            "main": NodeGroupOverride(
                command=["solve", sfn.JsonPath.string_at("$.case")],
                environment={"CASE": sfn.JsonPath.string_at("$.case")},
            )
        },
    ).state()
    request = state["Parameters"]
    assert request["JobName.$"] == "$.name"
    assert request["NodeOverrides"] == {
        "NumNodes.$": "$.nodes",
        "NodePropertyOverrides": [
            {
                "TargetNodes": "0:0",
                "ContainerOverrides": {
                    "Command.$": "States.Array('solve', $.case)",
                    "Environment": [{"Name": "CASE", "Value.$": "$.case"}],
                },
            }
        ],
    }


def test_a_container_of_several() -> None:
    groups = [
        NodeGroup(
            "main", "0", containers={"solver": container(vcpus=1), "log": container(vcpus=1)}
        ),
        NodeGroup("workers", "1:", containers={"solver": container()}),
    ]
    state = Submitting(
        {"node_groups": groups},
        node_overrides={
            "main": NodeGroupOverride(container="log", environment={"A": "b"}),
            "workers": NodeGroupOverride(command=["work"]),
        },
    ).state()
    main, workers = state["Parameters"]["NodeOverrides"]["NodePropertyOverrides"]
    assert main["EcsPropertiesOverride"]["TaskProperties"] == [
        {"Containers": [{"Name": "log", "Environment": [{"Name": "A", "Value": "b"}]}]}
    ]
    assert workers["EcsPropertiesOverride"]["TaskProperties"] == [
        {"Containers": [{"Name": "solver", "Command": ["work"]}]}
    ]


def allowed(template: Template) -> dict[str, Any]:
    """What the role of the state machine may do, by action."""
    found: dict[str, Any] = {}
    for policy in template.find_resources("AWS::IAM::Policy").values():
        if "Machine" in json.dumps(policy["Properties"]["Roles"]):
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                for action in actions if isinstance(actions, list) else [actions]:
                    found[action] = json.dumps(statement["Resource"])
    return found


def test_the_role_of_the_state_machine_gets_the_permissions() -> None:
    submitting = Submitting()
    submitting.machine()
    found = allowed(Template.from_stack(submitting.stack))
    assert sorted(found) == [
        "batch:DescribeJobs",
        "batch:SubmitJob",
        "batch:TerminateJob",
        "events:DescribeRule",
        "events:PutRule",
        "events:PutTargets",
    ]
    assert "StepFunctionsGetEventsForBatchJobsRule" in found["events:PutRule"]
    assert ":job/*" in found["batch:TerminateJob"]
    assert "Queue" in found["batch:SubmitJob"]
    assert '"*"' not in found["batch:SubmitJob"]


def test_a_state_that_does_not_wait_needs_less() -> None:
    pattern = sfn.IntegrationPattern.REQUEST_RESPONSE
    submitting = Submitting(integration_pattern=pattern, tags={"a": "b"})
    submitting.machine()
    found = allowed(Template.from_stack(submitting.stack))
    assert sorted(found) == ["batch:SubmitJob", "batch:TagResource"]


def test_the_state_is_one_of_a_chain() -> None:
    submitting = Submitting()
    stack = submitting.stack
    submitting.task.add_catch(sfn.Fail(stack, "Failed"))
    chain = sfn.Pass(stack, "First").next(submitting.task).next(sfn.Succeed(stack, "Done"))
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(chain))
    state = state_of(Template.from_stack(stack))
    assert (state["Next"], state["Catch"][0]["Next"]) == ("Done", "Failed")


def test_another_stack_imports_no_revision() -> None:
    app = App()
    stack = new_stack(app=app)
    cluster = add_cluster(stack)
    job = add_job(cluster)
    other = Stack(app, "Workflows")
    task = submit(other, cluster, job)
    body = sfn.DefinitionBody.from_chainable(task)
    sfn.StateMachine(other, "Machine", definition_body=body)
    assert warnings_of(stack) == []
    assert errors_of(stack) == []
    exports = Template.from_stack(stack).to_json()["Outputs"]
    (id,) = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition")
    assert {"Ref": id} not in [output["Value"] for output in exports.values()]


def test_the_synthesis_checks_what_is_submitted() -> None:
    submitting = Submitting(num_nodes=1, attempts=11)
    submitting.machine()
    assert rules(errors_of(submitting.stack)) == ["MNP704", "MNP706"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"integration_pattern": sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN},
            "integration_pattern is WAIT_FOR_TASK_TOKEN",
        ),
        ({"array_size": 3}, "there is no argument 'array_size'"),
        (
            {"num_nodes": "3"},
            "num_nodes must be a number or a JSONata expression ('{% ... %}'), got '3'; use 3",
        ),
        (
            {"node_overrides": {"worker": NodeGroupOverride(command=["a"])}},
            "the job definition has no such node group; it has 'main', 'workers'",
        ),
        (
            {"node_overrides": {"main": NodeGroupOverride(command=["a"], container="b")}},
            "container is 'b', but must be one of 'main'",
        ),
    ],
)
def test_wrong_arguments(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(problem)) as error:
        Submitting(**options)
    assert str(error.value).startswith("Platform/Submit: ")


def test_one_of_several_containers_must_be_named() -> None:
    several = {"one": container(vcpus=1), "two": container(vcpus=1)}
    groups = [NodeGroup("all", ":", containers=several)]
    with pytest.raises(
        ArgumentError, match="container is not set, but must be one of 'one', 'two'"
    ):
        Submitting(
            {"node_groups": groups}, node_overrides={"all": NodeGroupOverride(command=["a"])}
        )


def test_the_command_of_a_launched_job_cannot_be_overridden() -> None:
    groups = [NodeGroup("all", ":", container(command=["solve"]))]
    job = {"node_groups": groups, "launcher": Launcher()}
    with pytest.raises(ArgumentError, match="a launcher cannot be overridden; write Ref::name"):
        Submitting(job, node_overrides={"all": NodeGroupOverride(command=["a"])})


def test_an_override_overrides_something() -> None:
    with pytest.raises(ArgumentError, match="nothing is overridden; set command or environment"):
        NodeGroupOverride()
