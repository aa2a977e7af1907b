"""The environment variables of a container.

Source: https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html and
https://docs.aws.amazon.com/batch/latest/userguide/mnp-env-vars.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import last_part
from cdk_batch_mnp_emulator.batch.life_cycle.containers import Container
from cdk_batch_mnp_emulator.variables import variables

_EXECUTION_ENVIRONMENT = "AWS_ECS_EC2"

_EXPECTED_HARDWARE = "MNP_EXPECT"
"""What `mnp-launch` expects of an instance of the type; this machine need not have it."""


@dataclass(frozen=True, slots=True)
class NodeOfJob:
    """The place of a node in its job.

    Attributes:
        index: Its index.
        main_index: That of the main node.
        number: How many nodes the job has.
        main_address: The main node's IPv4 address, if this is a child node.
    """

    index: int
    main_index: int
    number: int
    main_address: str | None


def container_variables(
    job: Mapping[str, Any],
    container: Container,
    *,
    access: Access,
    region: str,
    attempt: int,
    environment: str,
    node: NodeOfJob | None,
    array_size: int | None,
    secrets: Mapping[str, str],
) -> dict[str, str]:
    """Return all variables that a container gets.

    Args:
        job: As it is described.
        container: Of the node.
        access: The embedded AWS that its clients use.
        region: Where the job runs.
        attempt: From 1.
        environment: ARN of the compute environment.
        node: Its place in a multi-node parallel job; ``None`` for other jobs.
        array_size: Of the parent, if this is a child of an array job.
        secrets: Values of the container's secrets, by name.
    """
    given = variables(access, region) | {
        "AWS_EXECUTION_ENV": _EXECUTION_ENVIRONMENT,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    given |= {item["name"]: item.get("value", "") for item in container.get("environment", [])}
    given.pop(_EXPECTED_HARDWARE, None)
    given |= secrets
    given |= {
        "AWS_BATCH_JOB_ID": job["jobId"] if node is None else f"{job['jobId']}#{node.index}",
        "AWS_BATCH_JOB_ATTEMPT": str(attempt),
        "AWS_BATCH_CE_NAME": last_part(environment),
        "AWS_BATCH_JQ_NAME": last_part(job["jobQueue"]),
    }
    if array_size is not None:
        given["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job["arrayProperties"]["index"])
        given["AWS_BATCH_JOB_ARRAY_SIZE"] = str(array_size)
    if node is not None:
        given |= {
            "AWS_BATCH_JOB_NODE_INDEX": str(node.index),
            "AWS_BATCH_JOB_MAIN_NODE_INDEX": str(node.main_index),
            "AWS_BATCH_JOB_NUM_NODES": str(node.number),
        }
        if node.main_address is not None:
            given["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] = node.main_address
    return given
