"""The log lines of the nodes of a job, as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cdk_batch_mnp_emulator.printable import printable
from cdk_batch_mnp_emulator.run.containers import containers

_DEFAULT_GROUP = "/aws/batch/job"

Write = Callable[[str], None]
"""Writes one line."""


@dataclass(slots=True)
class _Stream:
    label: str
    group: str
    name: str
    token: str | None = None


class NodeLogs:
    """What the nodes of a job have written to CloudWatch Logs, those of earlier attempts included.

    Args:
        logs: A boto3 client of CloudWatch Logs.
        write: Called with each line, which begins with the index of its node, and with the name of
            its container if the node has several.

    Attributes:
        lines: How many lines have been written.
    """

    def __init__(self, logs: Any, write: Write) -> None:
        self._logs = logs
        self._write = write
        self._streams: dict[str, _Stream] = {}
        self.lines = 0

    def read(self, index: int, record: Mapping[str, Any]) -> None:
        """Write what is new of a node.

        Args:
            index: Of the node.
            record: Of the node, as DescribeJobs returns it.
        """
        now = containers(record)
        for of_attempt in (*map(containers, record["attempts"]), now):
            for position, (described, container) in enumerate(zip(now, of_attempt, strict=True)):
                if name := container.get("logStreamName"):
                    of_node = f"{index} {described.get('name', position)}"
                    label = of_node if len(now) > 1 else str(index)
                    self._streams.setdefault(name, _Stream(label, _group(described), name))
                    self._read(self._streams[name])

    def _read(self, stream: _Stream) -> None:
        while True:
            token = {} if stream.token is None else {"nextToken": stream.token}
            try:
                page = self._logs.get_log_events(
                    logGroupName=stream.group,
                    logStreamName=stream.name,
                    startFromHead=True,
                    **token,
                )
            except ClientError:
                return  # a program has deleted the stream
            for event in page["events"]:
                self._write(f"[{stream.label}] {printable(event['message'].expandtabs())}")
            self.lines += len(page["events"])
            stream.token = page["nextForwardToken"]
            if not page["events"]:
                return


def _group(container: Mapping[str, Any]) -> str:
    options = container.get("logConfiguration", {}).get("options") or {}
    return str(options.get("awslogs-group", _DEFAULT_GROUP))
