"""Many job definitions in four stacks, with this library: python benchmarks/definitions.py 200."""

from __future__ import annotations

import sys

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup

STACKS = 4
IMAGE = "public.ecr.aws/docker/library/busybox:1.37"


def main() -> None:
    """Synthesize the app."""
    app = App()
    clusters = []
    for index in range(STACKS):
        stack = Stack(app, f"Definitions{index}")
        vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
        clusters.append(
            MnpCluster(stack, "Cluster", vpc=vpc, instance_type="c5.xlarge", max_nodes=4)
        )
    for index in range(int(sys.argv[1])):
        container = NodeContainer(image=IMAGE, command=["echo", index])
        clusters[index % STACKS].add_job(
            f"Job{index}",
            node_groups=[NodeGroup("all", ":", container)],
            timeout=Duration.hours(1),
        )
    app.synth()


if __name__ == "__main__":
    main()
