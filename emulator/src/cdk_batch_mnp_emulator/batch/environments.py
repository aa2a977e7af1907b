"""Compute environments."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle
from cdk_batch_mnp_emulator.batch.paging import page
from cdk_batch_mnp_emulator.batch.references import check_references
from cdk_batch_mnp_emulator.batch.state import BatchState, chosen, exists, find, refused
from cdk_batch_mnp_emulator.batch.validation.environments import (
    check_new_environment,
    check_resources,
    check_update,
)
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.protocol import Call, Handler

_KIND = "compute-environment"


class ComputeEnvironments:
    """The operations on compute environments.

    Args:
        state: Where they are kept.
        endpoint: Whom to ask for the resources that they name.
        life_cycle: What runs jobs in them.
    """

    def __init__(self, state: BatchState, endpoint: Endpoint, life_cycle: LifeCycle) -> None:
        self._state = state
        self._endpoint = endpoint
        self._life_cycle = life_cycle

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {
            "CreateComputeEnvironment": self.create,
            "DescribeComputeEnvironments": self.describe,
            "UpdateComputeEnvironment": self.update,
            "DeleteComputeEnvironment": self.delete,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """Create an environment, which is valid immediately.

        Source: Batch API, CreateComputeEnvironment.
        """
        region = self._state.of(call.region)
        environments = region.environments
        name = call.parameters["computeEnvironmentName"]
        if name in environments:
            raise exists("compute environment", name)
        check_new_environment(call.parameters)
        resources = dict(call.get("computeResources", {}))
        if resources:
            check_references(resources, self._endpoint, call.region)
            if not resources["type"].upper().startswith("FARGATE"):
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
        if not call.get("eksConfiguration"):
            cluster = f"cluster/AWSBatch-{name}-{uuid.uuid4()}"
            environments[name]["ecsClusterArn"] = arn("ecs", call.region, cluster)
        region.number(environments[name]["computeEnvironmentArn"])
        return _named(environments[name])

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Return environments as they were created and updated, by page."""
        region = self._state.of(call.region)
        names = [
            own_resource(_KIND, call.region, name) for name in call.get("computeEnvironments", [])
        ]
        found, more = page(
            call,
            "DescribeComputeEnvironments",
            (
                ((region.numbers[environment["computeEnvironmentArn"]],), environment)
                for environment in chosen(region.environments, names)
            ),
        )
        return {"computeEnvironments": found, **more}

    def update(self, call: Call) -> Mapping[str, Any]:
        """Update an environment in place.

        Source: Batch API, UpdateComputeEnvironment; user guide, updating compute environments:
        with strategy BEST_FIT only the size can change.
        """
        environment = self._find(call)
        changes = dict(call.get("computeResources", {}))
        changes.pop("updateToLatestImageVersion", None)
        before = environment["computeResources"]
        # An empty string, or a template named by one, removes the member.
        resources = {
            key: value
            for key, value in (before | changes).items()
            if value not in ("", {"launchTemplateId": ""}, {"launchTemplateName": ""})
        }
        changed = {
            key
            for key in {*before, *resources}
            if (before.get(key) or None) != (resources.get(key) or None)
        }
        check_update(environment, call.parameters, frozenset(changed))
        if changes:
            is_eks = environment["containerOrchestrationType"] == "EKS"
            check_resources(resources, is_eks=is_eks)
            check_references(resources, self._endpoint, call.region)
        if "desiredvCpus" in resources:
            least, most = resources.get("minvCpus", 0), resources["maxvCpus"]
            resources["desiredvCpus"] = min(max(resources["desiredvCpus"], least), most)
        for key in (
            "state",
            "serviceRole",
            "unmanagedvCpus",
            "updatePolicy",
            "context",
            "ecsSettings",
        ):
            if key in call.parameters:
                environment[key] = call.parameters[key]
        environment["computeResources"] = resources
        self._life_cycle.queue_changed()
        return _named(environment)

    def delete(self, call: Call) -> None:
        """Delete an environment, which must be disabled and in no queue.

        Source: Batch API, DeleteComputeEnvironment.
        """
        region = self._state.of(call.region)
        environment = self._find(call)
        if environment["state"] != "DISABLED":
            raise refused("Cannot delete, state is not DISABLED")
        mine = environment["computeEnvironmentArn"]
        if any(
            ordered["computeEnvironment"] == mine
            for queue in region.queues.values()
            for ordered in queue["computeEnvironmentOrder"]
        ):
            raise refused("Cannot delete, found existing JobQueue relationship")
        del region.environments[environment["computeEnvironmentName"]]

    def _find(self, call: Call) -> dict[str, Any]:
        name = own_resource(_KIND, call.region, call.parameters["computeEnvironment"])
        return find(self._state.of(call.region).environments, "Compute environment", name)


def _named(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {key: environment[key] for key in ("computeEnvironmentName", "computeEnvironmentArn")}
