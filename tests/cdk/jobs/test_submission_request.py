"""MnpSubmitJob with definitions that are imported, and with those of Amazon EKS."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Duration, Size, Stack
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    ArgumentError,
    EksNodeContainer,
    MnpEksJobDefinition,
    MnpJobDefinition,
    MnpJobQueue,
    MnpSubmitJob,
    NodeGroup,
    NodeGroupOverride,
)
from tests.cdk.apps import INSTANCE_TYPE, errors_of, new_stack
from tests.cdk.eks.pods import add_environment
from tests.cdk.jobs.test_submit_job import allowed, state_of

PREFIX = "arn:aws:batch:eu-west-1:123456789012"


def submitted(stack: Stack, definition: Any, queue: Any, **options: Any) -> dict[str, Any]:
    task = MnpSubmitJob(
        stack,
        "Submit",
        job_name="solve",
        job_definition=definition,
        job_queue=queue,
        **options,
    )
    body = sfn.DefinitionBody.from_chainable(task)
    sfn.StateMachine(stack, "Machine", definition_body=body)
    return dict(state_of(Template.from_stack(stack))["Parameters"])


def imported(stack: Stack, arn: str = f"{PREFIX}:job-definition/solve:3") -> Any:
    return MnpJobDefinition.from_job_definition_arn(stack, "Definition", arn)


def queue_of(stack: Stack) -> Any:
    return MnpJobQueue.from_job_queue_arn(stack, "Queue", f"{PREFIX}:job-queue/solvers")


def test_an_imported_definition_is_submitted_with_its_latest_revision() -> None:
    stack = new_stack()
    request = submitted(stack, imported(stack), queue_of(stack), num_nodes=3)
    assert request["JobDefinition"] == f"{PREFIX}:job-definition/solve"
    assert request["NodeOverrides"] == {"NumNodes": 3}
    submit = allowed(Template.from_stack(stack))["batch:SubmitJob"]
    assert f"{PREFIX}:job-definition/solve:*" in submit
    assert f"{PREFIX}:job-queue/solvers" in submit


def test_an_arn_that_is_known_at_deployment() -> None:
    stack = new_stack()
    definition = imported(stack, CfnParameter(stack, "Arn").value_as_string)
    assert "<token>" in submitted(stack, definition, queue_of(stack))["JobDefinition"]


def test_the_ranges_of_an_imported_definition_are_overridden() -> None:
    stack = new_stack()
    overrides = {
        "0": NodeGroupOverride(environment={"CASE": 1}),
        "1:": NodeGroupOverride(command=["work"], container="worker"),
    }
    request = submitted(stack, imported(stack), queue_of(stack), node_overrides=overrides)
    assert request["NodeOverrides"]["NodePropertyOverrides"] == [
        {
            "TargetNodes": "0",
            "ContainerOverrides": {"Environment": [{"Name": "CASE", "Value": "1"}]},
        },
        {
            "TargetNodes": "1:",
            "EcsPropertiesOverride": {
                "TaskProperties": [{"Containers": [{"Name": "worker", "Command": ["work"]}]}]
            },
        },
    ]


def test_the_groups_of_an_imported_definition_have_no_names() -> None:
    stack = new_stack()
    overrides = {"workers": NodeGroupOverride(command=["work"])}
    with pytest.raises(ArgumentError, match="must be its node range"):
        submitted(stack, imported(stack), queue_of(stack), node_overrides=overrides)


def pods(stack: Stack) -> tuple[MnpEksJobDefinition, MnpJobQueue]:
    queue = MnpJobQueue(stack, "Queue", compute_environments=[add_environment(stack)])
    solver = EksNodeContainer(image="solver:1", cpu=70, memory=Size.mebibytes(130000))
    definition = MnpEksJobDefinition(
        stack,
        "Job",
        node_groups=[NodeGroup("solvers", ":", solver)],
        num_nodes=4,
        instance_type=INSTANCE_TYPE,
        timeout=Duration.hours(1),
        job_queue=queue,
    )
    return definition, queue


def test_pods_are_overridden() -> None:
    stack = new_stack()
    definition, queue = pods(stack)
    override = NodeGroupOverride(
        command=["solve"], args=["--steps", 5], environment={"CASE": sfn.JsonPath.string_at("$.c")}
    )
    request = submitted(stack, definition, queue, num_nodes=2, node_overrides={"solvers": override})
    assert request["NodeOverrides"] == {
        "NumNodes": 2,
        "NodePropertyOverrides": [
            {
                "TargetNodes": ":",
                "EksPropertiesOverride": {
                    "PodProperties": {
                        "Containers": [
                            {
                                "Name": "solvers",
                                "Command": ["solve"],
                                "Args": ["--steps", "5"],
                                "Env": [{"Name": "CASE", "Value.$": "$.c"}],
                            }
                        ]
                    }
                },
            }
        ],
    }
    assert errors_of(stack) == []


def test_arguments_are_for_pods() -> None:
    stack = new_stack()
    with pytest.raises(ArgumentError, match="args is for Amazon EKS; set command"):
        submitted(
            stack,
            imported(stack),
            queue_of(stack),
            node_overrides={":": NodeGroupOverride(args=["-v"])},
        )


def test_the_pods_of_an_imported_definition_are_overridden() -> None:
    stack = new_stack()
    arn = f"{PREFIX}:job-definition/pods"
    definition = MnpEksJobDefinition.from_job_definition_arn(stack, "Definition", arn)
    overrides = {"0:": NodeGroupOverride(args=["-v"])}
    request = submitted(stack, definition, queue_of(stack), node_overrides=overrides)
    (override,) = request["NodeOverrides"]["NodePropertyOverrides"]
    assert override["EksPropertiesOverride"] == {
        "PodProperties": {"Containers": [{"Args": ["-v"]}]}
    }
    with pytest.raises(ArgumentError, match="grant to the IAM role of EksPod"):
        _ = definition.grant_principal
