"""Resources of a template, and the interface of their providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from cdk_batch_mnp_emulator import api_model
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.errors import ServiceError

Properties = Mapping[str, Any]


class ProvisioningError(Exception):
    """A resource cannot be created, updated or deleted. The stack fails with this message."""


@dataclass(frozen=True, slots=True)
class Provided:
    """A resource that exists.

    Attributes:
        physical_id: The value of ``Ref``, and the physical ID in the stack's list of resources.
        attributes: The values of ``Fn::GetAtt``.
        is_replacement: Whether an update created it, so that the old one is deleted afterwards.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_replacement: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a resource that is being created, updated or deleted.

    Attributes:
        type: Resource type, such as ``AWS::Batch::JobQueue``.
        logical_id: Logical ID in the template.
        stack_id: ARN of the stack.
        name: A unique generated name.
        region: Region of the stack.
        tags: Tags of the stack.
        endpoint: Endpoint to call.
        path: Construct path, if the CDK wrote one, else the logical ID.
    """

    type: str
    logical_id: str
    stack_id: str
    name: str
    region: str
    tags: Mapping[str, str]
    endpoint: Endpoint
    path: str = ""

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call an operation of the embedded AWS, with properties in CloudFormation's spelling.

        Raises:
            ProvisioningError: The request does not match the API model, or the service rejects it.
        """
        shape = api_model.service_model(service).operation_model(operation).input_shape
        request = api_model.request_from_properties(shape, parameters) if shape else {}
        try:
            if shape:
                api_model.check(service, operation, request, "InvalidRequest")
            client = self.endpoint.client(service, self.region)
            method = client.meta.method_to_api_mapping
            name = next(own for own, api in method.items() if api == operation)
            answer: dict[str, Any] = getattr(client, name)(**request)
        except ServiceError as error:
            raise ProvisioningError(error.message) from None
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "<html" in message:  # moto has no such path
                message = f"the embedded AWS does not support {service} {operation}"
            raise ProvisioningError(message) from error
        except BotoCoreError as error:
            raise ProvisioningError(str(error)) from error
        return answer

    def tag_list(self, properties: Properties) -> list[dict[str, str]]:
        """Return the tags of a resource and of its stack, in the format of most services."""
        own = properties.get("Tags", [])
        tags = dict(self.tags) | {each["Key"]: str(each["Value"]) for each in own}
        return [{"Key": key, "Value": value} for key, value in tags.items()]


class Provider(Protocol):
    """The provider of a resource type."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the resource.

        Raises:
            ProvisioningError: It fails.
        """

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether a change requires a replacement."""

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the resource in place.

        Raises:
            ProvisioningError: It fails.
        """

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource.

        Raises:
            ProvisioningError: It fails.
        """


def without(properties: Properties, *names: str) -> dict[str, Any]:
    """Return the properties except some."""
    return {key: value for key, value in properties.items() if key not in names}


def reset(old: Properties, new: Properties, defaults: Properties) -> dict[str, Any]:
    """Return the default values of properties that were removed from the template.

    An update only changes what it sets, so a removed property must be set to its default. The same
    applies to a rollback.

    Args:
        old: Properties in the old template.
        new: Properties in the new template.
        defaults: Values of a resource without the property.
    """
    return {key: value for key, value in defaults.items() if key in old and key not in new}


def changed(old: Properties, new: Properties) -> set[str]:
    """Return the names of the properties that differ."""
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}
