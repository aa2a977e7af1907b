"""AWS Batch as a service that answers requests."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp.local.batch.definitions import JobDefinitions
from cdk_batch_mnp.local.batch.environments import ComputeEnvironments
from cdk_batch_mnp.local.batch.jobs import Jobs
from cdk_batch_mnp.local.batch.queues import JobQueues
from cdk_batch_mnp.local.batch.scheduling_policies import SchedulingPolicies
from cdk_batch_mnp.local.batch.state import BatchState
from cdk_batch_mnp.local.batch.tags import Tags
from cdk_batch_mnp.local.batch.validation.request import check_request
from cdk_batch_mnp.local.endpoint import Endpoint
from cdk_batch_mnp.local.protocol import ApiService, Call, Handler


def batch_service(endpoint: Endpoint) -> ApiService:
    """Return AWS Batch, with nothing in it yet."""
    state = BatchState()
    parts = (
        ComputeEnvironments(state, endpoint),
        JobQueues(state),
        SchedulingPolicies(state),
        JobDefinitions(state),
        Jobs(state),
        Tags(state),
    )
    handlers = {
        name: _checked(state, name, handler)
        for part in parts
        for name, handler in part.handlers.items()
    }
    return ApiService("batch", handlers, refusal="ClientException", is_whole=True)


def _checked(state: BatchState, operation: str, handler: Handler) -> Handler:
    def answer(call: Call) -> Mapping[str, Any] | None:
        check_request(operation, call.parameters)
        with state.lock:
            # The answer is written after the lock is free, so it must not change any more.
            return copy.deepcopy(handler(call))

    return answer
