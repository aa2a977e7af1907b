"""Compute environments."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp.local.account import arn
from cdk_batch_mnp.local.batch.references import check_references
from cdk_batch_mnp.local.batch.state import BatchState, check_name, chosen, find, refused
from cdk_batch_mnp.local.endpoint import Endpoint
from cdk_batch_mnp.local.protocol import Call, Handler

_SCALING_ALONE = frozenset({"minvCpus", "maxvCpus", "desiredvCpus"})
"""What can change without new instances, whatever the allocation strategy."""


class ComputeEnvironments:
    """The operations on compute environments.

    Args:
        state: Where they are kept.
        endpoint: Whom to ask for the resources that they name.
    """

    def __init__(self, state: BatchState, endpoint: Endpoint) -> None:
        self._state = state
        self._endpoint = endpoint

    @property
    def handlers(self) -> dict[str, Handler]:
        """What answers, by operation."""
        return {
            "CreateComputeEnvironment": self.create,
            "DescribeComputeEnvironments": self.describe,
            "UpdateComputeEnvironment": self.update,
            "DeleteComputeEnvironment": self.delete,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """Create an environment, valid at once.

        Source: Batch API, CreateComputeEnvironment.
        """
        environments = self._state.of(call.region).environments
        name = call.parameters["computeEnvironmentName"]
        check_name("Compute environment name", name)
        if name in environments:
            raise refused("Object already exists")
        resources = dict(call.get("computeResources", {}))
        if call.parameters["type"].upper() == "MANAGED":
            self._check_managed(resources, call.region)
            resources.setdefault("allocationStrategy", "BEST_FIT")
            resources.setdefault("minvCpus", 0)
            resources.setdefault("desiredvCpus", resources["minvCpus"])
        environments[name] = {
            "state": "ENABLED",
            "serviceRole": arn(
                "iam",
                "",
                "role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch",
            ),
            "tags": {},
            "updatePolicy": {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 30},
            **call.parameters,
            "computeResources": resources,
            "computeEnvironmentArn": arn("batch", call.region, f"compute-environment/{name}"),
            "containerOrchestrationType": "EKS" if call.get("eksConfiguration") else "ECS",
            "status": "VALID",
            "statusReason": "ComputeEnvironment Healthy",
            "uuid": str(uuid.uuid4()),
        }
        return _named(environments[name])

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Give environments as they were created and updated."""
        environments = self._state.of(call.region).environments
        return {"computeEnvironments": chosen(environments, call.get("computeEnvironments"))}

    def update(self, call: Call) -> Mapping[str, Any]:
        """Change an environment in its place.

        Source: Batch API, UpdateComputeEnvironment; user guide, updating compute environments:
        with strategy BEST_FIT only the size can change.
        """
        environment = find(
            self._state.of(call.region).environments,
            "Compute environment",
            call.parameters["computeEnvironment"],
        )
        changes = dict(call.get("computeResources", {}))
        changes.pop("updateToLatestImageVersion", None)
        before = environment["computeResources"]
        resources = before | changes
        changed = {key for key, value in changes.items() if before.get(key) != value}
        strategy = before.get("allocationStrategy")
        if changed - _SCALING_ALONE and strategy == "BEST_FIT":
            raise refused(
                f"{', '.join(sorted(changed - _SCALING_ALONE))} cannot be updated: a compute "
                "environment with allocation strategy BEST_FIT takes no infrastructure update"
            )
        if changes:
            self._check_managed(resources, call.region)
        for key in ("state", "serviceRole", "unmanagedvCpus", "updatePolicy", "context"):
            if key in call.parameters:
                environment[key] = call.parameters[key]
        environment["computeResources"] = resources
        return _named(environment)

    def delete(self, call: Call) -> None:
        """Delete an environment, which must be disabled and feed no queue.

        Source: Batch API, DeleteComputeEnvironment.
        """
        region = self._state.of(call.region)
        environment = find(
            region.environments, "Compute environment", call.parameters["computeEnvironment"]
        )
        if environment["state"] != "DISABLED":
            raise refused("Cannot delete, state is not DISABLED")
        mine = environment["computeEnvironmentArn"]
        if any(
            each["computeEnvironment"] == mine
            for queue in region.queues.values()
            for each in queue["computeEnvironmentOrder"]
        ):
            raise refused("Cannot delete, found existing JobQueue relationship")
        del region.environments[environment["computeEnvironmentName"]]

    def _check_managed(self, resources: Mapping[str, Any], region: str) -> None:
        if not resources:
            raise refused("computeResources must be provided for a MANAGED compute environment")
        is_fargate = resources["type"].upper().startswith("FARGATE")
        needed = ("subnets", "securityGroupIds") if is_fargate else ("subnets", "instanceRole")
        if missing := [each for each in needed if not resources.get(each)]:
            raise refused(f"computeResources must contain {', '.join(missing)}")
        least, most = resources.get("minvCpus", 0), resources["maxvCpus"]
        if not 0 <= least <= most:
            raise refused(f"minvCpus {least} must be from 0 to maxvCpus {most}")
        if not is_fargate and not resources.get("instanceTypes"):
            raise refused("computeResources must contain instanceTypes")
        check_references(resources, self._endpoint, region)


def _named(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {key: environment[key] for key in ("computeEnvironmentName", "computeEnvironmentArn")}
