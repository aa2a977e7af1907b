"""AWS Batch as a service that answers requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp.local.batch.definitions import JobDefinitions
from cdk_batch_mnp.local.batch.environments import ComputeEnvironments
from cdk_batch_mnp.local.batch.jobs import Jobs
from cdk_batch_mnp.local.batch.queues import JobQueues, SchedulingPolicies
from cdk_batch_mnp.local.batch.state import BatchState, Description, refused
from cdk_batch_mnp.local.endpoint import Endpoint
from cdk_batch_mnp.local.protocol import ApiService, Call


def batch_service(endpoint: Endpoint) -> ApiService:
    """Give AWS Batch, with nothing in it yet."""
    state = BatchState()
    parts = (
        ComputeEnvironments(state, endpoint),
        JobQueues(state),
        SchedulingPolicies(state),
        JobDefinitions(state),
        Jobs(state),
    )
    tags = _Tags(state)
    handlers = {name: handler for part in parts for name, handler in part.handlers.items()}
    handlers |= {
        "TagResource": tags.add,
        "UntagResource": tags.remove,
        "ListTagsForResource": tags.list,
    }
    return ApiService("batch", handlers, refusal="ClientException", is_whole=True)


class _Tags:
    def __init__(self, state: BatchState) -> None:
        self._state = state

    def add(self, call: Call) -> None:
        resource = self._find(call)
        resource["tags"] = {**resource["tags"], **call.parameters["tags"]}

    def remove(self, call: Call) -> None:
        resource = self._find(call)
        gone = call.parameters["tagKeys"]
        resource["tags"] = {key: each for key, each in resource["tags"].items() if key not in gone}

    def list(self, call: Call) -> Mapping[str, Any]:
        return {"tags": self._find(call)["tags"]}

    def _find(self, call: Call) -> Description:
        arn = call.parameters["resourceArn"]
        region = self._state.of(call.region)
        definitions = (each for revisions in region.definitions.values() for each in revisions)
        for key, resources in (
            ("computeEnvironmentArn", region.environments.values()),
            ("jobQueueArn", region.queues.values()),
            ("jobDefinitionArn", definitions),
            ("arn", region.policies.values()),
            ("jobArn", region.jobs.values()),
        ):
            for each in resources:
                if each[key] == arn:
                    return each
        raise refused(f"{arn} does not exist")
