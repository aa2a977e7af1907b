"""How fast jobs run in the embedded AWS, and what they cost.

    python benchmarks/local.py [--jobs 1000] [--ended 10000]

Goals on 2 cores: all 4 nodes of a job run within 1 s of its submission, and all 64 of one within
5 s; 64 nodes cost the server and its processes less than 300 MiB; 1000 jobs of one node that runs
`true` pass through a queue within 60 s; a page of 10,000 ended jobs is answered within 50 ms.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import boto3
from rich.console import Console
from rich.table import Table

from cdk_batch_mnp_emulator.running import Server
from cdk_batch_mnp_emulator.settings import Settings

REGION = "us-east-1"
ENDED = ("SUCCEEDED", "FAILED")
MIB = 1024 * 1024


class BenchmarkError(Exception):
    """A job did not do what is measured."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured, beside its goal."""

    what: str
    value: float
    goal: float
    unit: str


class Platform:
    """An embedded AWS with a queue.

    Args:
        server: That runs.
    """

    def __init__(self, server: Server) -> None:
        self._access = server.access
        self.batch = self._client("batch")
        ec2, iam = self._client("ec2"), self._client("iam")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
        iam.create_instance_profile(InstanceProfileName="profile")
        self.batch.create_compute_environment(
            computeEnvironmentName="environment",
            type="MANAGED",
            computeResources={
                "type": "EC2",
                "maxvCpus": 512,
                "instanceTypes": ["m5.large"],
                "instanceRole": "profile",
                "subnets": [subnet],
                "securityGroupIds": [group],
            },
        )
        order = [{"order": 1, "computeEnvironment": "environment"}]
        self.batch.create_job_queue(jobQueueName="queue", priority=1, computeEnvironmentOrder=order)

    def define_nodes(self, number: int, *command: str) -> str:
        """Register a multi-node parallel job, and return its ARN."""
        group = {"targetNodes": "0:", "container": _container(command)}
        registered = self.batch.register_job_definition(
            jobDefinitionName=f"nodes-{number}",
            type="multinode",
            nodeProperties={
                "mainNode": 0,
                "numNodes": number,
                "nodeRangeProperties": [group],
            },
        )
        return str(registered["jobDefinitionArn"])

    def define_container(self, *command: str) -> str:
        """Register a job with one container, and return its ARN."""
        registered = self.batch.register_job_definition(
            jobDefinitionName="container",
            type="container",
            containerProperties=_container(command),
        )
        return str(registered["jobDefinitionArn"])

    def submit(self, definition: str, **members: Any) -> str:
        """Submit a job, and return its id."""
        job = {"jobName": "job", "jobQueue": "queue", "jobDefinition": definition}
        return str(self.batch.submit_job(**job, **members)["jobId"])

    def status(self, job: str) -> str:
        """Return the state of a job."""
        return str(self.batch.describe_jobs(jobs=[job])["jobs"][0]["status"])

    def end(self, job: str) -> None:
        """Terminate a job, and wait for its end."""
        self.batch.terminate_job(jobId=job, reason="measured")
        _wait(lambda: self.status(job) in ENDED)

    def seconds_to_running(self, number: int) -> tuple[str, float]:
        """Submit a job, and return its id and the seconds until all of its nodes run."""
        definition = self.define_nodes(number, "sleep", "600")
        began = time.perf_counter()
        job = self.submit(definition)
        _wait(lambda: self._running(job) == number)
        return job, time.perf_counter() - began

    def _running(self, job: str) -> int:
        nodes = self.batch.list_jobs(multiNodeJobId=job, jobStatus="RUNNING")["jobSummaryList"]
        return len(nodes)

    def _client(self, service: str) -> Any:
        create: Any = boto3.client
        return create(
            service,
            region_name=REGION,
            endpoint_url=self._access.url,
            aws_access_key_id=self._access.access_key_id,
            aws_secret_access_key=self._access.secret_access_key,
        )


