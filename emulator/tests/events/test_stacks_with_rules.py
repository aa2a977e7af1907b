"""Stacks with rules and their targets, as the CDK writes them, and the events of a job."""

from __future__ import annotations

import json
from typing import Any

from embedded import EmbeddedAws
from functions.python_function import zipped
from job_platform import JobPlatform, wait_for

HANDLER = """
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["INBOX"], MessageBody="function " + event["detail"]["status"])
"""
NODE_HANDLER = "exports.handler = async (event) => ({ status: event.detail.status });"


def lambda_role() -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy}}


def function(text: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Code": {"ZipFile": text},
            "Role": {"Fn::GetAtt": ["LambdaRole", "Arn"]},
            **properties,
        },
    }


def rule(*targets: dict[str, Any], status: str = "SUCCEEDED") -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": ["aws.batch"], "detail": {"status": [status]}},
            "State": "ENABLED",
            "Targets": [{"Id": f"Target{index}", **each} for index, each in enumerate(targets)],
        },
    }


def texts(aws: EmbeddedAws, url: str) -> list[str]:
    answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_a_rule_of_a_stack_reaches_a_queue_a_topic_a_function_and_a_state_machine(
    aws: EmbeddedAws,
) -> None:
    platform = JobPlatform(aws)
    text = {
        "InputPathsMap": {"job": "$.detail.jobName", "status": "$.detail.status"},
        "InputTemplate": '"topic: <job> is <status>"',
    }
    machine = {
        "StartAt": "Send",
        "States": {
            "Send": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {
                    "QueueUrl": "${Inbox}",
                    "MessageBody.$": "States.Format('machine {}', $.detail.status)",
                },
                "End": True,
            }
        },
    }
    stack = aws.deploy(
        {
            "LambdaRole": lambda_role(),
            "Inbox": {"Type": "AWS::SQS::Queue"},
            "Policy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Inbox"}], "PolicyDocument": {"Statement": []}},
            },
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "TopicArn": {"Ref": "Topic"},
                    "Protocol": "sqs",
                    "Endpoint": {"Fn::GetAtt": ["Inbox", "Arn"]},
                },
            },
            "Function": function(
                HANDLER, Environment={"Variables": {"INBOX": {"Ref": "Inbox"}}}, Timeout=30
            ),
            "Permission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
                    "Principal": "events.amazonaws.com",
                    "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
                },
            },
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionString": json.dumps(machine),
                    "DefinitionSubstitutions": {"Inbox": {"Ref": "Inbox"}},
                    "RoleArn": {"Fn::GetAtt": ["LambdaRole", "Arn"]},
                },
            },
            "Rule": rule(
                {"Arn": {"Fn::GetAtt": ["Inbox", "Arn"]}, "InputPath": "$.detail.status"},
                {"Arn": {"Ref": "Topic"}, "InputTransformer": text},
                {"Arn": {"Fn::GetAtt": ["Function", "Arn"]}},
                {
                    "Arn": {"Ref": "Machine"},
                    "RoleArn": {"Fn::GetAtt": ["LambdaRole", "Arn"]},
                },
            ),
        }
    )
    assert stack.status == "CREATE_COMPLETE", stack.failures
    platform.submit(platform.container_definition)
    url = stack.resources["Inbox"]
    found: list[str] = []

    def look() -> bool:
        found.extend(texts(aws, url))
        return len(found) >= 4

    wait_for(look)
    contents = sorted(json.loads(each)["Message"] if "TopicArn" in each else each for each in found)
    assert contents == [
        '"SUCCEEDED"',
        '"topic: job is SUCCEEDED"',
        "function SUCCEEDED",
        "machine SUCCEEDED",
    ]
    stack.delete()
    assert stack.status == "DELETE_COMPLETE", stack.failures
    platform.submit(platform.container_definition)


def test_a_function_and_a_state_machine_of_a_stack_are_changed_in_their_place(
    aws: EmbeddedAws,
) -> None:
    def resources(result: str, name: str) -> dict[str, Any]:
        state = {"Type": "Pass", "Result": {"is": result}, "End": True}
        return {
            "LambdaRole": lambda_role(),
            "Function": function(
                f"import os\ndef handler(e, c): return '{result}' + os.environ.get('NAME', '')",
                **({"Environment": {"Variables": {"NAME": name}}} if name else {}),
            ),
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "Definition": {"StartAt": "A", "States": {"A": state}},
                    "RoleArn": {"Fn::GetAtt": ["LambdaRole", "Arn"]},
                    "StateMachineType": "STANDARD",
                },
            },
        }

    stack = aws.deploy(resources("first", "-a"))
    assert stack.status == "CREATE_COMPLETE", stack.failures
    before = stack.resources
    assert _results(aws, before) == ("first-a", {"is": "first"})
    stack.update(resources("second", ""))
    assert stack.status == "UPDATE_COMPLETE", stack.failures
    assert stack.resources == before
    assert _results(aws, before) == ("second", {"is": "second"})


