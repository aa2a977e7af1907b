"""Job definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.paging import page
from cdk_batch_mnp_emulator.batch.state import BatchState, RegionState, refused
from cdk_batch_mnp_emulator.batch.validation.definitions import check_definition
from cdk_batch_mnp_emulator.batch.validation.names import own_resource
from cdk_batch_mnp_emulator.protocol import Call, Handler

_KIND = "job-definition"


class JobDefinitions:
    """The operations on job definitions.

    Args:
        state: Where they are kept.
    """

    def __init__(self, state: BatchState) -> None:
        self._state = state

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by operation."""
        return {
            "RegisterJobDefinition": self.register,
            "DescribeJobDefinitions": self.describe,
            "DeregisterJobDefinition": self.deregister,
        }

    def register(self, call: Call) -> Mapping[str, Any]:
        """Register the next revision of a definition.

        Source: Batch API, RegisterJobDefinition.
        """
        name = call.parameters["jobDefinitionName"]
        check_definition(call.parameters)
        region = self._state.of(call.region)
        revisions = region.definitions.setdefault(name, [])
        revision = len(revisions) + 1
        definition = {
            "parameters": {},
            "tags": {},
            **call.parameters,
            "jobDefinitionArn": arn("batch", call.region, f"job-definition/{name}:{revision}"),
            "revision": revision,
            "status": "ACTIVE",
            "containerOrchestrationType": "EKS" if call.get("eksProperties") else "ECS",
        }
        revisions.append(definition)
        region.number(definition["jobDefinitionArn"])
        return {
            key: definition[key] for key in ("jobDefinitionName", "jobDefinitionArn", "revision")
        }

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Return definitions by name, by name and revision, or all of them, newest first."""
        region = self._state.of(call.region)
        status = call.get("status")
        asked = call.get("jobDefinitions") or [call.get("jobDefinitionName")]
        names = [own_resource(_KIND, call.region, each) for each in asked if each]
        found, more = page(
            call,
            "DescribeJobDefinitions",
            (
                ((position, -region.numbers[revision["jobDefinitionArn"]]), revision)
                for position, name in enumerate(dict.fromkeys(names) or [None])
                for revision in _matching(region, name)
                if status in {None, revision["status"]}
            ),
        )
        return {"jobDefinitions": found, **more}

    def deregister(self, call: Call) -> None:
        """Make a revision inactive."""
        name = own_resource(_KIND, call.region, call.parameters["jobDefinition"])
        if ":" not in name:
            raise refused(f"jobDefinition {name} must name a revision")
        for revision in _matching(self._state.of(call.region), name):
            revision["status"] = "INACTIVE"


def active_definition(region: RegionState, name: str) -> dict[str, Any]:
    """Return the definition of a submission; without a revision, the latest active one.

    Args:
        region: Region of the definition.
        name: Name of the definition, with or without a revision.

    Raises:
        ServiceError: It does not exist, or is inactive.
    """
    for revision in _matching(region, name):
        if revision["status"] == "ACTIVE":
            return revision
    raise refused(f"Job definition {name} does not exist or is inactive")


def _matching(region: RegionState, name: str | None) -> list[dict[str, Any]]:
    if name is None:
        return [registered for revisions in region.definitions.values() for registered in revisions]
    name, _, revision = name.partition(":")
    newest_first = region.definitions.get(name, [])[::-1]
    return [each for each in newest_first if revision in {"", str(each["revision"])}]
