"""Secrets of containers."""

from __future__ import annotations

from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from tests.cdk.apps import (
    actions_of,
    add_definition,
    first_container,
    main_and_workers,
    new_stack,
)


def test_secrets_come_from_secrets_manager_and_systems_manager() -> None:
    stack = new_stack()
    licence = secretsmanager.Secret(stack, "Licence")
    token = ssm.StringParameter.from_secure_string_parameter_attributes(
        stack, "Token", parameter_name="/hpc/token"
    )
    groups = main_and_workers(
        secrets={
            "LICENCE": batch.Secret.from_secrets_manager(licence, "key"),
            "TOKEN": batch.Secret.from_ssm_parameter(token),
            "OTHER": ecs.Secret.from_secrets_manager(licence),
        }
    )
    add_definition(stack, node_groups=groups)
    secrets = {each["Name"]: each["ValueFrom"] for each in first_container(stack)["Secrets"]}
    (secret,) = Template.from_stack(stack).find_resources("AWS::SecretsManager::Secret")
    assert secrets["LICENCE"] == {"Fn::Join": ["", [{"Ref": secret}, ":key::"]]}
    assert secrets["OTHER"] == {"Ref": secret}
    assert "/hpc/token" in str(secrets["TOKEN"]) or "hpc/token" in str(secrets["TOKEN"])
    allowed = actions_of(stack, "SolveExecutionRole")
    assert {"secretsmanager:GetSecretValue", "ssm:GetParameters"} < allowed
    assert "secretsmanager:GetSecretValue" not in actions_of(stack, "SolveJobRole")
