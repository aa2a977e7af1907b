"""The AWS Batch service."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Any

from werkzeug import Request, Response

from cdk_batch_mnp_emulator import api_model
from cdk_batch_mnp_emulator.batch.consumable_resources import ConsumableResources
from cdk_batch_mnp_emulator.batch.definitions import JobDefinitions
from cdk_batch_mnp_emulator.batch.environments import ComputeEnvironments
from cdk_batch_mnp_emulator.batch.execution import Execution, life_cycle_of
from cdk_batch_mnp_emulator.batch.jobs import Jobs
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import Observer
from cdk_batch_mnp_emulator.batch.queue_snapshots import QueueSnapshots
from cdk_batch_mnp_emulator.batch.queues import JobQueues
from cdk_batch_mnp_emulator.batch.scheduling_policies import SchedulingPolicies
from cdk_batch_mnp_emulator.batch.state import BatchState
from cdk_batch_mnp_emulator.batch.tags import Tags
from cdk_batch_mnp_emulator.batch.validation.request import check_request
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.json_body import json_body
from cdk_batch_mnp_emulator.protocol import ApiService, Call, Handler

_REFUSAL = "ClientException"
_log = logging.getLogger("cdk_batch_mnp_emulator")


def batch_service(
    state: BatchState, endpoint: Endpoint, execution: Execution, observer: Observer
) -> ApiService:
    """Return AWS Batch.

    Args:
        state: What exists in it.
        endpoint: Where the other services are asked.
        execution: How jobs run.
        observer: What is called about each job.
    """
    life_cycle = life_cycle_of(state, endpoint, execution, observer)
    parts = (
        ComputeEnvironments(state, endpoint, life_cycle),
        JobQueues(state, life_cycle),
        QueueSnapshots(state, life_cycle),
        SchedulingPolicies(state, life_cycle),
        ConsumableResources(state, life_cycle),
        JobDefinitions(state),
        Jobs(state, life_cycle),
        Tags(state),
    )
    handlers = {
        name: _checked(state, name, handler)
        for part in parts
        for name, handler in part.handlers.items()
    }
    return _Batch("batch", handlers, refusal=_REFUSAL, is_whole=True)


class _Batch(ApiService):
    def _read(self, request: Request, operation: str, url_params: dict[str, str]) -> dict[str, Any]:
        api_model.check_json(self.name, operation, request.get_data(), _REFUSAL)
        return super()._read(request, operation, url_params)

    def _write(self, operation: str, result: Mapping[str, Any]) -> Response:
        # The serializer of moto takes 20 ms for a page of 100 jobs.
        return Response(json_body(self.name, operation, result), mimetype="application/json")


def _checked(state: BatchState, operation: str, handler: Handler) -> Handler:
    def answer(call: Call) -> Mapping[str, Any] | None:
        check_request(operation, call.parameters)
        try:
            with state.lock:
                # The response is written after the lock is released, so it must be a copy.
                return copy.deepcopy(handler(call))
        except ServiceError:
            raise
        except Exception as error:
            message = (
                f"the embedded AWS failed at batch {operation}: {type(error).__name__}: {error}"
            )
            _log.error("%s", message)
            raise ServiceError("InternalFailure", message) from error

    return answer
