"""Placement groups, which moto does not implement."""

from __future__ import annotations

import fnmatch
import secrets
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.protocol import ApiService, Call

_MOST_PARTITIONS = 7

_FILTERS = {
    "group-name": "GroupName",
    "group-arn": "GroupArn",
    "spread-level": "SpreadLevel",
    "state": "State",
    "strategy": "Strategy",
}


def placement_group_service(groups: PlacementGroups) -> ApiService:
    """Return the EC2 operations on placement groups; moto handles all others."""
    return ApiService(
        "ec2",
        {
            "CreatePlacementGroup": groups.create,
            "DescribePlacementGroups": groups.describe,
            "DeletePlacementGroup": groups.delete,
        },
        refusal="InvalidParameterValue",
        is_whole=False,
        is_one_at_a_time=True,
    )


class PlacementGroups:
    """The placement groups of every Region.

    Attributes:
        regions: Their descriptions, by name and by Region.
    """

    def __init__(self) -> None:
        self.regions: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)

    def create(self, call: Call) -> Mapping[str, Any]:
        """Answer CreatePlacementGroup."""
        groups = self.regions[call.region]
        name = call.get("GroupName")
        strategy = call.get("Strategy", "cluster")
        partitions = call.get("PartitionCount")
        if not name:
            raise ServiceError("MissingParameter", "The request must contain GroupName")
        if name in groups:
            raise ServiceError(
                "InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists."
            )
        if partitions is not None and (
            strategy != "partition" or not 1 <= partitions <= _MOST_PARTITIONS
        ):
            raise ServiceError(
                "InvalidParameterValue",
                f"PartitionCount is for strategy partition, from 1 to {_MOST_PARTITIONS}",
            )
        group = {
            "GroupId": f"pg-{secrets.token_hex(8)}",
            "GroupName": name,
            "GroupArn": arn("ec2", call.region, f"placement-group/{name}"),
            "State": "available",
            "Strategy": strategy,
            "Tags": [
                tag
                for specification in call.get("TagSpecifications", [])
                if specification.get("ResourceType") == "placement-group"
                for tag in specification.get("Tags", [])
            ],
        }
        if strategy == "partition":
            group["PartitionCount"] = partitions or _MOST_PARTITIONS
        if strategy == "spread":
            group["SpreadLevel"] = call.get("SpreadLevel", "rack")
        groups[name] = group
        return {"PlacementGroup": group}

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Answer DescribePlacementGroups."""
        groups = self.regions[call.region]
        if unknown := [each for each in call.get("GroupNames", []) if each not in groups]:
            raise ServiceError(
                "InvalidPlacementGroup.Unknown", f"The Placement Group '{unknown[0]}' is unknown."
            )
        ids = {each["GroupId"] for each in groups.values()}
        if unknown := [each for each in call.get("GroupIds", []) if each not in ids]:
            raise ServiceError(
                "InvalidPlacementGroupId.Unknown",
                f"The Placement Group '{unknown[0]}' is unknown.",
            )
        found = list(groups.values())
        if names := call.get("GroupNames"):
            found = [each for each in found if each["GroupName"] in names]
        if wanted := call.get("GroupIds"):
            found = [each for each in found if each["GroupId"] in wanted]
        for condition in call.get("Filters", []):
            found = [
                group for group in found if _passes(group, condition["Name"], condition["Values"])
            ]
        return {"PlacementGroups": found}

    def delete(self, call: Call) -> None:
        """Answer DeletePlacementGroup."""
        if self.regions[call.region].pop(call.parameters["GroupName"], None) is None:
            raise ServiceError(
                "InvalidPlacementGroup.Unknown",
                f"The Placement Group '{call.parameters['GroupName']}' is unknown.",
            )


def _passes(group: Mapping[str, Any], name: str, patterns: list[str]) -> bool:
    if name == "tag-key":
        values = [tag["Key"] for tag in group["Tags"]]
    elif name.startswith("tag:"):
        values = [tag["Value"] for tag in group["Tags"] if f"tag:{tag['Key']}" == name]
    elif name in _FILTERS:
        values = [group.get(_FILTERS[name], "")]
    else:
        raise ServiceError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return any(fnmatch.fnmatchcase(value, pattern) for value in values for pattern in patterns)
