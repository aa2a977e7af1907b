"""Job definitions as requests write them, with node ranges of each form."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check
from tests.rules.setups import INSTANCE_TYPE

RANGE = "nodeProperties.nodeRangeProperties[0]"
TASK = f"{RANGE}.ecsProperties.taskProperties[0]"
AMOUNTS = [{"type": "VCPU", "value": "72"}, {"type": "MEMORY", "value": "130000"}]


def written(*ranges: dict[str, Any], **members: Any) -> JobDefinition:
    """Return a definition as RegisterJobDefinition's request writes it."""
    return JobDefinition.read(
        ApiStruct(
            {
                "type": "multinode",
                "nodeProperties": {
                    "numNodes": 4,
                    "mainNode": 0,
                    "nodeRangeProperties": list(ranges),
                },
                "timeout": {"attemptDurationSeconds": 3600},
                **members,
            }
        ),
        id="Stack/Job",
    )


def ecs(*containers: Any, target_nodes: str = "0:", **task: Any) -> dict[str, Any]:
    """Return a node range of several containers."""
    return {
        "targetNodes": target_nodes,
        "instanceTypes": [INSTANCE_TYPE],
        "ecsProperties": {"taskProperties": [{"containers": list(containers), **task}]},
    }


def single(target_nodes: object = "0:", **members: Any) -> dict[str, Any]:
    """Return a node range of one container."""
    right = {"image": "solver", "instanceType": INSTANCE_TYPE, "resourceRequirements": AMOUNTS}
    return {"targetNodes": target_nodes, "container": right | members}


def eks(**container: Any) -> dict[str, Any]:
    """Return a node range of one pod."""
    return {
        "targetNodes": "0:",
        "instanceTypes": [INSTANCE_TYPE],
        "eksProperties": {
            "podProperties": {
                "containers": [
                    {
                        "image": "solver",
                        "resources": {"limits": {"cpu": "72", "memory": "130000Mi"}},
                        **container,
                    }
                ],
                "metadata": {"namespace": "hpc"},
            }
        },
    }


def alone(job: JobDefinition) -> list[str]:
    """Return the ids of the rules that a definition breaks without a queue."""
    return sorted({finding.rule.id for finding in check(MnpSetup(job_definitions=(job,))).findings})


solver = {"name": "solver", "image": "solver", "resourceRequirements": AMOUNTS}
sidecar = {"name": "sidecar", "image": "sidecar"}


def sidecars(count: int) -> list[dict[str, str]]:
    return [{**sidecar, "name": f"sidecar{number}"} for number in range(count)]
