"""A redun workflow with one task that runs on four nodes."""

import os

from node_sum import sum_over_nodes
from redun import task

redun_namespace = "clients"


@task(executor="batch", num_nodes=4)
def total(factor: int) -> int:
    index = int(os.environ["AWS_BATCH_JOB_NODE_INDEX"])
    print(f"node {index} of {os.environ['AWS_BATCH_JOB_NUM_NODES']}")
    return sum_over_nodes(factor * (index + 1))


@task(executor="batch", num_nodes=2)
def broken() -> None:
    raise RuntimeError("node {AWS_BATCH_JOB_NODE_INDEX} is broken".format_map(os.environ))


@task()
def main(factor: int = 10) -> int:
    return total(factor)
