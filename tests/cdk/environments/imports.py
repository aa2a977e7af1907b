"""Environments and queues that are imported by their ARNs."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack

from cdk_batch_mnp import MnpComputeEnvironment, MnpJobQueue
from cdk_batch_mnp.cdk.environments.imported_environment import ImportedComputeEnvironment
from cdk_batch_mnp.cdk.environments.imported_queue import ImportedJobQueue

PREFIX = "arn:aws:batch:eu-west-1:123456789012"
QUEUE = f"{PREFIX}:job-queue/solvers"
ENVIRONMENT = f"{PREFIX}:compute-environment/nodes"


def import_environment(
    stack: Stack, id: str = "Nodes", **attributes: Any
) -> ImportedComputeEnvironment:
    return MnpComputeEnvironment.from_compute_environment_attributes(
        stack, id, **{"compute_environment_arn": ENVIRONMENT, **attributes}
    )


def import_queue(stack: Stack, **attributes: Any) -> ImportedJobQueue:
    """A queue whose only environment has these attributes."""
    return MnpJobQueue.from_job_queue_attributes(
        stack,
        "Imported",
        job_queue_arn=QUEUE,
        compute_environments=[import_environment(stack, **attributes)],
    )
