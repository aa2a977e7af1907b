"""Jobs of the embedded AWS whose nodes run `mnp-launch`, and what a test does to them."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import cdk_batch_mnp_launch
from tests.clients.platform import QUEUE, ROLE, Platform

SECRET = "a secret of the tests, long enough"
# A machine that does much else delays processes by seconds, so no node is lost by silence unless a
# test says so: SHORT_SILENCE.
QUICK = ("--heartbeat", "0.2s", "--silence", "30s", "--grace", "1s", "--deadline", "60s")
SHORT_SILENCE = ("--silence", "1s")
# For commands that do not use their grace.
SHORT_GRACE = ("--grace", "0.2s")
WORK = "echo running; exec sleep 60"
"""A command that would run for a minute, so a job that ends before was ended."""
PATIENCE = 50
"""Seconds after which a job counts as hanging. How fast it is belongs to benchmarks/launcher.py."""

LAUNCHER = "launcher"
COMMAND = "command"

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], what: str, seconds: float = PATIENCE) -> Found:
    """Return what a look returns, once it returns something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{what} has not happened within {seconds} s"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Process:
    """A process of a node, as this machine sees it.

    Attributes:
        pid: Outside of the node.
        node: Index of the node.
        words: Its command line.
        is_launcher: Whether it is the launcher itself.
    """

    pid: int
    node: int
    words: list[str]
    is_launcher: bool


@dataclass(frozen=True)
class Job:
    """A job that has been submitted."""

    platform: Platform
    id: str
    nodes: int

    def describe(self, node: int | None = None) -> dict[str, Any]:
        """Return the job, or one of its nodes, which exist from the first attempt on."""
        id = self.id if node is None else f"{self.id}#{node}"
        found = self.platform.client("batch").describe_jobs(jobs=[id])["jobs"]
        return dict(found[0]) if found else {"attempts": [], "container": {}}

    def log(self, node: int = 0, attempt: int = -1) -> str:
        """Return what a node has written in its last attempt, or in an earlier one."""
        detail = self.describe(node)
        attempts = [each["container"].get("logStreamName") for each in detail["attempts"]]
        stream = attempts[attempt] if attempts else detail["container"].get("logStreamName")
        if not stream:
            return ""
        logs, lines, token = self.platform.client("logs"), [], ""
        while True:
            page = logs.get_log_events(
                logGroupName="/aws/batch/job",
                logStreamName=stream,
                startFromHead=True,
                **({"nextToken": token} if token else {}),
            )
            lines += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == token or not page["events"]:
                return "\n".join(lines)
            token = page["nextForwardToken"]

    def processes(self) -> Iterator[Process]:
        """Return the processes of the job that live."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                environ = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words == [""] or f"AWS_BATCH_JOB_ID={self.id}" not in [
                variable.partition("#")[0] for variable in environ
            ]:
                continue
            index = next(
                int(variable.partition("=")[2])
                for variable in environ
                if variable.startswith("AWS_BATCH_JOB_NODE_INDEX=")
            )
            is_launcher = "cdk_batch_mnp_launch" in words and not any(
                variable.startswith("MNP_NODE_INDEX=") for variable in environ
            )
            yield Process(int(folder.name), index, words, is_launcher)

    def signal(self, node: int, what: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to the launcher of a node, or to the program of its command."""
        pids = [
            process.pid
            for process in self.processes()
            if process.node == node and process.is_launcher == (what == LAUNCHER)
        ]
        assert pids, f"node {node} has no {what}"
        os.kill(pids[0], number)
        for pid in pids[1:]:
            # The end of the first process can end its children sooner than this loop does.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def terminate(self) -> None:
        """Terminate it, as a user does."""
        self.platform.client("batch").terminate_job(jobId=self.id, reason="a test")

    def until(self, text: str, *nodes: int) -> None:
        """Wait until nodes have written a text; all nodes, if none is named."""
        for node in nodes or range(self.nodes):
            wait_for(partial(self._has_written, node, text), f"{text!r} on node {node}")

    def _has_written(self, node: int, text: str) -> bool:
        return text in self.log(node)

    def ended(self, seconds: float = PATIENCE) -> Ended:
        """Wait for the end of the job; no process of it is left."""
        started = time.monotonic()

        def end() -> dict[str, Any] | None:
            found = self.describe()
            return found if found["status"] in {"SUCCEEDED", "FAILED"} else None

        detail = wait_for(end, f"the end of the job (main node: {self.log()})", seconds)
        took = time.monotonic() - started
        wait_for(lambda: not list(self.processes()), "the end of all processes")
        return Ended(
            detail["status"],
            [attempt["container"].get("exitCode") for attempt in detail["attempts"]],
            self.log(),
            took,
        )


