"""How to change a right template, and names for the places that are changed most.

A change names a property by its logical id and path, and gives what stands there instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from cdk_batch_mnp.template.source.document import read_document

Table = Mapping[str, tuple[tuple[str, str, Mapping[str, Any]], ...]]
"""For each rule what is wrong, in which right template, and the changes that make it wrong."""

BASES = Path(__file__).parent / "bases"
LEFT_OUT = object()
"""Takes a property away."""

JOB = "Job.NodeProperties"
FIRST = f"{JOB}.NodeRangeProperties.0"
SECOND = f"{JOB}.NodeRangeProperties.1"
CONTAINER = f"{FIRST}.Container"
TASK = f"{FIRST}.EcsProperties.TaskProperties.0"
RESOURCES = "Environment.ComputeResources"
TEMPLATE = "LaunchTemplate.LaunchTemplateData"
INTERFACES = "Template.LaunchTemplateData.NetworkInterfaces"
CONSUMABLES = "ConsumableResourceProperties.ConsumableResourceList"


@cache
def base(name: str) -> dict[str, Any]:
    """A right template, which nothing may change."""
    path = BASES / f"{name}.yaml"
    return dict(_copied(read_document(path.read_bytes(), str(path)).data))


def new_base(name: str) -> dict[str, Any]:
    """A right template, to be changed."""
    return dict(_copied(base(name)))


def _copied(value: Any) -> Any:
    # Aliases are one object in memory; a change must not be seen in two places, as after deepcopy,
    # which takes several times as long.
    if isinstance(value, (dict, Mapping)):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def change(resources: dict[str, Any], path: str, value: Any) -> None:
    """Set, add or take away what a path names; a path of one name is a whole resource."""
    logical_id, *steps = path.split(".")
    if not steps:
        resources[logical_id] = deepcopy(value)
        return
    is_metadata = steps[0] == "Metadata"
    inside: Any = resources[logical_id]
    if not is_metadata:
        inside = inside.setdefault("Properties", {})
    for step in steps[:-1]:
        inside = inside[int(step)] if isinstance(inside, list) else inside.setdefault(step, {})
    last = steps[-1]
    if isinstance(inside, list):
        if last == "+":
            inside.append(deepcopy(value))
        elif value is LEFT_OUT:
            del inside[int(last)]
        else:
            inside[int(last)] = deepcopy(value)
    elif value is LEFT_OUT:
        del inside[last]
    else:
        inside[last] = deepcopy(value)


def acknowledged(rule: str) -> dict[str, Any]:
    return {"cdk-batch-mnp": {"acknowledged": {rule: "it is meant so"}}}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def security_group() -> dict[str, Any]:
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "more"}}
