"""Whatever users do and nodes become, no job is lost and nothing stays taken."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from batch.life_cycle.simulation import CONTAINER, REGION, SimulatedNode, Simulation
from cdk_batch_mnp_emulator.account import arn

ENDED = {"SUCCEEDED", "FAILED"}
NEXT = {
    "SUBMITTED": {"PENDING", "RUNNABLE", "FAILED"},
    "PENDING": {"RUNNABLE", "SUCCEEDED", "FAILED"},
    "RUNNABLE": {"STARTING", "FAILED"},
    "STARTING": {"RUNNING", "RUNNABLE", "FAILED"},
    "RUNNING": {"SUCCEEDED", "FAILED", "RUNNABLE"},
}
"""The documented states that follow each; RUNNABLE again for another attempt."""
VCPUS_OF_NODE = 2


class JobsOfTwoQueues(RuleBasedStateMachine):
    """Submissions, ends of nodes, requests and time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.batch = Simulation(Path(self.folder.name), max_vcpus=12, max_nodes=5, observer=self)
        self.jobs: list[str] = []
        self.states: dict[str, str] = {}
        self.wrong: list[str] = []
        self.running: set[int] = set()
        self.over: set[int] = set()
        properties = {
            "mainNode": 1,
            "numNodes": 2,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": dict(CONTAINER)}],
        }
        region = self.batch.state.of(REGION)
        region.policies["fair"] = {"fairsharePolicy": {"computeReservation": 50}}
        policy = arn("batch", REGION, "scheduling-policy/fair")
        self.batch.add_queue("fair", schedulingPolicyArn=policy, priority=2)
        self.batch.define("nodes", type="multinode", nodeProperties=properties)
        self.batch.define("container", containerProperties=dict(CONTAINER))

    def moved(self, region: str, job: Mapping[str, Any]) -> None:
        before, after = self.states.get(job["jobId"], "SUBMITTED"), job["status"]
        self.check(after in NEXT[before], f"{before} before {after}")
        has_run = is_parent(job) or before == "RUNNING"
        self.check(after != "SUCCEEDED" or has_run, "succeeded without running")
        is_again = after in {"RUNNABLE", "STARTING"}
        self.check(not (job.get("isTerminated") and is_again), "terminated and started")
        self.states[job["jobId"]] = after
        if after == "STARTING":
            self.check(self.taken() <= self.environment["maxvCpus"], "too many vCPUs")

    def blocked(self, region: str, job: Mapping[str, Any], queue: Mapping[str, Any]) -> None:
        self.check(job["status"] == "RUNNABLE", "blocked and not RUNNABLE")

    def check(self, is_right: bool, wrong: str) -> None:
        """Note what is wrong; an error of an observer does not reach the test."""
        if not is_right:
            self.wrong.append(wrong)

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert self.wrong == []
        failed = [job.get("statusReason", "") for job in self.records()]
        assert not [reason for reason in failed if "embedded AWS failed" in reason]

    @property
    def environment(self) -> dict[str, Any]:
        resources: dict[str, Any] = self.batch.environment["computeResources"]
        return resources

    def records(self) -> list[dict[str, Any]]:
        return list(self.batch.state.of(REGION).jobs.values())

    def taken(self) -> int:
        """vCPUs of jobs that start or run."""
        return sum(
            VCPUS_OF_NODE * job.get("nodeProperties", {"numNodes": 1})["numNodes"]
            for job in self.records()
            if job["status"] in {"STARTING", "RUNNING"}
        )

    def left(self) -> list[tuple[int, SimulatedNode]]:
        return [(i, node) for i, node in enumerate(self.batch.nodes) if i not in self.over]

    @rule(
        kind=st.sampled_from(["container", "nodes", "array"]),
        size=st.integers(2, 7),
        attempts=st.integers(1, 3),
        action=st.sampled_from(["RETRY", "exit"]),
        timeout=st.sampled_from([None, 60]),
        share=st.sampled_from([None, "a", "b"]),
        data=st.data(),
    )
    def submit(
        self,
        kind: str,
        size: int,
        attempts: int,
        action: str,
        timeout: int | None,
        share: str | None,
        data: Any,
    ) -> None:
        condition = {"onExitCode": "13*", "action": action}
        members: dict[str, Any] = {
            "retryStrategy": {"attempts": attempts, "evaluateOnExit": [condition]}
        }
        if timeout:
            members["timeout"] = {"attemptDurationSeconds": timeout}
        if share:
            members |= {"jobQueue": "fair", "shareIdentifier": share}
        if kind == "nodes":
            members["nodeOverrides"] = {"numNodes": size}
        if kind == "array":
            members["arrayProperties"] = {"size": size}
        if self.jobs:
            others = data.draw(st.lists(st.sampled_from(self.jobs), max_size=2))
            members["dependsOn"] = [{"jobId": other} for other in others]
        definition = "nodes" if kind == "nodes" else "container"
        self.jobs.append(self.batch.submit(definition, **members))

    @precondition(lambda self: len(self.running) < len(self.batch.nodes))
    @rule(data=st.data())
    def run_a_node(self, data: Any) -> None:
        waiting = [index for index, _ in self.left() if index not in self.running]
        if waiting:
            index = data.draw(st.sampled_from(waiting))
            self.running.add(index)
            self.batch.start(self.batch.nodes[index])

    @precondition(lambda self: self.left())
    @rule(exit_code=st.sampled_from([0, 1, 130, 137]), data=st.data())
    def end_a_node(self, exit_code: int, data: Any) -> None:
        index, node = data.draw(st.sampled_from(self.left()))
        self.end(index, node, exit_code)

    @precondition(lambda self: self.jobs)
    @rule(verb=st.sampled_from(["cancel", "terminate"]), child=st.booleans(), data=st.data())
    def end_a_job(self, verb: str, child: bool, data: Any) -> None:
        job = data.draw(st.sampled_from(self.jobs))
        getattr(self.batch, verb)(f"{job}:1" if child else job)

    @rule(seconds=st.sampled_from([1, 30, 61, 700]))
    def wait(self, seconds: int) -> None:
        self.batch.wait(seconds)

    @rule(vcpus=st.sampled_from([0, 2, 6, 12]), state=st.sampled_from(["ENABLED", "DISABLED"]))
    def change_the_environment(self, vcpus: int, state: str) -> None:
        self.environment["maxvCpus"] = vcpus
        self.batch.environment["state"] = state
        self.batch.life_cycle.queue_changed()
        self.batch.step()

    @rule()
    def limit_the_time_of_blocked_jobs(self) -> None:
        self.batch.queue["jobStateTimeLimitActions"] = [
            {
                "action": "CANCEL",
                "state": "RUNNABLE",
                "maxTimeSeconds": 600,
                "reason": "MISCONFIGURATION",
            }
        ]

    @invariant()
    def addresses_belong_to_nodes_that_are_left(self) -> None:
        assert self.batch.runner.reserved == {node.request.where.address for _, node in self.left()}

    @invariant()
    def an_array_counts_its_children(self) -> None:
        records = self.batch.state.of(REGION).jobs
        for job in filter(is_parent, self.records()):
            children = [f"{job['jobId']}:{i}" for i in range(job["arrayProperties"]["size"])]
            counted = Counter(records[child]["status"] for child in children)
            summary = job["arrayProperties"]["statusSummary"]
            assert {status: count for status, count in summary.items() if count} == counted
            assert (job["status"] in ENDED) == (set(counted) <= ENDED)

    @invariant()
    def jobs_have_no_more_attempts_than_allowed(self) -> None:
        for job in self.records():
            assert len(job["attempts"]) <= job["retryStrategy"]["attempts"]
            if job["status"] in ENDED:
                assert job["statusReason"] is not None
                assert job.get("startedAt", 0) <= job["stoppedAt"]

    def end(self, index: int, node: SimulatedNode, exit_code: int) -> None:
        self.over.add(index)
        ran = index in self.running
        self.batch.end(node, exit_code if ran else None, "" if ran else "CannotStart")

    def teardown(self) -> None:
        """Every job ends once all of its nodes end, and nothing stays taken."""
        self.batch.queue["jobStateTimeLimitActions"] = []
        self.change_the_environment(64, "ENABLED")
        while self.left():
            self.end(*self.left()[0], 0)
        assert {job["status"] for job in self.records()} <= ENDED
        assert not self.batch.runner.reserved
        self.environment["maxvCpus"] = 10
        last = self.batch.submit("nodes", nodeOverrides={"numNodes": 5})
        assert self.batch.status(last) == "STARTING"  # all vCPUs and places of nodes are free
        self.folder.cleanup()


def is_parent(job: Mapping[str, Any]) -> bool:
    return "size" in job.get("arrayProperties", {})


JobsOfTwoQueues.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_no_job_is_lost_and_nothing_stays_taken = JobsOfTwoQueues.TestCase
