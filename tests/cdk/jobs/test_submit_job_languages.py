"""MnpSubmitJob in JSONPath and in JSONata, as the state machine or the state says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_batch_mnp import ArgumentError, MnpSubmitJob, NodeGroupOverride
from tests.cdk.apps import add_cluster, add_job, errors_of, new_stack
from tests.cdk.jobs.test_submit_job import state_of, submit

COMPUTED: dict[str, Any] = {
    "job_name": "{% 'solve-' & $states.input.case %}",
    "num_nodes": "{% $states.input.nodes %}",
    "attempts": "{% $states.input.attempts %}",
    "node_overrides": {
        "main": NodeGroupOverride(
            command=["solve", "{% $states.input.case %}"], environment={"CASE": "{% $case %}"}
        )
    },
}
PATHS: dict[str, Any] = {"num_nodes": sfn.JsonPath.number_at("$.nodes"), "result_path": "$.job"}


def machine(stack: Stack, task: MnpSubmitJob, language: sfn.QueryLanguage | None) -> dict[str, Any]:
    """The state as a state machine with this language has it."""
    body = sfn.DefinitionBody.from_chainable(task)
    sfn.StateMachine(stack, "Machine", definition_body=body, query_language=language)
    return state_of(Template.from_stack(stack))


def written(language: sfn.QueryLanguage | None, **options: Any) -> dict[str, Any]:
    stack = new_stack()
    cluster = add_cluster(stack)
    return machine(stack, submit(stack, cluster, add_job(cluster), **options), language)


def test_a_state_has_the_language_of_its_machine() -> None:
    state = written(
        sfn.QueryLanguage.JSONATA,
        **COMPUTED,
        outputs={"id": "{% $states.result.JobId %}"},
        assign={"case": "{% $states.input.case %}"},
        comment="Solve",
    )
    assert "Parameters" not in state
    assert "QueryLanguage" not in state
    request = state["Arguments"]
    assert request["JobName"] == "{% 'solve-' & $states.input.case %}"
    assert request["RetryStrategy"] == {"Attempts": "{% $states.input.attempts %}"}
    assert request["NodeOverrides"] == {
        "NumNodes": "{% $states.input.nodes %}",
        "NodePropertyOverrides": [
            {
                "TargetNodes": "0:0",
                "ContainerOverrides": {
                    "Command": ["solve", "{% $states.input.case %}"],
                    "Environment": [{"Name": "CASE", "Value": "{% $case %}"}],
                },
            }
        ],
    }
    assert state["Output"] == {"id": "{% $states.result.JobId %}"}
    assert state["Assign"] == {"case": "{% $states.input.case %}"}
    assert state["Comment"] == "Solve"


def test_a_state_with_jsonata_says_so_in_another_machine() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    task = MnpSubmitJob.jsonata(
        stack,
        "Submit",
        job_definition=add_job(cluster),
        job_queue=cluster.job_queue,
        **COMPUTED,
    )
    task.add_retry(max_attempts=2)
    state = machine(stack, task, None)
    assert state["QueryLanguage"] == "JSONata"
    assert set(state) == {"Type", "Resource", "QueryLanguage", "Arguments", "Retry", "End"}
    assert errors_of(stack) == []


def test_json_path_is_the_default_and_can_be_said() -> None:
    assert written(None, **PATHS) == written(sfn.QueryLanguage.JSON_PATH, **PATHS)
    stack = new_stack()
    cluster = add_cluster(stack)
    task = MnpSubmitJob.json_path(
        stack,
        "Submit",
        job_name="solve",
        job_definition=add_job(cluster),
        job_queue=cluster.job_queue,
        **PATHS,
    )
    assert machine(stack, task, None) == written(None, **PATHS)


def test_a_machine_with_jsonata_takes_no_json_path() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    task = submit(stack, cluster, add_job(cluster), query_language=sfn.QueryLanguage.JSON_PATH)
    with pytest.raises(RuntimeError, match=r"Platform/Submit: .*use MnpSubmitJob\.jsonata"):
        machine(stack, task, sfn.QueryLanguage.JSONATA)


@pytest.mark.parametrize(
    ("language", "options", "problem"),
    [
        (sfn.QueryLanguage.JSON_PATH, {"outputs": {"a": 1}}, "JSONPath, which has no outputs"),
        (sfn.QueryLanguage.JSONATA, {"result_path": "$.job"}, "JSONata, which has no result_path"),
        (
            sfn.QueryLanguage.JSONATA,
            {"num_nodes": sfn.JsonPath.number_at("$.nodes")},
            r"has the JSONPath \$\.nodes",
        ),
        (
            sfn.QueryLanguage.JSONATA,
            {"assign": {"job": sfn.JsonPath.string_at("$.JobId")}},
            r"has the JSONPath \$\.JobId",
        ),
    ],
)
def test_what_is_of_the_other_language_is_refused(
    language: sfn.QueryLanguage, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ArgumentError, match=problem) as error:
        written(None, query_language=language, **options)
    assert error.value.path == "Platform/Submit"
    with pytest.raises(RuntimeError, match=problem):
        written(language, **options)


def test_the_definition_is_valid_json_with_both_languages() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    job = add_job(cluster)
    first = submit(stack, cluster, job, **PATHS)
    second = MnpSubmitJob.jsonata(
        stack,
        "Second",
        job_name="second",
        job_definition=job,
        job_queue=cluster.job_queue,
        num_nodes="{% $states.input.nodes %}",
    )
    body = sfn.DefinitionBody.from_chainable(first.next(second))
    sfn.StateMachine(stack, "Machine", definition_body=body)
    machines = Template.from_stack(stack).find_resources("AWS::StepFunctions::StateMachine")
    (found,) = machines.values()
    pieces = found["Properties"]["DefinitionString"]["Fn::Join"][1]
    text = "".join(piece if isinstance(piece, str) else "<token>" for piece in pieces)
    states = json.loads(text)["States"]
    assert [states[name].get("QueryLanguage") for name in ("Submit", "Second")] == [None, "JSONata"]


def test_a_language_takes_the_arguments_of_the_constructor() -> None:
    incomplete: Any = {"job_name": "solve"}
    with pytest.raises(ArgumentError, match=r"^Platform/Submit: missing.*'job_definition'"):
        MnpSubmitJob.jsonata(new_stack(), "Submit", **incomplete)
