"""Nested stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    ProvisioningError,
)
from cdk_batch_mnp_emulator.cloudformation.stack import Stack
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.protocol import Call

_CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"]


class StackService(Protocol):
    """Deploys stacks and nested stacks."""

    def create_stack(self, call: Call) -> Mapping[str, Any]:
        """Create a stack."""

    def update_stack(self, call: Call) -> Mapping[str, Any]:
        """Update a stack."""

    def delete_stack(self, call: Call) -> None:
        """Delete a stack."""

    def stack(self, name_or_id: str, region: str) -> Stack:
        """Return a stack."""


class NestedStack:
    """Provides AWS::CloudFormation::Stack.

    Args:
        cloudformation: The CloudFormation service, called directly because it is deploying the
            parent stack.
    """

    def __init__(self, cloudformation: StackService) -> None:
        self._cloudformation = cloudformation

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the stack."""
        request = _request(context, properties)
        try:
            self._cloudformation.create_stack(Call(context.region, request))
        except ServiceError as error:
            raise ProvisioningError(error.message) from None
        return self._provided(context, context.name)

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """No change requires a replacement."""
        return False

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the stack."""
        request = _request(context, new) | {"StackName": provided.physical_id}
        try:
            self._cloudformation.update_stack(Call(context.region, request))
        except ServiceError as error:
            if "No updates" not in error.message:
                raise ProvisioningError(error.message) from None
        return self._provided(context, provided.physical_id)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the stack."""
        request = {"StackName": provided.physical_id}
        self._cloudformation.delete_stack(Call(context.region, request))
        if self._described(context, provided.physical_id)["StackStatus"] != "DELETE_COMPLETE":
            raise ProvisioningError(f"Embedded stack {provided.physical_id} was not deleted")

    def _described(self, context: Context, name: str) -> dict[str, Any]:
        return self._cloudformation.stack(name, context.region).describe()

    def _provided(self, context: Context, name: str) -> Provided:
        described = self._described(context, name)
        if described["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise ProvisioningError(
                f"Embedded stack {described['StackId']} was not successfully deployed: "
                f"{described['StackStatus']}"
            )
        outputs = {
            f"Outputs.{output['OutputKey']}": output["OutputValue"]
            for output in described["Outputs"]
        }
        return Provided(described["StackId"], outputs)


def _request(context: Context, properties: Properties) -> dict[str, Any]:
    return {
        "StackName": context.name,
        "TemplateURL": properties["TemplateURL"],
        "Capabilities": _CAPABILITIES,
        "Parameters": [
            {
                "ParameterKey": key,
                "ParameterValue": ",".join(value) if isinstance(value, list) else str(value),
            }
            for key, value in properties.get("Parameters", {}).items()
        ],
        "Tags": context.tag_list(properties),
    }