@dataclass(frozen=True)
class Ended:
    """How a job has ended.

    Attributes:
        status: Of the job.
        codes: Exit status of the main node, for each attempt.
        log: What the main node has written in the last attempt.
        seconds: Since the test began to wait.
    """

    status: str
    codes: list[int]
    log: str
    seconds: float

    @property
    def code(self) -> int:
        """Exit status of the main node in the last attempt."""
        return self.codes[-1]


@dataclass
class Jobs:
    """Submits jobs.

    Attributes:
        platform: Where.
        secret: ARN of the secret that all nodes share.
        network: How nodes are kept apart.
    """

    platform: Platform
    secret: str
    network: str
    _submitted: list[Job] = field(default_factory=list)

    @property
    def next_port(self) -> int:
        """TCP port of the main node of the job that is submitted next.

        Nodes that share the network of this machine share its ports too.
        """
        return 20000 + (os.getpid() * 31 + len(self._submitted)) % 10000

    def submit(
        self,
        nodes: int,
        script: str = WORK,
        *options: str,
        command: Sequence[str] = (),
        before: str = "",
        environment: Mapping[str, str] | None = None,
        container: Mapping[str, Any] | None = None,
        ranges: Mapping[str, Mapping[str, Any]] | None = None,
        **members: Any,
    ) -> Job:
        """Submit a job whose nodes run `mnp-launch`.

        Args:
            nodes: Number of nodes.
            script: What the launcher starts, for a shell.
            options: Of the launcher, after the quick ones.
            command: What the launcher starts, in place of a script.
            before: What a shell runs on each node before it becomes the launcher.
            environment: Variables of the nodes.
            container: More members of the container of all nodes.
            ranges: Members of the container for ranges of nodes.
            members: Of the submission.
        """
        launcher = [sys.executable, "-m", "cdk_batch_mnp_launch", *QUICK]
        launcher += ["--port", str(self.next_port), *options]
        line = [*launcher, "--", *(command or ("sh", "-c", script))]
        if before:
            line = ["sh", "-c", f"{before}\nexec {shlex.join(line)}"]
        source = str(Path(cdk_batch_mnp_launch.__file__).parent.parent)
        variables = {"PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
        each: dict[str, Any] = {
            "image": "image",
            "command": line,
            "environment": [{"name": name, "value": value} for name, value in variables.items()],
            "secrets": [{"name": "MNP_SECRET", "valueFrom": self.secret}],
            "executionRoleArn": ROLE,
            "vcpus": 1,
            "memory": 64,
            **(container or {}),
        }
        batch = self.platform.client("batch")
        definition = batch.register_job_definition(
            jobDefinitionName="launched",
            type="multinode",
            nodeProperties={
                "numNodes": nodes,
                "mainNode": 0,
                "nodeRangeProperties": [
                    {"targetNodes": targets, "container": {**each, **own}}
                    for targets, own in (ranges or {"0:": {}}).items()
                ],
            },
            timeout={"attemptDurationSeconds": 90},
        )
        id = batch.submit_job(
            jobName="launched",
            jobQueue=QUEUE,
            jobDefinition=definition["jobDefinitionArn"],
            **members,
        )["jobId"]
        number = members.get("nodeOverrides", {}).get("numNodes", nodes)
        self._submitted.append(job := Job(self.platform, id, number))
        return job

    def start(self, nodes: int, script: str = WORK, *options: str, **more: Any) -> Job:
        """Submit a job, and wait until its command runs on all nodes."""
        job = self.submit(nodes, script, *options, **more)
        job.until("running")
        return job

    def end(self) -> None:
        """End what is left of all jobs, so that the next test finds all nodes free."""
        for job in self._submitted:
            if job.describe()["status"] in {"SUCCEEDED", "FAILED"}:
                continue
            job.terminate()
            wait_for(partial(kill, job), "the end of a job")


def kill(job: Job) -> bool:
    """Kill the processes of a job; return whether there were none."""
    found = list(job.processes())
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return not found
