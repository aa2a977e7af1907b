"""Jobs are taken as Batch takes them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws
from templates import container, definition, platform


@dataclass
class Queue:
    """A queue, with a client and the definitions that are submitted to it."""

    batch: Any
    arn: str

    def register(self, *ranges: str, num_nodes: int, main_node: int = 0) -> str:
        """Register a definition with the API and return its ARN."""
        nodes = definition(*ranges, num_nodes=num_nodes, main_node=main_node)["Properties"]
        registered: dict[str, str] = self.batch.register_job_definition(
            jobDefinitionName=f"job-{uuid.uuid4().hex[:8]}",
            type="multinode",
            parameters=nodes["Parameters"],
            nodeProperties={
                "numNodes": num_nodes,
                "mainNode": main_node,
                "nodeRangeProperties": [
                    {
                        "targetNodes": node_range,
                        "container": {
                            "image": "busybox",
                            "environment": [{"name": "A", "value": "1"}],
                            "resourceRequirements": [
                                {"type": "VCPU", "value": "4"},
                                {"type": "MEMORY", "value": "7494"},
                            ],
                        },
                    }
                    for node_range in ranges
                ],
            },
        )
        return registered["jobDefinitionArn"]

    def submit(self, job_definition: str, **more: Any) -> dict[str, Any]:
        """Submit a job, and describe it."""
        submitted = self.batch.submit_job(
            jobName="job", jobQueue=self.arn, jobDefinition=job_definition, **more
        )
        return self.describe(submitted["jobId"])

    def too_large(self, **more: Any) -> dict[str, Any]:
        """Submit a job that waits until it is ended, and describe it once it says why."""
        overrides = {"numNodes": 1000}
        job = self.submit(self.register("0:", num_nodes=2), nodeOverrides=overrides, **more)
        deadline = time.monotonic() + 30
        while "statusReason" not in (job := self.describe(job["jobId"])):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return job

    def describe(self, job_id: str) -> dict[str, Any]:
        described: list[dict[str, Any]] = self.batch.describe_jobs(jobs=[job_id])["jobs"]
        assert len(described) == 1
        return described[0]


@pytest.fixture(scope="module")
def queue(aws: EmbeddedAws) -> Queue:
    stack = aws.deploy(platform())
    assert stack.failures == {}
    return Queue(aws.client("batch"), stack.resources["Queue"])


@pytest.mark.parametrize(
    ("ranges", "num_nodes", "main_node", "override"),
    [
        pytest.param(["0:"], 4, 0, 1, id="down to one node"),
        pytest.param([":"], 4, 3, 8, id="open on both sides"),
        pytest.param(["0", "1:"], 4, 0, 2, id="one more than the highest lower bound"),
        pytest.param(["0:1", "2:"], 4, 2, 3, id="one more than the main node"),
        pytest.param([":3", "4:"], 8, 0, 1000, id="many more"),
    ],
)
def test_the_number_of_nodes_is_overridden(
    queue: Queue, ranges: list[str], num_nodes: int, main_node: int, override: int
) -> None:
    job_definition = queue.register(*ranges, num_nodes=num_nodes, main_node=main_node)
    job = queue.submit(job_definition, nodeOverrides={"numNodes": override})
    assert job["nodeProperties"]["numNodes"] == override
    (unchanged,) = queue.batch.describe_job_definitions(jobDefinitions=[job_definition])[
        "jobDefinitions"
    ]
    assert unchanged["nodeProperties"]["numNodes"] == num_nodes
    queue.batch.terminate_job(jobId=job["jobId"], reason="it may block the queue")


@pytest.mark.parametrize(
    ("ranges", "num_nodes", "main_node", "override", "message"),
    [
        pytest.param(["0:3"], 4, 0, 8, "no node range .* has an open upper", id="no open range"),
        pytest.param(["0:1", "2:"], 4, 0, 2, "begins at node 2", id="a lower bound is reached"),
        pytest.param(["0:"], 4, 2, 2, "mainNode 2 must be fewer", id="main node is reached"),
        pytest.param(["0:"], 4, 0, -1, "must be from 1 to 1000", id="negative"),
    ],
)
def test_an_override_that_the_definition_does_not_allow_is_refused(
    queue: Queue, ranges: list[str], num_nodes: int, main_node: int, override: int, message: str
) -> None:
    job_definition = queue.register(*ranges, num_nodes=num_nodes, main_node=main_node)
    with pytest.raises(ClientError, match=message) as refusal:
        queue.submit(job_definition, nodeOverrides={"numNodes": override})
    assert refusal.value.response["Error"]["Code"] == "ClientException"


def test_a_job_that_is_too_large_waits_and_says_why(queue: Queue) -> None:
    job = queue.too_large(parameters={"Greeting": "hi"})
    assert job["status"] == "RUNNABLE"
    assert job["statusReason"].startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
    assert job["parameters"] == {"Greeting": "hi"}
    assert "startedAt" not in job
    waiting = queue.batch.list_jobs(jobQueue=queue.arn, jobStatus="RUNNABLE")["jobSummaryList"]
    (mine,) = [each for each in waiting if each["jobId"] == job["jobId"]]
    assert mine["nodeProperties"] == {"numNodes": 1000}
    assert queue.batch.list_jobs(jobQueue=queue.arn)["jobSummaryList"] == []
    queue.batch.terminate_job(jobId=job["jobId"], reason="it would block the queue")


def test_the_containers_of_a_node_range_are_overridden(queue: Queue) -> None:
    override = {
        "targetNodes": "1:",
        "instanceTypes": ["c5.xlarge"],
        "containerOverrides": {
            "command": ["work"],
            "environment": [{"name": "B", "value": "2"}],
            "resourceRequirements": [{"type": "VCPU", "value": "2"}],
        },
    }
    job = queue.submit(
        queue.register("0", "1:", num_nodes=2),
        nodeOverrides={"nodePropertyOverrides": [override]},
    )
    first, second = job["nodeProperties"]["nodeRangeProperties"]
    assert first["container"]["command"] == []
    assert second["instanceTypes"] == ["c5.xlarge"]
    assert second["container"]["command"] == ["work"]
    assert second["container"]["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "2"},
    ]
    assert second["container"]["resourceRequirements"] == [
        {"type": "VCPU", "value": "2"},
        {"type": "MEMORY", "value": "7494"},
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param({"arrayProperties": {"size": 2}}, "arrayProperties is not", id="array"),
        pytest.param(
            {"containerOverrides": {"command": ["a"]}}, "containerOverrides is not", id="container"
        ),
        pytest.param(
            {"nodeOverrides": {"nodePropertyOverrides": [{"targetNodes": "7:"}]}},
            "Non matching targets - 7:",
            id="unknown range",
        ),
    ],
)
def test_what_multi_node_jobs_do_not_take_is_refused(
    queue: Queue, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        queue.submit(queue.register("0:", num_nodes=2), **more)


@pytest.mark.parametrize(
    ("operation", "mark"), [("cancel_job", "isCancelled"), ("terminate_job", "isTerminated")]
)
def test_a_waiting_job_can_be_ended(queue: Queue, operation: str, mark: str) -> None:
    job = queue.too_large()
    getattr(queue.batch, operation)(jobId=job["jobId"], reason="no longer needed")
    ended = queue.describe(job["jobId"])
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "no longer needed")
    assert ended[mark] is True


def test_a_disabled_queue_takes_no_job(aws: EmbeddedAws) -> None:
    stack = aws.deploy(platform())
    batch = aws.client("batch")
    batch.update_job_queue(jobQueue=stack.resources["Queue"], state="DISABLED")
    with pytest.raises(ClientError, match="is disabled"):
        batch.submit_job(
            jobName="job",
            jobQueue=stack.resources["Queue"],
            jobDefinition=stack.resources["Definition"],
        )


def test_a_name_is_the_newest_active_revision(queue: Queue) -> None:
    arn = queue.register("0:", num_nodes=2)
    name = arn.rsplit("/", 1)[-1].split(":")[0]
    assert queue.submit(name)["jobDefinition"] == arn
    queue.batch.deregister_job_definition(jobDefinition=arn)
    with pytest.raises(ClientError, match="does not exist or is inactive"):
        queue.submit(name)


def test_a_job_of_one_container_takes_its_overrides(aws: EmbeddedAws, queue: Queue) -> None:
    properties = {"Type": "container", "ContainerProperties": container()}
    stack = aws.deploy(
        {"Definition": {"Type": "AWS::Batch::JobDefinition", "Properties": properties}}
    )
    job = queue.submit(
        stack.resources["Definition"],
        containerOverrides={"command": ["other"]},
        arrayProperties={"size": 3},
    )
    assert job["container"]["command"] == ["other"]
    assert job["container"]["image"] == container()["Image"]
    assert job["arrayProperties"]["size"] == 3
