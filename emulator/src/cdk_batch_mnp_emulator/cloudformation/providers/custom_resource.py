"""Custom resources, which a Lambda function or the subscriber of a topic provides."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    ProvisioningError,
    without,
)
from cdk_batch_mnp_emulator.cloudformation.responses import Responses

_PATIENCE_SECONDS = 120
"""For a response after the function has returned, unless ServiceTimeout says another time.

On AWS it is an hour.
"""


class CustomResource:
    """Provides AWS::CloudFormation::CustomResource and all types that begin with ``Custom::``.

    Args:
        responses: Where handlers put their responses.

    Source: CloudFormation user guide, "Custom resources".
    """

    def __init__(self, responses: Responses) -> None:
        self._responses = responses

    def create(self, context: Context, properties: Properties) -> Provided:
        """Ask the handler to create the resource."""
        response = self._ask(context, "Create", properties, {})
        try:
            return _provided(context, response)
        except ProvisioningError:
            # A handler is asked to remove what a failed creation left.
            if id := response.get("PhysicalResourceId"):
                with contextlib.suppress(ProvisioningError):
                    self._ask(context, "Delete", properties, {"PhysicalResourceId": id})
            raise

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether another handler provides it."""
        return bool(old["ServiceToken"] != new["ServiceToken"])

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Ask the handler to update the resource. Its answer may name a replacement."""
        before = {
            "PhysicalResourceId": provided.physical_id,
            "OldResourceProperties": _as_text(old),
        }
        updated = _provided(context, self._ask(context, "Update", new, before))
        if updated.physical_id == provided.physical_id:
            return updated
        return Provided(updated.physical_id, updated.attributes, is_replacement=True)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Ask the handler to delete the resource."""
        own = {"PhysicalResourceId": provided.physical_id}
        _provided(context, self._ask(context, "Delete", properties, own))

    def _ask(
        self, context: Context, verb: str, properties: Properties, more: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if not (token := properties.get("ServiceToken")):
            raise ProvisioningError("#: required key [ServiceToken] not found")
        path = self._responses.ask()
        request = {
            "RequestType": verb,
            "ServiceToken": token,
            "ResponseURL": context.endpoint.presigned("PUT", path, context.region),
            "StackId": context.stack_id,
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": context.logical_id,
            "ResourceType": context.type,
            "ResourceProperties": _as_text(properties),
            **more,
        }
        seconds = float(properties.get("ServiceTimeout", _PATIENCE_SECONDS))
        failure = _send(context, str(token), json.dumps(request))
        response = self._responses.wait(path, 0.0 if failure else seconds)
        if response is None:
            raise ProvisioningError(
                failure
                or "CloudFormation did not receive a response from your Custom Resource. Please "
                f"check your logs for requestId [{request['RequestId']}]. If you are using the "
                "Python cfn-response module, you may need to update your Lambda function code so "
                "that CloudFormation can attach the updated version."
            )
        return response


def _send(context: Context, token: str, request: str) -> str:
    """Send a request, and return why the function that got it failed, if it did."""
    service, name = token.split(":")[2], token.split(":")[-1]
    if service == "sns":
        context.call("sns", "Publish", TopicArn=token, Message=request)
        return ""
    answer = context.call("lambda", "Invoke", FunctionName=token, Payload=request.encode())
    if "FunctionError" not in answer:
        return ""
    error = json.loads(answer["Payload"].read())
    said = f"{error.get('errorType', 'Error')}: {error.get('errorMessage', '')}"
    return f"the function {name} failed ({said}); its output is in the log group /aws/lambda/{name}"


def _provided(context: Context, response: Mapping[str, Any]) -> Provided:
    if response.get("Status") != "SUCCESS":
        reason = response.get("Reason", "no reason was given")
        raise ProvisioningError(f"Received response status [FAILED] from custom resource: {reason}")
    return Provided(
        str(response.get("PhysicalResourceId") or context.name), dict(response.get("Data") or {})
    )


def _as_text(value: Any) -> Any:
    """Return properties as handlers get them: numbers and booleans are text."""
    if isinstance(value, Mapping):
        return {key: _as_text(each) for key, each in without(value, "ServiceTimeout").items()}
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
