"""Job definitions that are created elsewhere."""

from __future__ import annotations

import pytest
from aws_cdk import CfnParameter
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_batch_mnp import ArgumentError, MnpJobDefinition
from tests.cdk.apps import actions_of, new_stack

ARN = "arn:aws:batch:eu-west-1:123456789012:job-definition/solve"


@pytest.mark.parametrize("arn", [ARN, f"{ARN}:3"])
def test_a_definition_is_imported_by_its_arn(arn: str) -> None:
    definition = MnpJobDefinition.from_job_definition_arn(new_stack(), "Solve", arn)
    assert definition.job_definition_arn == arn
    assert definition.job_definition_ref.job_definition_arn == arn
    assert definition.job_definition_arn_without_revision == ARN
    assert definition.job_definition_name == "solve"
    unknown = (
        definition.parameters,
        definition.retry_attempts,
        definition.scheduling_priority,
        definition.timeout,
        definition.job_role,
    )
    assert set(unknown) == {None}
    assert definition.retry_strategies == []


def test_an_arn_that_is_known_only_at_deployment_is_accepted() -> None:
    stack = new_stack()
    arn = CfnParameter(stack, "Arn").value_as_string
    definition = MnpJobDefinition.from_job_definition_arn(stack, "Solve", arn)
    after = {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Arn"}]}]}
    name = {"Fn::Select": [0, {"Fn::Split": [":", after]}]}
    assert stack.resolve(definition.job_definition_name) == name
    assert stack.resolve(definition.job_definition_arn_without_revision) == {
        "Fn::Join": ["/", [{"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Arn"}]}]}, name]]
    }


def test_grants_go_to_the_job_role_that_is_stated() -> None:
    stack = new_stack()
    role = iam.Role(stack, "JobRole", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    definition = MnpJobDefinition.from_job_definition_attributes(
        stack, "Solve", job_definition_arn=ARN, job_role=role
    )
    s3.Bucket(stack, "Bucket").grant_read(definition)
    assert "s3:GetObject*" in actions_of(stack, "JobRole")


def test_without_a_job_role_a_grant_is_an_error() -> None:
    stack = new_stack()
    definition = MnpJobDefinition.from_job_definition_arn(stack, "Solve", ARN)
    with pytest.raises((RuntimeError, ValueError), match=r"Platform/Solve.*state job_role"):
        s3.Bucket(stack, "Bucket").grant_read(definition)


def test_another_arn_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="job_definition_arn is 'solve:3'") as caught:
        MnpJobDefinition.from_job_definition_arn(new_stack(), "Solve", "solve:3")
    assert caught.value.path == "Platform/Solve"


def test_an_imported_definition_cannot_be_changed() -> None:
    definition = MnpJobDefinition.from_job_definition_arn(new_stack(), "Solve", ARN)
    strategy = batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.NON_ZERO_EXIT_CODE)
    with pytest.raises(ArgumentError, match="set retry_strategies where it is created"):
        definition.add_retry_strategy(strategy)
