"""The platform that the clients use: an embedded AWS with a network, a queue and a bucket."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore.config import Config

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.settings import Settings
from cdk_batch_mnp_emulator.variables import command_environment
from warm import WarmServer

REGION = "us-east-1"
QUEUE = "queue"
BUCKET = "results"
PROGRAMS = Path(__file__).parent / "programs"
"""What users write: programs for nodes, flows and workflows."""

ROLE = "arn:aws:iam::123456789012:role/job"

Network = Literal["auto", "namespaces", "loopback"]

_SECONDS = 300


@dataclass(frozen=True)
class Platform:
    """An embedded AWS that has what a client needs to submit jobs.

    Attributes:
        access: Where it listens, and its credentials.
    """

    access: Access

    def client(self, service: str) -> Any:
        """Return a boto3 client, the same one for a service each time."""
        if service not in self._clients:
            create: Any = boto3.client
            self._clients[service] = create(
                service,
                region_name=REGION,
                endpoint_url=self.access.url,
                aws_access_key_id=self.access.access_key_id,
                aws_secret_access_key=self.access.secret_access_key,
                # Without a name, botocore writes a long one for every request.
                config=Config(user_agent="tests"),
            )
        return self._clients[service]

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients.values():
            client.close()

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    @cached_property
    def variables(self) -> dict[str, str]:
        """The environment of a command that has this AWS only."""
        return command_environment(os.environ, self.access, REGION)

    def run(
        self,
        *command: str | Path,
        folder: Path,
        variables: Mapping[str, str] | None = None,
        status: int = 0,
    ) -> str:
        """Run a command of a client as a user types it, and return what it prints.

        Args:
            command: The program and its arguments.
            folder: Where it runs, which is also its home.
            variables: Added to its environment.
            status: Its exit status.
        """
        own = {"HOME": str(folder), "COLUMNS": "200", "NO_COLOR": "1"}
        ended = subprocess.run(
            [str(each) for each in command],
            cwd=folder,
            env=self.variables | own | dict(variables or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_SECONDS,
        )
        assert ended.returncode == status, ended.stdout
        return ended.stdout

    def shell(self, line: str, programs: Path, folder: Path, variables: Mapping[str, str]) -> str:
        """Run a line of a shell that has the programs of a client, and return what it prints.

        Args:
            line: Which must exit with status 0.
            programs: A folder that comes first in the ``PATH``.
            folder: Where it runs.
            variables: Added to its environment.
        """
        path = os.pathsep.join((str(programs), self.variables["PATH"]))
        return self.run("sh", "-c", line, folder=folder, variables={**variables, "PATH": path})

    def run_nodes(
        self,
        number: int,
        *,
        image: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        own_tmp: bool = False,
    ) -> dict[str, Any]:
        """Run a multi-node parallel job, and return it once it has ended.

        Args:
            number: Of its nodes.
            image: Of all of them.
            command: Of all of them.
            environment: Variables of all of them.
            own_tmp: Whether each has a ``/tmp`` that the others do not see, as on real instances.
        """
        batch = self.client("batch")
        container: dict[str, Any] = {
            "image": image,
            "command": list(command),
            "environment": [
                {"name": name, "value": value} for name, value in (environment or {}).items()
            ],
            "vcpus": 2,
            "memory": 1024,
        }
        if own_tmp:
            container["linuxParameters"] = {"tmpfs": [{"containerPath": "/tmp", "size": 256}]}
        definition = batch.register_job_definition(
            jobDefinitionName="nodes",
            type="multinode",
            nodeProperties={
                "numNodes": number,
                "mainNode": 0,
                "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
            },
            timeout={"attemptDurationSeconds": 120},
        )
        id = batch.submit_job(
            jobName="nodes", jobQueue=QUEUE, jobDefinition=definition["jobDefinitionArn"]
        )["jobId"]
        while True:  # the job has a timeout
            (job,) = batch.describe_jobs(jobs=[id])["jobs"]
            if job["status"] in {"SUCCEEDED", "FAILED"}:
                return dict(job)
            time.sleep(0.2)

    def log_of_main(self, job: Mapping[str, Any]) -> list[str]:
        """Return the lines of the main node of a job that has ended."""
        return self._lines(job["attempts"][-1]["container"]["logStreamName"])

    def log_of_node(self, job: Mapping[str, Any], index: int) -> list[str]:
        """Return the lines of a node of a job that has ended."""
        (node,) = self.client("batch").describe_jobs(jobs=[f"{job['jobId']}#{index}"])["jobs"]
        return self._lines(node["container"]["logStreamName"])

    def _lines(self, stream: str) -> list[str]:
        events = self.client("logs").get_log_events(
            logGroupName="/aws/batch/job", logStreamName=stream, startFromHead=True
        )["events"]
        return [event["message"] for event in events]


@contextmanager
def running_platform(
    images: Mapping[str, Path], *, network: Network = "auto"
) -> Iterator[Platform]:
    """Run a platform.

    Args:
        images: Folders that stand for images.
        network: How nodes are kept apart.
    """
    settings = Settings(images=images, network=network)
    with WarmServer(settings) as server, closing(Platform(server.access)) as platform:
        _make_queue(platform)
        platform.client("s3").create_bucket(Bucket=BUCKET)
        yield platform


def _make_queue(platform: Platform) -> None:
    ec2, iam, batch = (platform.client(name) for name in ("ec2", "iam", "batch"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=vpc)["GroupId"]
    profile = iam.create_instance_profile(InstanceProfileName="nodes")["InstanceProfile"]["Arn"]
    batch.create_compute_environment(
        computeEnvironmentName="environment",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 256,
            "instanceTypes": ["m5"],
            "instanceRole": profile,
            "subnets": [subnet],
            "securityGroupIds": [group],
        },
    )
    batch.create_job_queue(
        jobQueueName=QUEUE,
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "environment"}],
    )
