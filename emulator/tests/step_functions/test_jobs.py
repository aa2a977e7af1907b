"""State machines submit jobs and wait for them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from embedded import EmbeddedAws
from events.event_rules import Inbox
from functions.python_function import create_function
from job_platform import JobPlatform, wait_for

SUBMIT = "arn:aws:states:::batch:submitJob"


class StateMachine:
    """A state machine of one or more states, and its executions."""

    def __init__(self, aws: EmbeddedAws, *states: Mapping[str, Any]) -> None:
        self._client = aws.client("stepfunctions")
        named = {f"State{index}": dict(state) for index, state in enumerate(states)}
        for index, state in enumerate(named.values()):
            if index + 1 == len(states):
                state["End"] = True
            else:
                state["Next"] = f"State{index + 1}"
        self.arn = self._client.create_state_machine(
            name=f"machine-{uuid.uuid4().hex[:8]}",
            definition=json.dumps({"StartAt": "State0", "States": named}),
            roleArn="arn:aws:iam::123456789012:role/machine",
        )["stateMachineArn"]

    def start(self, event: Any = None) -> str:
        answer = self._client.start_execution(
            stateMachineArn=self.arn, name=uuid.uuid4().hex, input=json.dumps(event)
        )
        return str(answer["executionArn"])

    def stop(self, execution: str) -> None:
        self._client.stop_execution(executionArn=execution)

    def ended(self, execution: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self._client.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return wait_for(look)

    def run(self, event: Any = None) -> dict[str, Any]:
        return self.ended(self.start(event))


def submit(
    platform: JobPlatform, definition: str, *, pattern: str = ".sync", **parameters: Any
) -> dict[str, Any]:
    """A state that submits a job."""
    return {
        "Type": "Task",
        "Resource": f"{SUBMIT}{pattern}",
        "Parameters": {
            "JobName": "from-a-state",
            "JobQueue": platform.queue_arn,
            "JobDefinition": definition,
            **parameters,
        },
    }


@pytest.fixture(scope="module")
def platform(aws: EmbeddedAws) -> JobPlatform:
    return JobPlatform(aws)


def test_a_state_with_sync_ends_with_the_detail_of_its_job(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    ended = StateMachine(aws, submit(platform, platform.container_definition)).run()
    assert ended["status"] == "SUCCEEDED"
    output = json.loads(ended["output"])
    job = platform.describe(output["JobId"])
    assert (output["Status"], output["JobArn"]) == ("SUCCEEDED", job["jobArn"])
    assert output["Container"]["ExitCode"] == 0
    assert {"name": "MANAGED_BY_AWS", "value": "STARTED_BY_STEP_FUNCTIONS"} in job["container"][
        "environment"
    ]


def test_a_job_of_several_nodes_runs_with_node_overrides(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    group = {
        "TargetNodes": "0:",
        "ContainerOverrides": {"Environment": [{"Name": "MODE", "Value": "test"}]},
    }
    overrides = {"NumNodes": 3, "NodePropertyOverrides": [group]}
    state = submit(platform, platform.nodes_definition, NodeOverrides=overrides)
    ended = StateMachine(aws, state).run()
    assert ended["status"] == "SUCCEEDED", ended
    job = platform.describe(json.loads(ended["output"])["JobId"])
    assert job["nodeProperties"]["numNodes"] == 3
    (nodes,) = job["nodeProperties"]["nodeRangeProperties"]
    assert nodes["container"]["environment"] == [{"name": "MODE", "value": "test"}]


def test_a_job_of_several_nodes_runs_without_overrides_too(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    name = platform.nodes_definition.rpartition("/")[2].partition(":")[0]
    for definition in (platform.nodes_definition, name, f"{name}:1"):
        ended = StateMachine(aws, submit(platform, definition)).run()
        assert ended["status"] == "SUCCEEDED", ended


def test_a_job_that_fails_fails_the_state_with_its_detail_as_the_cause(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    ended = StateMachine(aws, submit(platform, platform.define(["false"]))).run()
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert (cause["Status"], cause["Container"]["ExitCode"]) == ("FAILED", 1)
    assert platform.describe(cause["JobId"])["status"] == "FAILED"


def test_a_state_catches_the_failure_of_its_job(aws: EmbeddedAws, platform: JobPlatform) -> None:
    state = submit(platform, platform.define(["false"]))
    state["Catch"] = [{"ErrorEquals": ["States.TaskFailed"], "Next": "State1"}]
    ended = StateMachine(aws, state, {"Type": "Pass", "Result": {"caught": 1}}).run()
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", '{"caught": 1}')


def test_a_submission_that_batch_refuses_fails_the_state(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    ended = StateMachine(aws, submit(platform, "there-is-none")).run()
    assert (ended["status"], ended["error"]) == ("FAILED", "Batch.ClientException")
    assert "there-is-none" in ended["cause"]


def test_the_end_of_an_execution_terminates_the_job_that_it_waits_for(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    machine = StateMachine(aws, submit(platform, platform.define(["sleep", "600"])))
    execution = machine.start()
    job = wait_for(lambda: _running(platform))
    machine.stop(execution)
    assert machine.ended(execution)["status"] == "ABORTED"
    ended = platform.ended(job)
    assert (ended["status"], ended["isTerminated"]) == ("FAILED", True)
    assert "Step Functions" in ended["statusReason"]


def test_the_timeout_of_a_state_terminates_its_job(aws: EmbeddedAws, platform: JobPlatform) -> None:
    state = submit(platform, platform.define(["sleep", "600"])) | {"TimeoutSeconds": 2}
    machine = StateMachine(aws, state)
    execution = machine.start()
    job = wait_for(lambda: _running(platform))
    ended = machine.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert platform.ended(job)["isTerminated"]


def test_a_state_without_sync_does_not_wait(aws: EmbeddedAws, platform: JobPlatform) -> None:
    definition = platform.define(["sleep", "600"])
    ended = StateMachine(aws, submit(platform, definition, pattern="", Tags={"a": "b"})).run()
    output = json.loads(ended["output"])
    job = platform.describe(output["JobId"])
    assert (ended["status"], job["tags"]) == ("SUCCEEDED", {"a": "b"})
    assert job["status"] not in {"SUCCEEDED", "FAILED"}
    assert job["container"]["environment"] == []
    platform.batch.terminate_job(jobId=output["JobId"], reason="enough")


def test_parameters_of_a_job_come_from_the_input_of_the_execution(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    definition = platform.define(["echo", "Ref::key", "Ref::number"])
    parameters = {"key.$": "$.key", "number": 100}
    ended = StateMachine(aws, submit(platform, definition, Parameters=parameters)).run({"key": "a"})
    output = json.loads(ended["output"])
    assert output["Parameters"] == {"key": "a", "number": "100"}


def test_the_integration_of_the_sdk_submits_a_job_too(
    aws: EmbeddedAws, platform: JobPlatform
) -> None:
    state = submit(platform, platform.nodes_definition, NodeOverrides={"NumNodes": 4})
    state["Resource"] = "arn:aws:states:::aws-sdk:batch:submitJob"
    ended = StateMachine(aws, state).run()
    assert ended["status"] == "SUCCEEDED", ended
    job = platform.ended(json.loads(ended["output"])["JobId"])
    assert job["nodeProperties"]["numNodes"] == 4


@pytest.mark.parametrize("result", ["a text", 7, {"a": [1]}, True])
def test_the_output_of_an_execution_is_json(aws: EmbeddedAws, result: Any) -> None:
    ended = StateMachine(aws, {"Type": "Pass", "Result": result}).run()
    assert json.loads(ended["output"]) == result


def test_a_state_invokes_a_function(aws: EmbeddedAws) -> None:
    function = create_function(aws, "def handler(event, context): return event['a'] + 1")
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "OutputPath": "$.Payload",
    }
    ended = StateMachine(aws, invoke).run({"a": 1})
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "2")


def test_a_function_that_raises_fails_the_state_with_its_error(aws: EmbeddedAws) -> None:
    function = create_function(aws, "def handler(event, context): raise KeyError('a')")
    ended = StateMachine(aws, {"Type": "Task", "Resource": function}).run({})
    assert (ended["status"], ended["error"]) == ("FAILED", "KeyError")


def test_a_state_machine_is_a_target_of_events(aws: EmbeddedAws, platform: JobPlatform) -> None:
    events, inbox = aws.client("events"), Inbox(aws)
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": inbox.url, "MessageBody.$": "$.detail.jobId"},
    }
    machine = StateMachine(aws, send)
    pattern = {"source": ["aws.batch"], "detail": {"status": ["SUCCEEDED"]}}
    events.put_rule(Name="to-a-machine", EventPattern=json.dumps(pattern))
    target = {"Id": "1", "Arn": machine.arn, "RoleArn": "arn:aws:iam::123456789012:role/r"}
    events.put_targets(Rule="to-a-machine", Targets=[target])
    job = platform.submit(platform.container_definition)
    assert inbox.wait(1) == [job]
    events.remove_targets(Rule="to-a-machine", Ids=["1"])
    events.delete_rule(Name="to-a-machine")


def _running(platform: JobPlatform) -> str | None:
    found = platform.batch.list_jobs(jobQueue=platform.queue, jobStatus="RUNNING")
    return next((each["jobId"] for each in found["jobSummaryList"]), None)
