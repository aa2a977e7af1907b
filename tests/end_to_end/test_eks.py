"""Resources for Amazon EKS in the embedded AWS, which accepts them and runs no pods."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, Duration, Size, Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import (
    EksNodeContainer,
    MnpEksComputeEnvironment,
    MnpEksJobDefinition,
    MnpJobQueue,
    NodeGroup,
)
from warm import run_warm


def synthesize(folder: Path) -> None:
    app = App(outdir=str(folder))
    stack = Stack(app, "Training")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
    group = ec2.SecurityGroup(stack, "Nodes", vpc=vpc)
    group.connections.allow_internally(ec2.Port.all_traffic())
    environment = MnpEksComputeEnvironment(
        stack,
        "Environment",
        cluster="training",
        namespace="batch-jobs",
        vpc=vpc,
        security_groups=[group],
        instance_type="c5.18xlarge",
        max_nodes=4,
    )
    queue = MnpJobQueue(stack, "Queue", compute_environments=[environment])
    trainer = EksNodeContainer(image="trainer", cpu=70, memory=Size.gibibytes(120))
    MnpEksJobDefinition(
        stack,
        "Train",
        job_queue=queue,
        num_nodes=2,
        timeout=Duration.hours(1),
        node_groups=[NodeGroup("trainers", ":", trainer)],
    )
    app.synth()


def test_a_job_is_submitted_and_the_reason_why_it_does_not_run_is_clear(tmp_path: Path) -> None:
    synthesize(tmp_path / "cdk.out")
    done = run_warm("run", "cdk.out", cwd=tmp_path, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "runs nothing in a compute environment of Amazon EKS" in done.stdout + done.stderr
