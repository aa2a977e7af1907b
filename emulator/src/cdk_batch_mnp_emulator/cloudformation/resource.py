"""What provides the resources of a template."""

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
    """A resource cannot be created, changed or deleted; the stack fails with this message."""


@dataclass(frozen=True, slots=True)
class Provided:
    """A resource that exists.

    Attributes:
        physical_id: What ``Ref`` returns, and what the stack's list of resources shows.
        attributes: What ``Fn::GetAtt`` returns.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a resource is being provided.

    Attributes:
        type: Such as ``AWS::Batch::JobQueue``.
        logical_id: Its name in the template.
        stack_id: ARN of the stack.
        name: A name for it that no other resource has.
        region: Region of the stack.
        tags: Of the stack.
        endpoint: Whom to call.
    """

    type: str
    logical_id: str
    stack_id: str
    name: str
    region: str
    tags: Mapping[str, str]
    endpoint: Endpoint

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation of the embedded AWS, with properties as a template writes them.

        Raises:
            ProvisioningError: The API's model or the service refuses the request.
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
            raise ProvisioningError(error.response["Error"]["Message"]) from error
        except BotoCoreError as error:
            raise ProvisioningError(str(error)) from error
        return answer

    def tag_list(self, properties: Properties) -> list[dict[str, str]]:
        """Return the tags of a resource and of its stack, as most services take them."""
        own = properties.get("Tags", [])
        tags = dict(self.tags) | {each["Key"]: str(each["Value"]) for each in own}
        return [{"Key": key, "Value": value} for key, value in tags.items()]


class Provider(Protocol):
    """What can provide resources of a type."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the resource.

        Raises:
            ProvisioningError: It cannot be.
        """

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether a change needs a new resource in the place of the old one."""

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the resource in its place.

        Raises:
            ProvisioningError: It cannot be.
        """

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource.

        Raises:
            ProvisioningError: It cannot be.
        """


def without(properties: Properties, *names: str) -> dict[str, Any]:
    """Return properties without some of them."""
    return {key: value for key, value in properties.items() if key not in names}


def reset(old: Properties, new: Properties, defaults: Properties) -> dict[str, Any]:
    """Return the values of properties that leave the template, as the service sets them itself.

    An update only changes what it names, so a property that has left the template has to be named
    once more. The same is true when an update is undone.

    Args:
        old: Properties of the template before.
        new: Properties of the template.
        defaults: What a resource without the property has.
    """
    return {key: value for key, value in defaults.items() if key in old and key not in new}


def changed(old: Properties, new: Properties) -> set[str]:
    """Return the names of the properties that differ."""
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}
