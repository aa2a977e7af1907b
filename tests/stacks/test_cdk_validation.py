"""The CDK's own validation of the templates, which is off in the other tests to save time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stacks.conftest import ROOT

# One app for all cases, since the CDK takes seconds for the first template of a process. The queue
# is wrong, to prove that the validation ran.
PROGRAM = """
from pathlib import Path

from aws_cdk import App, Duration, Stack, aws_ec2, aws_sqs

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup
from stacks.mnp import MnpStack
from stacks.network import NetworkStack
from stacks.settings import load

app = App(context={"@aws-cdk/core:validateAgainstDefaultRules": True})
for name in ("demo", "hpc", "mpi", "training"):
    settings = load(Path(f"configs/{name}.toml"))
    network = NetworkStack(
        app,
        f"{name}-network",
        settings=settings.network,
        has_secrets=any(job.launcher for job in settings.jobs),
    )
    MnpStack(
        app, name, settings=settings, vpc=network.vpc, subnets=network.subnets
    )

stack = Stack(app, "minimal")
vpc = aws_ec2.Vpc(stack, "Vpc", max_azs=1)
cluster = MnpCluster(stack, "Cluster", vpc=vpc, instance_type="c5.18xlarge", max_nodes=4)
solver = NodeContainer(image="public.ecr.aws/hpc/solver:1", command=["solve"])
cluster.add_job("Solve", node_groups=[NodeGroup("all", ":", solver)], timeout=Duration.hours(1))

aws_sqs.CfnQueue(Stack(app, "wrong"), "Queue", delay_seconds=-1)
app.synth()
"""


@pytest.mark.clients
def test_the_cdk_only_finds_what_is_wrong_on_purpose(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "CDK_VALIDATION"}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**environment, "CDK_OUTDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (tmp_path / "validation-report.json").exists(), run.stderr
    report = json.loads((tmp_path / "validation-report.json").read_text())
    violations = {
        (plugin["pluginName"], construct["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
    assert violations == {("CloudFormation Validate", "wrong/Queue")}
