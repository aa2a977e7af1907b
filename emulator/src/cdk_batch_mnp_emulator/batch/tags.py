"""Tags of the resources of Batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT, PARTITION
from cdk_batch_mnp_emulator.batch.state import BatchState, Description, refused
from cdk_batch_mnp_emulator.batch.validation.bounds import shown
from cdk_batch_mnp_emulator.protocol import Call, Handler

_MOST_TAGS = 50


class Tags:
    """The operations on tags.

    Args:
        state: Where the resources are kept.
    """

    def __init__(self, state: BatchState) -> None:
        self._state = state

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {
            "TagResource": self.add,
            "UntagResource": self.remove,
            "ListTagsForResource": self.list,
        }

    def add(self, call: Call) -> None:
        """Add tags to a resource, or change their values.

        Source: Batch API, TagResource; 50 tags for each resource.
        """
        resource = self._find(call)
        tags = {**resource["tags"], **call.parameters["tags"]}
        if len(tags) > _MOST_TAGS:
            raise refused(f"A resource takes at most {_MOST_TAGS} tags, and would have {len(tags)}")
        resource["tags"] = tags

    def remove(self, call: Call) -> None:
        """Remove tags from a resource."""
        resource = self._find(call)
        gone = call.parameters["tagKeys"]
        resource["tags"] = {key: each for key, each in resource["tags"].items() if key not in gone}

    def list(self, call: Call) -> Mapping[str, Any]:
        """Return the tags of a resource."""
        return {"tags": self._find(call)["tags"]}

    def _find(self, call: Call) -> Description:
        arn = call.parameters["resourceArn"]
        start = f"arn:{PARTITION}:batch:{call.region}:{ACCOUNT}:"
        if not arn.startswith(start):
            raise refused(
                f"resourceArn {shown(arn)} is not an ARN of this account and Region: {start}..."
            )
        region = self._state.of(call.region)
        definitions = (
            revision for revisions in region.definitions.values() for revision in revisions
        )
        for key, resources in (
            ("computeEnvironmentArn", region.environments.values()),
            ("jobQueueArn", region.queues.values()),
            ("jobDefinitionArn", definitions),
            ("arn", region.policies.values()),
            ("consumableResourceArn", region.consumables.values()),
            ("jobArn", region.jobs.values()),
        ):
            for resource in resources:
                if resource[key] == arn:
                    return resource
        raise refused(f"{arn} does not exist")
