"""The target state of a stack that a request asks for: its template, parameters and tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from cdk_batch_mnp_emulator.cloudformation import template as templates
from cdk_batch_mnp_emulator.cloudformation.intrinsics import Scope
from cdk_batch_mnp_emulator.cloudformation.parameters import resolve_parameters
from cdk_batch_mnp_emulator.cloudformation.plan import planned
from cdk_batch_mnp_emulator.cloudformation.stack import Stack
from cdk_batch_mnp_emulator.cloudformation.structure import Json, invalid
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.protocol import Call

_NAMED_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?")


@dataclass(frozen=True, slots=True)
class TargetState:
    """The target state of a stack.

    Attributes:
        body: The template's text.
        template: The parsed template.
        parameters: Values in the request.
        resolved: Values of all parameters.
        tags: Tags of the stack.
    """

    body: str
    template: Json
    parameters: dict[str, str]
    resolved: dict[str, Any]
    tags: dict[str, str]


class DesiredReader:
    """Reads the target state from requests.

    Args:
        endpoint: Endpoint of S3 and Systems Manager, for templates and parameters.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def read(self, call: Call, stack: Stack | None) -> TargetState:
        """Return the target state of a request.

        Args:
            call: A request to create or update a stack.
            stack: The existing stack, if any.

        Raises:
            ServiceError: The template or a parameter is missing or invalid.
        """
        body = self.body(call, stack)
        template = templates.parse(body)
        needed = needed_capability(template)
        # CAPABILITY_NAMED_IAM includes CAPABILITY_IAM.
        if needed and not {needed, "CAPABILITY_NAMED_IAM"} & set(call.get("Capabilities", [])):
            raise ServiceError(
                "InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]"
            )
        parameters = _given(call, stack)
        resolved = resolve_parameters(
            template, parameters, lambda name: self._read_ssm(name, call.region)
        )
        planned(self._scope(call, stack, template, resolved))
        tags = {each["Key"]: each["Value"] for each in call.get("Tags", [])}
        if "Tags" not in call.parameters and stack is not None:
            tags = stack.tags
        return TargetState(
            body=body, template=template, parameters=parameters, resolved=resolved, tags=tags
        )

    def _scope(
        self, call: Call, stack: Stack | None, template: Json, resolved: Mapping[str, Any]
    ) -> Scope:
        def of_resource(*names: str) -> Any:
            raise invalid(
                f"Template format error: Unresolved dependencies [{names[0]}]. Cannot reference "
                "resources in the Conditions block of the template"
            )

        name = call.get("StackName", "") if stack is None else stack.name
        return Scope(
            template=template,
            parameters=resolved,
            stack_id="" if stack is None else stack.id,
            stack_name=name,
            region=call.region,
            zones=lambda region: available_zones(self._endpoint, region),
            reference=of_resource,
            attribute=of_resource,
            import_value=of_resource,
        )

    def body(self, call: Call, stack: Stack | None) -> str:
        """Return the text of the template, from the request or from S3.

        Raises:
            ServiceError: It is not found.
        """
        if "TemplateBody" in call.parameters:
            text = str(call.parameters["TemplateBody"])
            templates.check_inline(text)
            return text
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
        try:
            return str(found["Body"].read().decode())
        except UnicodeDecodeError as error:
            raise invalid(f"Template format error: {error}") from None

    def _read_ssm(self, name: str, region: str) -> str:
        try:
            found = self._endpoint.client("ssm", region).get_parameter(Name=name)
        except ClientError:
            raise invalid(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from None
        return str(found["Parameter"]["Value"])


def available_zones(endpoint: Endpoint, region: str) -> list[str]:
    """Return the names of a Region's availability zones, in order."""
    found = endpoint.client("ec2", region).describe_availability_zones()
    return sorted(each["ZoneName"] for each in found["AvailabilityZones"])


def _given(call: Call, stack: Stack | None) -> dict[str, str]:
    before = {} if stack is None else stack.template.get("Parameters", {})
    parameters: dict[str, str] = {}
    seen: set[str] = set()
    for parameter in call.get("Parameters", []):
        key = parameter.get("ParameterKey", "")
        if key in seen:
            raise invalid(f"Parameter {key} is given more than once")
        seen.add(key)
        if not parameter.get("UsePreviousValue"):
            if "ParameterValue" in parameter:
                parameters[key] = parameter["ParameterValue"]
            continue
        if stack is None or key not in before:
            raise invalid(
                f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true "
                "for a parameter key not in the previous template"
            )
        if "ParameterValue" in parameter:
            raise invalid(
                f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true "
                "and a non-empty value for a parameter"
            )
        if key in stack.parameters:
            parameters[key] = stack.parameters[key]
    return parameters


def needed_capability(template: Mapping[str, Any]) -> str | None:
    """Return the capability that a template's roles need, if it has any."""
    iam = [each for each in template["Resources"].values() if each["Type"].startswith("AWS::IAM::")]
    names = ("RoleName", "InstanceProfileName", "ManagedPolicyName", "UserName", "GroupName")
    if any(name in resource.get("Properties", {}) for resource in iam for name in names):
        return "CAPABILITY_NAMED_IAM"
    return "CAPABILITY_IAM" if iam else None
