"""Roles of tasks are for the tasks of their own account and Region alone."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from tests.cdk.apps import add_definition, new_stack


def trusts(stack: Stack) -> list[dict[str, Any]]:
    """Who may assume the roles of the stack."""
    found = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    return [
        statement
        for role in found
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    ]


def test_both_roles_are_for_the_tasks_of_the_own_account_and_region_alone() -> None:
    stack = new_stack()
    add_definition(stack)
    job, execution = trusts(stack)
    for statement in (job, execution):
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
            "ArnLike": {
                "aws:SourceArn": {
                    "Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*"
                }
            },
        }


def test_stacks_of_named_accounts_say_the_same() -> None:
    for account in ("111111111111", "222222222222"):
        stack = Stack(App(), "Named", env=Environment(account=account, region="eu-west-1"))
        add_definition(stack)
        own = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert [trust["Condition"]["StringEquals"] for trust in trusts(stack)] == [own, own]


def test_your_own_role_keeps_its_trust() -> None:
    stack = new_stack()
    own = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    add_definition(stack, job_role=own)
    assert sorted("Condition" in trust for trust in trusts(stack)) == [False, True]
