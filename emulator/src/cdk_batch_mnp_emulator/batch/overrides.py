"""Apply the overrides of a submission to a job definition."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.validation.submissions import check_nodes, check_overridden_nodes


def overridden_nodes(nodes: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the node properties of a job.

    Args:
        nodes: Node properties of the definition.
        overrides: Node overrides of the submission.

    Raises:
        ServiceError: The definition does not allow them.

    Source: Batch API, NodeOverrides.
    """
    check_nodes(nodes, overrides)
    changed: dict[str, Any] = copy.deepcopy(dict(nodes))
    if (number := overrides.get("numNodes")) is not None:
        changed["numNodes"] = number
    for override in overrides.get("nodePropertyOverrides", []):
        for node_range in changed["nodeRangeProperties"]:
            if node_range["targetNodes"] == override["targetNodes"]:
                _override_range(node_range, override)
    check_overridden_nodes(changed)
    return changed


def overridden(container: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a container; variables and requirements are merged by name.

    Source: Batch API, ContainerOverrides.
    """
    changed = {**container, **overrides}
    for key, name in (("environment", "name"), ("resourceRequirements", "type")):
        if key in overrides:
            merged = {each.get(name): each for each in (*container.get(key, []), *overrides[key])}
            changed[key] = list(merged.values())
    return changed


def overridden_tasks(properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``ecsProperties`` of a job; containers are overridden by name.

    Source: Batch API, EcsPropertiesOverride and TaskContainerOverrides.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(properties))
    asked = overrides.get("taskProperties", [])
    for task, override in zip(changed["taskProperties"], asked, strict=False):
        for change in override.get("containers", []):
            task["containers"] = [
                overridden(container, change)
                if container.get("name") == change.get("name")
                else container
                for container in task["containers"]
            ]
    return changed


def _override_range(node_range: dict[str, Any], override: Mapping[str, Any]) -> None:
    if "containerOverrides" in override:
        node_range["container"] = overridden(
            node_range["container"], override["containerOverrides"]
        )
    if "consumableResourcePropertiesOverride" in override:
        node_range["consumableResourceProperties"] = override[
            "consumableResourcePropertiesOverride"
        ]
    if "instanceTypes" in override:
        node_range["instanceTypes"] = override["instanceTypes"]
    if "ecsPropertiesOverride" in override:
        node_range["ecsProperties"] = overridden_tasks(
            node_range["ecsProperties"], override["ecsPropertiesOverride"]
        )
