"""The emulator's command as the tests run it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from warm import run_warm

COMMAND = str(Path(sys.executable).with_name("cdk-batch-mnp-emulator"))
PATIENCE_SECONDS = 60.0


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_warm("exec", "--", *command, env=os.environ | variables)


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
