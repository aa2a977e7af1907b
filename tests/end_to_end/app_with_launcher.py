"""An app of our own constructs whose jobs are started by the launcher, with each delivery."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import Launcher, LauncherDelivery, MnpCluster, NodeContainer, NodeGroup

ON_THE_OTHERS = """\
test "$MNP_NODE_RANK" = 0
sed 1d "$MNP_HOSTS" | while read -r address rest; do
  "${MNP_HOSTS%/*}/agent" "$address" 'echo "started on node $MNP_NODE_INDEX"' < /dev/null
done
exit "$0"
"""
"""Starts a program on all other nodes, as mpirun does, and exits with a status."""


def synthesize(folder: Path, launcher: Path) -> None:
    """Synthesize the app as `cdk synth` does.

    Args:
        folder: Where its assembly goes.
        launcher: Where the image has the launcher.
    """
    deliveries = {
        "InImage": LauncherDelivery.in_image(),
        "InitContainer": LauncherDelivery.from_init_container("launcher:1", str(launcher)),
        "FromNodes": LauncherDelivery.from_nodes(),
    }
    app = App(outdir=str(folder), context={"aws:cdk:enable-path-metadata": True})
    stack = Stack(app, "Simulation")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
    cluster = MnpCluster(stack, "Cluster", vpc=vpc, instance_type="c5.18xlarge", max_nodes=3)
    for name, delivery in deliveries.items():
        solver = NodeContainer(image="solver:1", command=["sh", "-c", ON_THE_OTHERS, "Ref::status"])
        cluster.add_job(
            name,
            node_groups=[NodeGroup("solver", ":", solver)],
            launcher=Launcher(mode="main", delivery=delivery),
            parameters={"status": 0},
            retry_attempts=3,
            timeout=Duration.hours(1),
        )
    app.synth()
