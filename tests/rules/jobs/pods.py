"""Job definitions of one pod."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check

LIMITS = {"cpu": "35", "memory": "65000Mi"}


def container(name: Any = "solver", image: Any = "solver:1", **members: Any) -> dict[str, Any]:
    resources = members.pop("resources", {"limits": LIMITS})
    return {"name": name, "image": image, "resources": resources, **members}


def several(number: int, image: str = "solver:1", **members: Any) -> list[dict[str, Any]]:
    return [container(f"c{index}", image.format(index), **members) for index in range(number)]


def broken(definition: dict[str, Any] | None = None, **pod: Any) -> list[str]:
    """The rules about pods that a definition of this pod breaks."""
    properties = {"containers": [container()], **pod}
    ranges = [{"targetNodes": "0:", "eksProperties": {"podProperties": properties}}]
    shape = {
        "type": "multinode",
        "nodeProperties": {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges},
        "timeout": {"attemptDurationSeconds": 3600},
        **(definition or {}),
    }
    job = JobDefinition.read(ApiStruct(shape), id="Job")
    findings = check(MnpSetup(job_definitions=(job,))).findings
    return sorted({finding.rule.id for finding in findings})
