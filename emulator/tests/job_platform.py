"""A stack with a queue on which jobs run at once, and waiting for what follows from them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from embedded import EmbeddedAws, Template
from templates import instance_role, network

Found = TypeVar("Found")

RESOURCES = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]


class JobPlatform:
    """One queue, a definition with one container and one with two nodes; both run ``true``."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.batch = aws.client("batch")
        stack = aws.deploy(_environment())
        assert stack.status == "CREATE_COMPLETE", stack.failures
        resources = stack.resources
        self.queue_arn = resources["Queue"]
        self.queue = self.queue_arn.rpartition("/")[2]
        self.container_definition = self.define(["true"])
        self.nodes_definition = self.define_nodes(["true"])

    def define(self, command: list[str]) -> str:
        """Register a definition with one container, and return its ARN."""
        answer = self.batch.register_job_definition(
            jobDefinitionName=f"single-{time.monotonic_ns()}",
            type="container",
            containerProperties=_container(command),
        )
        return str(answer["jobDefinitionArn"])

    def define_nodes(self, command: list[str]) -> str:
        """Register a definition with two nodes, and return its ARN."""
        group = {"targetNodes": "0:", "container": _container(command)}
        answer = self.batch.register_job_definition(
            jobDefinitionName=f"nodes-{time.monotonic_ns()}",
            type="multinode",
            nodeProperties={"mainNode": 0, "numNodes": 2, "nodeRangeProperties": [group]},
        )
        return str(answer["jobDefinitionArn"])

    def submit(self, definition: str, **members: Any) -> str:
        """Submit a job, and return its id."""
        answer = self.batch.submit_job(
            jobName="job", jobQueue=self.queue, jobDefinition=definition, **members
        )
        return str(answer["jobId"])

    def describe(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self.batch.describe_jobs(jobs=[job])["jobs"][0]
        return found

    def ended(self, job: str) -> dict[str, Any]:
        """Wait for the end of a job, and return its detail."""

        def detail() -> dict[str, Any] | None:
            found = self.describe(job)
            return found if found["status"] in {"SUCCEEDED", "FAILED"} else None

        return wait_for(detail)


def wait_for(look: Callable[[], Found | None], seconds: float = 30.0) -> Found:
    """Return what a look returns, once it returns something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "what was waited for has not happened"
        time.sleep(0.05)
    return found


def _container(command: list[str]) -> Mapping[str, Any]:
    return {"image": "busybox", "command": command, "resourceRequirements": RESOURCES}


def _environment() -> Template:
    return {
        **network(),
        **instance_role(),
        "Environment": {
            "Type": "AWS::Batch::ComputeEnvironment",
            "Properties": {
                "Type": "MANAGED",
                "ComputeResources": {
                    "Type": "EC2",
                    "MaxvCpus": 64,
                    "InstanceTypes": ["c5.xlarge"],
                    "InstanceRole": {"Fn::GetAtt": ["Profile", "Arn"]},
                    "Subnets": [{"Ref": "Subnet"}],
                    "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
                },
            },
        },
        "Queue": {
            "Type": "AWS::Batch::JobQueue",
            "Properties": {
                "Priority": 1,
                "ComputeEnvironmentOrder": [
                    {"Order": 1, "ComputeEnvironment": {"Ref": "Environment"}}
                ],
            },
        },
    }