def test_a_version_an_alias_and_a_layer_of_a_function_run(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="layers-of-a-stack")
    layer = zipped({"python/from_layer.py": "VALUE = 5"})
    s3.put_object(Bucket="layers-of-a-stack", Key="layer.zip", Body=layer)
    text = "import from_layer\ndef handler(e, c): return [from_layer.VALUE, c.function_version]"
    stack = aws.deploy(
        {
            "LambdaRole": lambda_role(),
            "Layer": {
                "Type": "AWS::Lambda::LayerVersion",
                "Properties": {"Content": {"S3Bucket": "layers-of-a-stack", "S3Key": "layer.zip"}},
            },
            "Function": function(text, Layers=[{"Ref": "Layer"}]),
            "Version": {
                "Type": "AWS::Lambda::Version",
                "Properties": {"FunctionName": {"Ref": "Function"}},
            },
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "FunctionName": {"Ref": "Function"},
                    "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
                    "Name": "live",
                },
            },
        }
    )
    assert stack.status == "CREATE_COMPLETE", stack.failures
    for name, version in (("Function", "$LATEST"), ("Version", "1"), ("Alias", "1")):
        answer = aws.client("lambda").invoke(FunctionName=stack.resources[name])
        assert json.loads(answer["Payload"].read()) == [5, version]
    stack.delete()
    assert stack.status == "DELETE_COMPLETE", stack.failures


def test_an_archive_of_a_stack_keeps_events(aws: EmbeddedAws) -> None:
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    properties = {"SourceArn": bus, "EventPattern": {"source": ["kept"]}}
    stack = aws.deploy({"Archive": {"Type": "AWS::Events::Archive", "Properties": properties}})
    assert stack.status == "CREATE_COMPLETE", stack.failures
    events, name = aws.client("events"), stack.resources["Archive"]
    for source in ("other", "kept"):
        events.put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": "{}"}])
    assert wait_for(lambda: events.describe_archive(ArchiveName=name)["EventCount"]) == 1
    stack.delete()
    assert stack.status == "DELETE_COMPLETE", stack.failures


def test_inline_code_for_node_is_a_module_of_node(aws: EmbeddedAws) -> None:
    stack = aws.deploy(
        {"LambdaRole": lambda_role(), "Function": function(NODE_HANDLER, Runtime="nodejs22.x")}
    )
    assert stack.status == "CREATE_COMPLETE", stack.failures
    answer = aws.client("lambda").invoke(
        FunctionName=stack.resources["Function"],
        Payload=json.dumps({"detail": {"status": "FAILED"}}),
    )
    assert json.loads(answer["Payload"].read()) == {"status": "FAILED"}


def _results(aws: EmbeddedAws, resources: dict[str, str]) -> tuple[str, Any]:
    answer = aws.client("lambda").invoke(FunctionName=resources["Function"])
    machines = aws.client("stepfunctions")
    execution = machines.start_execution(stateMachineArn=resources["Machine"])["executionArn"]

    def output() -> str | None:
        found: str | None = machines.describe_execution(executionArn=execution).get("output")
        return found

    return json.loads(answer["Payload"].read()), json.loads(wait_for(output))


def test_a_rule_of_a_stack_is_changed_and_its_bus_can_be_its_own(aws: EmbeddedAws) -> None:
    def resources(kind: str) -> dict[str, Any]:
        return {
            "Inbox": {"Type": "AWS::SQS::Queue"},
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "own-bus"}},
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventBusName": {"Ref": "Bus"},
                    "EventPattern": {"source": ["mine"], "detail-type": [kind]},
                    "Targets": [
                        {
                            "Id": "inbox",
                            "Arn": {"Fn::GetAtt": ["Inbox", "Arn"]},
                            "InputPath": "$.detail-type",
                        }
                    ],
                },
            },
        }

    events = aws.client("events")
    stack = aws.deploy(resources("first"))
    assert stack.status == "CREATE_COMPLETE", stack.failures
    stack.update(resources("second"))
    assert stack.status == "UPDATE_COMPLETE", stack.failures
    for kind in ("first", "second"):
        entry = {"Source": "mine", "DetailType": kind, "Detail": "{}", "EventBusName": "own-bus"}
        events.put_events(Entries=[entry])
    assert wait_for(lambda: texts(aws, stack.resources["Inbox"])) == ['"second"']
    stack.delete()
    assert stack.status == "DELETE_COMPLETE", stack.failures
