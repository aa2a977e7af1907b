"""Makes moto's Step Functions run executions here, before its first request is answered."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from types import SimpleNamespace
from typing import Any, NoReturn

from moto.core.config import default_user_config
from werkzeug import Request, Response

from cdk_batch_mnp_emulator.access import Access


class StepFunctions:
    """Prepares moto's Step Functions; all operations are moto's.

    The parser of state machines takes a second to load, which servers without one do not spend.

    Args:
        access: The embedded AWS that executions call.
    """

    name = "states"

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._is_prepared = False

    def answer(self, request: Request, region: str) -> Response | None:
        """Return ``None``, since all requests are for moto."""
        with self._lock:
            if not self._is_prepared:
                _prepare(self._access)
                self._is_prepared = True
        return None


def _prepare(access: Access) -> None:
    from moto.stepfunctions.parser.asl.component.common.string import string_expression
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service,
        state_task_service_callback,
        state_task_service_factory,
    )
    from moto.stepfunctions.parser.asl.utils import boto_client
    from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    from cdk_batch_mnp_emulator.step_functions import names
    from cdk_batch_mnp_emulator.step_functions.batch_task import BatchTask

    # It logs every state that fails, with all of its syntax tree. The execution says why it failed.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    task = state_task_service.StateTaskService
    replaced: tuple[tuple[Any, str, Any], ...] = (
        # moto would call localhost with keys of its own.
        (boto_client, "boto3", SimpleNamespace(client=_Clients(access))),
        (task, "_normalise_parameters", names.to_request),
        (task, "_normalise_response", names.from_response),
        (state_task_service_factory, "StateTaskServiceBatch", BatchTask),
        (StepFunctionsParserBackend, "start_execution", _named(StepFunctionsParserBackend)),
        (
            BaseExecutionWorkerCommunication,
            "_reflect_execution_status",
            _with_json_output(BaseExecutionWorkerCommunication),
        ),
        (string_expression, "eval_jsonata_expression", _refuse_jsonata),
        (state_task_service_callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", POLL_SECONDS),
    )
    for module, name, ours in replaced:
        assert hasattr(module, name), f"moto has no {module.__name__}.{name}"  # noqa: S101
        setattr(module, name, ours)


def _refuse_jsonata(expression: str) -> NoReturn:
    """Fail the execution with a reason; moto's interpreter has no evaluator of JSONata."""
    raise NotImplementedError(
        "the embedded AWS does not evaluate JSONata, only JSONPath; what a state computes with "
        "JSONata can be tested with the TestState API in an account"
    )


def _with_json_output(communication: Any) -> Any:
    """Return the method that ends executions; moto leaves an output that is a text unquoted."""
    reflect = communication._reflect_execution_status

    def reflect_execution_status(self: Any) -> None:
        reflect(self)
        if self.execution.exec_status == "SUCCEEDED":
            self.execution.output = json.dumps(self.execution.output)

    return reflect_execution_status


def _named(backend: Any) -> Any:
    """Return the method that starts executions; moto gives all without a name the same one."""
    start = backend.start_execution

    def start_execution(
        self: Any, state_machine_arn: str, name: str | None = None, *rest: Any, **named: Any
    ) -> Any:
        return start(self, state_machine_arn, name or str(uuid.uuid4()), *rest, **named)

    return start_execution


POLL_SECONDS = 0.1
"""Between two looks at a job that an execution waits for."""


class _Clients:
    def __init__(self, access: Access) -> None:
        self._access = access

    def __call__(self, service_name: str, **arguments: Any) -> Any:
        import boto3

        create: Any = boto3.client
        return create(
            service_name,
            **arguments
            | {
                "endpoint_url": self._access.url,
                "aws_access_key_id": self._access.access_key_id,
                "aws_secret_access_key": self._access.secret_access_key,
            },
        )
