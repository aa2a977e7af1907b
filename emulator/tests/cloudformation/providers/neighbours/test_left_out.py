"""What is left out, or fails inside the embedded AWS, is said of its resource."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from cloudformation.providers.neighbours.parts import of, ref
from command_line import run
from embedded import EmbeddedAws

DEPLOY = """
import boto3, json, sys
template = json.loads(sys.argv[1])
stacks = boto3.client("cloudformation", region_name="us-east-1")
stacks.create_stack(StackName="own", TemplateBody=json.dumps(template))
template["Resources"]["More"] = {"Type": "AWS::SNS::Topic"}
stacks.update_stack(StackName="own", TemplateBody=json.dumps(template))
print(stacks.describe_stacks(StackName="own")["Stacks"][0]["StackStatus"])
"""


def test_each_resource_is_named_once_by_its_path_and_type() -> None:
    path = {"aws:cdk:path": "App/Analyzer/Resource"}
    resources = {
        "Analyzer": {**of("AWS::AccessAnalyzer::Analyzer", Type="ACCOUNT"), "Metadata": path},
        "Both": of("AWS::CloudWatch::CompositeAlarm", AlarmRule="FALSE"),
        "Bucket": of("AWS::S3::Bucket", MetricsConfigurations=[{"Id": "all"}]),
    }
    done = run(sys.executable, "-c", DEPLOY, json.dumps({"Resources": resources}))
    assert done.stdout.strip() == "UPDATE_COMPLETE"
    assert sorted(done.stderr.strip().splitlines()) == [
        "embedded AWS: App/Analyzer/Resource (AWS::AccessAnalyzer::Analyzer): the embedded AWS "
        "does not support this type; the resource is ignored",
        "embedded AWS: own/Both (AWS::CloudWatch::CompositeAlarm): the embedded AWS checks the "
        "properties of this type only; it has no PutCompositeAlarm",
        "embedded AWS: own/Bucket (AWS::S3::Bucket): the embedded AWS leaves out "
        "MetricsConfigurations",
    ]


def test_an_attribute_of_what_is_left_out_fails_the_resource_that_uses_it(
    aws: EmbeddedAws,
) -> None:
    analyzer = of("AWS::AccessAnalyzer::Analyzer", Type="ACCOUNT")
    topic = of("AWS::SNS::Topic", DisplayName={"Fn::GetAtt": ["Analyzer", "Arn"]})
    stack = aws.deploy({"Analyzer": analyzer, "Topic": topic})
    assert stack.failures["Topic"] == (
        "Analyzer: the embedded AWS does not support AWS::AccessAnalyzer::Analyzer, and the "
        "template uses its attribute Arn"
    )
    assert stack.status == "ROLLBACK_COMPLETE"


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(of("AWS::EMR::Cluster"), id="KeyError"),
        pytest.param(of("AWS::Route53::HostedZone"), id="required property"),
        pytest.param(of("AWS::Route53::RecordSet", Name="a."), id="no zone"),
        pytest.param(of("AWS::SageMaker::Endpoint", Tags=3), id="wrong type"),
        pytest.param(of("AWS::DynamoDB::Table", KeySchema=3), id="no list"),
        pytest.param(of("AWS::S3::Bucket", LifecycleConfiguration={"Rules": [3]}), id="no rule"),
        pytest.param(of("AWS::SQS::Queue", Tags=["a"]), id="no tag"),
    ],
)
def test_a_fault_is_one_of_its_resource_and_the_stack_is_rolled_back(
    aws: EmbeddedAws, resource: dict[str, Any]
) -> None:
    topic = of("AWS::SNS::Topic")
    stack = aws.deploy({"Topic": topic, "Own": {**resource, "DependsOn": "Topic"}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert set(stack.failures) == {"Own"}
    assert "Traceback" not in stack.failures["Own"]


def test_a_resource_that_fails_after_its_creation_is_not_left(aws: EmbeddedAws) -> None:
    user = of("AWS::IAM::User", UserName="half", Groups=["there-is-none"])
    stack = aws.deploy({"User": user})
    assert "there-is-none" in stack.failures["User"]
    names = [each["UserName"] for each in aws.client("iam").list_users()["Users"]]
    assert "half" not in names


def test_what_is_gone_already_counts_as_deleted(aws: EmbeddedAws) -> None:
    resources = {
        "Queue": of("AWS::SQS::Queue"),
        "Topic": of("AWS::SNS::Topic", DisplayName="gone"),
        "Table": of(
            "AWS::DynamoDB::Table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        ),
        "Bucket": of("AWS::S3::Bucket"),
        "User": of("AWS::IAM::User"),
    }
    stack = aws.deploy(resources)
    ids = stack.resources
    aws.client("sqs").delete_queue(QueueUrl=ids["Queue"])
    aws.client("dynamodb").delete_table(TableName=ids["Table"])
    aws.client("s3").delete_bucket(Bucket=ids["Bucket"])
    aws.client("iam").delete_user(UserName=ids["User"])
    stack.delete()
    assert stack.failures == {}
    assert stack.status == "DELETE_COMPLETE"


def test_a_bucket_with_objects_is_not_deleted(aws: EmbeddedAws) -> None:
    stack = aws.deploy(
        {"Bucket": of("AWS::S3::Bucket")}, Outputs={"Name": {"Value": ref("Bucket")}}
    )
    name = stack.outputs["Name"]
    aws.client("s3").put_object(Bucket=name, Key="kept", Body=b"x")
    stack.delete()
    assert stack.status == "DELETE_FAILED"
    assert "not empty" in stack.failures["Bucket"]
    aws.client("s3").delete_object(Bucket=name, Key="kept")
    stack.delete()
    assert stack.status == "DELETE_COMPLETE"
