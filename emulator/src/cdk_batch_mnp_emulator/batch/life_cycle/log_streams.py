"""Output of containers in CloudWatch Logs, as the awslogs driver writes it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from moto.logs.exceptions import ResourceAlreadyExistsException
from moto.logs.models import LogsBackend, logs_backends

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.account import ACCOUNT

DEFAULT_GROUP = "/aws/batch/job"


class NoLogStreamError(Exception):
    """The log stream of a container cannot be made."""


class LogStream:
    """The log stream of one container.

    Args:
        backend: CloudWatch Logs in the Region.
        group: Its log group, which exists.
        name: Of the stream.
    """

    def __init__(self, backend: LogsBackend, group: str, name: str) -> None:
        self._backend = backend
        self._group = group
        self.name = name

    def write(self, lines: Sequence[str]) -> None:
        """Append lines as they come; lost if the stream has been deleted."""
        now = int(time.time() * 1000)
        # The service takes no empty message.
        events = [{"timestamp": now, "message": line or " "} for line in lines]
        with moto_settings.alone():
            group = self._backend.groups.get(self._group)
            if group is not None and self.name in group.streams:
                group.put_log_events(self.name, events)


def open_stream(
    container: Mapping[str, Any], *, region: str, definition: str, task: str
) -> LogStream | None:
    """Return a new log stream for a container; ``None`` if its log driver is another than awslogs.

    Args:
        container: As its definition has it, with a name.
        region: Where the job runs.
        definition: Name of its job definition, the first part of the stream's name by default.
        task: Id of its task, the last part.

    Raises:
        NoLogStreamError: The log group does not exist, and is not to be created.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/using_awslogs.html.
    """
    configuration = container.get("logConfiguration", {})
    if configuration.get("logDriver", "awslogs") != "awslogs":
        return None
    options = configuration.get("options") or {}
    group = options.get("awslogs-group", DEFAULT_GROUP)
    region = options.get("awslogs-region", region)
    name = f"{options.get('awslogs-stream-prefix', definition)}/{container['name']}/{task}"
    is_created = group == DEFAULT_GROUP or options.get("awslogs-create-group") == "true"
    with moto_settings.alone():
        backend = logs_backends[ACCOUNT][region]
        if group not in backend.groups:
            if not is_created:
                raise NoLogStreamError(
                    "CannotStartContainerError: failed to initialize logging driver: "
                    f"ResourceNotFoundException: log group {group} does not exist in {region}"
                )
            backend.create_log_group(group, {})
        with contextlib.suppress(ResourceAlreadyExistsException):
            backend.create_log_stream(group, name)
    return LogStream(backend, group, name)
