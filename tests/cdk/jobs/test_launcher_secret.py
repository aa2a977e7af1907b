"""The secret of jobs with a launcher, and who may read it."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from cdk_batch_mnp import Launcher, NodeGroup
from tests.cdk.apps import (
    actions_of,
    add_cluster,
    add_definition,
    add_job,
    container,
    errors_of,
    first_container,
    new_stack,
    properties_of,
    statements_of,
)

MAIN = Launcher(mode="main")
SECRET = "AWS::SecretsManager::Secret"
SHARED = "ClusterLaunchingExecutionRole"


def groups(**changes: Any) -> list[NodeGroup]:
    return [NodeGroup("all", ":", container(**{"command": ["mpirun", "solver"], **changes}))]


def reads_of(stack: Stack, role: str) -> list[dict[str, Any]]:
    return [
        dict(statement)
        for statement in statements_of(stack, role)
        if "secretsmanager:GetSecretValue" in statement["Action"]
    ]


def test_all_jobs_of_a_cluster_share_one_generated_secret_and_one_role() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    first = add_job(cluster, "First", node_groups=groups(), launcher=MAIN)
    second = add_job(cluster, "Second", node_groups=groups(), launcher=Launcher())
    plain = add_job(cluster, "Plain", node_groups=groups())
    template = Template.from_stack(stack)
    assert properties_of(template, SECRET)["GenerateSecretString"] == {
        "ExcludePunctuation": True,
        "PasswordLength": 64,
    }
    assert first.execution_role is second.execution_role
    assert first.execution_role is not plain.execution_role
    (secret,) = template.find_resources(SECRET)
    assert reads_of(stack, SHARED) == [
        {
            "Action": "secretsmanager:GetSecretValue",
            "Effect": "Allow",
            "Resource": {"Ref": secret},
        }
    ]
    assert reads_of(stack, "ClusterExecutionRole") == []
    assert errors_of(stack) == []


def test_a_cluster_without_a_launcher_has_no_secret() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, node_groups=groups())
    add_job(cluster, "Open", node_groups=groups(), launcher=Launcher(insecure=True))
    Template.from_stack(stack).resource_count_is(SECRET, 0)
    assert cluster.job_definitions[0].execution_role is cluster.job_definitions[1].execution_role


def test_a_job_with_secrets_of_its_own_reads_the_secret_of_the_cluster() -> None:
    stack = new_stack()
    key = batch.Secret.from_secrets_manager(secretsmanager.Secret(stack, "License"))
    cluster = add_cluster(stack)
    add_job(cluster, node_groups=groups(secrets={"KEY": key}), launcher=MAIN)
    add_job(cluster, "Other", node_groups=groups(), launcher=MAIN)
    assert len(reads_of(stack, "ClusterSolveExecutionRole")) == 2
    assert len(reads_of(stack, SHARED)) == 1


def test_a_definition_outside_a_cluster_has_a_secret_of_its_own() -> None:
    stack = new_stack()
    add_definition(stack, "First", node_groups=groups(), launcher=MAIN)
    add_definition(stack, "Second", node_groups=groups(), launcher=MAIN)
    Template.from_stack(stack).resource_count_is(SECRET, 2)
    for name in ("First", "Second"):
        (statement,) = reads_of(stack, f"{name}ExecutionRole")
        assert statement["Action"] == "secretsmanager:GetSecretValue"
        assert name in statement["Resource"]["Ref"]


def test_jobs_can_share_a_secret_of_the_user() -> None:
    stack = new_stack()
    own = secretsmanager.Secret(stack, "Own", encryption_key=kms.Key(stack, "Key"))
    add_job(add_cluster(stack), node_groups=groups(), launcher=Launcher(secret=own))
    Template.from_stack(stack).resource_count_is(SECRET, 1)
    (variable,) = first_container(stack)["Secrets"]
    assert "Own" in variable["ValueFrom"]["Ref"]
    key = properties_of(Template.from_stack(stack), "AWS::KMS::Key")["KeyPolicy"]
    assert "ClusterSolveExecutionRole" in str(key["Statement"])
    assert errors_of(stack) == []


@pytest.mark.parametrize("kind", ["a field of a secret", "a parameter"])
def test_the_secret_can_be_anything_that_a_container_can_have(kind: str) -> None:
    stack = new_stack()
    if kind == "a parameter":
        parameter = ssm.StringParameter.from_secure_string_parameter_attributes(
            stack, "Parameter", parameter_name="/mnp/secret"
        )
        own, action = batch.Secret.from_ssm_parameter(parameter), "ssm:GetParameters"
    else:
        secret = secretsmanager.Secret(stack, "Own")
        own = batch.Secret.from_secrets_manager(secret, "field")
        action = "secretsmanager:GetSecretValue"
    add_job(add_cluster(stack), node_groups=groups(), launcher=Launcher(secret=own))
    (variable,) = first_container(stack)["Secrets"]
    assert variable["ValueFrom"] == stack.resolve(own.arn)
    assert action in actions_of(stack, "ClusterSolveExecutionRole")


def test_an_execution_role_of_the_user_is_allowed_to_read_the_secret() -> None:
    stack = new_stack()
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    cluster = add_cluster(stack)
    add_job(cluster, node_groups=groups(), launcher=MAIN, execution_role=role)
    assert len(reads_of(stack, "Mine")) == 1
    assert SHARED not in str(Template.from_stack(stack).to_json())


def test_an_imported_execution_role_gets_a_policy_in_the_stack() -> None:
    stack = Stack(App(), "Platform")
    role = iam.Role.from_role_arn(stack, "Imported", "arn:aws:iam::123456789012:role/mine")
    add_job(add_cluster(stack), node_groups=groups(), launcher=MAIN, execution_role=role)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    (attached,) = (policy for policy in policies if policy["Properties"]["Roles"] == ["mine"])
    assert "secretsmanager:GetSecretValue" in str(attached)
