"""The handlers of custom resources run, and what they answer decides."""

from __future__ import annotations

from typing import Any

import pytest
import urllib3

from cloudformation.providers.neighbours.parts import arn, function, of, ref, role
from embedded import DeployedStack, EmbeddedAws
from templates import Resources

PYTHON = """
import json, urllib.request
def handler(event, context):
    own = event["ResourceProperties"]
    if own.get("Raise") == event["RequestType"]:
        raise RuntimeError("no way")
    response = {
        "Status": "FAILED" if own.get("Fail") == event["RequestType"] else "SUCCESS",
        "Reason": "the handler says so",
        "PhysicalResourceId": "id-" + own["Name"],
        "Data": {"Seen": json.dumps([event["RequestType"], own.get("Flag"),
                                     event.get("OldResourceProperties", {}).get("Name")])},
    }
    print(event["RequestType"], event.get("PhysicalResourceId"))
    body = json.dumps(response).encode()
    request = urllib.request.Request(event["ResponseURL"], body, method="PUT")
    urllib.request.urlopen(request)
"""

INLINE_PYTHON = """
import cfnresponse
def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Seen": "python"}, "own")
"""

INLINE_JS = """
const response = require("cfn-response");
exports.handler = (event, context) => {
  response.send(event, context, response.SUCCESS, { Seen: "js" }, "own");
};
"""


def resources(handler: str = PYTHON, runtime: str = "python3.12", **properties: Any) -> Resources:
    own = function(handler)
    own["Properties"] |= {"Runtime": runtime, "Timeout": 60}
    token = {"ServiceToken": arn("Function")}
    return {
        "Role": role(),
        "Function": own,
        "Thing": of("Custom::Thing", **token, **{"Name": "a", **properties}),
    }


SEEN = {"Seen": {"Value": {"Fn::GetAtt": ["Thing", "Seen"]}}, "Id": {"Value": ref("Thing")}}


def log_of(aws: EmbeddedAws, stack: DeployedStack) -> list[str]:
    """What the handler printed."""
    group = f"/aws/lambda/{stack.resources['Function']}"
    events = aws.client("logs").filter_log_events(logGroupName=group)["events"]
    lines = [each["message"] for each in events]
    return [line for line in lines if line.startswith(("Create", "Update", "Delete"))]


def test_a_resource_is_created_updated_replaced_and_deleted(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources(Flag=True), Outputs=SEEN)
    assert stack.failures == {}
    assert stack.outputs == {"Seen": '["Create", "true", null]', "Id": "id-a"}
    stack.update(resources(Flag=3), Outputs=SEEN)
    assert stack.outputs == {"Seen": '["Update", "3", "a"]', "Id": "id-a"}
    stack.update(resources(Name="b"), Outputs=SEEN)
    assert stack.outputs["Id"] == "id-b"
    # The answer to an update named another resource, so the old one is deleted.
    assert log_of(aws, stack) == ["Create None", "Update id-a", "Update id-a", "Delete id-a"]
    logs, group = aws.client("logs"), f"/aws/lambda/{stack.resources['Function']}"
    stack.delete()
    assert stack.status == "DELETE_COMPLETE"
    events = logs.filter_log_events(logGroupName=group)["events"]
    assert any(each["message"] == "Delete id-b" for each in events)


def test_a_rollback_updates_the_resource_back(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources(), Outputs=SEEN)
    bad = {**of("AWS::SSM::Parameter", Type="Nonsense", Value="x"), "DependsOn": "Thing"}
    stack.update({**resources(Name="b"), "Bad": bad}, Outputs=SEEN)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources["Thing"] == "id-a"
    assert log_of(aws, stack)[1:] == ["Update id-a", "Update id-b", "Delete id-b"]


def test_a_handler_that_answers_failed_fails_the_stack_with_its_reason(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources(Fail="Create"))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert stack.failures["Thing"] == (
        "Received response status [FAILED] from custom resource: the handler says so"
    )


def test_a_handler_that_raises_fails_at_once_and_is_named(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources(Raise="Create"))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert (
        "failed (RuntimeError: no way); its output is in the log group" in (stack.failures["Thing"])
    )


def test_a_handler_that_never_answers_fails_after_its_service_timeout(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources("def handler(event, context): pass", ServiceTimeout=1))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "did not receive a response from your Custom Resource" in stack.failures["Thing"]


def test_a_deletion_that_fails_keeps_the_resource(aws: EmbeddedAws) -> None:
    stack = aws.deploy(resources(Fail="Delete"))
    stack.delete()
    assert stack.status == "DELETE_FAILED"
    assert "Thing" in stack.resources


def test_a_resource_without_a_service_token_is_rejected(aws: EmbeddedAws) -> None:
    stack = aws.deploy({"Thing": of("AWS::CloudFormation::CustomResource", Name="a")})
    assert stack.failures["Thing"] == "#: required key [ServiceToken] not found"


@pytest.mark.parametrize(
    ("code", "runtime", "seen"),
    [
        pytest.param(INLINE_PYTHON, "python3.12", "python", id="python"),
        pytest.param(INLINE_JS, "nodejs22.x", "js", id="nodejs"),
    ],
)
def test_inline_code_has_the_module_of_cloudformation(
    aws: EmbeddedAws, code: str, runtime: str, seen: str
) -> None:
    stack = aws.deploy(resources(code, runtime), Outputs=SEEN)
    assert stack.failures == {}
    assert stack.outputs == {"Seen": seen, "Id": "own"}


def test_a_topic_can_stand_before_the_handler(aws: EmbeddedAws) -> None:
    code = PYTHON.replace(
        "    own =", "    event = json.loads(event['Records'][0]['Sns']['Message'])\n    own ="
    )
    own = resources(code)
    own["Topic"] = of("AWS::SNS::Topic")
    own["Subscription"] = of(
        "AWS::SNS::Subscription",
        TopicArn=ref("Topic"),
        Protocol="lambda",
        Endpoint=arn("Function"),
    )
    own["Thing"]["Properties"]["ServiceToken"] = ref("Topic")
    own["Thing"]["DependsOn"] = "Subscription"
    stack = aws.deploy(own, Outputs=SEEN)
    assert stack.failures == {}
    assert stack.outputs["Id"] == "id-a"


def test_only_a_handler_that_was_asked_puts_a_response(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    url = s3.generate_presigned_url(
        "put_object", Params={"Bucket": "cloudformation-custom-resource-response", "Key": "other"}
    )
    assert urllib3.request("PUT", url, body="{}").status == 403
