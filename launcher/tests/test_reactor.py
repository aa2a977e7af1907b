from __future__ import annotations

import os
import subprocess
from pathlib import Path

import cdk_batch_mnp_launch
from launcher.tests.nodes import PYTHON

PROGRAM = """
import os, signal, sys
from cdk_batch_mnp_launch.reactor import Reactor

class Last:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGTERM):
        kill(pid, number)

last = Last()  # deleted when the interpreter has ended nearly everything
reactor = Reactor()
reactor.on_signal(signal.SIGTERM, lambda: None)
reactor.close(restore_signals=RESTORED)
sys.exit(7)
"""


def status(restored: bool) -> int:
    program = PROGRAM.replace("RESTORED", str(restored))
    folder = str(Path(cdk_batch_mnp_launch.__file__).parent.parent)
    environ = {**os.environ, "PYTHONPATH": folder}
    return subprocess.run([PYTHON, "-c", program], env=environ, check=False).returncode


def test_a_signal_while_the_interpreter_ends_does_not_replace_the_exit_status() -> None:
    assert status(restored=False) == 7


def test_restored_signals_act_as_before() -> None:
    assert status(restored=True) == -15
