"""Whether a request is one that AWS Batch takes, by itself: whatever exists or not."""

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
    """Refuse a request that is outside of a documented bound.

    Args:
        operation: Of the Batch API.
        parameters: Which the model of the API allows.

    Raises:
        ServiceError: With the first member that is wrong, its value and the bound.
    """
    shape = api_model.input_shape("batch", operation)
    for wrong in violations(shape, parameters, _BOUNDS, RULES):
        raise refused(wrong)
