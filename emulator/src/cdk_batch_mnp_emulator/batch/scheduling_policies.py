"""Scheduling policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle
from cdk_batch_mnp_emulator.batch.paging import page
from cdk_batch_mnp_emulator.batch.state import BatchState, chosen, exists, find, refused
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.protocol import Call, Handler

_KIND = "scheduling-policy"
_KINDS_OF_POLICY = ("fairsharePolicy", "quotaSharePolicy")


class SchedulingPolicies:
    """The operations on scheduling policies.

    Args:
        state: Where they are kept.
        life_cycle: What runs the jobs of the queues that use them.
    """

    def __init__(self, state: BatchState, life_cycle: LifeCycle) -> None:
        self._state = state
        self._life_cycle = life_cycle

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {
            "CreateSchedulingPolicy": self.create,
            "DescribeSchedulingPolicies": self.describe,
            "ListSchedulingPolicies": self.list,
            "UpdateSchedulingPolicy": self.update,
            "DeleteSchedulingPolicy": self.delete,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """Create a policy."""
        region = self._state.of(call.region)
        policies = region.policies
        name = call.parameters["name"]
        if name in policies:
            raise exists("scheduling policy", name)
        policies[name] = {
            "tags": {},
            **call.parameters,
            "arn": arn("batch", call.region, f"scheduling-policy/{name}"),
        }
        region.number(policies[name]["arn"])
        return {"name": name, "arn": policies[name]["arn"]}

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Return policies by ARN."""
        policies = self._state.of(call.region).policies
        names = [own_resource(_KIND, call.region, each) for each in call.parameters["arns"]]
        return {"schedulingPolicies": chosen(policies, names) if names else []}

    def list(self, call: Call) -> Mapping[str, Any]:
        """Return the ARNs of all policies, by page."""
        region = self._state.of(call.region)
        found, more = page(
            call,
            "ListSchedulingPolicies",
            (
                ((region.numbers[policy["arn"]],), {"arn": policy["arn"]})
                for policy in region.policies.values()
            ),
        )
        return {"schedulingPolicies": found, **more}

    def update(self, call: Call) -> None:
        """Update a policy."""
        policy = self._find(call)
        before = [each for each in _KINDS_OF_POLICY if each in policy]
        after = [each for each in _KINDS_OF_POLICY if each in call.parameters]
        if before and after and before != after:
            raise refused(f"{before[0]} cannot be changed to {after[0]}")
        policy.update({key: value for key, value in call.parameters.items() if key != "arn"})
        self._life_cycle.queue_changed()

    def delete(self, call: Call) -> None:
        """Delete a policy that no queue uses."""
        policy = self._find(call)
        region = self._state.of(call.region)
        if any(each.get("schedulingPolicyArn") == policy["arn"] for each in region.queues.values()):
            raise refused("Cannot delete, found existing JobQueue relationship")
        del region.policies[policy["name"]]

    def _find(self, call: Call) -> dict[str, Any]:
        policies = self._state.of(call.region).policies
        name = own_resource(_KIND, call.region, call.parameters["arn"])
        return find(policies, "Scheduling policy", name)
