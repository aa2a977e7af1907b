"""Validate a request on its own, regardless of existing resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator import api_model
from cdk_batch_mnp_emulator.batch.state import refused
from cdk_batch_mnp_emulator.batch.validation import job_bounds, request_bounds
from cdk_batch_mnp_emulator.batch.validation.bounds import violations
from cdk_batch_mnp_emulator.batch.validation.structures import RULES

_BOUNDS = {**request_bounds.BOUNDS, **job_bounds.BOUNDS}


def check_request(operation: str, parameters: Mapping[str, Any]) -> None:
    """Reject a request that violates a documented limit.

    Args:
        operation: Operation of the Batch API.
        parameters: Parameters, which match the API model.

    Raises:
        ServiceError: With the first invalid member, its value and the limit.
    """
    shape = api_model.input_shape("batch", operation)
    for wrong in violations(shape, parameters, _BOUNDS, RULES):
        raise refused(wrong)
