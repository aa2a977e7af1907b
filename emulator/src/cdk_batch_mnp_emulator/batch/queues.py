"""Job queues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle
from cdk_batch_mnp_emulator.batch.paging import page
from cdk_batch_mnp_emulator.batch.state import BatchState, chosen, exists, find, refused
from cdk_batch_mnp_emulator.batch.validation.instance_types import architectures
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.batch.validation.structures import repeated
from cdk_batch_mnp_emulator.protocol import Call, Handler

_KIND = "job-queue"
_MOST_ENVIRONMENTS = 3


class JobQueues:
    """The operations on job queues.

    Args:
        state: Where they are kept.
        life_cycle: What runs the jobs in them.
    """

    def __init__(self, state: BatchState, life_cycle: LifeCycle) -> None:
        self._state = state
        self._life_cycle = life_cycle

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {
            "CreateJobQueue": self.create,
            "DescribeJobQueues": self.describe,
            "UpdateJobQueue": self.update,
            "DeleteJobQueue": self.delete,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """Create a queue, which is valid immediately.

        Source: Batch API, CreateJobQueue.
        """
        region = self._state.of(call.region)
        queues = region.queues
        name = call.parameters["jobQueueName"]
        if name in queues:
            raise exists("job queue", name)
        queue = {"state": "ENABLED", "tags": {}, "jobStateTimeLimitActions": [], **call.parameters}
        self._check(queue, call.region)
        queues[name] = queue | {
            "jobQueueArn": arn("batch", call.region, f"job-queue/{name}"),
            "status": "VALID",
            "statusReason": "JobQueue Healthy",
        }
        region.number(queues[name]["jobQueueArn"])
        return _named(queues[name])

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Return queues as they were created and updated, by page."""
        region = self._state.of(call.region)
        names = [own_resource(_KIND, call.region, each) for each in call.get("jobQueues", [])]
        found, more = page(
            call,
            "DescribeJobQueues",
            (
                ((region.numbers[queue["jobQueueArn"]],), queue)
                for queue in chosen(region.queues, names)
            ),
        )
        return {"jobQueues": found, **more}

    def update(self, call: Call) -> Mapping[str, Any]:
        """Update a queue.

        Source: Batch API, UpdateJobQueue.
        """
        queue = self._find(call)
        changes = {key: value for key, value in call.parameters.items() if key != "jobQueue"}
        changed = queue | changes
        if "schedulingPolicyArn" in changes and not (
            queue.get("schedulingPolicyArn") and changes["schedulingPolicyArn"]
        ):
            raise refused(
                "schedulingPolicyArn can replace the policy of a queue, and can neither be added "
                "to a queue without one nor be removed"
            )
        self._check(changed, call.region)
        queue.update(changed)
        self._life_cycle.queue_changed()
        return _named(queue)

    def delete(self, call: Call) -> None:
        """Delete a queue, which must be disabled, and end its jobs.

        Source: Batch API, DeleteJobQueue.
        """
        region = self._state.of(call.region)
        queue = self._find(call)
        if queue["state"] != "DISABLED":
            raise refused("Cannot delete, state is not DISABLED")
        for job in region.jobs.values():
            if job["jobQueue"] == queue["jobQueueArn"]:
                self._life_cycle.terminated(call.region, job, "Job queue deleted")
        del region.queues[queue["jobQueueName"]]

    def _find(self, call: Call) -> dict[str, Any]:
        name = own_resource(_KIND, call.region, call.parameters["jobQueue"])
        return find(self._state.of(call.region).queues, "Job queue", name)

    def _check(self, queue: dict[str, Any], region: str) -> None:
        order: Sequence[Mapping[str, Any]] = queue.get("computeEnvironmentOrder", [])
        if service := queue.get("serviceEnvironmentOrder"):
            raise refused(
                f"serviceEnvironmentOrder names {service[0]['serviceEnvironment']}, and there is "
                "no such service environment"
            )
        if not 1 <= len(order) <= _MOST_ENVIRONMENTS:
            raise refused(
                f"computeEnvironmentOrder takes 1 to 3 compute environments, not {len(order)}"
            )
        if len({each["order"] for each in order}) < len(order):
            raise refused("Each compute environment of a queue needs an order of its own")
        environments = self._state.of(region).environments
        found = [
            find(
                environments,
                "Compute environment",
                own_resource("compute-environment", region, ordered["computeEnvironment"]),
            )
            for ordered in order
        ]
        for wrong in _mixed(queue, found):
            raise refused(wrong)
        queue["computeEnvironmentOrder"] = [
            {"order": ordered["order"], "computeEnvironment": environment["computeEnvironmentArn"]}
            for ordered, environment in zip(order, found, strict=True)
        ]
        if policy := queue.get("schedulingPolicyArn"):
            if not policy.startswith("arn:"):
                raise refused(f"schedulingPolicyArn must be an ARN, not {policy!r}")
            name = own_resource("scheduling-policy", region, policy)
            find(self._state.of(region).policies, "Scheduling policy", name)
        for index, action in enumerate(queue["jobStateTimeLimitActions"]):
            if action["action"].upper() != "CANCEL":
                raise refused(
                    f"jobStateTimeLimitActions[{index}].action must be CANCEL for a queue of "
                    f"compute environments, not {action['action']}"
                )


def _mixed(queue: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if twice := repeated(each["computeEnvironmentName"] for each in found):
        yield f"computeEnvironmentOrder has {', '.join(twice)} more than once"
    resources = [each["computeResources"] for each in found]
    if len({each.get("type", "").upper().startswith("FARGATE") for each in resources}) > 1:
        yield "Fargate and EC2 compute environments cannot be mixed in a job queue"
    if len({each["containerOrchestrationType"] for each in found}) > 1:
        yield "ECS and EKS compute environments cannot be mixed in a job queue"
    shared = architectures(
        name for resource in resources for name in resource.get("instanceTypes", [])
    )
    if len(shared) > 1:
        yield (
            "All compute environments of a job queue must share one architecture, not "
            f"{' and '.join(sorted(shared))}"
        )
    kind, types = queue.get("jobQueueType"), {_queue_type(each) for each in found}
    if kind and kind.upper() not in types:
        fitting = " or ".join(sorted(types))
        yield f"jobQueueType must be {fitting}, as its environments are; not {kind}"


def _queue_type(environment: Mapping[str, Any]) -> str:
    kind = str(environment["computeResources"].get("type", "")).upper()
    if kind.startswith("FARGATE"):
        return "ECS_FARGATE"
    if kind == "ECS_MANAGED_INSTANCES":
        return kind
    return str(environment["containerOrchestrationType"])


def _named(queue: Mapping[str, Any]) -> dict[str, Any]:
    return {key: queue[key] for key in ("jobQueueName", "jobQueueArn")}
