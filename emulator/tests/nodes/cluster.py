"""Nodes as the tests start them, and what is known of each."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from cdk_batch_mnp_emulator.nodes.runner import (
    Limit,
    Mount,
    Node,
    NodeAddress,
    NodeRequest,
    NodeRunner,
)

SUBNET = "10.0.1.0/24"
PYTHON = (sys.executable, "-S", "-E", "-c")
"""An interpreter that starts quickly."""


class Recorded:
    """A listener that keeps what it is called with."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.calls: list[str] = []
        self.exit_code: int | None = -1
        self.reason = "it has not ended"
        self.node: Node | None = None
        self.where = NodeAddress("", "")
        self._news = threading.Condition()

    def started(self) -> None:
        self._note("started")

    def wrote(self, lines: Sequence[str]) -> None:
        self.lines += lines
        self._note("wrote")

    def warned(self, text: str) -> None:
        self.warnings.append(text)
        self._note("warned")

    def ended(self, exit_code: int | None, reason: str) -> None:
        self.exit_code, self.reason = exit_code, reason
        self._note("ended")

    def wait_for(self, what: str, seconds: float = 15) -> Recorded:
        """Wait for a call."""
        return self.wait_until(lambda: what in self.calls, seconds)

    def wait_until(self, is_so: Callable[[], bool], seconds: float = 15) -> Recorded:
        with self._news:
            assert self._news.wait_for(is_so, seconds), (self.calls, self.lines[-20:], self.reason)
        return self

    def _note(self, call: str) -> None:
        with self._news:
            self.calls.append(call)
            self._news.notify_all()


class Cluster:
    """Starts nodes with a runner."""

    def __init__(self, runner: NodeRunner, folder: Path) -> None:
        self.runner = runner
        self._folder = folder
        self._numbers = itertools.count()
        self._nodes: list[Recorded] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for node in self._nodes:
            if node.node and "ended" not in node.calls:
                node.node.stop(0)
        for node in self._nodes:
            node.wait_for("ended")
            self.runner.release(node.where)

    def start(
        self,
        *command: str,
        environment: Mapping[str, str] | None = None,
        where: NodeAddress | None = None,
        image: str = "image",
        folder: Path | None = None,
        listener: Recorded | None = None,
        shared_memory_mib: int = 64,
        mounts: Sequence[Mount] = (),
        limits: Sequence[Limit] = (),
        is_read_only: bool = False,
        shares_network: bool = False,
    ) -> Recorded:
        number = next(self._numbers)
        if folder is None:
            folder = self._folder / f"{number}"
            folder.mkdir()
        recorded = listener or Recorded()
        recorded.where = where or self.runner.reserve(SUBNET)
        request = NodeRequest(
            name=f"node {number}",
            image=image,
            command=command,
            environment=environment or {},
            folder=folder,
            where=recorded.where,
            shared_memory_mib=shared_memory_mib,
            mounts=mounts,
            limits=limits,
            is_read_only=is_read_only,
            shares_network=shares_network,
        )
        recorded.node = self.runner.start(request, recorded)
        self._nodes.append(recorded)
        return recorded

    def run(self, *command: str, **arguments: object) -> Recorded:
        return self.start(*command, **arguments).wait_for("ended")  # type: ignore[arg-type]

    def python(self, program: str, *arguments: str, **others: object) -> Recorded:
        return self.start(*PYTHON, program, *arguments, **others)  # type: ignore[arg-type]


def processes_with(marker: str) -> list[int]:
    """The processes that have a text in their environment, and have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if marker.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not (right := is_so()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return right
