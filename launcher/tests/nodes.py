"""Jobs of several nodes on this machine: each node is a launcher with a loopback address."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cdk_batch_mnp_launch

SECRET = "a secret of the tests, long enough"
# A machine that does much else delays processes by seconds, so no node is lost by silence unless a
# test says so: SHORT_SILENCE.
QUICK = ("--heartbeat", "0.2s", "--silence", "30s", "--grace", "1s", "--deadline", "60s")
SHORT_SILENCE = ("--silence", "2s")
# For commands that do not use their grace.
SHORT_GRACE = ("--grace", "0.2s")
PYTHON = os.environ.get("MNP_TEST_PYTHON", sys.executable)
"""Interpreter of the launcher, to run all tests with an older or newer one."""
PATIENCE = 60
"""Seconds after which a node counts as hanging."""


class Node:
    """One node of a job, with what it wrote."""

    def __init__(self, index: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.index = index
        self.process = process
        self._folder = folder

    @property
    def out(self) -> str:
        return (self._folder / f"{self.index}.out").read_text()

    @property
    def err(self) -> str:
        return (self._folder / f"{self.index}.err").read_text()

    def code(self) -> int:
        """Return the exit status, once it has ended."""
        return self.process.wait(PATIENCE)

    def until(self, text: str) -> None:
        """Wait until the node has written a text."""
        end = time.monotonic() + PATIENCE
        while text not in self.out + self.err:
            assert time.monotonic() < end, f"no {text!r} in {self.out + self.err}"
            time.sleep(0.01)


class Job:
    """A job whose nodes a test starts and ends.

    All nodes share a session tag in their environment, by which processes that are left are found.
    """

    def __init__(self, folder: Path, nodes: int) -> None:
        self._folder = folder
        self._count = nodes
        # Tests in other processes use other addresses.
        self._net = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}"
        self.tag = f"MNP_TEST_TAG={folder}"
        self.nodes: dict[int, Node] = {}

    def address(self, index: int) -> str:
        return f"{self._net}.{index + 1}"

    def start(
        self, index: int, *arguments: str, number: int | None = None, shell: str = "", **env: str
    ) -> Node:
        """Start a node.

        Args:
            index: Its node index.
            arguments: Options of the launcher, and the command after `--`.
            number: Under which it is kept, and its address; the index by default.
            shell: Commands for the shell that starts the launcher.
            env: Variables that are different from the usual ones; empty to leave one out.
        """
        number = index if number is None else number
        hosts = self._folder / f"{number}.hosts"
        hosts.write_text("")
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(cdk_batch_mnp_launch.__file__).parent.parent),
            "MNP_SECRET": SECRET,
            "MNP_TEST_TAG": str(self._folder),
            "AWS_BATCH_JOB_ID": f"job-1#{index}",
            "AWS_BATCH_JOB_ATTEMPT": "1",
            "AWS_BATCH_JOB_NUM_NODES": str(self._count),
            "AWS_BATCH_JOB_NODE_INDEX": str(index),
            "AWS_BATCH_JOB_MAIN_NODE_INDEX": "0",
            "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": self.address(0) if index else "",
            **env,
        }
        options = [*("--bind", self.address(number)), *("--hosts-file", str(hosts)), *QUICK]
        with (
            (self._folder / f"{number}.out").open("wb") as out,
            (self._folder / f"{number}.err").open("wb") as err,
        ):
            process = subprocess.Popen(
                [
                    *("sh", "-c", f'{shell}\nexec "$@"', "sh"),
                    *(PYTHON, "-m", "cdk_batch_mnp_launch", *options, *arguments),
                ],
                env={name: value for name, value in variables.items() if value},
                stdout=out,
                stderr=err,
            )
        node = Node(number, self._folder, process)
        self.nodes[number] = node
        return node

    def start_all(self, *arguments: str, **env: str) -> list[Node]:
        return [
            self.start(index, *arguments, number=None, shell="", **env)
            for index in range(self._count)
        ]

    def codes(self) -> list[int]:
        """Return the exit statuses of all nodes in index order, once all have ended."""
        return [self.nodes[index].code() for index in sorted(self.nodes)]

    def left(self) -> list[str]:
        """Return the command lines of processes that the job left behind."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environ = (folder / "environ").read_bytes().split(b"\0")
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if self.tag.encode() in environ and words != [b""]:
                found.append(b" ".join(words).decode())
        return found

    def end(self) -> None:
        for node in self.nodes.values():
            if node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
                node.process.kill()
                node.process.wait()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.tag.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue


@contextmanager
def job(folder: Path, nodes: int) -> Iterator[Job]:
    made = Job(folder, nodes)
    try:
        yield made
    finally:
        made.end()