def measures(platform: Platform, server: int, jobs: int, ended: int) -> Iterator[Measure]:
    """Yield all measures.

    Args:
        platform: Where they are taken.
        server: Process id of the server.
        jobs: How many jobs of one node.
        ended: How many jobs have ended when lists are read.
    """
    first, _ = platform.seconds_to_running(4)  # the first one starts what all others use
    platform.end(first)
    four, seconds = platform.seconds_to_running(4)
    platform.end(four)
    yield Measure("submit to RUNNING, 4 nodes", seconds, 1.0, "s")
    before = _memory(server)
    job, seconds = platform.seconds_to_running(64)
    yield Measure("submit to RUNNING, 64 nodes", seconds, 5.0, "s")
    yield Measure("memory of 64 nodes", (_memory(server) - before) / MIB, 300.0, "MiB")
    platform.end(job)

    definition = platform.define_container("true")
    began = time.perf_counter()
    submitted = [platform.submit(definition) for _ in range(jobs)]
    _wait(lambda: platform.status(submitted[-1]) in ENDED)
    _wait(lambda: all(platform.status(each) in ENDED for each in submitted[-50:]))
    yield Measure(f"{jobs} jobs of one node", time.perf_counter() - began, 60.0, "s")

    left = max(ended - jobs, 2)
    array = platform.submit(
        platform.define_container("true"),
        arrayProperties={"size": 2},
    )
    _wait(lambda: platform.status(array) in ENDED)
    for _ in range(left):
        platform.batch.cancel_job(jobId=platform.submit(definition), reason="ended")
    for what, request in (
        ("a page of ListJobs", lambda: _listed(platform)),
        ("DescribeJobs of 100", lambda: platform.batch.describe_jobs(jobs=submitted[:100])),
    ):
        seconds = median(_timed(request) for _ in range(9))
        yield Measure(f"{what}, {ended} ended jobs", seconds * 1000, 50.0, "ms")


def _listed(platform: Platform) -> Any:
    return platform.batch.list_jobs(jobQueue="queue", jobStatus="SUCCEEDED", maxResults=100)


def _timed(request: Callable[[], Any]) -> float:
    began = time.perf_counter()
    request()
    return time.perf_counter() - began


def _wait(is_done: Callable[[], bool], seconds: float = 300.0) -> None:
    deadline = time.perf_counter() + seconds
    while not is_done():
        if time.perf_counter() > deadline:
            raise BenchmarkError(f"nothing happened for {seconds:.0f} s")
        time.sleep(0.01)


def _memory(process: int) -> int:
    """Return the proportional set size of a process and all of its descendants, in bytes."""
    total, left = 0, [process]
    while left:
        pid = left.pop()
        folder = Path(f"/proc/{pid}")
        try:
            total += sum(
                int(line.split()[1]) * 1024
                for line in (folder / "smaps_rollup").read_text().splitlines()
                if line.startswith("Pss:")
            )
            for task in (folder / "task").iterdir():
                left += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # it has ended
    return total


def _container(command: tuple[str, ...]) -> dict[str, Any]:
    return {
        "image": "image",
        "command": list(command),
        "resourceRequirements": [
            {"type": "VCPU", "value": "2"},
            {"type": "MEMORY", "value": "128"},
        ],
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--ended", type=int, default=10_000)
    options = parser.parse_args()
    if options.jobs < 1 or options.ended < 1:
        parser.error("--jobs and --ended must be at least 1")
    table = Table("measure", "value", "goal", title="jobs in the embedded AWS")
    with Server(Settings(max_nodes=256)) as server:
        for found in measures(Platform(server), server.pid, options.jobs, options.ended):
            table.add_row(
                found.what, f"{found.value:.2f} {found.unit}", f"{found.goal:g} {found.unit}"
            )
    Console().print(table)


if __name__ == "__main__":
    main()
