"""What CloudFormation accepts is accepted."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws
from templates import GROUP, group, named

ACCEPTED: dict[str, dict[str, Any]] = {
    "all functions": {
        "Parameters": {"P": {"Type": "CommaDelimitedList", "Default": "a,b"}},
        "Mappings": {"M": {"us-east-1": {"a-b.c": "x"}}},
        "Conditions": {
            "Yes": {"Fn::And": [{"Fn::Equals": ["a", "a"]}, {"Fn::Not": [{"Condition": "No"}]}]},
            "No": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}] * 2},
        },
        **named(
            {
                "Fn::Join": [
                    "-",
                    [
                        {"Fn::Select": [0, {"Ref": "P"}]},
                        {"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]},
                        {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "a-b.c"]},
                        {"Fn::Sub": ["${own}-${AWS::StackName}", {"own": "x"}]},
                        {"Fn::If": ["Yes", "x", {"Ref": "AWS::NoValue"}]},
                    ],
                ]
            }
        ),
    },
    "a literal that looks like a reference": {
        "Resources": {
            "A": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", "Value": {"Fn::Sub": "${!NotThere}"}},
            }
        }
    },
    "a circle that the conditions open": {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "A": group({"Fn::If": ["Never", {"Ref": "B"}, "a"]}),
            "B": {**GROUP, "DependsOn": "A"},
        },
    },
    "DependsOn of a resource that the conditions leave out": {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"A": {**GROUP, "DependsOn": ["B"]}, "B": group(Condition="Never")},
    },
    "a policy's own Condition": {
        "Resources": {
            "A": {
                "Type": "AWS::Logs::LogGroup",
                "Metadata": {"Condition": "x", "Statement": {"Condition": {"Bool": {"a": "b"}}}},
            }
        }
    },
    "a custom resource with its version": {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "A": GROUP,
            "B": {"Type": "Custom::Thing", "Version": "1.0", "Condition": "Never"},
        },
    },
    "500 resources in 51,200 bytes": {
        "Resources": {f"A{each}": {"Type": "AWS::CDK::Metadata"} for each in range(500)}
    },
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_cloudformation_takes_is_taken(aws: EmbeddedAws, case: str) -> None:
    name = f"test-{uuid.uuid4().hex}"
    text = json.dumps(ACCEPTED[case])
    cloudformation = aws.client("cloudformation")
    cloudformation.validate_template(TemplateBody=text)
    cloudformation.create_stack(StackName=name, TemplateBody=text.ljust(51_200))
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    cloudformation.delete_stack(StackName=name)


def test_a_published_template_may_be_longer_but_not_of_any_length(aws: EmbeddedAws) -> None:
    s3, bucket = aws.client("s3"), f"templates-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    cloudformation = aws.client("cloudformation")
    for length, is_taken in ((1_000_000, True), (1_000_001, False)):
        s3.put_object(Bucket=bucket, Key="t", Body=json.dumps(named("x")).ljust(length))
        url = f"{aws.url}/{bucket}/t"
        if is_taken:
            cloudformation.validate_template(TemplateURL=url)
        else:
            with pytest.raises(ClientError, match="may not exceed 1000000 bytes in size"):
                cloudformation.validate_template(TemplateURL=url)
