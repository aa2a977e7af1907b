"""The CDK's own validation of templates, which the other tests switch off for its time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

APP = """
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup

app = App(context={"@aws-cdk/core:validateAgainstDefaultRules": True})
stack = Stack(app, "Platform")
vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
cluster = MnpCluster(stack, "Cluster", vpc=vpc, instance_type="c5.18xlarge", max_nodes=4)
solver = NodeContainer(image="public.ecr.aws/hpc/solver:1", command=["solve"])
cluster.add_job("Solve", node_groups=[NodeGroup("all", ":", solver)], timeout=Duration.hours(1))
app.synth()
"""


def test_the_cdk_finds_nothing_in_a_cluster(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    run = subprocess.run(
        [sys.executable, "-c", APP],
        env={**environment, "CDK_OUTDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "validation" not in run.stdout + run.stderr
    assert (tmp_path / "Platform.template.json").exists()
