"""The AWS CLI submits a multi-node parallel job and follows its nodes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import environment
from tests.clients.platform import PROGRAMS, QUEUE, Platform, running_platform

pytestmark = pytest.mark.clients

NODES = {
    "numNodes": 2,
    "mainNode": 0,
    "nodeRangeProperties": [
        {
            "targetNodes": "0:",
            "container": {
                "image": "programs",
                "command": ["python3", "node_sum.py"],
                "resourceRequirements": [
                    {"type": "VCPU", "value": "2"},
                    {"type": "MEMORY", "value": "1024"},
                ],
            },
        }
    ],
}

Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running_platform({"programs": PROGRAMS}) as platform:
        yield platform


@pytest.fixture
def aws(platform: Platform, tmp_path: Path) -> Aws:
    """The AWS CLI; returns what it prints."""
    program = environment("awscli") / "bin" / "aws"

    def run(*arguments: str, status: int = 0) -> Any:
        printed = platform.run(program, *arguments, folder=tmp_path, status=status)
        try:
            return json.loads(printed)
        except ValueError:
            return printed

    return run


def submit(aws: Aws, *more: str) -> str:
    nodes = json.dumps(NODES)
    define = ("batch", "register-job-definition", "--job-definition-name", "sum")
    aws(*define, "--type", "multinode", "--node-properties", nodes)
    where = ("--job-queue", QUEUE, "--job-definition", "sum")
    return str(aws("batch", "submit-job", "--job-name", "sum", *where, *more)["jobId"])


def wait_for(aws: Aws, job: str, *states: str) -> dict[str, Any]:
    """Poll as a shell script does, and return the job in one of the states."""
    for _ in range(60):
        (described,) = aws("batch", "describe-jobs", "--jobs", job)["jobs"]
        if described["status"] in states:
            return dict(described)
        time.sleep(0.5)
    raise TimeoutError(f"{job} is {described['status']}")


def messages(aws: Aws, stream: str) -> list[str]:
    where = ("--log-group-name", "/aws/batch/job", "--log-stream-name", stream)
    return [event["message"] for event in aws("logs", "get-log-events", *where)["events"]]


def test_four_nodes_compute_a_sum_and_each_has_a_log(aws: Aws) -> None:
    overrides = {
        "numNodes": 4,
        "nodePropertyOverrides": [
            {
                "targetNodes": "0:",
                "containerOverrides": {"environment": [{"name": "FACTOR", "value": "10"}]},
            }
        ],
    }
    job = submit(aws, "--node-overrides", json.dumps(overrides), "--tags", "team=physics")
    ended = wait_for(aws, job, "SUCCEEDED", "FAILED")
    assert (ended["status"], ended["statusReason"]) == (
        "SUCCEEDED",
        "Essential container in task exited",
    )
    assert (ended["nodeProperties"]["numNodes"], ended["tags"]) == (4, {"team": "physics"})

    nodes = aws("batch", "describe-jobs", "--jobs", *(f"{job}#{index}" for index in range(4)))
    found = {each["nodeDetails"]["nodeIndex"]: each for each in nodes["jobs"]}
    assert sorted(found) == [0, 1, 2, 3]
    addresses = {
        node["container"]["networkInterfaces"][0]["privateIpv4Address"] for node in found.values()
    }
    assert len(addresses) == 4
    logs = {
        index: messages(aws, node["container"]["logStreamName"]) for index, node in found.items()
    }
    assert logs[0][1:] == ["node 0 of 4", "the sum is 100"]
    assert [logs[index] for index in (1, 2, 3)] == [[f"node {index} of 4"] for index in (1, 2, 3)]


def test_jobs_and_nodes_are_listed(aws: Aws) -> None:
    job = submit(aws)
    assert wait_for(aws, job, "SUCCEEDED", "FAILED")["status"] == "SUCCEEDED"
    by_name = ("--job-queue", QUEUE, "--filters", "name=JOB_NAME,values=SUM*")
    listed = aws("batch", "list-jobs", *by_name)["jobSummaryList"]
    assert (listed[0]["jobId"], listed[0]["nodeProperties"]) == (job, {"numNodes": 2})
    nodes = aws("batch", "list-jobs", "--multi-node-job-id", job, "--job-status", "SUCCEEDED")[
        "jobSummaryList"
    ]
    main = next(node for node in nodes if node["nodeProperties"]["isMainNode"])
    assert (main["jobId"], main["container"]) == (f"{job}#0", {"exitCode": 0})


def test_a_running_job_is_terminated_with_a_reason(aws: Aws) -> None:
    forever = {"targetNodes": "0:", "containerOverrides": {"command": ["sleep", "600"]}}
    overrides = json.dumps({"nodePropertyOverrides": [forever]})
    job = submit(aws, "--node-overrides", overrides)
    wait_for(aws, job, "RUNNING")
    aws("batch", "terminate-job", "--job-id", job, "--reason", "out of budget")
    ended = wait_for(aws, job, "FAILED")
    assert ended["statusReason"] == "out of budget"


def test_an_override_of_other_nodes_is_refused_in_the_words_of_the_service(aws: Aws) -> None:
    overrides = json.dumps({"nodePropertyOverrides": [{"targetNodes": "0:0"}]})
    nodes = json.dumps(NODES)
    define = ("batch", "register-job-definition", "--job-definition-name", "sum")
    aws(*define, "--type", "multinode", "--node-properties", nodes)
    where = ("--job-queue", QUEUE, "--job-definition", "sum", "--node-overrides", overrides)
    printed = aws("batch", "submit-job", "--job-name", "sum", *where, status=255)
    assert "NodeOverride targets should match job definition. Non matching targets - 0:0" in printed


def test_a_job_that_waits_is_shown_at_the_front_of_its_queue_and_cancelled(aws: Aws) -> None:
    # 140 nodes of two vCPUs each, in an environment of 256 vCPUs.
    job = submit(aws, "--node-overrides", '{"numNodes": 140}')
    waiting = wait_for(aws, job, "RUNNABLE")
    assert "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE" in waiting["statusReason"]
    front = aws("batch", "get-job-queue-snapshot", "--job-queue", QUEUE)["frontOfQueue"]["jobs"]
    assert [each["jobArn"].rpartition("/")[2] for each in front] == [job]
    aws("batch", "cancel-job", "--job-id", job, "--reason", "too large")
    assert wait_for(aws, job, "FAILED")["statusReason"] == "too large"
