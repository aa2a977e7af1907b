"""Job definitions, and the bounds that Batch puts on their node groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp.local.account import arn, last_part
from cdk_batch_mnp.local.batch.state import BatchState, RegionState, check_name, refused
from cdk_batch_mnp.local.protocol import Call, Handler

_TARGET_NODES = re.compile(r"(?P<only>\d+)|(?P<first>\d*):(?P<last>\d*)")
_KINDS = ("containerProperties", "nodeProperties", "ecsProperties", "eksProperties")
_KINDS_OF_RANGE = ("container", "ecsProperties", "eksProperties")


def target_nodes(text: str) -> tuple[int, int | None]:
    """Give the first and the last node of a range; ``None`` for a last one that is left open.

    Raises:
        ServiceError: It is none of ``n``, ``n:m``, ``:m``, ``n:`` and ``:``.

    Source: Batch API, NodeRangeProperty.targetNodes.
    """
    match = _TARGET_NODES.fullmatch(text)
    if match is None:
        raise refused(f"targetNodes {text!r} is not a valid node range")
    if match["only"]:
        return int(match["only"]), int(match["only"])
    return int(match["first"] or 0), int(match["last"]) if match["last"] else None


class JobDefinitions:
    """The operations on job definitions.

    Args:
        state: Where they are kept.
    """

    def __init__(self, state: BatchState) -> None:
        self._state = state

    @property
    def handlers(self) -> dict[str, Handler]:
        """What answers, by operation."""
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
        check_name("Job definition name", name)
        _check(call.parameters)
        revisions = self._state.of(call.region).definitions.setdefault(name, [])
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
        return {
            key: definition[key] for key in ("jobDefinitionName", "jobDefinitionArn", "revision")
        }

    def describe(self, call: Call) -> Mapping[str, Any]:
        """Give definitions by name, by name and revision, or all of them, newest first."""
        region = self._state.of(call.region)
        status = call.get("status")
        if wanted := call.get("jobDefinitions"):
            found = [each for name in wanted for each in _matching(region, last_part(name))]
        elif name := call.get("jobDefinitionName"):
            found = _matching(region, last_part(name))
        else:
            found = [each for name in region.definitions for each in _matching(region, name)]
        return {"jobDefinitions": [each for each in found if status in {None, each["status"]}]}

    def deregister(self, call: Call) -> None:
        """Make a revision inactive."""
        given = last_part(call.parameters["jobDefinition"])
        if ":" not in given:
            raise refused(f"jobDefinition {given} must name a revision")
        for each in _matching(self._state.of(call.region), given):
            each["status"] = "INACTIVE"


def active_definition(region: RegionState, name: str) -> dict[str, Any]:
    """Give the definition that a submission names: the newest active one if it names no revision.

    Raises:
        ServiceError: There is none, or it is inactive.
    """
    for each in _matching(region, last_part(name)):
        if each["status"] == "ACTIVE":
            return each
    raise refused(f"Job definition {name} does not exist or is inactive")


def _matching(region: RegionState, name: str) -> list[dict[str, Any]]:
    name, _, revision = name.partition(":")
    newest_first = region.definitions.get(name, [])[::-1]
    return [each for each in newest_first if revision in {"", str(each["revision"])}]


def _check(definition: Mapping[str, Any]) -> None:
    kinds = [each for each in _KINDS if each in definition]
    is_multinode = definition["type"].lower() == "multinode"
    if is_multinode != (kinds == ["nodeProperties"]) or len(kinds) != 1:
        raise refused(
            f"A job definition of type {definition['type']} must have "
            f"{'nodeProperties' if is_multinode else 'one of its container properties'} and no "
            f"other properties of containers; it has {', '.join(kinds) or 'none'}"
        )
    if is_multinode:
        _check_nodes(definition["nodeProperties"])
    elif "containerProperties" in definition:
        _check_container("containerProperties", definition["containerProperties"])
    attempts = definition.get("retryStrategy", {}).get("attempts", 1)
    if not 1 <= attempts <= 10:
        raise refused(f"attempts must be from 1 to 10, not {attempts}")
    seconds = definition.get("timeout", {}).get("attemptDurationSeconds", 60)
    if seconds < 60:
        raise refused(f"attemptDurationSeconds must be at least 60, not {seconds}")


def _check_nodes(nodes: Mapping[str, Any]) -> None:
    number, main_node = nodes["numNodes"], nodes["mainNode"]
    ranges = nodes["nodeRangeProperties"]
    if number < 1:
        raise refused(f"numNodes must be at least 1, not {number}")
    if not 0 <= main_node < number:
        raise refused(f"mainNode {main_node} must be fewer than numNodes {number}")
    if not 1 <= len(ranges) <= 5:
        raise refused(f"A multi-node parallel job takes 1 to 5 node groups, not {len(ranges)}")
    covered: set[int] = set()
    for index, each in enumerate(ranges):
        first, last = target_nodes(each["targetNodes"])
        last = number - 1 if last is None else last
        if not first <= last < number:
            raise refused(f"targetNodes {each['targetNodes']} is outside of numNodes {number}")
        covered.update(range(first, last + 1))
        kinds = [kind for kind in _KINDS_OF_RANGE if kind in each]
        if len(kinds) != 1:
            raise refused(f"nodeRangeProperties[{index}] must have one of {_KINDS_OF_RANGE}")
        if "container" in each:
            _check_container(f"nodeRangeProperties[{index}].container", each["container"])
    if missing := sorted(set(range(number)) - covered):
        raise refused(f"Node ranges must account for all nodes; {missing} are in none")


def _check_container(path: str, container: Mapping[str, Any]) -> None:
    if not container.get("image"):
        raise refused(f"{path} must contain image")
    told = {each["type"].upper() for each in container.get("resourceRequirements", [])}
    for kind, older in (("VCPU", "vcpus"), ("MEMORY", "memory")):
        if kind not in told and older not in container:
            raise refused(f"{path} must contain a resource requirement of type {kind}")
