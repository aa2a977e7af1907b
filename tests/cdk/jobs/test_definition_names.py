"""The name and the ARN of a definition, in its own stack, in others, and in nested stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, Environment, NestedStack, Stack, Stage
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_batch_mnp import MnpJobDefinition
from tests.cdk.apps import add_definition


def two_stacks(**environments: Environment) -> tuple[Stack, Stack]:
    """A stack with a job definition, and one that uses it."""
    app = App()
    return tuple(Stack(app, name, env=environments.get(name)) for name in ("Platform", "Users"))  # type: ignore[return-value]


def outputs(stack: Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json().get("Outputs", {}))


def exported(stack: Stack) -> dict[str, Any]:
    """The values that a stack exports, by the name of the export."""
    return {
        output["Export"]["Name"]: output["Value"]
        for output in outputs(stack).values()
        if "Export" in output
    }


def submitter(stack: Stack) -> iam.Role:
    return iam.Role(stack, "Submitter", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def test_in_its_own_stack_the_arn_has_the_revision() -> None:
    stack = Stack(App(), "Platform")
    definition = add_definition(stack)
    assert stack.resolve(definition.job_definition_arn) == {"Ref": logical_id(definition)}
    assert "Ref" in json.dumps(stack.resolve(definition.job_definition_arn_without_revision))
    assert exported(stack) == {}


def logical_id(definition: MnpJobDefinition) -> str:
    (id,) = Template.from_stack(Stack.of(definition)).find_resources("AWS::Batch::JobDefinition")
    return str(id)


@pytest.mark.parametrize(
    "use",
    [
        "job_definition_arn",
        "job_definition_arn_without_revision",
        "job_definition_name",
        "grant_submit",
    ],
)
def test_another_stack_imports_the_name_alone(use: str) -> None:
    platform, users = two_stacks()
    definition = add_definition(platform)
    if use == "grant_submit":
        definition.grant_submit(submitter(users))
    else:
        CfnOutput(users, "Use", value=getattr(definition, use))
    written = json.dumps(Template.from_stack(users).to_json())
    ((name, value),) = exported(platform).items()
    assert name in written
    assert written.count("Fn::ImportValue") == written.count(name)
    assert value == {
        "Fn::Select": [
            0,
            {
                "Fn::Split": [
                    ":",
                    {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": logical_id(definition)}]}]},
                ]
            },
        ]
    }
    assert platform in users.dependencies


def test_an_update_of_the_definition_changes_nothing_that_is_exported() -> None:
    written = []
    for num_nodes in (4, 8):
        platform, users = two_stacks()
        definition = add_definition(platform, num_nodes=num_nodes)
        definition.grant_submit(submitter(users))
        CfnOutput(users, "Arn", value=definition.job_definition_arn)
        written.append((exported(platform), Template.from_stack(users).to_json()))
    assert written[0] == written[1]


def test_a_name_of_the_user_needs_no_export() -> None:
    platform, users = two_stacks()
    definition = add_definition(platform, job_definition_name="solver")
    CfnOutput(users, "Arn", value=definition.job_definition_arn)
    assert exported(platform) == {}
    assert json.dumps(outputs(users)).count("job-definition/solver") == 1


def test_a_stack_in_another_region_needs_a_name_of_the_user() -> None:
    def use(**options: Any) -> dict[str, Any]:
        platform, users = two_stacks(
            Platform=Environment(account="111122223333", region="eu-west-1"),
            Users=Environment(account="111122223333", region="us-east-1"),
        )
        definition = add_definition(platform, **options)
        CfnOutput(users, "Arn", value=definition.job_definition_arn)
        return outputs(users)

    arn = json.dumps(use(job_definition_name="solver")["Arn"]["Value"])
    assert "batch:eu-west-1:111122223333:job-definition/solver" in arn
    with pytest.raises(
        RuntimeError, match=r"Platform/Solve is used in Users, which.*set job_definition_name"
    ):
        use()


def test_nested_stacks_share_the_revision_with_their_parent() -> None:
    platform = Stack(App(), "Platform")
    nested = NestedStack(platform, "Nested")
    definition = add_definition(platform)
    CfnOutput(nested, "Arn", value=definition.job_definition_arn)
    (stack,) = Template.from_stack(platform).find_resources("AWS::CloudFormation::Stack").values()
    assert list(stack["Properties"]["Parameters"].values()) == [{"Ref": logical_id(definition)}]
    assert exported(platform) == {}


def test_a_nested_stack_exports_the_name_to_another_stack() -> None:
    platform, users = two_stacks()
    nested = [NestedStack(platform, name) for name in ("One", "Other")]
    for stack in nested:
        definition = add_definition(stack)
        CfnOutput(users, f"Arn{stack.node.id}", value=definition.job_definition_arn)
    names = [name for stack in nested for name in exported(stack)]
    assert len(set(names)) == 2
    assert all(name.startswith("Platform:") for name in names)
    assert all(name in json.dumps(outputs(users)) for name in names)


def test_a_stage_names_its_own_exports() -> None:
    app = App()
    stages = [Stage(app, name) for name in ("Test", "Production")]
    names: list[str] = []
    for stage in stages:
        platform, users = Stack(stage, "Platform"), Stack(stage, "Users")
        CfnOutput(users, "Arn", value=add_definition(platform).job_definition_arn)
        names += exported(platform)
    assert [name.partition(":")[0] for name in names] == ["Test-Platform", "Production-Platform"]
