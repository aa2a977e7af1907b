"""Consumable resources, such as licenses, that a job or a node group needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk.interfaces.aws_batch import IConsumableResourceRef

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_token


def require_quantities(required: Mapping[IConsumableResourceRef, int]) -> None:
    """Check the quantities of consumable resources.

    Raises:
        ArgumentError: A quantity is less than 1.
    """
    for quantity in required.values():
        if not is_token(quantity) and quantity < 1:
            raise ArgumentError(
                f"consumable_resources has a quantity of {quantity}, but must have at least 1; "
                "leave the resource out if it is not needed"
            )


def consumable_resource_properties(
    required: Mapping[IConsumableResourceRef, int] | None,
) -> dict[str, Any] | None:
    """Return ConsumableResourceProperties in the API's spelling; ``None`` without resources.

    Source: Batch API, ConsumableResourceProperties.
    """
    if not required:
        return None
    return {
        "consumableResourceList": [
            {
                # CloudFormation accepts only ARNs.
                "consumableResource": resource.consumable_resource_ref.consumable_resource_arn,
                "quantity": quantity,
            }
            for resource, quantity in required.items()
        ]
    }
