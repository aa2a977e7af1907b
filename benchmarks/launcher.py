"""Measure the launcher: a meeting of 1000 nodes, heartbeats, failure, start and relay.

    python benchmarks/launcher.py [--nodes 1000]

The nodes of the meeting are simulated by one process, with the launcher's own code of a child node
up to the barrier. All others are launchers of their own, on loopback addresses.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import cdk_batch_mnp_launch
from cdk_batch_mnp_launch import VERSION
from cdk_batch_mnp_launch.link import Link
from cdk_batch_mnp_launch.meeting.caller import Caller
from cdk_batch_mnp_launch.protocol.frames import HOSTS, JOIN, PING, READY, START, Frame
from cdk_batch_mnp_launch.protocol.handshake import Job
from cdk_batch_mnp_launch.protocol.messages import Host, pack_join, unpack_hosts
from cdk_batch_mnp_launch.reactor import Reactor

GOAL_MEETING_SECONDS = 1.0
GOAL_MAIN_MIB = 64
GOAL_HEARTBEAT_PERCENT = 5
GOAL_FAILURE_SECONDS = 1.0
GOAL_START_MILLISECONDS = 150
GOAL_RELAY_MB = 80
SECRET = "a secret of the benchmark"
MAIN = "127.9.0.1"


def start(nodes: int, index: int, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the launcher of one node."""
    hosts = Path(tempfile.gettempdir()) / f"mnp-benchmark-{os.getpid()}.hosts"
    hosts.touch()
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(cdk_batch_mnp_launch.__file__).parent.parent),
        "MNP_SECRET": SECRET,
        "AWS_BATCH_JOB_ID": f"job#{index}",
        "AWS_BATCH_JOB_ATTEMPT": "1",
        "AWS_BATCH_JOB_NUM_NODES": str(nodes),
        "AWS_BATCH_JOB_NODE_INDEX": str(index),
        "AWS_BATCH_JOB_MAIN_NODE_INDEX": "0",
        "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": MAIN,
    }
    options = ["--bind", f"127.9.0.{index + 1}", "--hosts-file", str(hosts), *arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "cdk_batch_mnp_launch", *options],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    """Return the most memory that a process has used."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError(f"no VmHWM of process {pid}")
    return int(found[1]) / 1024


class Children:
    """Simulated child nodes, in this process."""

    def __init__(self, nodes: int) -> None:
        self._reactor = Reactor()
        self._job = Job("job", 1, nodes)
        self._hosts = b""
        self._links: list[Link] = []
        self._callers: list[Caller] = []
        self.listed_at = 0.0
        self.started = 0

    def join(self, first: int, last: int) -> None:
        """Let nodes join; those of an earlier call stay."""
        for index in range(first, last):
            caller = Caller(
                self._reactor,
                SECRET.encode(),
                self._job,
                index,
                lambda link, index=index: self._joined(index, link),  # type: ignore[misc]
                lambda why: sys.exit(f"rejected: {why}"),
            )
            self._callers.append(caller)
            caller.call(MAIN, 7878)

    def run(self, seconds: float, *, links: int = 0, started: int = 0) -> None:
        """Run until a number of nodes are connected and started, or fail after `seconds`."""
        end = time.monotonic() + seconds
        while len(self._links) < links or self.started < started or not (links or started):
            if time.monotonic() > end:
                if links or started:
                    raise RuntimeError(f"{len(self._links)} joined, {self.started} started")
                return
            self._reactor.turn(0.05)

    def beat(self) -> None:
        """Send the heartbeat of each node."""
        for link in self._links:
            link.send(Frame(PING))

    def _joined(self, index: int, link: Link) -> None:
        host = Host(index, link.local, f"ip-{index}", 8, 96, 8, 0, 4, "every", "", time.time())
        link.on_frame = lambda frame: self._receive(link, frame)
        link.on_lost = lambda why: sys.exit(f"node {index}: {why}")
        link.send(Frame(JOIN, 0, pack_join(host, VERSION)))
        self._links.append(link)

    def _receive(self, link: Link, frame: Frame) -> None:
        if frame.type == HOSTS:
            # Read once: a thousand nodes would do it at the same time, not in one process.
            if frame.payload != self._hosts:
                self._hosts = frame.payload
                if len(unpack_hosts(frame.payload)) != self._job.nodes:
                    raise RuntimeError("incomplete list of hosts")
            self.listed_at = time.monotonic()
            link.send(Frame(READY))
        elif frame.type == START:
            self.started += 1


def meeting(nodes: int) -> tuple[float, float, float, float]:
    """Return seconds from the last arrival and in a herd, MiB, and percent of a core."""
    main = start(nodes, 0, "--", "sleep", "60")
    children = Children(nodes)
    children.join(1, nodes - 1)
    children.run(60, links=nodes - 2)
    children.run(0.5)
    arrived = time.monotonic()
    children.join(nodes - 1, nodes)
    children.run(30, started=nodes - 1)
    after_last = children.listed_at - arrived
    before, beats, began = cpu_seconds(main.pid), 3, time.monotonic()
    for _ in range(beats):
        children.beat()
        children.run(5)
    percent = 100 * (cpu_seconds(main.pid) - before) / (time.monotonic() - began)
    memory = peak_mib(main.pid)
    main.kill()
    main.wait()

    main = start(nodes, 0, "--", "sleep", "60")
    time.sleep(0.5)
    herd = Children(nodes)
    arrived = time.monotonic()
    herd.join(1, nodes)
    herd.run(60, started=nodes - 1)
    together = herd.listed_at - arrived
    main.kill()
    main.wait()
    return after_last, together, memory, percent


def failure() -> float:
    """Return the seconds until four nodes have ended after a child was killed."""
    job = [start(4, index, "--", "sh", "-c", "echo on; exec sleep 60") for index in range(4)]
    for node in job:
        if node.stdout is None or node.stdout.readline() != b"on\n":
            raise RuntimeError("a node did not start")
    killed = time.monotonic()
    job[2].send_signal(signal.SIGKILL)
    for node in job:
        node.wait(30)
    return time.monotonic() - killed


def overhead() -> float:
    """Return the milliseconds that the launcher adds to the start and end of a command."""

    def seconds(command: Sequence[str]) -> float:
        began = time.monotonic()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(cdk_batch_mnp_launch.__file__).parent.parent),
        }
        subprocess.run(command, env=environment, check=True, capture_output=True)
        return time.monotonic() - began

    launcher = [sys.executable, "-m", "cdk_batch_mnp_launch", "--", "true"]
    return 1000 * median(seconds(launcher) - seconds(["true"]) for _ in range(9))


def relay(megabytes: int) -> float:
    """Return the MB per second of a remote command's output."""
    script = (
        'agent="${MNP_HOSTS%/*}/agent"; t=$(date +%s%N);'
        f" $agent 127.9.0.2 'head -c {megabytes}000000 /dev/zero' | wc -c;"
        " echo $(($(date +%s%N) - t))"
    )
    nodes = [start(2, index, "--mode", "main", "--", "sh", "-c", script) for index in range(2)]
    out, errors = nodes[0].communicate(timeout=60)
    nodes[1].wait(30)
    count, nanoseconds = (int(word) for word in out.split())
    if count != megabytes * 1_000_000:
        raise RuntimeError(f"{count} bytes arrived: {errors.decode()}")
    return megabytes / (nanoseconds / 1e9)


def main() -> None:
    """Print each measurement with its goal."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--nodes", type=int, default=1000)
    nodes = parser.parse_args().nodes
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    after_last, together, memory, percent = meeting(nodes)
    rows = [
        (
            "host list of all nodes after the last",
            after_last,
            "s",
            GOAL_MEETING_SECONDS,
            False,
        ),
        ("host list, all nodes at once", together, "s", GOAL_MEETING_SECONDS, False),
        ("memory of the main node", memory, "MiB", GOAL_MAIN_MIB, False),
        ("heartbeats", percent, "% of a core", GOAL_HEARTBEAT_PERCENT, False),
        ("four nodes end after a child died", failure(), "s", GOAL_FAILURE_SECONDS, False),
        ("start and end of a command", overhead(), "ms", GOAL_START_MILLISECONDS, False),
        ("output of a remote command", relay(300), "MB/s", GOAL_RELAY_MB, True),
    ]
    for name, value, unit, goal, at_least in rows:
        met = value >= goal if at_least else value <= goal
        sign = ">=" if at_least else "<="
        print(f"{name:42} {value:8.2f} {unit:12} goal {sign} {goal:g}{'' if met else '  MISSED'}")


if __name__ == "__main__":
    main()
