"""Job queues, and the scheduling policies that some have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdk_batch_mnp.local.account import arn, last_part
from cdk_batch_mnp.local.batch.state import BatchState, check_name, chosen, find, refused
from cdk_batch_mnp.local.protocol import Call, Handler


class JobQueues:
    """The operations on job queues.

    Args:
        state: Where they are kept.
    """

    def __init__(self, state: BatchState) -> None:
        self._state = state

    @property
    def handlers(self) -> dict[str, Handler]:
        """What answers, by operation."""
        return {
            "CreateJobQueue": self.create,
            "DescribeJobQueues": self.describe,
            "UpdateJobQueue": self.update,
            "DeleteJobQueue": self.delete,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """Create a queue, valid at once.

        Source: Batch API, CreateJobQueue.
        """
        queues = self._state.of(call.region).queues
        name = call.parameters["jobQueueName"]
        check_name("Job queue name", name)
        if name in queues:
            raise refused("Object already exists")
        queue = {"state": "ENABLED", "tags": {}, "jobStateTimeLimitActions": [], **call.parameters}
        self._check(queue, call.region)
        queues[name] = queue | {
            "jobQueueArn": arn("batch", call.region, f"job-queue/{name}"),
            "status": "VALID",
            "statusReason": "JobQueue Healthy",
        }
        return _named(queues[name])

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Give queues as they were created and updated."""
        return {"jobQueues": chosen(self._state.of(call.region).queues, call.get("jobQueues"))}

    def update(self, call: Call) -> Mapping[str, Any]:
        """Change a queue.

        Source: Batch API, UpdateJobQueue.
        """
        queue = find(self._state.of(call.region).queues, "Job queue", call.parameters["jobQueue"])
        changes = {key: value for key, value in call.parameters.items() if key != "jobQueue"}
        changed = queue | changes
        self._check(changed, call.region)
        queue.update(changed)
        return _named(queue)

    def delete(self, call: Call) -> None:
        """Delete a queue, which must be disabled; its jobs end.

        Source: Batch API, DeleteJobQueue.
        """
        region = self._state.of(call.region)
        queue = find(region.queues, "Job queue", call.parameters["jobQueue"])
        if queue["state"] != "DISABLED":
            raise refused("Cannot delete, state is not DISABLED")
        for job in region.jobs.values():
            if job["jobQueue"] == queue["jobQueueArn"] and job["status"] != "SUCCEEDED":
                job |= {
                    "status": "FAILED",
                    "statusReason": "Job queue deleted",
                }
        del region.queues[queue["jobQueueName"]]

    def _check(self, queue: dict[str, Any], region: str) -> None:
        order: Sequence[Mapping[str, Any]] = queue.get("computeEnvironmentOrder", [])
        if not 1 <= len(order) <= 3:
            raise refused(f"A job queue takes 1 to 3 compute environments, not {len(order)}")
        if len({each["order"] for each in order}) < len(order):
            raise refused("Each compute environment of a queue needs an order of its own")
        environments = self._state.of(region).environments
        found = [
            find(environments, "Compute environment", each["computeEnvironment"]) for each in order
        ]
        kinds = {
            each["computeResources"].get("type", "").upper().startswith("FARGATE") for each in found
        }
        if len(kinds) > 1:
            raise refused("Fargate and EC2 compute environments cannot be mixed in a job queue")
        queue["computeEnvironmentOrder"] = [
            {"order": each["order"], "computeEnvironment": environment["computeEnvironmentArn"]}
            for each, environment in zip(order, found, strict=True)
        ]
        if policy := queue.get("schedulingPolicyArn"):
            find(self._state.of(region).policies, "Scheduling policy", policy)
        for action in queue["jobStateTimeLimitActions"]:
            if not 600 <= action["maxTimeSeconds"] <= 86400:
                raise refused(
                    f"maxTimeSeconds must be from 600 to 86400, not {action['maxTimeSeconds']}"
                )


class SchedulingPolicies:
    """The operations on scheduling policies.

    Args:
        state: Where they are kept.
    """

    def __init__(self, state: BatchState) -> None:
        self._state = state

    @property
    def handlers(self) -> dict[str, Handler]:
        """What answers, by operation."""
        return {
            "CreateSchedulingPolicy": self.create,
            "DescribeSchedulingPolicies": self.describe,
            "ListSchedulingPolicies": self.list,
            "UpdateSchedulingPolicy": self.update,
            "DeleteSchedulingPolicy": self.delete,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """Create a policy."""
        policies = self._state.of(call.region).policies
        name = call.parameters["name"]
        check_name("Scheduling policy name", name)
        if name in policies:
            raise refused("Object already exists")
        policies[name] = {
            "tags": {},
            **call.parameters,
            "arn": arn("batch", call.region, f"scheduling-policy/{name}"),
        }
        return {"name": name, "arn": policies[name]["arn"]}

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Give policies."""
        policies = self._state.of(call.region).policies
        return {"schedulingPolicies": chosen(policies, call.parameters["arns"])}

    def list(self, call: Call) -> Mapping[str, Any]:
        """Give the ARNs of all policies."""
        policies = self._state.of(call.region).policies
        return {"schedulingPolicies": [{"arn": each["arn"]} for each in policies.values()]}

    def update(self, call: Call) -> None:
        """Change a policy."""
        policy = self._find(call)
        policy.update({key: value for key, value in call.parameters.items() if key != "arn"})

    def delete(self, call: Call) -> None:
        """Delete a policy that no queue has."""
        policy = self._find(call)
        region = self._state.of(call.region)
        if any(each.get("schedulingPolicyArn") == policy["arn"] for each in region.queues.values()):
            raise refused("Cannot delete, found existing JobQueue relationship")
        del region.policies[last_part(policy["arn"])]

    def _find(self, call: Call) -> dict[str, Any]:
        policies = self._state.of(call.region).policies
        return find(policies, "Scheduling policy", call.parameters["arn"])


def _named(queue: Mapping[str, Any]) -> dict[str, Any]:
    return {key: queue[key] for key in ("jobQueueName", "jobQueueArn")}
