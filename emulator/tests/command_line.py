"""The emulator's command as the tests run it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cdk_batch_mnp_emulator.access import Access
from embedded import EmbeddedAws
from warm import WarmProcess, run_warm

COMMAND = str(Path(sys.executable).with_name("cdk-batch-mnp-emulator"))
PATIENCE_SECONDS = 60.0
ECHO_ACCESS = 'echo "$AWS_ENDPOINT_URL" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"'


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_warm("exec", "--", *command, env=os.environ | variables)


@contextmanager
def command_with_aws(
    *options: str, stderr: int | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[tuple[WarmProcess, EmbeddedAws]]:
    """Run a command that waits until the block ends, and the AWS that its variables lead to.

    A program of Python would first have to load boto3.
    """
    with WarmProcess(
        ["exec", *options, "--", "sh", "-c", f"{ECHO_ACCESS}; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=os.environ | dict(variables or {}),
    ) as process:
        assert process.stdout is not None
        yield process, EmbeddedAws(Access(*process.stdout.readline().split()))


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
