"""An app of our own constructs: two stacks, a cluster in a nested stack, and an asset."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, Duration, NestedStack, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3_assets as s3_assets

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup


def synthesize(folder: Path) -> None:
    """Synthesize the app as `cdk synth` does."""
    app = App(outdir=str(folder), context={"aws:cdk:enable-path-metadata": True})
    network = Stack(app, "Network")
    vpc = ec2.Vpc(network, "Vpc", max_azs=1)
    stack = Stack(app, "Simulation")
    cluster = MnpCluster(
        NestedStack(stack, "Nested"), "Cluster", vpc=vpc, instance_type="c5n.18xlarge", max_nodes=4
    )
    case = s3_assets.Asset(stack, "Case", path=__file__)
    solver = NodeContainer(
        image="111122223333.dkr.ecr.us-east-1.amazonaws.com/solver:1",
        command=["solve", "Ref::case"],
        environment={"CASE_OBJECT": case.s3_object_url},
    )
    cluster.add_job(
        "Solver",
        node_groups=[NodeGroup("solver", ":", solver)],
        parameters={"case": "cavity"},
        timeout=Duration.hours(12),
    )
    app.synth()
