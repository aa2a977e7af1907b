"""Stacks are created in order, changed in place or by replacement, rolled back, and deleted."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws
from templates import instance_role, network


def log_group(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


def parameter(value: object, **more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": value},
        **more,
    }


def days(aws: EmbeddedAws, name: str) -> object:
    (group,) = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return group.get("retentionInDays")


def test_resources_come_after_what_they_lean_on_and_go_before_it(aws: EmbeddedAws) -> None:
    group: dict[str, Any] = {"GroupDescription": "nodes", "VpcId": {"Ref": "Vpc"}}
    stack = aws.deploy(
        {
            "Last": parameter("x", DependsOn=["Group"]),
            "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group},
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        }
    )
    assert stack.order_of("CREATE_COMPLETE") == ["Vpc", "Group", "Last"]
    stack.delete()
    assert stack.order_of("DELETE_COMPLETE") == ["Last", "Group", "Vpc"]


def test_a_failure_takes_back_all_that_was_created(aws: EmbeddedAws) -> None:
    name = f"group-{uuid.uuid4().hex}"
    stack = aws.deploy(
        {
            "Good": log_group(LogGroupName=name),
            "Bad": {**log_group(LogGroupName=name), "DependsOn": "Good"},
        }
    )
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "already exists" in stack.failures["Bad"]
    assert stack.order_of("DELETE_COMPLETE") == ["Good"]
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)
    assert found["logGroups"] == []


def test_a_resource_changes_in_its_place(aws: EmbeddedAws) -> None:
    stack = aws.deploy({"Group": log_group(RetentionInDays=30)})
    before = stack.resources["Group"]
    assert days(aws, before) == 30
    stack.update({"Group": log_group(RetentionInDays="90")})
    assert stack.resources["Group"] == before
    assert days(aws, before) == 90


def test_a_resource_that_cannot_change_is_replaced_and_the_old_one_deleted(
    aws: EmbeddedAws,
) -> None:
    old, new = (f"group-{uuid.uuid4().hex}" for _ in range(2))
    stack = aws.deploy({"Group": log_group(LogGroupName=old)})
    stack.update({"Group": log_group(LogGroupName=new)})
    assert stack.resources == {"Group": new}
    logs = aws.client("logs")
    assert logs.describe_log_groups(logGroupNamePrefix=old)["logGroups"] == []
    assert len(logs.describe_log_groups(logGroupNamePrefix=new)["logGroups"]) == 1


def test_a_failed_update_is_undone(aws: EmbeddedAws) -> None:
    stack = aws.deploy({"Group": log_group(RetentionInDays=30), "Gone": parameter("kept")})
    before = stack.resources
    stack.update(
        {
            "Group": log_group(RetentionInDays=90),
            "New": parameter("new"),
            "Bad": {**log_group(RetentionInDays="soon"), "DependsOn": ["Group", "New"]},
        }
    )
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "retentionInDays" in stack.failures["Bad"]
    assert stack.resources == before
    assert days(aws, before["Group"]) == 30


def test_resources_that_leave_the_template_are_deleted_unless_retained(aws: EmbeddedAws) -> None:
    kept = {**log_group(), "DeletionPolicy": "Retain"}
    stack = aws.deploy({"Kept": kept, "Gone": log_group(), "Stays": parameter("x")})
    before = stack.resources
    stack.update({"Stays": parameter("x")})
    logs = aws.client("logs")
    assert logs.describe_log_groups(logGroupNamePrefix=before["Gone"])["logGroups"] == []
    assert len(logs.describe_log_groups(logGroupNamePrefix=before["Kept"])["logGroups"]) == 1
    assert set(stack.resources) == {"Stays"}


def test_an_update_without_a_change_is_refused(aws: EmbeddedAws) -> None:
    stack = aws.deploy({"Group": log_group()})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        stack.update({"Group": log_group()})


@pytest.mark.parametrize("type", ["AWS::EC2::CapacityReservation", "AWS::Batch::QuotaShare"])
def test_a_type_that_must_not_be_dropped_fails_the_stack(aws: EmbeddedAws, type: str) -> None:
    stack = aws.deploy({"Group": log_group(), "Missing": {"Type": type}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert stack.failures["Missing"] == f"the embedded AWS does not support {type}"


def test_a_type_that_nothing_provides_is_left_out_and_its_attributes_are_not_made_up(
    aws: EmbeddedAws,
) -> None:
    widget = {"Type": "AWS::Kendra::Index", "Properties": {}}
    assert aws.deploy({"Widget": widget}).status == "CREATE_COMPLETE"
    stack = aws.deploy(
        {"Widget": widget, "Group": log_group(LogGroupName={"Fn::GetAtt": "Widget.Arn"})}
    )
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "does not support AWS::Kendra::Index" in stack.failures["Group"]


def test_an_attribute_that_a_type_does_not_have_fails_the_stack(aws: EmbeddedAws) -> None:
    stack = aws.deploy({"Vpc": network()["Vpc"], "A": parameter({"Fn::GetAtt": "Vpc.Nonsense"})})
    assert "does not support attribute type Nonsense" in stack.failures["A"]


def test_a_required_property_that_is_missing_is_named(aws: EmbeddedAws) -> None:
    stack = aws.deploy({"Log": {"Type": "AWS::EC2::FlowLog", "Properties": {}}})
    assert stack.failures["Log"] == "#: required key [ResourceId] not found"
    assert stack.status == "ROLLBACK_COMPLETE"


def test_exports_are_imported_and_cannot_be_taken_from_their_importers(aws: EmbeddedAws) -> None:
    name = f"export-{uuid.uuid4().hex}"
    outputs = {"Vpc": {"Value": {"Ref": "Vpc"}, "Export": {"Name": name}}}
    exporter = aws.deploy({"Vpc": network()["Vpc"]}, Outputs=outputs)
    importer = aws.deploy(
        {"Copy": parameter({"Fn::ImportValue": name})},
        Outputs={"Copy": {"Value": {"Fn::GetAtt": ["Copy", "Value"]}}},
    )
    assert importer.outputs == {"Copy": exporter.resources["Vpc"]}
    cloudformation = aws.client("cloudformation")
    assert cloudformation.list_imports(ExportName=name)["Imports"] == [importer.name]
    exporter.delete()
    assert exporter.status == "DELETE_FAILED"
    assert f"in use by {importer.name}" in exporter.reasons
    importer.delete()
    exporter.delete()
    assert exporter.status == "DELETE_COMPLETE"


def test_a_resource_whose_condition_is_false_is_not_created(aws: EmbeddedAws) -> None:
    stack = aws.deploy(
        {"Yes": log_group(), "No": {**log_group(), "Condition": "Never"}},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
        Outputs={"No": {"Condition": "Never", "Value": {"Ref": "No"}}},
    )
    assert set(stack.resources) == {"Yes"}
    assert stack.described.get("Outputs", []) == []


def test_a_rule_of_the_template_is_enforced(aws: EmbeddedAws) -> None:
    wrong = {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "Version"}]}]}
    template: dict[str, Any] = {
        "Parameters": {"Version": {"Type": "String", "Default": "2"}},
        "Rules": {"R": {"Assertions": [{"Assert": wrong, "AssertDescription": "too old"}]}},
    }
    with pytest.raises(ClientError, match="too old"):
        aws.deploy({"Group": log_group()}, **template)
    template["Parameters"]["Version"]["Default"] = "3"
    assert aws.deploy({"Group": log_group()}, **template).status == "CREATE_COMPLETE"


def test_roles_need_the_capability(aws: EmbeddedAws) -> None:
    cloudformation = aws.client("cloudformation")
    with pytest.raises(ClientError, match="Requires capabilities") as refusal:
        cloudformation.create_stack(
            StackName=f"test-{uuid.uuid4().hex}",
            TemplateBody=json.dumps({"Resources": instance_role()}),
        )
    assert refusal.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"


def test_a_role_changes_its_policies_and_takes_them_along(aws: EmbeddedAws) -> None:
    def role(*policies: str, managed: list[str]) -> dict[str, Any]:
        resource = instance_role()["Role"]
        allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [allowed]}
        resource["Properties"] |= {
            "Policies": [{"PolicyName": each, "PolicyDocument": document} for each in policies],
            "ManagedPolicyArns": managed,
        }
        return {"Role": resource}

    ecs = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
    stack = aws.deploy(role("a", "b", managed=[ecs]))
    name, iam = stack.resources["Role"], aws.client("iam")
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["a", "b"]
    stack.update(role("b", "c", managed=[]))
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["b", "c"]
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    stack.delete()
    with pytest.raises(ClientError, match="not found"):
        iam.get_role(RoleName=name)


def test_the_outputs_of_a_nested_stack_can_be_read(aws: EmbeddedAws) -> None:
    s3, bucket = aws.client("s3"), f"templates-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    inner = {
        "Parameters": {"Days": {"Type": "Number"}},
        "Resources": {"Group": log_group(RetentionInDays={"Ref": "Days"})},
        "Outputs": {"Name": {"Value": {"Ref": "Group"}}},
    }
    s3.put_object(Bucket=bucket, Key="inner.json", Body=json.dumps(inner))
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": f"https://{bucket}.s3.us-east-1.amazonaws.com/inner.json",
            "Parameters": {"Days": 30},
        },
    }
    stack = aws.deploy(
        {"Inner": nested}, Outputs={"Name": {"Value": {"Fn::GetAtt": "Inner.Outputs.Name"}}}
    )
    assert stack.failures == {}
    assert days(aws, stack.outputs["Name"]) == 30
    name = stack.outputs["Name"]
    stack.delete()
    assert aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []


@pytest.mark.parametrize(
    "url",
    [
        "{endpoint}/{bucket}/a/template.json",
        "https://s3.us-east-1.amazonaws.com/{bucket}/a/template.json",
        "https://{bucket}.s3.us-east-1.amazonaws.com/a/template.json",
        "https://{bucket}.s3.amazonaws.com/a/template.json",
    ],
)
def test_a_published_template_is_found_by_every_kind_of_address(aws: EmbeddedAws, url: str) -> None:
    s3, bucket = aws.client("s3"), f"templates-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    body = json.dumps({"Resources": {"Group": log_group()}})
    s3.put_object(Bucket=bucket, Key="a/template.json", Body=body)
    name = f"test-{uuid.uuid4().hex}"
    aws.client("cloudformation").create_stack(
        StackName=name, TemplateURL=url.format(endpoint=aws.url, bucket=bucket)
    )
    found = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    assert found["StackStatus"] == "CREATE_COMPLETE"


def test_a_template_that_was_not_published_is_named(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"S3 error: .*nowhere/template.json"):
        aws.client("cloudformation").create_stack(
            StackName="lost", TemplateURL=f"{aws.url}/nowhere/template.json"
        )


def test_stacks_of_two_regions_do_not_meet(aws: EmbeddedAws) -> None:
    stack = aws.deploy({"Group": log_group()})
    with pytest.raises(ClientError, match="does not exist"):
        aws.client("cloudformation", "eu-west-1").describe_stacks(StackName=stack.name)


def test_a_change_set_says_what_it_would_do_and_is_executed_once(aws: EmbeddedAws) -> None:
    cloudformation = aws.client("cloudformation")
    stack = aws.deploy({"Kept": log_group(), "Changed": log_group(RetentionInDays=30)})
    wanted = {"Kept": log_group(), "Changed": log_group(RetentionInDays=90), "New": log_group()}
    named = {"StackName": stack.name, "ChangeSetName": "next"}
    cloudformation.create_change_set(**named, TemplateBody=json.dumps({"Resources": wanted}))
    described = cloudformation.describe_change_set(**named)
    changes = [each["ResourceChange"] for each in described["Changes"]]
    assert {each["LogicalResourceId"]: each["Action"] for each in changes} == {
        "Changed": "Modify",
        "New": "Add",
    }
    assert set(stack.resources) == {"Kept", "Changed"}
    cloudformation.execute_change_set(**named)
    assert set(stack.resources) == {"Kept", "Changed", "New"}
    with pytest.raises(ClientError, match="cannot be executed in its current status"):
        cloudformation.execute_change_set(**named)
    cloudformation.delete_change_set(**named)
    cloudformation.delete_change_set(**named)
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_change_set(**named)


def test_a_change_set_without_a_change_fails_in_the_words_that_the_cdk_knows(
    aws: EmbeddedAws,
) -> None:
    cloudformation = aws.client("cloudformation")
    stack = aws.deploy({"Group": log_group()})
    named = {"StackName": stack.name, "ChangeSetName": "same"}
    body = json.dumps({"Resources": {"Group": log_group()}})
    cloudformation.create_change_set(**named, TemplateBody=body)
    described = cloudformation.describe_change_set(**named)
    assert described["Status"] == "FAILED"
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")
