"""What goes wrong with jobs is said by the job, and the server goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from cdk_batch_mnp_emulator.running import Server
from embedded import EmbeddedAws
from job_platform import RESOURCES, JobPlatform, wait_for
from warm import WarmServer

GROUP = "/aws/batch/job"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with WarmServer() as server:
        yield server


@pytest.fixture(scope="module")
def platform(server: Server) -> JobPlatform:
    return JobPlatform(EmbeddedAws(server.access))


def log_of(platform: JobPlatform, job: dict[str, Any]) -> list[str]:
    events: dict[str, Any] = platform.aws.client("logs").get_log_events(
        logGroupName=GROUP, logStreamName=job["container"]["logStreamName"], startFromHead=True
    )
    return [each["message"] for each in events["events"]]


def run(platform: JobPlatform, *command: str) -> dict[str, Any]:
    return platform.ended(platform.submit(platform.define(list(command))))


def define(platform: JobPlatform, **container: Any) -> str:
    answer = platform.batch.register_job_definition(
        jobDefinitionName=f"own-{time.monotonic_ns()}",
        type="container",
        containerProperties={"image": "i", "resourceRequirements": RESOURCES, **container},
    )
    return str(answer["jobDefinitionArn"])


def is_running(platform: JobPlatform, *jobs: str) -> bool | None:
    return all(platform.describe(each)["status"] == "RUNNING" for each in jobs) or None


def test_a_line_of_32_mib_is_stored_in_pieces_and_memory_stays_bounded(
    platform: JobPlatform, server: Server
) -> None:
    run(platform, "true")
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    job = run(platform, "sh", "-c", "head -c 33554432 /dev/zero | tr '\\0' x")
    assert job["status"] == "SUCCEEDED", job
    # What is stored is kept in memory, and there is little else.
    assert process.memory_info().rss - before < 64 << 20
    first, *pieces = log_of(platform, job)
    assert first.startswith("The image busybox is not run")
    assert {len(each) for each in pieces} <= {256 * 1024 - 26, (32 << 20) % (256 * 1024 - 26)}
    assert platform.aws.client("sts").get_caller_identity()["Account"]


def test_binary_output_is_stored_as_text(platform: JobPlatform) -> None:
    job = run(platform, "printf", "\\000\\377\\376\\r\\n\\nlast")
    assert job["status"] == "SUCCEEDED", job
    assert log_of(platform, job)[1:] == ["\0\ufffd\ufffd", " ", "last"]


def test_a_log_group_that_is_deleted_does_not_stop_the_job(platform: JobPlatform) -> None:
    logs = platform.aws.client("logs")
    program = "for each in 1 2 3 4 5 6 7 8; do echo $each; sleep 0.2; done"
    job = platform.submit(platform.define(["sh", "-c", program]))
    wait_for(lambda: is_running(platform, job))
    logs.delete_log_group(logGroupName=GROUP)
    assert platform.ended(job)["status"] == "SUCCEEDED"
    again = run(platform, "echo", "made anew")
    assert "made anew" in log_of(platform, again)


def test_a_log_group_that_does_not_exist_is_the_reason(platform: JobPlatform) -> None:
    configuration = {"logDriver": "awslogs", "options": {"awslogs-group": "/none"}}
    definition = define(platform, command=["true"], logConfiguration=configuration)
    job = platform.ended(platform.submit(definition))
    assert job["status"] == "FAILED"
    assert job["statusReason"] == "Task failed to start"
    assert "log group /none does not exist" in job["container"]["reason"]


def test_a_secret_that_does_not_exist_is_the_reason(platform: JobPlatform) -> None:
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf"
    definition = define(
        platform,
        command=["true"],
        secrets=[{"name": "S", "valueFrom": secret}],
        executionRoleArn="arn:aws:iam::123456789012:role/r",
    )
    job = platform.ended(platform.submit(definition))
    assert job["status"] == "FAILED"
    assert "ResourceInitializationError" in job["container"]["reason"]
    assert "none" in job["container"]["reason"]


def test_an_instance_type_that_does_not_exist_leaves_the_job_waiting_with_a_reason(
    platform: JobPlatform,
) -> None:
    group = {
        "targetNodes": "0:",
        "instanceTypes": ["x99.huge"],
        "container": {"image": "i", "command": ["true"], "resourceRequirements": RESOURCES},
    }
    definition = platform.batch.register_job_definition(
        jobDefinitionName="no-such-type",
        type="multinode",
        nodeProperties={"mainNode": 0, "numNodes": 2, "nodeRangeProperties": [group]},
    )["jobDefinitionArn"]
    job = platform.submit(definition)
    reason = wait_for(lambda: platform.describe(job).get("statusReason"))
    assert reason.startswith("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")
    platform.batch.cancel_job(jobId=job, reason="enough")
    assert platform.ended(job)["statusReason"] == "enough"


def test_a_job_of_more_nodes_than_the_limit_says_how_to_lift_it(platform: JobPlatform) -> None:
    group = {"targetNodes": "0:", "container": {"image": "i", "command": ["true"]}}
    environment = _environment_of(platform)
    platform.batch.update_compute_environment(
        computeEnvironment=environment, computeResources={"maxvCpus": 100_000}
    )
    group["container"]["resourceRequirements"] = RESOURCES  # type: ignore[index]
    definition = platform.batch.register_job_definition(
        jobDefinitionName="thousand",
        type="multinode",
        nodeProperties={"mainNode": 0, "numNodes": 1000, "nodeRangeProperties": [group]},
    )["jobDefinitionArn"]
    job = platform.ended(platform.submit(definition))
    assert job["status"] == "FAILED"
    assert "at most 128 nodes" in job["statusReason"]
    assert "--max-nodes 1000" in job["statusReason"]


def test_a_queue_and_an_environment_cannot_be_deleted_under_a_job(platform: JobPlatform) -> None:
    job = platform.submit(platform.define(["sleep", "3"]))
    wait_for(lambda: is_running(platform, job))
    batch, queue = platform.batch, platform.queue
    environment = _environment_of(platform)
    with pytest.raises(batch.exceptions.ClientException):
        batch.delete_compute_environment(computeEnvironment=environment)
    batch.update_compute_environment(computeEnvironment=environment, state="DISABLED")
    batch.update_job_queue(jobQueue=queue, state="DISABLED")
    try:
        assert platform.describe(job)["status"] == "RUNNING"  # disabling lets jobs end
        assert platform.ended(job)["status"] == "SUCCEEDED"
    finally:
        batch.update_compute_environment(computeEnvironment=environment, state="ENABLED")
        batch.update_job_queue(jobQueue=queue, state="ENABLED")
    assert run(platform, "true")["status"] == "SUCCEEDED"


def test_deleting_a_queue_ends_its_jobs(platform: JobPlatform) -> None:
    batch = platform.batch
    environment = _environment_of(platform)
    batch.create_job_queue(
        jobQueueName="short",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
    )
    definition = platform.define(["sleep", "300"])
    job = batch.submit_job(jobName="job", jobQueue="short", jobDefinition=definition)["jobId"]
    wait_for(lambda: is_running(platform, job))
    batch.update_job_queue(jobQueue="short", state="DISABLED")
    batch.delete_job_queue(jobQueue="short")
    ended = platform.ended(job)
    assert ended["status"] == "FAILED"
    assert run(platform, "true")["status"] == "SUCCEEDED"


def _environment_of(platform: JobPlatform) -> str:
    (queue,) = platform.batch.describe_job_queues(jobQueues=[platform.queue])["jobQueues"]
    return str(queue["computeEnvironmentOrder"][0]["computeEnvironment"])
