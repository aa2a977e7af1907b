"""The real CDK updates a job that another stack submits."""

from __future__ import annotations

from pathlib import Path

from cdk_batch_mnp_emulator.running import Server
from embedded import EmbeddedAws
from tests.end_to_end.toolkit import Toolkit

APP = str(Path(__file__).parent / "app_of_two_stacks.py")


def queue_of(stack: str, aws: EmbeddedAws) -> str:
    """The queue of a stack; other tests' queues may be there as well."""
    resources = aws.client("cloudformation").describe_stack_resources(StackName=stack)
    (queue,) = (
        resource["PhysicalResourceId"]
        for resource in resources["StackResources"]
        if resource["ResourceType"] == "AWS::Batch::JobQueue"
    )
    return str(queue)


def test_a_job_is_updated_that_another_stack_submits(
    server: Server, aws: EmbeddedAws, tmp_path: Path
) -> None:
    cdk, batch = Toolkit(server, tmp_path), aws.client("batch")
    revisions = []
    for nodes in (2, 4):
        cdk.deploy("--context", f"nodes={nodes}", app=APP)
        arn = aws.client("ssm").get_parameter(Name="/team/job")["Parameter"]["Value"]
        job = batch.submit_job(
            jobName="solve", jobQueue=queue_of("Platform", aws), jobDefinition=arn
        )
        (detail,) = batch.describe_jobs(jobs=[job["jobId"]])["jobs"]
        assert detail["nodeProperties"]["numNodes"] == nodes
        revisions.append(detail["jobDefinition"].rpartition(":")[2])
        batch.terminate_job(jobId=job["jobId"], reason="the test has seen it")
    assert revisions == ["1", "2"]
    cdk.destroy_assembly(tmp_path / "assembly")
