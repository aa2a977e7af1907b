"""AWS Batch with a clock that the test moves and nodes that do what the test says."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.batch.definitions import JobDefinitions
from cdk_batch_mnp_emulator.batch.jobs import Jobs
from cdk_batch_mnp_emulator.batch.life_cycle.host_paths import HostPaths
from cdk_batch_mnp_emulator.batch.life_cycle.inbox import Inbox
from cdk_batch_mnp_emulator.batch.life_cycle.launching import Launcher
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle, Observer
from cdk_batch_mnp_emulator.batch.queue_snapshots import QueueSnapshots
from cdk_batch_mnp_emulator.batch.state import BatchState
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.nodes.runner import NodeAddress, NodeListener, NodeRequest
from cdk_batch_mnp_emulator.protocol import Call

REGION = "us-east-1"
CONTAINER = {
    "image": "image",
    "command": ["run"],
    "resourceRequirements": [
        {"type": "VCPU", "value": "2"},
        {"type": "MEMORY", "value": "1024"},
    ],
}


class SimulatedNode:
    """A node that starts and ends when the test says so."""

    def __init__(self, request: NodeRequest, listener: NodeListener) -> None:
        self.request = request
        self.listener = listener
        self.grace: float | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        return self.request.environment

    def stop(self, grace_seconds: float) -> None:
        self.grace = grace_seconds


class SimulatedRunner:
    """Keeps what it was asked to start."""

    description = "simulated"

    def __init__(self) -> None:
        self.nodes: list[SimulatedNode] = []
        self.reserved: set[str] = set()
        self._next = 3

    def reserve(self, cidr: str) -> NodeAddress:
        self._next += 1
        address = f"10.0.0.{self._next}"
        self.reserved.add(address)
        return NodeAddress(address, f"ip-{address.replace('.', '-')}")

    def release(self, where: NodeAddress) -> None:
        self.reserved.remove(where.address)

    def start(self, request: NodeRequest, listener: NodeListener) -> SimulatedNode:
        self.nodes.append(SimulatedNode(request, listener))
        return self.nodes[-1]

    def close(self) -> None:
        pass


class Simulation:
    """One queue on one environment of m5.large instances (2 vCPUs), and what happens in it."""

    def __init__(
        self,
        folder: Path,
        *,
        max_vcpus: int = 64,
        max_nodes: int = 128,
        observer: Observer | None = None,
        host_paths: HostPaths | None = None,
    ) -> None:
        self.now = 1_000.0
        self.cidrs = {"subnet-1": "10.0.0.0/24"}
        self.runner = SimulatedRunner()
        self.state = BatchState()
        self.moves: list[tuple[str, str]] = []
        self.blocked_jobs: list[str] = []
        inbox = Inbox()
        access = Access.drawn("http://127.0.0.1:1")
        self.life_cycle = LifeCycle(
            self.state,
            Launcher(
                self.runner,
                access,
                Endpoint(access),
                lambda region, subnet: self.cidrs.get(subnet),
                folder,
                lambda image, command: [f"The image {image} is not run."],
                lambda region, point: "/team" if point == "fsap-1" else None,
                host_paths or HostPaths({}, None),
            ),
            inbox,
            clock=lambda: self.now,
            chance=random.Random(7),
            max_nodes=max_nodes,
            observer=observer or self,
        )
        self._jobs = Jobs(self.state, self.life_cycle)
        self._definitions = JobDefinitions(self.state)
        self._snapshots = QueueSnapshots(self.state, self.life_cycle)
        self.environment = self.add_environment("environment", max_vcpus)
        self.queue = self.add_queue("queue")

    def moved(self, region: str, job: Mapping[str, Any]) -> None:
        self.moves.append((job["jobId"], job["status"]))

    def blocked(self, region: str, job: Mapping[str, Any], queue: Mapping[str, Any]) -> None:
        self.blocked_jobs.append(job["jobId"])

    def add_queue(self, name: str, **members: Any) -> dict[str, Any]:
        region = self.state.of(REGION)
        region.queues[name] = {
            "jobQueueName": name,
            "jobQueueArn": arn("batch", REGION, f"job-queue/{name}"),
            "state": "ENABLED",
            "priority": 1,
            "jobStateTimeLimitActions": [],
            "computeEnvironmentOrder": [
                {"order": 1, "computeEnvironment": self.environment["computeEnvironmentArn"]}
            ],
            **members,
        }
        region.number(region.queues[name]["jobQueueArn"])
        return region.queues[name]

    def define(self, name: str, **members: Any) -> None:
        self._definitions.register(
            Call(REGION, {"jobDefinitionName": name, "type": "container", **members})
        )

    def submit_nodes(
        self, number: int, *, container: Mapping[str, Any] = CONTAINER, **members: Any
    ) -> str:
        """Submit a multi-node parallel job, and return its id."""
        group = {
            "targetNodes": "0:",
            "container": dict(container),
            "instanceTypes": ["m5.large"],
        }
        properties = {"mainNode": 0, "numNodes": number, "nodeRangeProperties": [group]}
        self.define("nodes", type="multinode", nodeProperties=properties)
        return self.submit("nodes", **members)

    def submit_container(self, container: Mapping[str, Any] = CONTAINER, **members: Any) -> str:
        """Submit a job with one container, and return its id."""
        self.define("container", containerProperties=dict(container))
        return self.submit("container", **members)

    def submit(self, definition: str, **members: Any) -> str:
        parameters = {"jobName": "job", "jobQueue": "queue", "jobDefinition": definition}
        answer = self._jobs.submit(Call(REGION, parameters | members))
        self.step()
        return str(answer["jobId"])

    def cancel(self, job: str, reason: str = "not needed") -> None:
        self._jobs.cancel(Call(REGION, {"jobId": job, "reason": reason}))
        self.step()

    def terminate(self, job: str, reason: str = "enough") -> None:
        self._jobs.terminate(Call(REGION, {"jobId": job, "reason": reason}))
        self.step()

    def cancel_each(self, *jobs: str, reason: str = "not needed") -> dict[str, Any]:
        answer = self._jobs.cancel_each(Call(REGION, {"jobs": jobs, "reason": reason}))
        self.step()
        return dict(answer)

    def terminate_each(self, *jobs: str, reason: str = "enough") -> dict[str, Any]:
        answer = self._jobs.terminate_each(Call(REGION, {"jobs": jobs, "reason": reason}))
        self.step()
        return dict(answer)

    def front(self, queue: str = "queue") -> list[str]:
        """The ARNs of the jobs that are next in turn."""
        snapshot = self._snapshots.get(Call(REGION, {"jobQueue": queue}))
        return [job["jobArn"] for job in snapshot["frontOfQueue"]["jobs"]]

    def describe(self, job: str) -> dict[str, Any]:
        jobs = self._jobs.describe(Call(REGION, {"jobs": [job]}))["jobs"]
        return dict(jobs[0]) if jobs else {}

    def status(self, job: str) -> str:
        return str(self.describe(job)["status"])

    def listed(self, **members: Any) -> list[dict[str, Any]]:
        return list(self._jobs.list(Call(REGION, members))["jobSummaryList"])

    @property
    def nodes(self) -> Sequence[SimulatedNode]:
        return self.runner.nodes

    def start(self, *nodes: SimulatedNode) -> None:
        """Let the programs of nodes run."""
        for node in nodes:
            node.listener.started()
            self.step()

    def end(self, node: SimulatedNode, exit_code: int | None = 0, reason: str = "") -> None:
        """Let a node end."""
        node.listener.ended(exit_code, reason)
        self.step()

    def run_all(self) -> None:
        """Let all nodes that were started run, child nodes too."""
        started = 0
        while started < len(self.nodes):
            self.start(self.nodes[started])
            started += 1

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.step()

    def step(self) -> None:
        with self.state.lock:
            while self.life_cycle.step() == 0:
                pass

    def add_environment(self, name: str, max_vcpus: int) -> dict[str, Any]:
        environment = {
            "computeEnvironmentName": name,
            "computeEnvironmentArn": arn("batch", REGION, f"compute-environment/{name}"),
            "ecsClusterArn": arn("ecs", REGION, f"cluster/AWSBatch-{name}"),
            "containerOrchestrationType": "ECS",
            "state": "ENABLED",
            "status": "VALID",
            "computeResources": {
                "type": "EC2",
                "maxvCpus": max_vcpus,
                "instanceTypes": ["m5.large"],
                "subnets": ["subnet-1"],
            },
        }
        self.state.of(REGION).environments[name] = environment
        return environment
