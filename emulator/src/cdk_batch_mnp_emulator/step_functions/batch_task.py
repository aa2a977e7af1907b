"""The integration of Step Functions with AWS Batch: ``batch:submitJob`` and ``.sync``.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html and
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_batch import (  # noqa: E501
    StateTaskServiceBatch,
)
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

from cdk_batch_mnp_emulator import api_model

SLOWEST_POLL_SECONDS = 1.0
"""Between two looks at a job that has run for a while."""

_SHARE = 0.05  # of the time that a job has taken so far
_STOPPED = "The Step Functions execution that waited for the job has ended"


class BatchTask(StateTaskServiceBatch):
    """Submits jobs of every kind, and ends a job whose execution no longer waits for it."""

    def _get_supported_parameters(self) -> set[str] | None:
        if self.resource.api_action.lower() != "submitjob":
            return None
        members = api_model.input_shape("batch", "SubmitJob").members
        return {f"{name[0].upper()}{name[1:]}" for name in members}

    def _before_eval_execution(
        self,
        env: Any,
        resource_runtime_part: Any,
        raw_parameters: dict[str, Any],
        state_credentials: Any,
    ) -> None:
        if self.resource.condition == ResourceCondition.Sync:
            client = boto_client_for(service="batch", region=resource_runtime_part.region)
            # Batch rejects container overrides for a job of several nodes.
            if _takes_container_overrides(client, raw_parameters):
                self._attach_aws_environment_variables(parameters=raw_parameters)
        super(StateTaskServiceBatch, self)._before_eval_execution(
            env=env,
            resource_runtime_part=resource_runtime_part,
            raw_parameters=raw_parameters,
            state_credentials=state_credentials,
        )

    def _normalise_parameters(
        self,
        parameters: dict[str, Any],
        boto_service_name: str | None = None,
        service_action_name: str | None = None,
    ) -> None:
        super()._normalise_parameters(parameters, boto_service_name, service_action_name)
        for name in ("parameters", "tags"):
            for key, value in (parameters.get(name) or {}).items():
                if not isinstance(value, str):
                    parameters[name][key] = json.dumps(value)

    def _build_sync_resolver(
        self,
        env: Any,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: Any,
    ) -> Callable[[], Any] | None:
        job = env.stack[-1]["JobId"]
        resolve = super()._build_sync_resolver(
            env, resource_runtime_part, normalised_parameters, state_credentials
        )
        return resolve and _Wait(resolve, job, resource_runtime_part.region)

    def _eval_sync(
        self,
        env: Any,
        sync_resolver: Callable[[], Any] | None,
        timeout_seconds: int | None,
        callback_endpoint: Any,
        heartbeat_endpoint: Any,
    ) -> Any:
        outcome = super()._eval_sync(
            env, sync_resolver, timeout_seconds, callback_endpoint, heartbeat_endpoint
        )
        # Anything but the detail of the job: the execution was stopped, or the state timed out.
        if not isinstance(outcome, dict) and isinstance(sync_resolver, _Wait):
            client: Any = boto_client_for(service="batch", region=sync_resolver.region)
            client.terminate_job(jobId=sync_resolver.job, reason=_STOPPED)
        return outcome


@dataclass(slots=True)
class _Wait:
    """Looks whether a job has ended, and returns its detail then.

    It is called ten times a second, and looks less often the longer it has waited, since hundreds
    of executions may wait at a time.
    """

    look: Callable[[], Any]
    job: str
    region: str
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    next_look: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.next_look = self.clock()

    def __call__(self) -> Any:
        now = self.clock()
        if now < self.next_look:
            return None
        self.next_look = now + min(SLOWEST_POLL_SECONDS, (now - self.began) * _SHARE)
        return self.look()


def _takes_container_overrides(client: Any, parameters: dict[str, Any]) -> bool:
    if {"NodeOverrides", "EcsPropertiesOverride"} & parameters.keys():
        return False
    name = parameters.get("JobDefinition", "")
    found: list[dict[str, Any]] = []
    try:
        if name.startswith("arn:") or ":" in name:
            found = client.describe_job_definitions(jobDefinitions=[name])["jobDefinitions"]
        else:
            found = client.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")[
                "jobDefinitions"
            ]
    except ClientError:
        pass  # the submission says what is wrong with it
    newest = max(found, key=lambda item: item["revision"], default={})
    return newest.get("type") == "container" and "containerProperties" in newest
