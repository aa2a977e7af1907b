"""Keys of one's own for root volumes and logs, and who may use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    new_stack,
    properties_of,
)
from tests.linting import schema_errors

IMPORTED = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"


def import_key(stack: Stack) -> kms.IKey:
    return kms.Key.from_key_arn(stack, "Imported", IMPORTED)


def statements(template: Template) -> Sequence[dict[str, Any]]:
    """What the policy of the only key allows beyond the account itself."""
    policy = properties_of(template, "AWS::KMS::Key")["KeyPolicy"]
    return [each for each in policy["Statement"] if each["Action"] != "kms:*"]


def root_volume(template: Template) -> dict[str, Any]:
    data = properties_of(template, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    (device,) = data["BlockDeviceMappings"]
    return dict(device["Ebs"])


def test_auto_scaling_may_launch_nodes_whose_root_volume_has_the_key() -> None:
    stack = new_stack()
    key = kms.Key(stack, "Key")
    add_job(add_cluster(stack, root_volume_encryption_key=key))
    template = Template.from_stack(stack)
    (id,) = template.find_resources("AWS::KMS::Key")
    assert root_volume(template)["KmsKeyId"] == {"Fn::GetAtt": [id, "Arn"]}
    assert root_volume(template)["Encrypted"] is True
    use, grant = statements(template)
    for statement in (use, grant):
        assert "AWSServiceRoleForAutoScaling" in str(statement["Principal"]["AWS"])
        assert statement["Effect"] == "Allow"
    assert use["Action"] == [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:DescribeKey",
    ]
    assert grant["Action"] == "kms:CreateGrant"
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_two_clusters_of_one_key_allow_the_same_once() -> None:
    stack = new_stack()
    key = kms.Key(stack, "Key")
    for name in ("One", "Two"):
        add_cluster(stack, name, root_volume_encryption_key=key, log_encryption_key=key)
    assert len(statements(Template.from_stack(stack))) == 3


def test_cloudwatch_logs_may_encrypt_log_groups_of_the_account_with_the_key() -> None:
    stack = new_stack()
    key = kms.Key(stack, "Key")
    add_job(add_cluster(stack, log_encryption_key=key))
    template = Template.from_stack(stack)
    (id,) = template.find_resources("AWS::KMS::Key")
    group = properties_of(template, "AWS::Logs::LogGroup")
    assert group["KmsKeyId"] == {"Fn::GetAtt": [id, "Arn"]}
    assert group["RetentionInDays"] == 30
    (use,) = statements(template)
    region = {"Ref": "AWS::Region"}
    assert use["Principal"] == {"Service": {"Fn::Join": ["", ["logs.", region, ".amazonaws.com"]]}}
    (arn,) = use["Condition"]["ArnLike"].values()
    assert arn["Fn::Join"][1][-1] == ":log-group:*"
    assert list(use["Condition"]["ArnLike"]) == ["kms:EncryptionContext:aws:logs:arn"]


def test_a_definition_alone_encrypts_its_log_group() -> None:
    stack = new_stack()
    add_definition(stack, log_encryption_key=kms.Key(stack, "Key"))
    template = Template.from_stack(stack)
    assert "KmsKeyId" in properties_of(template, "AWS::Logs::LogGroup")
    assert len(statements(template)) == 1


def test_a_key_of_another_stack_makes_no_cycle() -> None:
    app = App()
    keys = new_stack("Keys", app)
    key = kms.Key(keys, "Key")
    jobs = new_stack("Jobs", app)
    cluster = add_cluster(jobs, root_volume_encryption_key=key, log_encryption_key=key)
    add_job(cluster)
    assembly = app.synth()
    needed = [dependency.id for dependency in assembly.get_stack_by_name("Keys").dependencies]
    assert not any(each.startswith("Jobs") for each in needed)


def test_an_imported_key_keeps_its_policy() -> None:
    stack = new_stack()
    key = import_key(stack)
    add_job(add_cluster(stack, root_volume_encryption_key=key, log_encryption_key=key))
    template = Template.from_stack(stack)
    assert root_volume(template)["KmsKeyId"] == IMPORTED
    assert properties_of(template, "AWS::Logs::LogGroup")["KmsKeyId"] == IMPORTED
    assert template.find_resources("AWS::KMS::Key") == {}


def test_without_a_key_aws_chooses() -> None:
    stack = new_stack()
    add_job(add_cluster(stack))
    template = Template.from_stack(stack)
    assert "KmsKeyId" not in root_volume(template)
    assert "KmsKeyId" not in properties_of(template, "AWS::Logs::LogGroup")


def test_a_key_for_the_log_group_of_a_definition_that_is_not_created_is_refused() -> None:
    stack = new_stack()
    group = logs.LogGroup(stack, "Group")
    with pytest.raises(ValueError, match=r"^Platform/Solve: log_encryption_key "):
        add_definition(stack, log_group=group, log_encryption_key=import_key(stack))


def test_templates_with_keys_keep_to_the_schemas_of_cloudformation() -> None:
    stack = new_stack()
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    add_job(add_cluster(stack, root_volume_encryption_key=key, log_encryption_key=key))
    assert schema_errors(Template.from_stack(stack).to_json()) == []


def test_what_is_not_a_key_is_refused() -> None:
    wrong: Any = IMPORTED
    with pytest.raises(TypeError, match=r"must be a kms\.IKey, got .*; use kms\.Key\.from_key_arn"):
        add_cluster(new_stack(), root_volume_encryption_key=wrong)
