"""What a request wants a stack to become: its template, parameters and tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from cdk_batch_mnp.local.cloudformation import template as templates
from cdk_batch_mnp.local.cloudformation.stack import Stack
from cdk_batch_mnp.local.cloudformation.template import Json, invalid
from cdk_batch_mnp.local.endpoint import Endpoint
from cdk_batch_mnp.local.errors import ServiceError
from cdk_batch_mnp.local.protocol import Call

_NAMED_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?")


@dataclass(frozen=True, slots=True)
class Desired:
    """What a stack is to become.

    Attributes:
        body: The template's text.
        template: As parsed.
        parameters: Values that were given.
        resolved: Values of all parameters.
        tags: Of the stack.
    """

    body: str
    template: Json
    parameters: dict[str, str]
    resolved: dict[str, Any]
    tags: dict[str, str]


class DesiredReader:
    """Reads requests.

    Args:
        endpoint: Where published templates and stored parameters are.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def read(self, call: Call, stack: Stack | None) -> Desired:
        """Give what a request wants.

        Args:
            call: A request that creates or updates.
            stack: As it is, if it exists.

        Raises:
            ServiceError: The template or a parameter is missing or wrong.
        """
        body = self.body(call, stack)
        template = templates.parse(body)
        needed = needed_capability(template)
        # To name roles is more than to make them, so the greater capability is enough.
        if needed and not {needed, "CAPABILITY_NAMED_IAM"} & set(call.get("Capabilities", [])):
            raise ServiceError(
                "InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]"
            )
        before = stack.parameters if stack is not None else {}
        parameters = {}
        for each in call.get("Parameters", []):
            key = each["ParameterKey"]
            if not each.get("UsePreviousValue"):
                parameters[key] = each.get("ParameterValue", "")
            elif key in before:
                parameters[key] = before[key]
        tags = {each["Key"]: each["Value"] for each in call.get("Tags", [])}
        if "Tags" not in call.parameters and stack is not None:
            tags = stack.tags
        return Desired(
            body=body,
            template=template,
            parameters=parameters,
            resolved=templates.resolve_parameters(
                template, parameters, lambda name: self._read_ssm(name, call.region)
            ),
            tags=tags,
        )

    def body(self, call: Call, stack: Stack | None) -> str:
        """Give the text of the template, from wherever the request says.

        Raises:
            ServiceError: It is not there.
        """
        if "TemplateBody" in call.parameters:
            return str(call.parameters["TemplateBody"])
        if "TemplateURL" in call.parameters:
            return self._read_template(call.parameters["TemplateURL"], call.region)
        if call.get("UsePreviousTemplate") and stack is not None:
            return stack.body
        raise invalid("Either Template URL or Template Body must be specified.")

    def _read_template(self, url: str, region: str) -> str:
        parts = urlsplit(url)
        path = unquote(parts.path).lstrip("/")
        match = _NAMED_HOST.fullmatch(parts.hostname or "")
        bucket, _, key = (match["bucket"], "", path) if match else path.partition("/")
        try:
            found = self._endpoint.client("s3", region).get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise invalid(f"S3 error: {error.response['Error']['Message']} ({url})") from None
        return str(found["Body"].read().decode())

    def _read_ssm(self, name: str, region: str) -> str:
        try:
            found = self._endpoint.client("ssm", region).get_parameter(Name=name)
        except ClientError:
            raise invalid(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from None
        return str(found["Parameter"]["Value"])


def needed_capability(template: Mapping[str, Any]) -> str | None:
    """Give the capability that a template's roles need, if it has any."""
    iam = [each for each in template["Resources"].values() if each["Type"].startswith("AWS::IAM::")]
    names = ("RoleName", "InstanceProfileName", "ManagedPolicyName", "UserName", "GroupName")
    if any(name in each.get("Properties", {}) for each in iam for name in names):
        return "CAPABILITY_NAMED_IAM"
    return "CAPABILITY_IAM" if iam else None
